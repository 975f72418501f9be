"""Problems with one cause are told once: with the cause, the account, the credential, and how many and which profiles.

unread_groups: targets of a plan → what could not be read.
unsent_groups: outcomes of an apply → what failed, is not certain, or was not sent.
unsent_together: the same → what several profiles have from one cause, and which fields that tells of.
by_cause: (what was stopped) → one group for each cause and account.
by_note, by_fields, by_problem: (remarks, differences, problems) → those that say the same, together.
by_failed_call: checks that calls were made for → those whose calls failed for one cause, together.

A trace id names one call, and a number's id one number, so neither makes two causes of one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Protocol, TypeVar

from reconciler.core.basics import Cause, Diagnostic, Severity, to_dict
from reconciler.core.memory.runs import FieldStatus, Outcome
from reconciler.core.planning.base import TargetKey
from reconciler.core.planning.plan import TargetPlan, TargetStatus
from reconciler.core.target import Change, Target

# The words for a profile or a field that should have been read.
NOT_READ = "not read"
# Shorter ids are likely to stand in a text for another reason.
_SHORTEST_ID = 5
_ANY_ID = "…"
_NUMBER = re.compile(r"\+?[0-9]{5,}")
# As many warnings of one kind as a person reads.
_MOST_OF_A_KIND = 10
# So many problems that say the same are still told one by one, each at its own place.
_APART = 3


@dataclass(frozen=True, slots=True)
class Stopped:
    """One profile that something stopped, and why. Without `fields`, it is the profile as a whole.

    `status` is what it came to; `said` is the whole reason as it is told of this profile alone.
    """

    target: Target
    status: str
    cause: Cause
    said: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CauseGroup:
    """Everything that one cause stopped in one way at one account; `cause` is without what differs in it."""

    cause: Cause
    members: tuple[Stopped, ...]

    @property
    def status(self) -> str:
        """What it came to."""
        return self.members[0].status

    @property
    def account(self) -> str:
        """The account that all of it belongs to."""
        return self.members[0].target.account

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that were stopped in each profile; none if it was the whole profile."""
        return self.members[0].fields

    @property
    def profiles(self) -> tuple[str, ...]:
        """The profiles, in the order in which they were met."""
        return tuple(dict.fromkeys(one.target.profile for one in self.members))

    @property
    def credentials(self) -> tuple[str, ...]:
        """Where the refused credentials are kept; one for all, or one for each profile."""
        return tuple(dict.fromkeys(one.cause.credential for one in self.members if one.cause.credential))


def by_cause(found: Iterable[Stopped]) -> tuple[CauseGroup, ...]:
    """Return what was stopped in groups, in the order of their first members."""
    groups: dict[tuple[str, str, tuple[str, ...], Cause], list[Stopped]] = {}
    for one in found:
        groups.setdefault((one.target.account, one.status, one.fields, _general(one)), []).append(one)
    return tuple(CauseGroup(cause, tuple(members)) for (*_, cause), members in groups.items())


def _general(one: Stopped) -> Cause:
    """Return the cause without the call's and the number's own ids."""
    ids = [text for text in (one.target.address, one.target.number) if len(text) >= _SHORTEST_ID]
    texts = {name: getattr(one.cause, name) for name in ("message", "reason", "hint")}
    for own in ids:
        texts = {name: text.replace(own, _ANY_ID) for name, text in texts.items()}
    return replace(one.cause, **texts, trace="", credential="")


def unread_groups(targets: Iterable[TargetPlan]) -> tuple[CauseGroup, ...]:
    """Return what could not be read, whole profiles and fields."""
    return by_cause(one for planned in targets for one in _unread(planned))


def _unread(planned: TargetPlan) -> Iterator[Stopped]:
    if planned.status is TargetStatus.UNREADABLE:
        yield Stopped(planned.target, NOT_READ, planned.cause or Cause(planned.reason), planned.reason)
    yield from _together(planned.target, [(f.field, NOT_READ, f.cause, f.reason) for f in planned.unreadable])


def _together(target: Target, found: Iterable[tuple[str, str, Cause | None, str]]) -> Iterator[Stopped]:
    """Yield the fields of one profile that were stopped by one cause together."""
    stopped: dict[tuple[str, Cause], tuple[str, list[str]]] = {}
    for name, status, cause, reason in found:
        key = (status, replace(cause or Cause(reason), trace=""))
        stopped.setdefault(key, (reason, []))[1].append(name)
    for (status, cause), (said, names) in stopped.items():
        yield Stopped(target, status, cause, said, tuple(names))


_NOT_DONE = frozenset({FieldStatus.FAILED, FieldStatus.UNKNOWN, FieldStatus.UNCONVERGED, FieldStatus.NOT_SENT})


