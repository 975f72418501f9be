"""One fleet in several shards, through the real commands: plans that are merged, and applies that run side by side."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import main
from reconciler.core.planning.plan import Plan
from reconciler.core.planning.shard_plans import merged_plan
from reconciler.core.shards import Shard
from reconciler.version import version_line
from tests.support.fleet import Fleet
from tests.support.repository import Ran, Shop

NUMBERS = 12
YES = ("--allow", "bulk")


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve profiles that were applied, and now ask for something else, to be copied."""
    fleet = Fleet(tmp_path_factory.mktemp("applied"))
    ask(fleet, "Good morning")
    assert main(["-C", str(fleet.root), "apply", "-y", "--allow", "first-contact"]) == 0
    ask(fleet, "Good evening")
    fleet.forget()
    return fleet.root


@pytest.fixture
def shop(fleet: Fleet, applied: Path, capsys: pytest.CaptureFixture[str]) -> Shop:
    """These profiles."""
    shutil.copytree(applied, fleet.root, dirs_exist_ok=True)
    return Shop(fleet, capsys)


def ask(fleet: Fleet, about: str, *, numbers: int = NUMBERS) -> None:
    for index in range(numbers):
        fleet.profile(f"n{index:02}", index, about=f"{about} from {index}")


def plans(shop: Shop, tmp_path: Path, count: int = 3, *words: str) -> list[str]:
    """Plan every shard, and return the files."""
    files = [str(tmp_path / f"plan-{index}.json") for index in range(1, count + 1)]
    for index, file in enumerate(files, 1):
        assert shop.run("plan", "--shard", f"{index}/{count}", "--out", file, *words).code == 0
    return files


def merged(shop: Shop, tmp_path: Path, count: int = 3) -> str:
    """Return the file of the merged plan of all shards."""
    file = str(tmp_path / "plan.json")
    assert shop.run("plan", "merge", *plans(shop, tmp_path, count), "--out", file).code == 0
    return file


def altered(file: str, change: Callable[[Any], None]) -> None:
    """Change a document in a file."""
    document = json.loads(Path(file).read_text())
    change(document)
    Path(file).write_text(json.dumps(document))


def test_the_merged_plan_is_the_plan_of_the_whole(shop: Shop, fleet: Fleet, tmp_path: Path) -> None:
    fleet.edit("106540352242007", about="Sold out")
    (fleet.root / "profiles" / "n11.yaml").unlink()
    whole = shop.run("plan", "--json").json
    together = shop.run("plan", "merge", *plans(shop, tmp_path, 4)[::-1], "--json").json
    assert together == whole
    assert {gate["gate"] for gate in together["gates"]} == {"bulk", "removed"}
    text = shop.run("plan", "merge", *plans(shop, tmp_path, 4)).out
    # How long a text may be stands in no document.
    assert text.splitlines()[-2:] == shop.run("plan").out.splitlines()[-2:]


def test_a_part_says_that_it_is_one_and_judges_no_gate(shop: Shop, tmp_path: Path) -> None:
    (first, *_) = plans(shop, tmp_path)
    document = json.loads(Path(first).read_text())
    assert (document["shard"], document["gates"], len(document["selection"])) == ("1/3", [], 64)
    number = len(document["targets"])
    said = f"shard 1/3: {number} of 12 profiles; gates are judged on all of them"
    assert [one["summary"] for one in document["diagnostics"]] == [said]
    ran = shop.run("apply", first)
    said = (
        "it is the plan of shard 1/3 alone [plan-document]\n"
        "    merge the plans of all shards: reconciler plan merge FILE... --out plan.json\n"
    )
    assert (ran.code, said in ran.err) == (1, True)
    # A part of which no profile is left is no empty plan.
    assert shop.run("plan", "n00", "--shard", "1/256", "--out", str(tmp_path / "none.json")).code == 0
    assert shop.run("drift", "n00", "--shard", "1/256").code == 0


def refused(ran: Ran) -> list[str]:
    return [problem["summary"] for problem in ran.json["diagnostics"]]


