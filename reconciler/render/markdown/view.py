"""What the pages of a plan need to know beside a change, and the words in which they say why it is there."""

from __future__ import annotations

from reconciler.core.basics import Model
from reconciler.core.fields import is_worth_keeping
from reconciler.core.target import Change, Origin, Unknown
from reconciler.render.markdown.links import Links

# Pages are read in pull requests, by people who think of WhatsApp and not of what is live.
WHY: dict[Origin, str] = {
    Origin.EDITED: "changed in the files",
    Origin.PENDING: "asked for before, not on WhatsApp yet",
    Origin.ADOPTED: "newly managed",
    Origin.UNSETTLED: "the last apply ended before it knew whether this arrived",
    Origin.DRIFTED: "changed on WhatsApp since the last apply",
    Origin.CONFLICT: "changed here and on WhatsApp",
    Origin.UNRECORDED: "no record of this field yet",
    Origin.RESENT: "sent again, as somebody asked",
}
_HERE = "changed in this pull request"
_REPLACES = "; what WhatsApp shows now is replaced"


class View(Model):
    """Where places lead, whether there is a base, and what an apply leaves alone."""

    links: Links = Links()
    based: bool = False
    left: frozenset[Origin] = frozenset()


def why(change: Change, view: View, *, offline: bool) -> str:
    """Return why a change is there, in the words of a pull request; `offline` says that nobody looked."""
    origin = change.origin
    if view.based and origin is Origin.EDITED:
        return _HERE
    if isinstance(change.before, Unknown) and origin in (Origin.ADOPTED, Origin.UNRECORDED):
        return f"{WHY[origin]}; {'nobody looked' if offline else 'nobody can see what is there'}"
    return WHY[origin]


def replaced(change: Change) -> str:
    """Say that sending a newly managed field loses what somebody else wrote; nothing where nothing is lost."""
    before = change.before_value
    lost = before is not None and is_worth_keeping(change.field, before)
    return _REPLACES if change.origin is Origin.ADOPTED and lost else ""
