"""What a gate stopped does not pass it one push later: rules are held to the last apply too, not to the base alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.core.memory.runs import RunRecord
from reconciler.effects.ledger import Batch, store_batch
from tests.pipeline.test_base_rules import filled, merged, pushed, relaxed_and_used
from tests.support.fleet import Fleet
from tests.support.repository import Git, Shop
from tests.support.stores import local


@pytest.fixture
def shop(fleet: Fleet, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shop:
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    return Shop(fleet, capsys)


def test_what_a_gate_stopped_does_not_pass_it_one_push_later(shop: Shop) -> None:
    """To the next push, whatever it is about, the rules that were relaxed are the base's."""
    address = relaxed_and_used(shop)
    assert pushed(shop).code == 3
    relaxed, before = (shop.git("rev-parse", name) for name in ("HEAD", "HEAD^"))
    for _ in range(2):
        ran = pushed(shop)
        assert (ran.code, ran.codes) == (3, ["last-apply"])
        (notice,) = ran.json["diagnostics"]
        assert notice["summary"] == (
            f"policy.clear is allow at the base and ask at the last apply ({before[:12]}); "
            "what is written counts after the next apply that finishes"
        )
    assert shop.fleet.live(address)["address"] == "Here 1"
    ran = shop.run("plan", "--base", relaxed)
    assert "clear (asks first): address of 1 profile would be emptied" in ran.out
    assert "policy.clear is allow at the base and ask at the last apply" in ran.out


def test_once_an_apply_was_let_through_the_relaxed_rule_counts(shop: Shop) -> None:
    relaxed_and_used(shop)
    assert [pushed(shop).code, pushed(shop, "--allow", "clear").code] == [3, 0]
    shop.fleet.profile(address="Here 2")
    assert pushed(shop).code == 0
    shop.fleet.profile(address="")
    ran = pushed(shop)
    assert (ran.code, ran.codes) == (0, [])


@pytest.mark.parametrize("store", ["local", "git"])
def test_a_rule_that_was_relaxed_alone_counts_for_the_next_push(shop: Shop, store: str, tmp_path: Path) -> None:
    """Its own apply has nothing to send, and is remembered all the same: once, however often it is repeated."""
    shop.git.commit()
    Git(tmp_path)("init", "-q", "--bare", "-b", "main", "remote.git")
    shop.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    shop.fleet.profile(address="Here 1")
    ledger = ("--ledger", store)
    assert pushed(shop, *ledger, "--allow", "first-contact").code == 0
    shop.fleet.settings(policy="{clear: allow}")
    base = merged(shop)
    for _ in range(2):
        ran = shop.run("apply", "-y", "--base", base, "--json", *ledger)
        assert (ran.code, ran.codes) == (0, ["later"])
    runs = shop.run("history", "--json", *ledger).json["runs"]
    assert [run["commit"] for run in runs] == [shop.git("rev-parse", name) for name in ("HEAD", "HEAD^")]
    shop.fleet.profile(address="")
    ran = pushed(shop, *ledger)
    assert (ran.code, ran.codes) == (0, [])


def test_what_a_newer_commit_superseded_relaxed_nothing(shop: Shop, tmp_path: Path) -> None:
    address = relaxed_and_used(shop)
    Git(tmp_path)("init", "-q", "--bare", "-b", "main", "remote.git")
    shop.git("remote", "add", "origin", str(tmp_path / "remote.git"))
    first = merged(shop)
    second = merged(shop)
    shop.git("push", "-q", "origin", "main")
    tip = ("apply", "-y", "--json", "--require-tip", "origin/main", "--base")
    shop.git("checkout", "-q", second)
    ran = shop.run(*tip, first)
    assert (ran.code, bool(ran.json["superseded"])) == (0, True)
    shop.git("checkout", "-q", "main")
    assert shop.run(*tip, second).code == 3
    assert shop.fleet.live(address)["address"] == "Here 1"


def test_what_could_not_be_looked_at_was_held_to_no_rule(shop: Shop) -> None:
    """Or a pull request would hide its change behind a number that is not the profile's, and the next one mend that."""
    relaxed_and_used(shop)
    berlin = shop.fleet.root / "profiles" / "berlin.yaml"
    sound = berlin.read_text()
    berlin.write_text(sound.replace("+49", "+44"))
    assert pushed(shop).code == 6
    berlin.write_text(sound)
    assert pushed(shop).code == 3


@pytest.mark.parametrize("arguments", [("berlin", "--base", "HEAD^"), ()], ids=["a part", "no base"])
def test_what_looked_at_a_part_or_had_no_base_says_nothing_of_its_commit(
    shop: Shop, arguments: tuple[str, ...]
) -> None:
    filled(shop)
    shop.fleet.settings(policy="{clear: allow}")
    shop.fleet.profile("munich", 1, address="")
    shop.git.commit()
    assert shop.run("apply", "-y", *arguments).code == 0
    assert len(shop.run("history", "--json").json["runs"]) == 1


def test_where_git_does_not_say_what_was_edited_nothing_is_opened(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(shop)
    shop.fleet.settings(policy="{clear: allow, webhook: deny}")
    shop.fleet.profile(address="Here 2")
    merged(shop)
    monkeypatch.setattr("reconciler.pipeline.apply.edited_paths", lambda *_, **__: None)
    assert shop.apply().code == 0
    last = local(shop.fleet.root).read().last
    assert last is not None
    assert last.edited


def test_an_apply_of_edited_files_opens_nothing(shop: Shop) -> None:
    """What it was held to, no commit says."""
    filled(shop)
    shop.fleet.settings(policy="{clear: allow, webhook: deny}")
    shop.fleet.profile(address="Here 2")
    assert shop.apply().code == 0
    shop.fleet.profile(address="")
    merged(shop)
    ran = shop.run("apply", "-y", "--base", "HEAD", "--json")
    assert (ran.code, ran.codes) == (3, ["last-apply"])
    assert "policy.clear counts as ask" in ran.out
    assert shop.run("apply", "-y", "--base", "HEAD", "--allow", "clear").code == 0


@pytest.mark.parametrize("commit", ["", "HEAD", "--help", "c0ffee" * 6 + "c0ff"])
def test_a_record_that_was_forged_opens_nothing(shop: Shop, commit: str) -> None:
    filled(shop)
    shop.fleet.settings(policy="{clear: allow, webhook: deny}")
    shop.fleet.profile(address="")
    shop.git.commit()
    forged = RunRecord(run="1", commit=commit, started="", finished="", digest="", outcomes=())
    store_batch(local(shop.fleet.root), Batch("forged", record=forged))
    ran = shop.run("apply", "-y", "--base", "HEAD", "--json")
    assert (ran.code, ran.codes) == (3, ["last-apply"])
    # Without a base the rules are those of the files, whoever applied them before.
    assert shop.run("apply", "-y").code == 0


def test_before_the_first_apply_the_base_alone_counts(shop: Shop) -> None:
    shop.fleet.settings(policy="{first-contact: allow}")
    shop.git.commit()
    shop.fleet.edit(shop.fleet.profile(about="Fresh bread"), about="Theirs")
    ran = pushed(shop)
    assert (ran.code, ran.codes) == (0, [])