def test_plans_that_are_not_those_of_one_whole_are_refused(shop: Shop, fleet: Fleet, tmp_path: Path) -> None:
    def merge(*files: str) -> list[str]:
        ran = shop.run("plan", "merge", *files, "--json")
        assert ran.code == 1
        return refused(ran)

    one, two, three = plans(shop, tmp_path)
    assert merge(one) == ["the plans of these shards are missing: 2, 3 of 3"]
    double = str(tmp_path / "double.json")
    Path(double).write_text(Path(two).read_text())
    assert merge(one, two, three, double) == [f"{two} is the plan of shard 2/3 as well"]
    whole = str(tmp_path / "whole.json")
    shop.run("plan", "--out", whole)
    assert merge(one, two, whole) == ["it is no plan of a shard"]
    (tmp_path / "more").mkdir()
    four = plans(shop, tmp_path / "more", 4)[3]
    assert merge(one, two, three, four) == [f"it cuts the profiles into 4 shards, and {one} is not"]
    for name, value, what in (
        ("head", "b" * 40, f"it is of commit {'b' * 12}"),
        ("base", "c" * 40, f"it compares with commit {'c' * 12}"),
    ):
        altered(three, partial(dict.update, **{name: value}))
        assert merge(one, two, three) == [f"{what}, and {one} is not"]
        altered(three, partial(dict.update, **{name: None}))
    fleet.settings(policy="{clear: deny}")
    shop.run("plan", "--shard", "3/3", "--out", three)
    assert merge(one, two, three) == [f"it is of other settings, profiles or options, and {one} is not"]


def test_many_missing_shards_are_counted(shop: Shop, tmp_path: Path) -> None:
    file = str(tmp_path / "one.json")
    shop.run("plan", "--shard", "1/20", "--out", file)
    said = "the plans of these shards are missing: 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 9 more of 20"
    assert refused(shop.run("plan", "merge", file, "--json")) == [said]


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("unchanged", [{}]),
        ("notes", "x"),
        ("cause", {"message": 1}),
        ("unreadable", [{"field": "about"}]),
        ("changes", [{"before_is": "unknown", "before": "x"}]),
        ("changes", [{"field": "colour"}]),
        ("business", {"owner": "x"}),
    ],
)
def test_a_part_that_no_plan_has_is_refused(shop: Shop, tmp_path: Path, part: str, value: Any) -> None:
    files = plans(shop, tmp_path)

    def spoil(document: Any) -> None:
        target = document["targets"][0]
        whole = target["changes"][0]
        target[part] = [{**whole, **one} for one in value] if part == "changes" else value

    altered(files[1], spoil)
    ran = shop.run("plan", "merge", *files, "--json")
    assert (ran.code, set(ran.codes)) == (1, {"plan-document"})


def test_a_change_that_was_altered_is_refused(shop: Shop, tmp_path: Path) -> None:
    files = plans(shop, tmp_path)
    altered(files[0], lambda document: document["targets"][0]["changes"][0].update({"after": "Hello"}))
    assert "it was altered" in refused(shop.run("plan", "merge", *files, "--json"))[0]
    altered(files[1], lambda document: document["targets"][0]["changes"][0].update({"details": [{}]}))
    assert len(refused(shop.run("plan", "merge", *files, "--json"))) == 2


def test_a_change_that_was_left_out_is_missed(shop: Shop, tmp_path: Path) -> None:
    files = plans(shop, tmp_path)
    altered(files[2], lambda document: document["targets"].pop())
    ran = shop.run("plan", "merge", *files, "--json")
    assert (ran.code, refused(ran)) == (1, ["it was altered: its digest is not that of its changes"])


def test_a_profile_of_another_shard_is_refused(shop: Shop, tmp_path: Path) -> None:
    files = plans(shop, tmp_path)
    altered(files[2], lambda document: document.update(shard="2/3"))
    altered(files[1], lambda document: document.update(shard="3/3"))
    ran = shop.run("plan", "merge", *files, "--json")
    assert ran.code == 1
    wrong = [said.partition(" profiles in it ")[2].partition(", such as 'n")[0] for said in refused(ran)]
    assert wrong == ["of another shard than 3/3", "of another shard than 2/3"]


def test_shards_without_a_profile_are_no_offline_plan() -> None:
    made = merged_plan({"1.json": Plan((), shard="1/2"), "2.json": Plan((), shard="2/2")})
    assert isinstance(made, Plan)
    assert made.offline is False


