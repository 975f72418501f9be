"""What narrows a selection, on each command that takes it, and what a narrowed run does not forget or permit."""

from __future__ import annotations

import json

import pytest

from reconciler.core.memory.records import RecordState
from tests.support.fleet import Fleet
from tests.support.repository import Ran, Shop

NARROW = ("--account", "--provider", "--field", "--number", "--exclude")
COMMANDS = (("validate",), ("plan",), ("apply", "-y", "--allow", "first-contact"), ("drift",), ("list",), ("export",))


@pytest.fixture
def shop(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> Shop:
    """Two profiles that wait for their first apply."""
    fleet.profile("berlin", 0, about="Fresh bread", description="Since 1911")
    fleet.profile("cafes/graz", 1, about="Coffee")
    return Shop(fleet, capsys)


def planned(ran: Ran) -> dict[str, list[str]]:
    """Return the changed fields of each profile of a plan."""
    return {one["profile"]: [change["field"] for change in one["changes"]] for one in ran.json["targets"]}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("*raz",), {}),
        (("cafes/*",), {"cafes/graz": ["about"]}),
        (("--number", "+49*0"), {"berlin": ["about", "description"]}),
        (("--exclude", "cafes"), {"berlin": ["about", "description"]}),
        (("--field", "about"), {"berlin": ["about"], "cafes/graz": ["about"]}),
        (("--field", "description"), {"berlin": ["description"]}),
        (("--account", "bakery", "--provider", "meta", "cafes"), {"cafes/graz": ["about"]}),
    ],
)
def test_a_plan_is_of_what_is_selected(shop: Shop, words: tuple[str, ...], found: dict[str, list[str]]) -> None:
    ran = shop.run("plan", "--json", *words)
    if found:
        assert (ran.code, planned(ran)) == (0, found)
    else:
        assert (ran.code, ran.codes) == (1, ["unknown-path"])


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: str(words[0]))
def test_a_selection_of_which_nothing_is_left_stops_each_command(shop: Shop, command: tuple[str, ...]) -> None:
    assert shop.run(*command, "--number", "+1*").code == 3
    assert shop.run(*command, "--field", "email").code == 3
    assert shop.run(*command, "--account", "bakeri").code == 1
    assert shop.run(*command, "--field", "abuot").code == 64
    assert shop.fleet.requests("POST") == []


@pytest.mark.parametrize("command", [*COMMANDS, ("show",)], ids=lambda words: str(words[0]))
def test_each_command_names_what_narrows_it(shop: Shop, command: tuple[str, ...]) -> None:
    said = shop.run(command[0], "--help").out
    assert [option for option in NARROW if option not in said] == []


def test_validate_counts_what_is_selected_and_says_what_is_wrong_with_all(shop: Shop) -> None:
    assert shop.run("validate", "--number", "+49*0").out == "1 profile checked: no problems.\n"
    shop.fleet.write("cafes/wien.yaml", "account: bakery\n")
    ran = shop.run("validate", "--exclude", "cafes")
    assert (ran.code, "cafes/wien.yaml" in ran.out) == (1, True)


def test_show_finds_a_profile_by_its_number_and_names_some_if_there_are_several(shop: Shop) -> None:
    ran = shop.run("show", "--number", "+493012345001", "--json")
    assert (ran.json["profile"], list(ran.json["fields"])) == ("cafes/graz", ["about"])
    assert list(shop.run("show", "berlin", "--field", "description", "--json").json["fields"]) == ["description"]
    assert "the selection is 2 profiles, and this shows one" in shop.run("show", "--account", "bakery").err
    assert "name one file; the first are berlin, cafes/graz" in shop.run("show", ".").err
    ran = shop.run("show", "--number", "+1*")
    assert (ran.code, "the selection is 0 profiles" in ran.err, ran.err.count("the first are")) == (1, True, 0)
    assert shop.run("show").code == 64


def test_an_apply_sends_only_the_named_field_and_forgets_no_other(shop: Shop) -> None:
    """What is not planned is not released, not recorded, and still waits."""
    assert shop.apply().code == 0
    shop.fleet.profile("berlin", 0, about="Rolls", description="Since 1912")
    ran = shop.apply("--field", "about", "--json")
    assert (ran.code, planned(ran)) == (0, {"berlin": ["about"], "cafes/graz": []})
    (berlin, _) = shop.fleet.entries().values()
    assert [(one.field, one.sent, one.state) for one in berlin.records] == [
        ("about", "Rolls", RecordState.SETTLED),
        ("description", "Since 1911", RecordState.SETTLED),
    ]
    assert planned(shop.run("plan", "--json")) == {"berlin": ["description"], "cafes/graz": []}
    assert shop.run("plan", "--json", "--field", "about").json["released"] == []


