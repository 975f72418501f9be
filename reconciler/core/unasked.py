"""unasked: (profiles, where a missing credential may be) → a notice for each account that nobody was asked at.

It is no error: such a plan is good for reading, and says itself that it does not know what is live.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconciler.core.base import TargetKey
from reconciler.core.diagnostics import Diagnostic, notice
from reconciler.core.plan import Plan, TargetStatus
from reconciler.core.profile import Mode
from reconciler.core.secret import SecretRef
from reconciler.core.target import Desired, Target


def skipped_accounts(
    desired: Iterable[Desired], places: Mapping[TargetKey, Sequence[SecretRef]]
) -> Iterator[Diagnostic]:
    """Yield what is to be known of each account some of whose targets are in `places`; nobody asks of a paused one."""
    accounts: dict[str, list[Desired]] = {}
    for one in desired:
        if one.mode is not Mode.PAUSED:
            accounts.setdefault(one.target.account, []).append(one)
    for name, mine in sorted(accounts.items()):
        if blind := [one for one in mine if one.target.key in places]:
            refs = list(dict.fromkeys(tuple(places[one.target.key]) for one in blind))
            yield notice("no-credential", _what(name, len(blind), of=len(mine)), hint=_hint(refs))


def without_skipped(plan: Plan) -> tuple[Plan, tuple[Target, ...]]:
    """Return the plan of those that somebody was asked about, and the targets that nobody was: none of the paused."""
    targets = tuple(planned for planned in plan.targets if not planned.offline)
    unasked = tuple(p.target for p in plan.targets if p.offline and p.status is not TargetStatus.PAUSED)
    return plan.model_copy(update={"targets": targets}), unasked


def _what(account: str, number: int, *, of: int) -> str:
    one = number == 1
    if number == of:
        whose, them = f"account {account}", f"its {number} profile{'' if one else 's'}"
    else:
        whose, them = f"{number} of the {of} profiles of account {account}", "it" if one else "them"
    return f"no credential of {whose} is here: nobody looked at {them}, so nothing that was changed elsewhere is seen"


def _hint(refs: Sequence[Sequence[SecretRef]]) -> str:
    """Say where the first is looked for; of a thousand numbers that is enough to know it of all."""
    more = "; the others' are looked for likewise" if len(refs) > 1 else ""
    return f"to see what is live, set {' or '.join(map(str, refs[0]))}{more}"