def test_every_file_beside_merge_is_one_of_a_plan(shop: Shop, tmp_path: Path) -> None:
    (one, *_) = plans(shop, tmp_path)
    ran = shop.run("plan", "merge", one, str(tmp_path / "nowhere.txt"), "--json")
    assert (ran.code, ran.codes) == (1, ["plan-unreadable"])


def test_only_a_plan_of_a_shard_asks_for_a_merge(shop: Shop, tmp_path: Path) -> None:
    file = merged(shop, tmp_path)
    merge = "reconciler plan merge"
    assert merge in shop.run("plan", "--shard", "1/3").out
    assert "gates" not in shop.run("drift", "--shard", "1/3").out
    assert merge not in shop.run("drift", "--shard", "1/3").out
    assert merge not in shop.run("apply", file, "--shard", "1/3", *YES).out


def test_each_shard_sends_its_part_and_the_runs_are_told_apart(shop: Shop, fleet: Fleet, tmp_path: Path) -> None:
    file = merged(shop, tmp_path)
    sent: list[str] = []
    for index in (1, 2, 3):
        ran = shop.run("apply", file, "--shard", f"{index}/3", *YES, "--json")
        assert ran.code == 0
        sent += [one["profile"] for one in ran.json["run"]["outcomes"] if one["status"] == "applied"]
    assert sorted(sent) == [f"n{index:02}" for index in range(NUMBERS)]
    assert len(fleet.requests("POST")) == NUMBERS
    assert shop.run("plan", "--json").json["has_changes"] is False
    runs = [run["run"] for run in shop.run("history", "--json").json["runs"]]
    assert [run.partition("-")[2].split("-", 1)[1] for run in runs[:3]] == ["3-of-3", "2-of-3", "1-of-3"]
    # What one shard sent is put back alone.
    back = shop.run("rollback", runs[0], "--json")
    assert back.code == 0
    assert shop.run("plan", "--json").json["summary"]["changed"] == len(
        [one for one in json.loads(Path(file).read_text())["targets"] if _of(one, 3)]
    )


def _of(target: Any, index: int) -> bool:
    return Shard(index, 3).holds((target["provider"], target["endpoint"], target["address"]))


def test_a_gate_counts_what_all_shards_send(shop: Shop, fleet: Fleet, tmp_path: Path) -> None:
    """Each part alone is below the limits; before the first byte, none of them may pass."""
    file = merged(shop, tmp_path, 4)
    for index in (1, 2, 3, 4):
        ran = shop.run("apply", file, "--shard", f"{index}/4", "--json")
        assert ran.code == 3
        assert ran.json["stopped"] == "the gate bulk stopped it"
        assert ran.json["gates"][0]["summary"].startswith("12 of 12 profiles (100 %)")
    assert fleet.requests("POST") == []


def test_a_document_that_leaves_out_what_others_send_lets_no_gate_pass(
    shop: Shop, fleet: Fleet, tmp_path: Path
) -> None:
    """It is foreign: the files and the ledger say what else is asked for."""
    file = merged(shop, tmp_path, 4)

    def forge(document: Any) -> None:
        for target in document["targets"]:
            if target["profile"] not in ("n00", "n01"):
                target["changes"] = []
        parts = sorted(change["digest"] for target in document["targets"] for change in target["changes"])
        document["digest"] = hashlib.sha256("\n".join(parts).encode()).hexdigest()

    altered(file, forge)
    for index in (1, 2, 3, 4):
        assert shop.run("apply", file, "--shard", f"{index}/4").code == 3
    assert fleet.requests("POST") == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("plan", "--shard", "4/3"), "'4/3' is no part; write I/N, as in 3/8"),
        (("apply", "-y", "--shard", "1/3"), "shard 1/3 needs the plan of all shards: apply plan.json --shard 1/3"),
        (("plan", "merge", "a.json", "--offline"), "the shards say themselves what they are of"),
        (("plan", "merge", "a.json", "--format", "html"), "the shards say themselves what they are of"),
        (("plan", "merge"), "name the files of all shards: reconciler plan merge FILE..."),
        (("plan", "merge", "--json"), "name the files of all shards: reconciler plan merge FILE..."),
        (("plan", "merge", "a.json", "b.json", "a.json"), "a.json is named twice"),
        (("plan", "merge", "a", "b", "a"), "a is named twice"),
    ],
)
def test_what_does_not_go_together_is_a_mistake_in_the_command(shop: Shop, words: tuple[str, ...], why: str) -> None:
    ran = shop.run(*words)
    assert (ran.code, why in ran.err) == (64, True)


