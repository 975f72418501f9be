"""What the looks and applies of shards wrote, told together: as one run of the whole would have told it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.reports.handover import read_handover
from reconciler.core.shards import Shard
from tests.support.fleet import Fleet
from tests.support.repository import Ran, Shop

NUMBERS = 6
ADDRESSES = [f"1065403522420{index:02}" for index in range(NUMBERS)]


@pytest.fixture
def shop(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> Shop:
    """Six profiles that were applied."""
    made = Shop(fleet, capsys)
    ask(fleet, "Good morning")
    made.git.commit()
    assert made.run("apply", "-y", "--allow", "first-contact").code == 0
    fleet.forget()
    return made


def ask(fleet: Fleet, about: str, *, numbers: int = NUMBERS) -> None:
    for index in range(numbers):
        fleet.profile(f"n{index:02}", index, about=f"{about} from {index}")


def part_of(index: int, count: int = 2) -> int:
    """Return the shard that a number is of."""
    key = ("meta", "sandbox", ADDRESSES[index])
    return next(one for one in range(1, count + 1) if Shard(one, count).holds(key))


def kept(shop: Shop, file: Path, *words: str) -> Ran:
    """Run a command, and keep what it prints as JSON."""
    ran = shop.run(*words, "--json")
    file.write_text(ran.out)
    return ran


def looks(shop: Shop, folder: Path, count: int = 2, *words: str) -> list[str]:
    """Look at every shard, and return the files."""
    files = [folder / f"look-{index}.json" for index in range(1, count + 1)]
    for index, file in enumerate(files, 1):
        kept(shop, file, "drift", "--shard", f"{index}/{count}", *words)
    return list(map(str, files))


def merged_plan(shop: Shop, folder: Path) -> str:
    """Return the file of the merged plan of two shards."""
    plans = [str(folder / f"plan-{index}.json") for index in (1, 2)]
    for index, file in enumerate(plans, 1):
        shop.run("plan", "--shard", f"{index}/2", "--out", file)
    assert shop.run("plan", "merge", *plans, "--out", str(folder / "plan.json")).code == 0
    return str(folder / "plan.json")


def altered(file: str, change: Callable[[Any], None]) -> None:
    document = json.loads(Path(file).read_text())
    change(document)
    Path(file).write_text(json.dumps(document))


def put(file: str, **parts: Any) -> None:
    """Put parts of a document in the place of its own."""
    altered(file, lambda document: document.update(parts))


def problems(ran: Ran) -> list[str]:
    return [one["summary"] for one in ran.json["diagnostics"]]


def page(shop: Shop, folder: Path, *words: str) -> Any:
    """Return the page that a command leaves in its report."""
    shop.run(*words, "--report", str(folder))
    found = read_handover((folder / "page.json").read_bytes())
    assert not isinstance(found, str), found
    return found


def test_the_merged_look_is_the_look_at_the_whole(shop: Shop, fleet: Fleet, tmp_path: Path) -> None:
    for address in ADDRESSES[:3]:
        fleet.edit(address, about="Sold out")
    fleet.profile("n05", 5, about="Good night")
    whole, files = shop.run("drift", "--json").json, looks(shop, tmp_path, 3)
    assert shop.run("drift", "merge", *files[::-1], "--json").json == whole
    assert len(whole["drifted"]) == 3
    assert shop.run("drift", "merge", *files, "--detailed-exitcode").code == 2
    one, together = page(shop, tmp_path / "one", "drift"), page(shop, tmp_path / "all", "drift", "merge", *files)
    assert together == one
    assert together.complete is True


def test_the_page_of_one_shard_is_never_complete_and_says_of_which_it_is(shop: Shop, tmp_path: Path) -> None:
    found = page(shop, tmp_path / "page", "drift", "--shard", "1/2")
    assert (found.complete, found.shard) == (False, "1/2")
    # A page of the whole has no such word.
    assert "shard" not in json.loads((tmp_path / "page" / "page.json").read_text()) or found.shard
    page(shop, tmp_path / "whole", "drift")
    assert "shard" not in json.loads((tmp_path / "whole" / "page.json").read_text())


def test_a_narrowed_look_stays_narrowed(shop: Shop, tmp_path: Path) -> None:
    files = looks(shop, tmp_path, 2, "--field", "about")
    assert page(shop, tmp_path / "page", "drift", "merge", *files).complete is False


def test_skipped_accounts_are_told_and_are_no_empty_selection(shop: Shop, fleet: Fleet, tmp_path: Path) -> None:
    # At another place than the sandbox, a credential is needed.
    fleet.settings("https://graph.facebook.com")
    whole, files = shop.run("drift", "--skip-unset", "--json"), looks(shop, tmp_path, 2, "--skip-unset")
    ran = shop.run("drift", "merge", *files, "--json")
    assert ran.json | {"diagnostics": []} == whole.json | {"diagnostics": []}
    assert len(ran.json["unasked"]) == NUMBERS
    # Each shard counts its own.
    assert [f"in shard {index}/2" in said for index, said in enumerate(problems(ran), 1)] == [True, True]


def test_what_was_not_recorded_is_told_once_for_all(shop: Shop, tmp_path: Path) -> None:
    files = looks(shop, tmp_path)
    for file in files:
        put(file, not_recorded="the disk is full")
    assert shop.run("drift", "merge", *files, "--json").json["not_recorded"] == "the disk is full"


def test_a_look_that_is_missing_or_was_stopped_is_no_look_at_the_whole(
    shop: Shop, fleet: Fleet, tmp_path: Path
) -> None:
    one, two = looks(shop, tmp_path)

    def merge(*files: str) -> list[str]:
        ran = shop.run("drift", "merge", *files, "--json")
        assert ran.code == 1
        return problems(ran)

    assert merge(one) == ["the looks of these shards are missing: 2 of 2"]
    altered(one, lambda document: document["plan"].update(shard=""))
    assert merge(one, two) == ["it is no look of a shard"]
    whole = tmp_path / "whole.json"
    kept(shop, whole, "drift")
    assert merge(str(whole), two) == ["it is not what `drift --shard I/N --json` writes"]
    whole.write_text("{")
    assert merge(str(whole), two) == ["it is not JSON"]
    altered(two, lambda document: document["plan"].update(digest="0" * 64))
    assert merge(two) == ["it was altered: its digest is not that of its changes"]
    altered(two, lambda document: document["plan"].update(format_version="1.0"))
    assert merge(two)[0].startswith("its format has version '1.0'")
    fleet.write("broken.yaml", "account: nowhere\n")
    kept(shop, Path(one), "drift", "--shard", "1/2")
    (said,) = merge(one)
    assert said.startswith("the run was stopped before it had a result: ")
    for diagnostics in ([], [1], [{"summary": 1}]):
        put(one, diagnostics=diagnostics)
        assert merge(one) == ["the run was stopped before it had a result: its log says why"]
    put(one, diagnostics="x")
    assert merge(one) == ["it is not what `drift --shard I/N --json` writes"]


def test_a_look_that_wrote_into_files_is_not_merged(shop: Shop, fleet: Fleet, tmp_path: Path) -> None:
    fleet.edit(ADDRESSES[0], about="Sold out")
    assert "plan" in kept(shop, tmp_path / "1.json", "drift", "--shard", f"{part_of(0)}/2").json
    assert "plan" not in kept(shop, tmp_path / "1.json", "drift", "--shard", f"{part_of(0)}/2", "--adopt").json


def applies(shop: Shop, folder: Path, *words: str) -> list[str]:
    """Plan, merge, and apply both shards; returns the files."""
    plan, files = merged_plan(shop, folder), [folder / f"apply-{index}.json" for index in (1, 2)]
    for index, file in enumerate(files, 1):
        kept(shop, file, "apply", plan, "--shard", f"{index}/2", *words)
    return list(map(str, files))


def test_what_the_applies_of_all_shards_came_to_is_told_together(shop: Shop, fleet: Fleet, tmp_path: Path) -> None:
    ask(fleet, "Good evening")
    files = applies(shop, tmp_path, "--allow", "bulk")
    sent = fleet.requests("POST")
    ran = shop.run("apply", "merge", *files, "--json", "--allow", "bulk", "--record", str(tmp_path / "record.json"))
    assert (ran.code, fleet.requests("POST")) == (0, sent)
    assert ran.json["came_to"]["applied"] == NUMBERS
    run, runs = ran.json["run"], [json.loads(Path(file).read_text())["run"] for file in files]
    assert len(run["outcomes"]) == NUMBERS
    assert f"{run['run']}-1-of-2" == runs[0]["run"]
    assert (run["started"], run["finished"]) == (runs[0]["started"], runs[1]["finished"])
    assert run["digest"] == json.loads((tmp_path / "plan.json").read_text())["digest"]
    assert json.loads((tmp_path / "record.json").read_text()) == run
    found = page(shop, tmp_path / "page", "apply", "merge", *files)
    assert f"{NUMBERS} changes written in {NUMBERS} profiles" in found.text
    assert (found.commit, found.exit_code, found.complete, found.shard) == (shop.git("rev-parse", "HEAD"), 0, True, "")


def test_a_shard_that_left_no_result_is_told_beside_what_the_others_sent(
    shop: Shop, fleet: Fleet, tmp_path: Path
) -> None:
    ask(fleet, "Good evening")
    one, two = applies(shop, tmp_path, "--allow", "bulk")
    ran = shop.run("apply", "merge", two, "--json")
    assert (ran.code, ran.json["reasons"]) == (6, ["incomplete"])
    assert ran.json["unrecorded"] == "no result of these shards: 1 of 2; what they sent is not known here"
    fleet.write("broken.yaml", "account: nowhere\n")
    kept(shop, Path(one), "apply", str(tmp_path / "plan.json"), "--shard", "1/2")
    (fleet.root / "profiles" / "broken.yaml").unlink()
    ran = shop.run("apply", "merge", one, two)
    assert ran.code == 6
    assert f"; {one}: the run was stopped before it had a result: " in ran.out
    # Of none is anything known.
    ran = shop.run("apply", "merge", one, "--json")
    assert (ran.code, ran.codes) == (1, ["shards"])


def test_a_gate_that_stopped_every_shard_is_told_once(shop: Shop, fleet: Fleet, tmp_path: Path) -> None:
    ask(fleet, "Good evening")
    files = applies(shop, tmp_path)
    ran = shop.run("apply", "merge", *files, "--json")
    assert (ran.code, ran.json["stopped"], ran.json["run"]) == (3, "the gate bulk stopped it", None)
    assert [gate["gate"] for gate in ran.json["gates"]] == ["bulk"]
    assert "#### Gates" in page(shop, tmp_path / "page", "apply", "merge", *files).text


def test_a_shard_that_wrote_nothing_says_why_beside_one_that_wrote(shop: Shop, fleet: Fleet, tmp_path: Path) -> None:
    """A change that was not approved stops its own shard alone, and another one's file moved on meanwhile."""
    ask(fleet, "Good evening", numbers=4)
    index = next(one for one in range(4) if part_of(one) == 2)
    plan, files = merged_plan(shop, tmp_path), [tmp_path / "1.json", tmp_path / "2.json"]
    kept(shop, files[0], "apply", plan, "--shard", "1/2")
    fleet.profile(f"n{index:02}", index, about="Never approved")
    kept(shop, files[1], "apply", plan, "--shard", "2/2")
    ran = shop.run("apply", "merge", *map(str, files), "--json")
    assert (ran.code, ran.json["stopped"]) == (3, "")
    assert ran.json["unrecorded"].startswith("shard 2/2 wrote nothing: ")
    (alone,) = json.loads(files[1].read_text())["unapproved"]
    assert ran.json["unapproved"] == [alone]
    assert alone["approved"] is not None