def test_a_plan_of_some_fields_says_so_and_permits_no_other(shop: Shop) -> None:
    shop.apply()
    shop.fleet.profile("berlin", 0, about="Rolls", description="Since 1912")
    file = shop.fleet.root / "plan.json"
    ran = shop.run("plan", "--field", "about", "--out", str(file))
    assert "only about: no other field was compared, and an apply of this plan sends no other" in ran.out
    assert json.loads(file.read_text())["fields"] == ["about"]
    ran = shop.run("apply", str(file), "--json")
    assert (ran.code, planned(ran)) == (0, {"berlin": ["about"], "cafes/graz": []})
    assert planned(shop.run("plan", "--json"))["berlin"] == ["description"]


def test_a_plan_file_that_claims_more_or_other_fields_permits_nothing_more(shop: Shop) -> None:
    """Its fields can only narrow the run: what it does not hold stops it."""
    file = shop.fleet.root / "plan.json"
    shop.run("plan", "--field", "about", "--out", str(file))
    document = json.loads(file.read_text())
    file.write_text(json.dumps({**document, "fields": ["about", "description"]}))
    ran = shop.run("apply", str(file))
    assert (ran.code, "1 change is not in the approved plan" in ran.out) == (3, True)
    file.write_text(json.dumps({**document, "fields": ["nonsense"]}))
    ran = shop.run("apply", str(file))
    assert (ran.code, "'nonsense' is not a field" in ran.err) == (1, True)
    assert shop.fleet.requests("POST") == []


def test_a_plan_file_says_itself_what_it_is_of(shop: Shop) -> None:
    file = str(shop.fleet.root / "plan.json")
    shop.run("plan", "--out", file)
    assert shop.run("apply", file, "--number", "+49*").code == 64
    assert shop.run("plan", "--owed", "--base", "HEAD", "--field", "about").code == 64
    ran = shop.run("apply", "--field", "about", "--resend", "webhook")
    assert (ran.code, "webhook" in ran.err) == (64, True)
    assert shop.run("apply", "-y", "--allow", "first-contact", "--field", "about", "--resend", "about").code == 0


def test_the_gate_on_many_counts_the_whole_selection(shop: Shop) -> None:
    """Ten profiles of which six lose a value: a run that selects the six meets the same gate."""
    for index in range(2, 10):
        shop.fleet.profile(f"shops/s{index}", index, about=f"One {index}")
    shop.apply()
    for index in range(2, 8):
        shop.fleet.profile(f"shops/s{index}", index, about=f"Two {index}")
    for words in ((), ("shops",), ("--field", "about"), ("shops/s[2-7]",)):
        ran = shop.run("apply", "-y", *words)
        assert (ran.code, "the gate bulk stopped it" in ran.out) == (3, True), words
    assert shop.run("apply", "-y", "--exclude", "shops/s[2-4]").code == 0


def test_drift_is_looked_for_where_it_is_selected_and_such_a_look_is_never_complete(shop: Shop) -> None:
    """A page of a part of the fleet must not close the issue that is about all of it."""
    shop.apply()
    shop.fleet.edit("106540352242000", about="Sold out")
    assert shop.run("drift", "--field", "description", "--detailed-exitcode").code == 0
    assert shop.run("drift", "--field", "about", "--detailed-exitcode").code == 2
    folder = shop.fleet.root / "report"
    found = []
    for words in (("cafes",), ("--exclude", "berlin"), ("--field", "description"), ()):
        shop.run("drift", "--report", str(folder), *words)
        found.append(json.loads((folder / "page.json").read_text())["complete"])
    assert found == [False, False, False, True]


def test_the_options_come_from_the_environment_too(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_FIELD", "about")
    monkeypatch.setenv("RECONCILER_EXCLUDE", "berlin")
    assert planned(shop.run("plan", "--json")) == {"cafes/graz": ["about"]}


def test_changed_since_looks_at_all_fields_of_a_profile_and_plans_the_named(shop: Shop) -> None:
    commit = shop.git.commit()
    shop.fleet.profile("berlin", 0, about="Fresh bread", description="Since 1912")
    ran = shop.run("plan", "--json", "--changed-since", commit, "--field", "about")
    assert planned(ran) == {"berlin": ["about"]}