@pytest.mark.parametrize("file", ["merge.yaml", "merge/n.yaml"])
def test_a_profile_or_a_folder_that_is_called_merge_is_planned(shop: Shop, fleet: Fleet, file: str) -> None:
    """Only where no word beside it is a plan's file."""
    fleet.profile(file.removesuffix(".yaml"), 20, about="Hello")
    assert shop.run("plan", "merge", "--offline").code == 0
    assert shop.run("plan", "merge", "n00", "--offline").code == 0
    assert "cannot be read" in shop.run("plan", "merge", "nowhere.json").err


def test_a_shard_without_a_profile_says_so_and_is_done(shop: Shop, tmp_path: Path) -> None:
    file = str(tmp_path / "plan.json")
    files = [str(tmp_path / f"{index}.json") for index in range(1, 6)]
    for index, one in enumerate(files, 1):
        ran = shop.run("plan", "n00", "--shard", f"{index}/5", "--out", one)
        empty = not json.loads(Path(one).read_text())["targets"]
        assert ("No profile falls into shard" in ran.out, ran.code) == (empty, 0)
    assert shop.run("plan", "merge", *files, "--out", file).code == 0
    index = next(index for index, one in enumerate(files, 1) if not json.loads(Path(one).read_text())["targets"])
    said = f"No profile falls into shard {index}/5: this run has nothing to do."
    for words in (("apply", file), ("plan", "n00"), ("drift", "n00")):
        ran = shop.run(*words, "--shard", f"{index}/5")
        assert (ran.code, said in ran.out, "Nothing is selected" in ran.out) == (0, True, False), words
        ran = shop.run(*words, "--shard", f"{index}/5", "--format", "markdown")
        named = f"no profile falls into shard {index}/5" in ran.out
        assert (named, "nothing is selected" in ran.out) == (words[0] != "apply", False)
    assert said not in shop.run("apply", file).out


def test_shards_are_planned_and_merged_by_one_version_of_the_program(shop: Shop, tmp_path: Path) -> None:
    """Two versions may see different changes in the same files and values."""
    files = plans(shop, tmp_path)
    here = json.loads(Path(files[0]).read_text())["program"]
    assert here == version_line()
    altered(files[1], lambda document: document.update(program="reconciler 0.9.0"))
    ran = shop.run("plan", "merge", *files, "--json")
    assert refused(ran) == [f"it was made by reconciler 0.9.0, and {files[0]} by {here}"]
    assert ran.json["diagnostics"][0]["hint"] == "run one version of the program in every shard, and begin them again"
    for file in files:
        altered(file, lambda document: document.update(program="reconciler 0.9.0"))
    assert refused(shop.run("plan", "merge", *files, "--json")) == [
        f"the shards were run with reconciler 0.9.0, and this is {here}"
    ]
    altered(files[1], lambda document: document.pop("program"))
    assert refused(shop.run("plan", "merge", *files, "--json")) == [
        f"it was made by a version that is not named, and {files[0]} by reconciler 0.9.0"
    ]


def test_a_plan_that_is_not_there_is_named(shop: Shop) -> None:
    ran = shop.run("plan", "merge", "nowhere.json", "--json")
    assert (ran.code, ran.codes) == (1, ["plan-unreadable"])


def test_the_plans_are_merged_at_their_own_commit_and_held_to_its_base(
    shop: Shop, fleet: Fleet, tmp_path: Path
) -> None:
    first = shop.git.commit()
    ask(fleet, "Good night")
    shop.git.commit()
    files = plans(shop, tmp_path, 2, "--base", first)
    assert shop.run("plan", "merge", *files, "--json").json == shop.run("plan", "--base", first, "--json").json
    planned, here = shop.git("rev-parse", "HEAD"), shop.git.commit()
    said = f"the shards are of commit {planned[:12]}, and {here[:12]} is checked out"
    assert refused(shop.run("plan", "merge", *files, "--json")) == [said]