def test_what_waits_and_what_is_gone_is_told_of_all(shop: Shop, fleet: Fleet, tmp_path: Path) -> None:
    ask(fleet, "Good evening")
    files = applies(shop, tmp_path, "--allow", "bulk", "--max", "1")
    ran = shop.run("apply", "merge", *files, "--json")
    assert len(ran.json["waiting"]) == NUMBERS - 2
    parts = [json.loads(Path(file).read_text())["waiting"] for file in files]
    assert ran.json["waiting"] == [*parts[0], *parts[1]]


def test_a_newer_commit_takes_the_place_of_every_shard(shop: Shop, fleet: Fleet, tmp_path: Path) -> None:
    ask(fleet, "Good evening")
    files = applies(shop, tmp_path, "--allow", "bulk")
    none: dict[str, Any] = {
        "superseded": "b" * 40,
        "run": None,
        "targets": [],
        "selection": "",
        "digest": EMPTY,
        "released": [],
    }
    put(files[0], **none)
    ran = shop.run("apply", "merge", *files, "--json")
    assert ran.json["unrecorded"] == "shard 1/2 wrote nothing: commit bbbbbbbbbbbb is newer"
    put(files[1], **none)
    ran = shop.run("apply", "merge", *files, "--json")
    assert (ran.code, ran.json["superseded"], ran.json["unrecorded"]) == (0, "b" * 40, "")


EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_an_interrupted_shard_interrupts_the_whole(shop: Shop, fleet: Fleet, tmp_path: Path) -> None:
    ask(fleet, "Good evening")
    files = applies(shop, tmp_path, "--allow", "bulk")
    put(files[1], exit_code=143)
    altered(files[1], lambda document: document["run"].update(interrupted="SIGTERM", finished=""))
    ran = shop.run("apply", "merge", *files, "--json")
    assert (ran.code, ran.json["run"]["interrupted"], ran.json["run"]["finished"]) == (143, "SIGTERM", "")


def test_applies_of_two_wholes_are_refused(shop: Shop, fleet: Fleet, tmp_path: Path) -> None:
    ask(fleet, "Good evening")
    one, two = applies(shop, tmp_path, "--allow", "bulk")
    put(two, shard="1/2")
    ran = shop.run("apply", "merge", one, two, "--json")
    assert (ran.code, set(ran.codes)) == (1, {"shards"})
    target = json.loads(Path(one).read_text())["targets"][0]
    change = {**target["changes"][0], "after": ["no", "text"]}
    alien = {**target, "now": change, "approved_for": None, "approved": None, "planned_offline": False}
    spoilt: list[dict[str, Any]] = [{"waiting": [{}]}, {"unapproved": [{}]}, {"unapproved": [alien]}]
    for broken in spoilt:
        put(one, **broken)
        said = problems(shop.run("apply", "merge", one, "--json"))
        assert said == ["it is not what `apply PLAN.json --shard I/N --json` writes"]
        put(one, waiting=[], unapproved=[])


