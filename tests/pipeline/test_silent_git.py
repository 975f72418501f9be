"""A local ledger in a clone where git does not answer: a pull request may have brought it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

from reconciler.core.safety.decision import Approval
from tests.support.fleet import Fleet
from tests.support.repository import Git

OURS, HACKED = "Fresh bread", "Free bread!"


def test_a_forged_file_opens_no_gate(fleet: Fleet) -> None:
    """Where git answers that it is none of the repository's, the same file is this machine's own memory."""
    address = fleet.profile(about=OURS)
    fleet.apply()
    Git(fleet.root).commit()
    fleet.edit(address, about=HACKED)
    with closing(sqlite3.connect(fleet.root / ".reconciler/ledger.sqlite3", isolation_level=None)) as store:
        ((body,),) = store.execute("SELECT body FROM entry").fetchall()
        entry = json.loads(body)
        # As if a run had sent what another person wrote there.
        entry["fields"]["about"] |= {"sent": HACKED, "shown": HACKED}
        store.execute("UPDATE entry SET body = ?", (json.dumps(entry),))
    head = fleet.root / ".git/HEAD"
    head.rename(head.with_name("OLD"))
    (said,) = (one for one in fleet.plan().plan.diagnostics if one.code == "ledger-unvouched")
    why = "git does not say whether .reconciler/ledger.sqlite3 came with the checkout: not a git repository"
    assert said.summary.startswith(why)
    assert fleet.apply(approval=Approval(auto=True)).stopped == "the gate first-contact stopped it"
    assert fleet.live(address)["about"] == HACKED
    head.with_name("OLD").rename(head)
    assert not fleet.apply(approval=Approval(auto=True)).stopped
    assert fleet.live(address)["about"] == OURS


def test_a_ledger_that_remembers_nothing_is_not_spoken_of(fleet: Fleet) -> None:
    fleet.profile(about=OURS)
    Git(fleet.root).commit()
    (fleet.root / ".git/HEAD").unlink()
    assert "ledger-unvouched" not in {one.code for one in fleet.plan().plan.diagnostics}
    fleet.apply(approval=Approval(auto=True, allowed=frozenset({"first-contact"})))
    assert "ledger-unvouched" in {one.code for one in fleet.plan().plan.diagnostics}
