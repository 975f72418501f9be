"""A run of a part of its plan: `--max N`, and a yes to some of the profiles. The rest waits, and is not forgotten."""

from __future__ import annotations

import pytest

from reconciler.core.safety.decision import Approval, Question, YesTo, read_answer
from reconciler.effects.signals import Stop
from reconciler.pipeline.apply import ApplyRequest, apply_run
from reconciler.pipeline.readings import Scope
from reconciler.render.text.apply import question_text
from tests.support.fleet import Fleet
from tests.support.repository import Ran, Shop

NAMES = ("berlin", "cafes/graz", "munich")


@pytest.fixture
def shop(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> Shop:
    """Three profiles that were applied, and then edited."""
    shop = Shop(fleet, capsys)
    for index, name in enumerate(NAMES):
        fleet.profile(name, index, about=f"One {name}")
    shop.apply()
    for index, name in enumerate(NAMES):
        fleet.profile(name, index, about=f"Two {name}")
    fleet.forget()
    return shop


def live(shop: Shop) -> list[str]:
    """Return the first word of each number's about."""
    return [str(shop.fleet.live(str(106540352242000 + index))["about"]).split()[0] for index in range(3)]


def waits(ran: Ran) -> list[str]:
    """Return the profiles of which something waits."""
    return [one["profile"] for one in ran.json["waiting"]]


def asked(shop: Shop, *answers: YesTo, most: int | None = None) -> list[Question]:
    """Apply at a terminal where these answers are given, and return what was asked."""
    given, questions = iter(answers), list[Question]()

    def ask(question: Question) -> YesTo:
        questions.append(question)
        return next(given)

    request = ApplyRequest(Scope(), Approval(ask=ask), most=most)
    shop.fleet.run(lambda context: apply_run(context, request, stop=Stop()))
    return questions


def test_the_first_profiles_are_sent_and_the_rest_waits_and_is_remembered(shop: Shop) -> None:
    page = shop.fleet.root / "summary.md"
    ran = shop.run("apply", "-y", "--max", "2", "--summary", str(page))
    assert "**Waiting for another apply:** 1 change in 1 profile (--max 2:" in page.read_text().replace("`", "")
    assert (ran.code, live(shop)) == (0, ["Two", "Two", "One"])
    why = "--max 2: this run sends to the first 2 profiles only"
    assert f"Waiting for another apply: 1 change in 1 profile: munich. ({why})" in ran.out
    assert ran.out.splitlines()[-1] == "2 changes applied"
    past = shop.run("history", "munich").out
    assert ("Asked for, and not sent:" in past, f": {why}\n" in past) == (True, True)
    (munich,) = [one for one in shop.run("plan", "--json").json["targets"] if one["changes"]]
    assert munich["profile"] == "munich"
    assert waits(shop.run("apply", "-y", "--max", "2", "--json")) == []
    assert live(shop) == ["Two", "Two", "Two"]


def test_one_profile_is_said_as_one(shop: Shop) -> None:
    assert "(--max 1: this run sends to the first profile only)" in shop.run("apply", "-y", "--max", "1").out


@pytest.mark.parametrize("number", ["0", "-1", "x", ""])
def test_a_number_below_one_is_a_slip_of_the_pen(shop: Shop, number: str) -> None:
    assert shop.run("apply", "-y", "--max", number).code == 64
    assert shop.fleet.requests() == []


def test_gates_judge_the_whole_plan_before_it_is_cut(shop: Shop) -> None:
    """One profile at a time, six would lose their values as well as at once."""
    for index in range(3, 9):
        shop.fleet.profile(f"shops/s{index}", index, about=f"One {index}")
    shop.apply()
    for index in range(3, 9):
        shop.fleet.profile(f"shops/s{index}", index, about=f"Two {index}")
    ran = shop.run("apply", "-y", "--max", "1")
    assert (ran.code, "the gate bulk stopped it" in ran.out) == (3, True)
    left = waits(shop.run("apply", "-y", "--max", "1", "--allow", "bulk", "--json"))
    assert left == [f"shops/s{n}" for n in range(4, 9)]


def test_a_cut_run_of_a_reviewed_plan_sends_a_part_of_it(shop: Shop) -> None:
    file = str(shop.fleet.root / "plan.json")
    shop.run("plan", "--out", file)
    assert waits(shop.run("apply", file, "--max", "1", "--json")) == ["cafes/graz", "munich"]
    assert shop.run("apply", file).code == 0
    assert live(shop) == ["Two", "Two", "Two"]


def test_rules_are_not_held_to_a_run_that_was_cut(shop: Shop) -> None:
    """The rest still waits for the rules of its own commit."""
    commit = shop.git.commit()
    assert shop.run("apply", "-y", "--max", "1", "--base", commit).code == 0
    assert shop.run("plan", "--owed", "--base", commit, "--json").json["summary"]["will_be_sent"] == 2


def test_a_yes_to_one_profile_sends_that_one_and_a_yes_to_all_but_one_the_others(shop: Shop) -> None:
    (question,) = asked(shop, frozenset({"munich"}))
    assert (question.profiles, live(shop)) == (NAMES, ["One", "One", "Two"])
    asked(shop, frozenset({"berlin"}))
    assert live(shop) == ["Two", "One", "Two"]
    assert "a person at the terminal left it out" in shop.run("history", "cafes/graz").out


def test_a_yes_to_no_profile_is_a_no(shop: Shop) -> None:
    asked(shop, frozenset())
    assert live(shop) == ["One", "One", "One"]
    asked(shop, False)
    assert live(shop) == ["One", "One", "One"]


def test_of_a_profile_that_was_left_out_nothing_else_is_asked(shop: Shop) -> None:
    """Drift is asked about apart, and a no to one field of it leaves what was agreed to before."""
    for index, name in enumerate(NAMES):
        shop.fleet.profile(name, index, about=f"Two {name}", email=f"{index}@bakery.example")
    shop.apply()
    for index, name in enumerate(NAMES):
        shop.fleet.profile(name, index, about=f"Three {name}", email=f"{index}@bakery.example")
        shop.fleet.edit(str(106540352242000 + index), email="phone@bakery.example")
    first, drift = asked(shop, frozenset({"berlin", "munich"}), frozenset({"munich"}))
    assert (first.profiles, drift.profiles) == (NAMES, ("berlin", "munich"))
    assert live(shop) == ["Three", "Two", "Three"]
    mails = [shop.fleet.live(str(106540352242000 + index))["email"] for index in range(3)]
    assert mails == ["phone@bakery.example", "phone@bakery.example", "2@bakery.example"]


def test_the_question_is_about_the_first_profiles_and_says_how_many_wait(shop: Shop) -> None:
    (question,) = asked(shop, True, most=1)
    assert (question.profiles, question.waiting, live(shop)) == (("berlin",), 2, ["Two", "One", "One"])
    assert question_text(question).splitlines() == [
        "Will be sent: 1 change in 1 profile: berlin (about).",
        "2 more profiles of the plan wait for another run.",
        "Should this be sent? Only `yes` is taken as yes.",
    ]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("yes", True),
        ("  yes ", True),
        ("", False),
        ("no", False),
        ("y", False),
        ("YES", False),
        ("yes except", False),
        ("yes berlin", frozenset({"berlin"})),
        ("yes berlin, munich", frozenset({"berlin", "munich"})),
        ("yes cafes", frozenset({"cafes/graz"})),
        ("yes *n*", frozenset({"berlin", "munich"})),
        ("yes except cafes/graz", frozenset({"berlin", "munich"})),
        ("yes except *", frozenset()),
    ],
)
def test_what_is_typed_is_a_yes_a_no_or_a_yes_to_some(text: str, answer: YesTo) -> None:
    assert read_answer(text, NAMES) == answer


@pytest.mark.parametrize("text", ["yes please", "yes berlin munch", "yes except brlin", "yes yes"])
def test_a_name_that_is_none_of_the_question_is_asked_again(text: str) -> None:
    found = read_answer(text, NAMES)
    assert isinstance(found, tuple)
    assert [one.code for one in found] == ["unknown-path"]