@pytest.mark.parametrize(
    "words",
    [
        ("drift", "merge", "a.json", "--adopt"),
        ("drift", "merge", "a.json", "--shard", "1/2"),
        ("apply", "merge", "a.json", "-y"),
        ("apply", "merge", "a.json", "--base", "HEAD"),
    ],
)
def test_a_merge_takes_nothing_that_its_shards_say(shop: Shop, words: tuple[str, ...]) -> None:
    ran = shop.run(*words)
    assert (ran.code, "the shards say themselves what they are of" in ran.err) == (64, True)


@pytest.mark.parametrize("command", ["plan", "drift", "apply"])
def test_a_merge_of_nothing_says_what_is_missing(shop: Shop, command: str) -> None:
    ran = shop.run(command, "merge")
    assert (ran.code, f"reconciler {command} merge FILE..." in ran.err) == (64, True)


def test_the_merged_plan_has_a_review_page(shop: Shop, fleet: Fleet, tmp_path: Path) -> None:
    ask(fleet, "Good evening")
    plans = [str(tmp_path / f"plan-{index}.json") for index in (1, 2)]
    for index, file in enumerate(plans, 1):
        shop.run("plan", "--shard", f"{index}/2", "--out", file)
    shop.run("plan", "--report", str(tmp_path / "one"))
    shop.run("plan", "merge", *plans, "--report", str(tmp_path / "all"))
    one, together = ((tmp_path / name / "plan.html").read_text() for name in ("one", "all"))
    assert together == one
    assert (tmp_path / "all" / "page.json").read_text() == (tmp_path / "one" / "page.json").read_text()
