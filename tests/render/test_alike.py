"""The same change in many profiles is one block, in every text, and nothing that differs hides in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.basics import Location
from reconciler.core.fields import Value
from reconciler.core.planning.plan import Plan, TargetPlan, TargetStatus
from reconciler.core.reports.command_reports import DriftReport
from reconciler.core.safety.gates import PlanReport, Tripped
from reconciler.core.settings import Rule
from reconciler.core.target import Assumed, Change, Known, Origin
from reconciler.render.alike import alike, shared_words
from reconciler.render.markdown.drift import drift_sheet
from reconciler.render.markdown.plan import plan_sheet
from reconciler.render.markdown.sheet import Links, fitted
from reconciler.render.terminal import uncoloured
from reconciler.render.text.drift import drift_text
from reconciler.render.text.plan import plan_text
from tests.support import target
from tests.support.markdown import Shown
from tests.support.planning import planned_target, seen, wanted

TEMPLATE = Location("profiles/templates/franchise.yaml", 3, 5)
# What a comment may hold; GitHub takes 65,536 characters.
COMMENT = 60_000


def shop(number: int, before: Value, after: Value, field: str = "about", /, **of: Any) -> TargetPlan:
    """Return a profile with one change, which comes from the template."""
    to = target(f"shop-{number}", address=str(number), number=f"+4930{number:07}")
    made = planned_target(wanted({field: after}, to=to), seen({field: before}), None)
    parts: dict[str, Any] = {"source": TEMPLATE, "origin": Origin.EDITED, **of}
    return replace(made, differences=tuple(replace(one, **parts) for one in made.differences))


def hours(number: int, after: str = "seven", /, **of: Any) -> TargetPlan:
    """Return a shop whose hours change in a text that names its city."""
    text = f"Fresh bread in City {number}, every day from "
    return shop(number, f"{text}six.", f"{text}{after}.", **of)


def both(*found: TargetPlan) -> TargetPlan:
    """Return the first with the changes of all."""
    return replace(found[0], differences=tuple(change for one in found for change in one.differences))


def report(*found: TargetPlan, tripped: tuple[Tripped, ...] = ()) -> PlanReport:
    return PlanReport(plan=Plan(targets=found), tripped=tripped)


def text(*found: TargetPlan, verbose: bool = False) -> list[str]:
    return uncoloured(plan_text(report(*found), verbose=verbose)).splitlines()


def page(*found: TargetPlan, most: int | None = None) -> str:
    return fitted(plan_sheet(report(*found), Links()), most)


FLEET = tuple(hours(number) for number in range(400))
NAMES = [planned.target.profile for planned in FLEET]


def test_one_template_edit_in_400_profiles_is_one_block_at_a_terminal() -> None:
    assert text(*FLEET) == [
        "Will be sent:",
        "",
        "The same change in 400 profiles, from profiles/templates/franchise.yaml:3 (account bakery, meta at sandbox)",
        "  ~ about        changed in the files (profiles/templates/franchise.yaml:3)",
        '      "Fresh bread in City …, every day from [-six-][+seven+]." (up to 46 of 139 characters)',
        f"    in {', '.join(NAMES[:10])} and 390 more (-v lists them)",
        "",
        "400 changes in 400 profiles will be sent",
    ]
    assert f"    in {', '.join(NAMES)}" in text(*FLEET, verbose=True)


def test_the_comment_shows_one_change_and_every_name() -> None:
    shown = Shown(page(*FLEET, most=COMMENT))
    assert "Not shown here" not in shown.text
    assert "The same change in 400 profiles, from profiles/templates/franchise.yaml:3" in shown.text
    assert shown.text.count("every day from") == 2
    assert set(NAMES) <= set(shown.codes)
    assert shown.cells[5:10] == ["400 profiles", "", "bakery (meta at sandbox)", "about", ""]


def test_a_fleet_whose_names_fill_a_page_says_how_many_are_left_out() -> None:
    fleet = [hours(number) for number in range(1_500)]
    shown = page(*fleet, most=COMMENT // 2)
    assert "Not shown here" not in shown
    assert " more\n\n</details>" in shown


def test_a_change_of_its_own_stands_after_what_is_shared() -> None:
    lines = text(both(hours(1), shop(1, "a@b.example", "c@d.example", "email")), hours(2), hours(3), hours(4, "nine"))
    assert [line for line in lines if line and line[0] not in " W5"] == [
        "The same change in 3 profiles, from profiles/templates/franchise.yaml:3 (account bakery, meta at sandbox)",
        "profiles/shop-1.yaml (+49300000001, account bakery, meta at sandbox)",
        "profiles/shop-4.yaml (+49300000004, account bakery, meta at sandbox)",
    ]
    assert "    in shop-1, shop-2, shop-3" in lines


def test_changes_that_the_same_profiles_share_are_one_block() -> None:
    link = replace(TEMPLATE, line=7)
    lines = text(*(both(hours(n), shop(n, (), ("https://a.example/",), "websites", source=link)) for n in range(4)))
    assert lines[2:7] == [
        "The same 2 changes in 4 profiles, from profiles/templates/franchise.yaml (account bakery, meta at sandbox)",
        "  ~ about        changed in the files (profiles/templates/franchise.yaml:3)",
        '      "Fresh bread in City …, every day from [-six-][+seven+]." (up to 44 of 139 characters)',
        "  + websites     changed in the files (profiles/templates/franchise.yaml:7)",
        '      + "https://a.example/"',
    ]


def test_the_same_change_in_many_files_of_their_own_is_one_block_without_a_place() -> None:
    fleet = [hours(n, source=Location(f"profiles/shop-{n}.yaml", 6)) for n in range(3)]
    assert text(*fleet)[2:4] == [
        "The same change in 3 profiles, each in its own file (account bakery, meta at sandbox)",
        "  ~ about        changed in the files",
    ]
    assert "The same change in 3 profiles, each in its own file · bakery" in Shown(page(*fleet)).text


def test_changes_of_two_files_name_none_above_them() -> None:
    other = Location("profiles/defaults.yaml", 2)
    fleet = [both(hours(n), shop(n, "a@b.example", "c@d.example", "email", source=other)) for n in range(3)]
    assert text(*fleet)[2] == "The same 2 changes in 3 profiles (account bakery, meta at sandbox)"
    assert "The same 2 changes in 3 profiles · bakery" in Shown(page(*fleet)).text


def test_rows_of_one_table_have_that_table_as_their_place() -> None:
    table = "profiles/shops.csv"
    fleet = [replace(hours(n, source=Location(table, 2 + n)), file=table) for n in range(3)]
    assert text(*fleet)[2].startswith("The same change in 3 profiles, from profiles/shops.csv (")


@pytest.mark.parametrize(
    "other",
    [
        hours(9, "nine"),
        hours(9, origin=Origin.PENDING),
        hours(9, source=replace(TEMPLATE, line=4)),
        hours(9, limit=100),
        hours(9, acknowledged="until 1 May"),
        hours(9, note="asked for by run 9"),
        hours(9, before=Known("Fresh bread in City 9, every day from six.", doubt="may be more")),
        hours(9, before=Assumed("Fresh bread in City 9, every day from six.", since="2026-08-02T09:30:00Z")),
        replace(hours(9), offline=True),
        replace(hours(9), status=TargetStatus.BLOCKED),
        replace(hours(9), reason="it is on hold"),
        shop(9, "Bread.", "Cake."),
        shop(9, "Fresh bread, every day from six.", "Every day from seven: fresh bread."),
    ],
)
def test_what_differs_in_anything_that_a_person_reads_stands_apart(other: TargetPlan) -> None:
    fleet = (hours(1), hours(2), hours(3), other)
    (shared,), rest = alike([(planned, change) for planned in fleet for change in planned.differences])
    assert shared.profiles == ("shop-1", "shop-2", "shop-3")
    assert [planned.target.profile for planned, _ in rest] == ["shop-9"]


def test_two_profiles_are_shown_one_by_one() -> None:
    assert len([line for line in text(hours(1), hours(2)) if line.startswith("profiles/")]) == 2


def test_notes_may_differ_in_their_times() -> None:
    fleet = [
        hours(
            n, note=f"asked for 2026-08-02T09:3{n}:00Z by run 12", before=Assumed("Old", f"2026-08-0{n + 1}T09:30:00Z")
        )
        for n in range(3)
    ]
    assert "      asked for … by run 12" in text(*fleet)
    assert "(assumed: sent 1 August 2026, 09:30 UTC" in "\n".join(text(*fleet))


def test_the_same_drift_in_many_profiles_is_one_block() -> None:
    fleet = tuple(shop(n, "Sold out!", "Fresh bread", origin=Origin.DRIFTED) for n in range(4))
    said = uncoloured(drift_text(DriftReport(plan=Plan(targets=fleet)))).splitlines()
    assert said[2].startswith("The same change in 4 profiles, from profiles/templates/franchise.yaml:3 (")
    assert sum("live: " in line for line in said) == 1
    shown = Shown(fitted(drift_sheet(DriftReport(plan=Plan(targets=fleet)), Links()))).text
    assert shown.count("The same change in 4 profiles") == 1


def test_what_is_left_of_a_page_counts_each_profile_once() -> None:
    fleet = [both(hours(n), shop(n, "", "x" * n, "description", source=TEMPLATE)) for n in range(1, 40)]
    shown = page(*fleet, most=4_500)
    assert "changes in 39 profiles" in shown


def test_the_accounts_of_a_block_are_named_up_to_three() -> None:
    fleet = [replace(one, target=replace(one.target, account=f"a{n}")) for n, one in enumerate(FLEET[:5])]
    accounts = "account a0, meta at sandbox; account a1, meta at sandbox; account a2, meta at sandbox; and 2 more"
    assert text(*fleet)[2].endswith(f" ({accounts})")
    assert " · a0 (meta at sandbox), a1 (meta at sandbox)," in page(*fleet)


def slogan(number: int, before: str = "Best rolls in City {}.", /, **of: Any) -> TargetPlan:
    """Return a shop whose template has another text, of which too little stays to mark words in it."""
    after = f"Sourdough and rye, baked by hand at Street {number} since 1911."
    return shop(number, before.format(number), after, **of)


def test_a_template_with_another_text_is_one_block_and_each_name_has_its_own_words() -> None:
    title, why, value, names = text(*map(slogan, range(400)))[2:6]
    assert title.startswith("The same change in 400 profiles, from profiles/templates/franchise.yaml:3 (")
    assert why == "  ~ about        changed in the files (profiles/templates/franchise.yaml:3)"
    sentence = "Sourdough and rye, baked by hand at Street … since 1911."
    assert value == f'      "[-Best rolls in City ….-][+{sentence}+]" (up to 58 of 139 characters)'
    own = ", ".join(f'shop-{n} ("{n}")' for n in range(10))
    assert names == f"    in {own} and 390 more (-v lists them)"
    shown = Shown(page(*map(slogan, range(400)), most=COMMENT)).text
    assert "shop-399 (399)" in shown
    assert shown.count("since 1911") == 1


@pytest.mark.parametrize("verbose", [False, True])
def test_own_words_from_right_to_left_stay_with_their_names(*, verbose: bool) -> None:
    towns = ("القاهرة", "حيفا", "Berlin")
    fleet = [shop(n, f"Best rolls in City {n}.", f"خبز طازج في {town} كل يوم.") for n, town in enumerate(towns)]
    own = '    in shop-0 (\u2068"القاهرة"\u2069), shop-1 (\u2068"حيفا"\u2069), shop-2 ("Berlin")'
    assert own in text(*fleet, verbose=verbose)
    assert "`shop-0` (\u2068`القاهرة`\u2069)" in page(*fleet)


def test_own_words_that_only_go_are_not_named() -> None:
    fleet = [shop(n, f"Best rolls in City {n}.", "Sourdough and rye… baked by hand.") for n in range(3)]
    assert text(*fleet)[4:6] == [
        '      "[-Best rolls in City ….-][+Sourdough and rye… baked by hand.+]" (33 of 139 characters)',
        "    in shop-0, shop-1, shop-2",
    ]


def test_a_text_that_is_sent_for_the_first_time_is_one_block_too() -> None:
    assert text(*(slogan(n, "", origin=Origin.ADOPTED) for n in range(3)))[4] == (
        '      "[+Sourdough and rye, baked by hand at Street … since 1911.+]" (up to 56 of 139 characters)'
    )


@pytest.mark.parametrize(
    "fleet",
    [
        # What WhatsApp shows was not made by the template, so all of it must be seen.
        [slogan(n, origin=Origin.CONFLICT) for n in range(3)],
        # The texts have nothing in common but the place.
        [shop(n, f"Old {n} {'x' * n}", f"{chr(97 + n) * 20} {n}") for n in range(3)],
        # Its own file asks for it.
        [slogan(n, source=Location(f"profiles/shop-{n}.yaml", 6)) for n in range(3)],
        # It could be read as marks.
        [slogan(n, "Best [-rolls-] in City {}.") for n in range(3)],
    ],
)
def test_where_too_little_is_the_same_each_profile_is_shown(fleet: list[TargetPlan]) -> None:
    pairs = [(planned, change) for planned in fleet for change in planned.differences]
    assert alike(pairs) == ((), tuple(pairs))


def test_a_gate_stands_in_the_row_of_the_profiles_that_it_concerns() -> None:
    gate = Tripped(gate="large", rule=Rule.ASK, summary="many", hint="", profiles=("shop-1", "shop-2"))
    sheet = plan_sheet(report(*(hours(n) for n in range(4)), tripped=(gate,)), Links())
    assert "| 4 profiles |  | bakery (meta at sandbox) | `about` | large |" in sheet.lead


@pytest.mark.parametrize(
    ("texts", "shown"),
    [
        (["same", "same"], "same"),
        (["in Berlin, daily", "in Bern, daily"], "in …, daily"),
        (["in (Berlin) daily", "in (Bern) daily"], "in (…) daily"),
        (["in Berlin", "in Berlin-Mitte"], "in …"),
        (["Berlin is open", "Bonn is open"], "… is open"),
        (["a b", "a c b"], "a …"),
        (["Caf\u00e9 x", "Cafe\u0301 x"], "… x"),
        (["", "a"], "…"),
    ],
)
def test_what_texts_have_in_common_is_cut_at_whole_words(texts: list[str], shown: str) -> None:
    assert shared_words(texts) == shown


def test_every_change_is_in_a_block_or_beside_it() -> None:
    fleet = [hours(n, "seven" if n % 2 else "nine") for n in range(9)]
    pairs: list[tuple[TargetPlan, Change]] = [(planned, change) for planned in fleet for change in planned.differences]
    shared, rest = alike(pairs)
    assert sum(len(one.members) * len(one.changes) for one in shared) + len(rest) == len(pairs)
