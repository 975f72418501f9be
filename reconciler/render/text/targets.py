"""The targets of a plan with their changes, as text for a terminal. What several profiles share stands there once.

sent_parts, left_targets: (differences, which have a list of names) → what an apply sends, what is only shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import attrgetter

from reconciler.core.basics import count
from reconciler.core.planning.plan import TargetPlan
from reconciler.core.planning.treatment import ChangePairs
from reconciler.core.target import Change
from reconciler.render.alike import SharedChanges, alike
from reconciler.render.safe_text import quoted, terminal
from reconciler.render.terminal import Look, styled
from reconciler.render.text.causes import which_of
from reconciler.render.text.changes import change_lines, only_shown_lines, target_lines
from reconciler.render.words import listed, provider_words

_ACCOUNTS = 3
_Lines = Callable[[TargetPlan, Change], Iterable[str]]


def sent_parts(found: ChangePairs, *, verbose: bool = False) -> Iterator[str]:
    """Yield each target with the changes that an apply sends; what several share comes first."""
    yield from _parts(found, _sent_lines, verbose=verbose)


def left_targets(found: ChangePairs, *, verbose: bool = False) -> Iterator[str]:
    """Yield the same of differences that are only shown."""
    yield from _parts(found, only_shown_lines, verbose=verbose)


def _sent_lines(planned: TargetPlan, change: Change) -> Iterator[str]:
    return change_lines(change, offline=planned.offline)


def _parts(found: ChangePairs, lines: _Lines, *, verbose: bool) -> Iterator[str]:
    of_several = len({planned.target.key for planned, _ in found}) > 1
    shared, rest = alike(found) if of_several else ((), found)
    yield from (_together(one, lines, verbose=verbose) for one in shared)
    for _, mine in groupby(rest, key=lambda pair: pair[0].target.key):
        pairs = list(mine)
        yield target_lines(pairs[0][0], (line for planned, change in pairs for line in lines(planned, change)))


def _together(shared: SharedChanges, lines: _Lines, *, verbose: bool) -> str:
    first, names = shared.members[0], shared.profiles
    title = f"{shared.said} in {count(len(names), 'profile')}"
    why = [f"    {terminal(first.reason)}"] if first.reason else []
    body = [line for change in shared.changes for line in lines(first, change)]
    said = [f"{terminal(name)}{_own(words)}" for name, words in shared.named]
    named = listed(tuple(said), most=len(said)) if verbose else which_of(said)
    return "\n".join(
        [
            f"{styled(title, Look.HEADING)}{_from(shared)} ({_accounts(shared)})",
            *why,
            *body,
            f"    in {named}",
        ]
    )


def _own(words: tuple[str, ...]) -> str:
    """Return the words of a profile's own that come, in the order of the changes."""
    return f" ({', '.join(map(quoted, words))})" if words else ""


def _from(shared: SharedChanges) -> str:
    if shared.place.file:
        return f", from {terminal(str(shared.place))}"
    return ", each in its own file" if shared.in_own_files else ""


def _accounts(shared: SharedChanges) -> str:
    """Return the accounts of all the profiles, and what they are at."""
    found = dict.fromkeys(map(attrgetter("target.account", "target.provider", "target.endpoint"), shared.members))
    said = tuple(f"account {account}, {provider_words(provider, endpoint)}" for account, provider, endpoint in found)
    more = f"; and {len(said) - _ACCOUNTS} more" if len(said) > _ACCOUNTS else ""
    return terminal(f"{'; '.join(said[:_ACCOUNTS])}{more}")
