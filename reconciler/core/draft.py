"""draft: (what was read of one number, the repository's defaults) → the profile that says exactly that.

Only what `validate` would take is written as a field; the rest stands beside it, with the reason. A field that nobody
ever set is left out, and one that the defaults would bring along is left out by name, so that nothing is to be done.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import assert_never

from reconciler.core.authoring import as_written, is_text
from reconciler.core.check import FieldChecker
from reconciler.core.document import Document
from reconciler.core.profile import FIELD_NAMES, Mode
from reconciler.core.raw import WrittenFields
from reconciler.core.secret import WEBHOOK_PREFIX, SecretRef
from reconciler.core.target import Known, Linked, LiveField, Observed, Target, Unreadable, WriteOnly
from reconciler.core.traits import Traits
from reconciler.core.value import Json, Picture, Webhook, is_worth_keeping, to_json
from reconciler.core.variables import literal


@dataclass(frozen=True, slots=True)
class ImportDraft:
    """One profile to be written: what its file says, and what the defaults say for it.

    `asides` are fields that are not managed: the name, what is known, and why not.
    """

    target: Target
    keys: Mapping[str, str | int] = field(default_factory=dict)
    credentials: Mapping[str, SecretRef] = field(default_factory=dict)
    mode: Mode = Mode.MANAGED
    omit: tuple[str, ...] = ()
    fields: Mapping[str, Json] = field(default_factory=dict)
    asides: tuple[tuple[str, str, str], ...] = ()
    inherited: tuple[str, ...] = ()
    write_only: bool = False

    @property
    def managed(self) -> tuple[str, ...]:
        """The fields that the profile manages: its own, and those that the defaults say for it."""
        return tuple(name for name in FIELD_NAMES if name in self.fields or name in self.inherited)

    @property
    def file(self) -> str:
        """The file it is written to, below profiles/."""
        return f"{self.target.profile}.yaml"


@dataclass(frozen=True, slots=True)
class DraftSource:
    """What drafting a profile needs to know of where it comes from."""

    traits: Traits
    options: object = None
    defaults: Mapping[str, object] = field(default_factory=dict)
    pictures: Mapping[str, Picture | str] = field(default_factory=dict)


def draft_profile(draft: ImportDraft, live: Observed, picture: str, *, origin: DraftSource) -> ImportDraft:
    """Return `draft` with the fields that `live` has; `picture` is where its picture lies, below profiles/."""
    fields: dict[str, Json] = {}
    asides: list[tuple[str, str, str]] = []
    omit: list[str] = []
    inherited: list[str] = []
    for name in FIELD_NAMES:
        if not origin.traits.capabilities[name].writable:
            omit += [name] if name in origin.defaults else []
            continue
        data, why = _written(name, live.get(name), picture, origin)
        if data is None:
            omit += [name] if name in origin.defaults else []
        elif data == origin.defaults.get(name):
            inherited.append(name)
        else:
            fields[name] = data
        if why:
            asides.append((name, _known(name, live.get(name), origin.traits), why))
    return ImportDraft(
        target=draft.target,
        keys=draft.keys,
        credentials=draft.credentials,
        mode=Mode.OBSERVE if live.blocked else Mode.MANAGED,
        omit=tuple(omit),
        fields=fields,
        asides=tuple(asides),
        inherited=tuple(inherited),
        write_only=not origin.traits.readable,
    )


def _written(name: str, live: LiveField, picture: str, origin: DraftSource) -> tuple[Json | None, str]:
    """Return the field as it is written, or why it is not; neither where nobody ever set it."""
    match live:
        case WriteOnly():
            return None, "it cannot be read back"
        case Unreadable(reason=reason):
            return None, f"it could not be read: {reason}"
        case Linked():
            raise AssertionError("a link is made a value before it is drafted")
        case Known(value=value):
            if not is_worth_keeping(name, value):
                return None, ""
            if isinstance(value, Webhook) and (origin.traits.capabilities[name].secrets or value.headers):
                return None, "what is secret in it cannot be read back; add it to manage the webhook"
            data = as_written(value, picture=picture)
            return (None, why) if (why := _refused(name, data, origin)) else (data, "")
        case _:
            assert_never(live)


def _refused(name: str, data: Json, origin: DraftSource) -> str:
    """Return why `validate` would not take a live value, or an empty text."""
    checker = FieldChecker(
        provider=origin.traits.title,
        capabilities=origin.traits.capabilities,
        variables={},
        pictures=origin.pictures,
        options=origin.options,
    )
    value = checker.check(WrittenFields(name, data, Document(file="", data=None), ("profile", name)))
    if value is None:
        return next(problem.summary for problem in checker.problems if problem.severity == "error")
    return "" if is_text(data) else "it holds half of a character"


def _known(name: str, live: LiveField, traits: Traits) -> str:
    """Return what is known of a field that is not managed, as it could be written: one line that nothing acts on."""
    if not isinstance(live, Known):
        return ""
    data = to_json(live.value)
    if isinstance(live.value, Webhook):
        secrets = {part: {"env": f"{WEBHOOK_PREFIX}VERIFY"} for part in traits.capabilities[name].secrets}
        headers = {header.name: {"env": _variable(header.name)} for header in live.value.headers}
        data = {"url": live.value.url, **secrets, **({"headers": headers} if headers else {})}
    return literal(json.dumps(data))


def _variable(header: str) -> str:
    return WEBHOOK_PREFIX + re.sub(r"[^A-Z0-9]", "_", header.upper())
