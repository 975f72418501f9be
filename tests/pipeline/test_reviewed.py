"""Reviewed means sent: what an approved plan permits is written, and nothing else ever is.

The whole program runs, in this process and on the embedded sandbox: files are read, numbers are looked at over its
HTTP, and what is sent is what the sandbox heard.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconciler.core.basics import exit_code
from reconciler.core.reports.command_reports import ApplyReport
from reconciler.core.safety.approval import ApprovedPlan, approved
from reconciler.core.safety.decision import ALLOWABLE, Approval
from reconciler.render.json import dumps, plan_json
from tests.support.fleet import Fleet
from tests.support.reviewing import Chain, Reviewed

SEEDS, EACH = 4, 3
# With --long, more than a thousand in all.
TRIPLES, LONG = 30, 252
# Gates are opened, and so are findings: the plan shows them as left. Of either only what the plan holds is sent.
ALLOWED = frozenset(ALLOWABLE)


def approved_now(fleet: Fleet) -> ApprovedPlan:
    """Return the plan of now as the file that `plan --out` writes would be read."""
    found = approved(dumps(plan_json(fleet.plan())).encode(), file="plan.json")
    assert isinstance(found, ApprovedPlan)
    return found


def apply(fleet: Fleet, plan: ApprovedPlan, **more: Any) -> ApplyReport:
    return fleet.apply(approval=Approval(plan=plan, allowed=ALLOWED, **more))


def check(chain: Chain, reviewed: Reviewed, plan: ApprovedPlan) -> bool:
    """Apply an approved plan, hold what happens against the raw facts, and say whether it had to be refused."""
    now, before = chain.moves(reviewed.names), [chain.seen(shop) for shop in chain.shops]
    strange = {where: move for where, move in now.items() if reviewed.moves.get(where) != move}
    chain.world.forget()
    report = apply(chain.fleet, plan)
    listed = {(one.target.address, one.now.field) for one in report.unapproved}
    assert (listed, exit_code(report.reasons)) == (set(strange), 3 if strange else 0)
    assert chain.sent() == ({} if strange else {where: after for where, (_, _, after) in now.items()})
    if strange:
        assert [chain.seen(shop) for shop in chain.shops] == before
    else:
        assert chain.moves(reviewed.names) == {}
    return bool(strange)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_thousand_times_what_was_approved_is_sent_and_nothing_else_is(
    seed: int, tmp_path: Path, *, long: bool
) -> None:
    """Each plan is applied three times, ever later, while files and numbers move on."""
    chain, refused, written = Chain(tmp_path, seed), 0, 0
    triples = LONG if long else TRIPLES
    for _ in range(triples // EACH):
        chain.begin()
        plan, reviewed = approved_now(chain.fleet), chain.review()
        for _ in range(EACH):
            chain.edit_live()
            chain.edit_files()
            if chain.random.random() < 0.05:
                # Somebody else's run in between, of everything and without a plan.
                chain.fleet.apply()
            refused += check(chain, reviewed, plan)
            written += bool(chain.sent())
    # Both must have happened often, or nothing was shown.
    assert min(refused, written) > triples // 8, (refused, written)
