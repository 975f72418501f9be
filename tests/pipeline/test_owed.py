"""Whether an apply is owed: git says which files moved, the ledger what waits, and no provider is called."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from sqlite3 import connect

import pytest

from tests.support.fleet import Fleet
from tests.support.repository import Shop

NOTHING = "no apply is owed: no file below profiles/ moved, and nothing waits for an apply"
BEFORE = "an apply is owed: files below profiles/ changed since the commit before, or git cannot say"
LAST = "an apply is owed: files below profiles/ changed since the last apply"
NOT_SENT = "an apply is owed: what the files asked for earlier was not sent yet"
UNKNOWN = "an apply is owed: the ledger does not say that the last apply has ended"


@pytest.fixture
def shop(fleet: Fleet, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shop:
    """A repository whose two profiles were applied at its second commit."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    found = Shop(fleet, capsys)
    docs(found)
    fleet.profile("berlin", 0, about="One")
    fleet.profile("hamburg", 1, email="a@b.example")
    found.git.commit()
    assert found.apply("--base", "HEAD^").code == 0
    fleet.forget()
    return found


def docs(shop: Shop) -> None:
    """Commit a change of no profile."""
    readme = shop.fleet.root / "README.md"
    readme.write_text(f"{readme.read_text() if readme.exists() else ''}more\n")
    shop.git.commit()


def edit(shop: Shop) -> None:
    """Commit a change of a profile."""
    shop.fleet.profile("berlin", 0, about="Two")
    shop.git.commit()


def said(shop: Shop, base: str = "HEAD^") -> str:
    """Return what a plan says is owed; its outputs say the same."""
    outputs = shop.fleet.root / ".reconciler" / "outputs"
    outputs.unlink(missing_ok=True)
    ran = shop.plan(base, "--owed", "--outputs", str(outputs))
    assert ran.code == 0, ran.err
    assert shop.fleet.requests() == []
    (found,) = [problem["summary"] for problem in ran.json["diagnostics"] if problem["code"] == "owed"]
    answer = "false" if found == NOTHING else "true"
    assert f"\nowed={answer}\n" in outputs.read_text()
    return str(found)


def test_a_merge_that_changes_no_profile_owes_nothing_and_calls_no_provider(shop: Shop) -> None:
    docs(shop)
    assert said(shop) == NOTHING


def test_nothing_is_owed_either_after_several_such_merges(shop: Shop) -> None:
    docs(shop)
    docs(shop)
    assert said(shop, "HEAD~2") == said(shop) == NOTHING


@pytest.mark.parametrize("name", ["profiles/templates/x.yaml", "profiles/pictures/x.png", "profiles/notes.md"])
def test_every_file_below_profiles_counts(shop: Shop, name: str) -> None:
    path = shop.fleet.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("profile: {}\n")
    shop.git.commit()
    assert said(shop) == BEFORE


def refused(shop: Shop) -> None:
    """Have the provider refuse one field of an edit."""
    error = {"message": "(#100) Invalid parameter: email", "type": "OAuthException", "code": 100}
    shop.fleet.profile("hamburg", 1, email="c@d.example")
    shop.git.commit()
    shop.fleet.faults({"kind": "reply", "method": "POST", "status": 400, "body": {"error": error}})
    assert shop.apply("--base", "HEAD^").code == 1
    shop.fleet.faults()
    shop.fleet.forget()
    docs(shop)


def never_applied(shop: Shop) -> None:
    """Reject, or replace, the run of an edit: no record of it is anywhere."""
    edit(shop)
    docs(shop)


def stopped(shop: Shop) -> None:
    """Have a gate stop the run of an edit."""
    shop.fleet.profile("hamburg", 1, email="")
    shop.git.commit()
    assert shop.run("apply", "-y", "--base", "HEAD^").code == 3
    shop.fleet.forget()
    docs(shop)


def lost_memory(shop: Shop) -> None:
    """Lose the ledger."""
    for path in (shop.fleet.root / ".reconciler").glob("ledger*"):
        path.unlink()
    docs(shop)


def spoilt_memory(shop: Shop) -> None:
    """Have a row in the ledger that no run can use: what it held may wait."""
    docs(shop)
    with closing(connect(shop.fleet.root / ".reconciler" / "ledger.sqlite3")) as database, database:
        database.execute("INSERT INTO entry (provider, endpoint, address, body) VALUES ('meta', 'sandbox', '9', '{')")


def of_other_files(shop: Shop) -> None:
    """Apply what was never committed, and take it back."""
    shop.fleet.profile("berlin", 0, about="Two")
    assert shop.apply("--base", "HEAD^").code == 0
    shop.git("checkout", "-q", "--", "profiles")
    shop.fleet.forget()
    docs(shop)


@pytest.mark.parametrize(
    ("happen", "why"),
    [
        (edit, BEFORE),
        (never_applied, LAST),
        (stopped, LAST),
        (refused, NOT_SENT),
        (lost_memory, UNKNOWN),
        (spoilt_memory, UNKNOWN),
        (of_other_files, LAST),
    ],
)
def test_what_waits_is_owed_whichever_way_it_came_to_wait(shop: Shop, happen: Callable[[Shop], None], why: str) -> None:
    happen(shop)
    assert said(shop) == why


def test_the_word_of_the_ledger_alone_counts_for_nothing(shop: Shop) -> None:
    """A ledger that was forged after an edit, so that nothing seems to wait: git still sees the edit."""
    edit(shop)
    assert shop.apply("--base", "HEAD^").code == 0
    shop.fleet.forget()
    assert said(shop) == BEFORE


@pytest.mark.parametrize("base", ["0" * 40, "d" * 40, "no-such-branch"])
def test_where_the_commit_before_is_not_known_an_apply_is_owed(shop: Shop, base: str) -> None:
    docs(shop)
    assert said(shop, base) == BEFORE


def test_a_base_has_to_be_named(shop: Shop) -> None:
    ran = shop.run("plan", "--owed")
    assert (ran.code, "name it by --base REV" in ran.err) == (64, True)
