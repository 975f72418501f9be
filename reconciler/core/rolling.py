"""rolling: (what an issue remembers, a page of drift, when) → what it remembers next, and what people are told.

One issue for each folder of the repository, for ever: opened when something differs, closed when a complete look finds
nothing, and opened again later. Of what could not be read the last known word stays: that nobody saw it is no news.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, assert_never

from reconciler.core.github import Issue
from reconciler.core.marker import first_line, read_marker
from reconciler.core.model import Model
from reconciler.core.page import Page
from reconciler.core.standing import Drifted, Each, IssueMarker, Many, Place, Standing, bounded
from reconciler.core.workflow import same_name

LABEL: Final = "reconciler"
# Characters of a value's name that are remembered.
_NAME: Final = 8


class News(Model):
    """The fields that differ are others than before; which ones, where both times each was remembered."""

    before: int
    after: int
    new: tuple[Place, ...] = ()
    gone: tuple[Place, ...] = ()
    each: bool = True

    @property
    def wakes(self) -> bool:
        """Whether something differs that nobody was told of."""
        return bool(self.new) or (not self.each and self.after > 0)


class Roll(Model):
    """What becomes of the issue.

    `news` is for a comment. `turned` are fields that show another value than when somebody closed the issue. Where
    `stays`, nobody can say what of all that is remembered is still there, and the text of the last complete look stays
    below the new head.
    """

    standing: Standing
    open: bool
    news: News | None = None
    turned: tuple[Place, ...] = ()
    stays: bool = False


def found_issue(
    issues: Iterable[Issue], name: str, *, key: str, author: str
) -> tuple[Issue, IssueMarker | None] | None:
    """Return this folder's issue of the kind `name`, and its marker; None where somebody broke that.

    Should there be several, what is open counts before what is closed, and then the newest.
    """
    ours = [one for one in issues if same_name(one.author, author)]
    read = [(one, read_marker(name, first_line(one.body), of=IssueMarker)) for one in ours]
    whole = [(one, marker) for one, marker in read if isinstance(marker, IssueMarker) and marker.key == key]
    broken = [(one, None) for one, marker in read if isinstance(marker, str)]
    return max(whole or broken, key=lambda found: (found[0].open, found[0].number), default=None)


def roll(was: Standing, page: Page, *, is_open: bool, looked: str, now: str) -> Roll:
    """Return what follows from a page of drift; `looked` is when the look was that `was` is from.

    Somebody who closes the issue has seen what it says: only something new opens it again, be it another value.
    """
    partial = page.errored or not page.complete
    if isinstance(was, Many) and partial:
        return Roll(standing=was, open=is_open, stays=True)
    standing = bounded(_merged(was, page, looked=looked, now=now))
    news = _news(was, standing)
    if not standing.count:
        return Roll(standing=standing, open=is_open and partial, news=news)
    turned = () if is_open else _turned(was, standing)
    wakes = bool(turned) or (news is not None and news.wakes)
    return Roll(standing=standing, open=is_open or wakes, news=news, turned=turned)


def _merged(was: Standing, page: Page, *, looked: str, now: str) -> Each:
    """Return what differs now, and with it what did and could not be looked at."""
    match was:
        case Each(fields=fields):
            known, since = {one.place: one for one in fields}, now
        case Many():
            known, since = {}, ""
        case _:
            assert_never(was)
    unseen = _unseen(page)
    found = {one.place: one.model_copy(update={"seen": one.seen or looked}) for one in known.values() if unseen(one)}
    for moved in page.moved:
        place = (moved.profile, moved.field)
        known_since = known[place].since if place in known else since
        live = _short(moved.live)
        found[place] = Drifted(profile=moved.profile, field=moved.field, since=known_since, live=live)
    return Each(fields=tuple(found[place] for place in sorted(found)))


def _short(live: str) -> str:
    """Return enough of a value's name to tell it from the one before."""
    return live.removeprefix("sha256:")[:_NAME]


def _turned(was: Standing, standing: Standing) -> tuple[Place, ...]:
    """Return the fields that differed before, and now show another value."""
    if not (isinstance(was, Each) and isinstance(standing, Each)):
        return ()
    before = {one.place: one.live for one in was.fields}
    return tuple(one.place for one in standing.fields if one.live and before.get(one.place, "") not in ("", one.live))


def _unseen(page: Page) -> Callable[[Drifted], bool]:
    """Return what says of a field whether the look could not see it."""
    unread = {(one.profile, one.field) for one in page.unread}
    # Something was not seen, and nobody says what: it may have been anything.
    blind = page.errored or (not page.complete and not unread)
    return lambda one: blind or one.place in unread or (one.profile, "") in unread


def _news(was: Standing, standing: Standing) -> News | None:
    if was.digest == standing.digest:
        return None
    if isinstance(was, Each) and isinstance(standing, Each):
        before, after = ({one.place for one in found.fields} for found in (was, standing))
        new, gone = tuple(sorted(after - before)), tuple(sorted(before - after))
        return News(before=was.count, after=standing.count, new=new, gone=gone)
    return News(before=was.count, after=standing.count, each=False)
