"""Drift that is accepted, by the real command line: how it gets into the file, and what wakes it up."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest
from PIL import Image

from reconciler.cli import main
from tests.support.commands import Run, command_line
from tests.support.fleet import Fleet

FOREVER, PAST = "9999-12-31", "2020-02-29"


@pytest.fixture
def run(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line in the fleet's folder."""
    return command_line(fleet.root, capsys)


@pytest.fixture
def address(fleet: Fleet, run: Run) -> str:
    """The number of berlin, whose text somebody else replaced after it was applied."""
    found = fleet.profile(about="Fresh bread")
    run("apply", "-y")
    fleet.edit(found, about="We are closed!")
    return found


def accept(fleet: Fleet, run: Run, out: str, *, until: str = FOREVER) -> None:
    """Type what `drift` says to type, with a reason and a last day; one that has passed is put into the file then."""
    (hint,) = [part for part in out.split("\n\n") if part.startswith("To accept a live value")]
    command = hint.splitlines()[1].strip().replace("YYYY-MM-DD", FOREVER)
    program, *words = shlex.split(command.replace("why it is accepted", "Christmas campaign"))
    code, said = run(*words)
    # What is just accepted needs no advice how to accept it.
    assert (program, code, "To accept" in said) == ("reconciler", 0, False)
    fleet.write("drift-ignore.yaml", accepted(fleet).replace(FOREVER, until))


def drift(run: Run) -> tuple[int, Any]:
    """Return how `drift` ends where drift counts, and its JSON."""
    code, out = run("drift", "--json", "--detailed-exitcode")
    return code, json.loads(out)