def unsent_groups(outcomes: Iterable[Outcome]) -> tuple[CauseGroup, ...]:
    """Return what failed, is not certain, or was not sent for a reason that is told."""
    return by_cause(
        one
        for outcome in outcomes
        for one in _together(
            outcome.target,
            [
                (field.field, field.status, field.cause, field.detail)
                for field in outcome.fields
                if field.status in _NOT_DONE and field.detail
            ],
        )
    )


def unsent_together(
    outcomes: Iterable[Outcome],
) -> tuple[tuple[CauseGroup, ...], frozenset[tuple[TargetKey, str]]]:
    """Return the groups of several profiles, and the fields that need no words of their own beside them."""
    groups = tuple(group for group in unsent_groups(outcomes) if len(group.members) > 1)
    return groups, frozenset((one.target.key, name) for group in groups for one in group.members for name in one.fields)


def causes_json(groups: Iterable[CauseGroup]) -> list[dict[str, Any]]:
    """Return groups for programs; every target has its own cause elsewhere in the document."""
    return [
        {
            "cause": to_dict(group.cause, without=("trace", "credential")),
            "status": group.status,
            "account": group.account,
            "credentials": list(group.credentials),
            "fields": list(group.fields),
            "profiles": list(group.profiles),
        }
        for group in groups
    ]


def by_note(found: Iterable[tuple[TargetPlan, str]]) -> tuple[tuple[str, tuple[TargetPlan, ...]], ...]:
    """Return each remark with the targets that it is made of; numbers and ids that differ in it are left out."""
    groups: dict[str, dict[str, list[TargetPlan]]] = {}
    for planned, note in found:
        groups.setdefault(_NUMBER.sub(_ANY_ID, note), {}).setdefault(note, []).append(planned)
    return tuple(
        (next(iter(mine)) if len(mine) == 1 else general, tuple(one for targets in mine.values() for one in targets))
        for general, mine in groups.items()
    )


def by_fields(found: Iterable[tuple[TargetPlan, Change]]) -> tuple[tuple[tuple[str, ...], tuple[TargetPlan, ...]], ...]:
    """Return the fields that differ with the targets that just these differ in, in the order of the first of them."""
    groups: dict[tuple[str, ...], list[TargetPlan]] = {}
    for _, mine in groupby(found, key=lambda pair: pair[0].target.key):
        pairs = list(mine)
        groups.setdefault(tuple(change.field for _, change in pairs), []).append(pairs[0][0])
    return tuple((fields, tuple(targets)) for fields, targets in groups.items())


@dataclass(frozen=True, slots=True)
class ProblemGroup:
    """Problems that say the same at several places, told by the first of them.

    `further` is how many warnings of the same kind are not told, with other words; it is set on the last that is.
    """

    members: tuple[Diagnostic, ...]
    further: int = 0

    @property
    def first(self) -> Diagnostic:
        """The problem as it is told."""
        return self.members[0]


def by_problem(found: Iterable[Diagnostic]) -> tuple[ProblemGroup, ...]:
    """Return problems in groups. Of one kind of warning or notice, only the first ten are told; of errors, all."""
    same: dict[tuple[Severity, str, str, str], list[Diagnostic]] = {}
    for one in (problems := tuple(found)):
        same.setdefault(_words(one), []).append(one)
    groups = (
        ProblemGroup((one,) if len(same[_words(one)]) <= _APART else tuple(same[_words(one)]))
        for one in problems
        if len(same[_words(one)]) <= _APART or one is same[_words(one)][0]
    )
    return tuple(_without_many(tuple(groups)))


def _words(one: Diagnostic) -> tuple[Severity, str, str, str]:
    return (one.severity, one.code, one.summary, one.hint)


def _without_many(groups: Collection[ProblemGroup]) -> Iterator[ProblemGroup]:
    kinds = Counter((group.first.severity, group.first.code) for group in groups)
    met: Counter[tuple[Severity, str]] = Counter()
    for group in groups:
        kind = (group.first.severity, group.first.code)
        met[kind] += 1
        if kind[0] is Severity.ERROR or met[kind] < _MOST_OF_A_KIND:
            yield group
        elif met[kind] == _MOST_OF_A_KIND:
            yield replace(group, further=kinds[kind] - _MOST_OF_A_KIND)


class Caused(Protocol):
    """Something that a call was made for; `cause` says why it failed, None if it did not."""

    @property
    def cause(self) -> Cause | None:
        """The parts of the reason."""


_Caused = TypeVar("_Caused", bound=Caused)


def failed_call(one: Caused) -> str:
    """Return why a call failed, without the credential, which may be each number's own; "" if none failed."""
    return one.cause.text(credential=False) if one.cause is not None else ""


def by_failed_call(found: Sequence[_Caused], *, apart: bool) -> list[list[_Caused]]:
    """Return checks in groups: those that a call failed for one cause are together, unless all are to stand apart."""
    groups: dict[object, list[_Caused]] = {}
    for number, one in enumerate(found):
        groups.setdefault(number if apart else failed_call(one) or number, []).append(one)
    return list(groups.values())