def fields(listed: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return which field of which profile each difference is of."""
    return [(one["profile"], one["field"]) for one in listed]


def test_what_drift_prints_is_what_the_file_takes(fleet: Fleet, run: Run, address: str) -> None:
    code, out = run("drift", "--detailed-exitcode")
    before = drift(run)[1]["drifted"][0]["before_hash"]
    assert (code, "sha256" in out, out.count("To accept")) == (2, False, 1)
    accept(fleet, run, out)
    assert f"value: {before}\n" in accepted(fleet)
    assert run("validate") == (0, "1 profile checked: no problems.\n")
    code, out = run("drift", "--detailed-exitcode")
    assert (code, out.splitlines()[0]) == (0, "Accepted, and still so:")
    assert "      accepted: Christmas campaign, until 9999-12-31\n" in out
    assert out.splitlines()[-1] == "Drift: none in 1 profile, 1 accepted."
    assert "To accept" not in out


def test_json_lists_what_is_accepted_apart(fleet: Fleet, run: Run, address: str) -> None:
    accept(fleet, run, run("drift")[1])
    code, found = drift(run)
    assert (code, found["reasons"], found["drifted"]) == (0, [], [])
    (one,) = found["acknowledged"]
    assert (one["field"], one["acknowledged"]) == ("about", "Christmas campaign, until 9999-12-31")
    assert (one["before"], one["before_hash"][:7], one["origin"]) == ("We are closed!", "sha256:", "drifted")


def test_another_value_is_drift_again_and_so_is_the_first_one_no_more(fleet: Fleet, run: Run, address: str) -> None:
    accept(fleet, run, run("drift")[1])
    fleet.edit(address, about="Free bread!")
    code, out = run("drift", "--detailed-exitcode")
    assert code == 2
    assert "no longer accepted: this is another value than the accepted one (Christmas campaign)" in out
    fleet.edit(address, about="We are closed!")
    assert run("drift", "--detailed-exitcode")[0] == 0


def test_a_day_that_has_passed_is_drift_again(fleet: Fleet, run: Run, address: str) -> None:
    accept(fleet, run, run("drift")[1], until=PAST)
    code, out = run("drift", "--detailed-exitcode")
    assert code == 2
    assert "no longer accepted: it was until 2020-02-29 (Christmas campaign)" in out
    assert drift(run)[1]["acknowledged"] == []


def test_the_plan_says_what_is_accepted_and_its_digest_does_not(fleet: Fleet, run: Run, address: str) -> None:
    before = json.loads(run("plan", "--json")[1])
    accept(fleet, run, run("drift")[1])
    after = json.loads(run("plan", "--json")[1])
    assert after["digest"] == before["digest"]
    assert after["targets"][0]["changes"][0]["acknowledged"] == "Christmas campaign, until 9999-12-31"
    assert "      accepted: Christmas campaign, until 9999-12-31\n" in run("plan")[1]


@pytest.mark.parametrize("policy", ["{}", "{on_drift: overwrite}"])
def test_an_apply_leaves_it_alone_until_it_is_named(fleet: Fleet, run: Run, address: str, policy: str) -> None:
    fleet.settings(policy=policy)
    accept(fleet, run, run("drift")[1])
    assert run("apply", "-y")[0] == 0
    assert fleet.live(address)["about"] == "We are closed!"
    assert run("apply", "-y", "--allow", "drifted")[0] == 0
    assert fleet.live(address)["about"] == "Fresh bread"


def test_what_is_only_observed_can_be_accepted(fleet: Fleet, run: Run) -> None:
    fleet.edit(fleet.profile(mode="observe", about="Fresh bread"), about="We are closed!")
    code, out = run("drift", "--detailed-exitcode")
    assert (code, fields(drift(run)[1]["observed"])) == (2, [("berlin", "about")])
    accept(fleet, run, out)
    assert [drift(run)[0], fields(drift(run)[1]["acknowledged"])] == [0, [("berlin", "about")]]


def test_a_picture_is_accepted_by_its_bytes_and_no_other_one(fleet: Fleet, run: Run) -> None:
    """Its address changes with every read."""
    (fleet.root / "profiles" / "pictures").mkdir()
    colours = {"berlin": "red", "munich": "blue", "vienna": "green"}
    addresses = {}
    for number, (name, colour) in enumerate(colours.items()):
        Image.new("RGB", (640, 640), colour).save(fleet.root / "profiles" / "pictures" / f"{name}.png")
        addresses[name] = fleet.profile(name, number, picture=f"pictures/{name}.png")
    run("apply", "-y")
    fleet.edit(addresses["berlin"], picture=fleet.live(addresses["munich"])["picture"])
    code, out = run("drift", "--detailed-exitcode")
    assert code == 2
    accept(fleet, run, out)
    assert [drift(run)[0], drift(run)[0]] == [0, 0]
    fleet.edit(addresses["berlin"], picture=fleet.live(addresses["vienna"])["picture"])
    code, found = drift(run)
    assert (code, fields(found["drifted"])) == (2, [("berlin", "picture")])


def test_a_mistake_in_the_file_is_said_like_any_other_and_stops_every_command(
    fleet: Fleet, run: Run, address: str
) -> None:
    fleet.write("drift-ignore.yaml", "version: 1\nignore:\n  - profile: berln\n    field: abuot\n")
    code, out = run("validate")
    assert code == 1
    assert out == (
        "profiles/drift-ignore.yaml:3:5: error: ignore[0].reason is missing [missing-key]\n"
        "profiles/drift-ignore.yaml:3:5: error: ignore[0].until is missing [missing-key]\n"
        "profiles/drift-ignore.yaml:3:5: error: ignore[0].value is missing [missing-key]\n"
        "profiles/drift-ignore.yaml:3:14: warning: ignore[0].profile: there is no profile 'berln' [unknown-profile]\n"
        "    did you mean berlin?\n"
        "profiles/drift-ignore.yaml:4:12: error: ignore[0].field: unknown field 'abuot' [unknown-field]\n"
        "    did you mean about?\n"
        "More of this: reconciler explain missing-key\n"
        "\n"
        "4 errors, 1 warning; 1 profile is sound.\n"
    )
    assert [run(command)[0] for command in ("plan", "drift")] == [1, 1]


def test_what_is_accepted_is_left_out_of_an_adoption_and_leaves_nothing_to_do(
    fleet: Fleet, run: Run, address: str
) -> None:
    accept(fleet, run, run("drift")[1])
    code, out = run("drift", "--adopt")
    assert (code, "Adopted: nothing, 1 not adopted." in out) == (0, True)


def test_the_command_names_every_field_of_its_profile_and_says_how_to_take_all(fleet: Fleet, run: Run) -> None:
    """A name with what a shell or the program would take for more is one word; the command works as it is printed."""
    for number, name in enumerate(("-x $(y)/a b", "paris")):
        fleet.profile(name, number, about="Fresh bread", email="shop@bakery.example")
    run("apply", "-y")
    for one in (0, 1):
        fleet.edit(str(106540352242000 + one), about="Closed", email="other@bakery.example")
    out = run("drift")[1]
    (hint,) = [part for part in out.split("\n\n") if part.startswith("To accept a live value")]
    title, command = hint.splitlines()
    assert title == "To accept a live value until a day, type this (for every profile: `--accept all`, and name none):"
    rest = "--until YYYY-MM-DD --reason 'why it is accepted' -- '-x $(y)/a b'"
    assert command == f"  reconciler drift --accept about --accept email {rest}"
    accept(fleet, run, out)
    assert [one["profile"] for one in drift(run)[1]["drifted"]] == ["paris", "paris"]


UNTIL = ("--until", FOREVER, "--reason", "Christmas: until \u202e the 27th")


def accepted(fleet: Fleet) -> str:
    return (fleet.root / "profiles" / "drift-ignore.yaml").read_text(encoding="utf-8")


def test_accept_writes_the_entry_and_the_look_counts_it_at_once(fleet: Fleet, run: Run, address: str) -> None:
    assert drift(run)[0] == 2
    code, out = run("drift", "--accept", "about", *UNTIL, "--detailed-exitcode")
    last = (
        f"Accepted: 1 field of 1 profile until {FOREVER}. Review profiles/drift-ignore.yaml like any edit: `git diff`."
    )
    assert (code, out.splitlines()[0], out.splitlines()[-1]) == (0, "Accepted, and still so:", last)
    assert accepted(fleet).splitlines()[:4] == [
        "# yaml-language-server: $schema=../schemas/drift-ignore.schema.json",
        "version: 1",
        "ignore:",
        "  - profile: berlin",
    ]
    assert "\u202e" not in accepted(fleet)
    assert drift(run)[0] == 0
    assert run("drift", "--accept", "all", *UNTIL)[1].splitlines()[-1].startswith("Nothing to accept: ")
    assert json.loads(run("drift", "--accept", "all", *UNTIL, "--json")[1])["accepted"] == []


OLD = f"- profile: berlin\n  field: email\n  value: sha256:{'0' * 64}\n  reason: because\n  until: 2999-01-01\n"


@pytest.mark.parametrize(
    "before",
    [
        "version: 1\nignore: []  # none yet\n",
        f"# ours\nversion: 1\nignore:\n# the first\n{OLD}# the end",
        f"ignore:\n{OLD}version: 1\n",
    ],
    ids=["empty list", "list without indentation", "another key behind"],
)
def test_accept_keeps_what_is_in_the_file_or_leaves_it_to_people(
    fleet: Fleet, run: Run, address: str, before: str
) -> None:
    fleet.write("drift-ignore.yaml", before)
    code, out = run("drift", "--accept", "about", *UNTIL, "--json")
    if before.startswith("ignore"):
        assert (code, accepted(fleet)) == (1, before)
        (problem,) = json.loads(out)["diagnostics"]
        assert problem["code"] == "not-edited"
        assert "- profile: berlin\n" in problem["hint"]
        return
    assert (code, len(json.loads(out)["accepted"])) == (0, 1)
    kept = before.replace("ignore: []", "ignore:").rstrip()
    assert accepted(fleet).startswith(kept)
    assert run("validate")[0] == 0
    assert drift(run)[0] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--accept", "about"), "needs the last day and a reason"),
        (("--accept", "about", "--until", FOREVER, "--reason", " "), "needs the last day and a reason"),
        (("--until", FOREVER), "name a field"),
        (("--accept", "abuot", *UNTIL), "abuot; FIELD is one of all, about"),
        (("--accept", "about", "--until", PAST, "--reason", "x"), f"{PAST} is past"),
        (("--accept", "about", "--adopt", *UNTIL), "choose one"),
    ],
)
def test_what_accept_cannot_mean_is_a_wrong_command_line(
    fleet: Fleet, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert main(["-C", str(fleet.root), "drift", *words]) == 64
    assert said in " ".join(capsys.readouterr().err.split())


def test_a_file_that_appeared_meanwhile_is_left_alone(
    fleet: Fleet, run: Run, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reconciler.effects.files.writing.create", lambda *_: False)
    assert run("drift", "--accept", "about", *UNTIL)[0] == 1
