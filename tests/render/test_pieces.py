"""How the pieces of a change are shown: the same in every output, and no two that differ as two equal lines."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.comparing.characters import look_alike
from reconciler.core.comparing.difference import Became, Detail, Piece
from reconciler.core.fields import Header, Picture, SecretRef, Value, Webhook
from reconciler.core.memory.runs import FieldOutcome, FieldStatus, HistoryEvent, HistoryReport, Outcome
from reconciler.core.planning.plan import Plan, TargetPlan
from reconciler.core.reports.command_reports import ApplyReport, DriftReport, ShowReport
from reconciler.core.safety.approval import Unapproved
from reconciler.core.safety.gates import PlanReport
from reconciler.core.target import Change, Known, Origin, WriteOnly
from reconciler.render.json import dumps, plan_json
from reconciler.render.markdown.apply import apply_sheet
from reconciler.render.markdown.drift import drift_sheet
from reconciler.render.markdown.plan import plan_sheet
from reconciler.render.markdown.sheet import Links, fitted
from reconciler.render.pieces import shortened
from reconciler.render.terminal import uncoloured
from reconciler.render.text.apply import apply_text
from reconciler.render.text.changes import change_lines, difference_lines
from reconciler.render.text.drift import drift_text
from reconciler.render.text.history import history_text
from reconciler.render.text.plan import plan_text
from reconciler.render.text.show import show_text
from tests.support import change, desired, entry, observed, picture, planned, record, target
from tests.support.laws import tried
from tests.support.markdown import Shown, spaced
from tests.support.planning import planned_target, seen, wanted

NASTY = st.text(
    st.sampled_from("ae\u0301\u00e9 \t\n\r\u00a0\u200b\u200d\ufe0f\\tn⟨U+200B⟩\u0430\u2010-'\u2019\u2028\ud800\x1b"),
    min_size=1,
    max_size=8,
)
# What people met: a text in a file, and another that the provider shows.
PAIRS = (
    ("Caf\u00e9", "Cafe\u0301"),
    ("Bread and tea", "Bre\u0430d and tea"),
    ("Open daily", "Open\u00a0daily"),
    ("Open daily", "Open  daily"),
    ("one\ntwo", "one \ntwo"),
    ("one", "one "),
    ("one", "one\n"),
    (r"C:\temp", "C:\temp"),
    (r"a\nb", "a\nb"),
    ("one\ntwo", "one\r\ntwo"),
    ("a⟨U+200B⟩b", "a\u200bb"),
    ("I \u2764 bread", "I \u2764\ufe0f bread"),
    ("<!--", "<! --"),
    ("Mo-Fr", "Mo\u2011Fr"),
)
ALIKE = "looks alike: character "


def found(file: str, live: str, origin: Origin = Origin.EDITED) -> TargetPlan:
    """Return a target whose description differs, as planning finds it."""
    made = planned_target(desired(description=file), observed(description=live), None)
    return replace(made, differences=tuple(replace(one, origin=origin) for one in made.differences))


def shown_by_plan(file: str, live: str) -> str:
    return uncoloured(plan_text(PlanReport(plan=Plan(targets=(found(file, live),)))))


def shown_by_drift(file: str, live: str) -> str:
    return uncoloured(drift_text(DriftReport(plan=Plan(targets=(found(file, live, Origin.DRIFTED),)))))


def shown_by_plan_page(file: str, live: str) -> str:
    return spaced(Shown(fitted(plan_sheet(PlanReport(plan=Plan(targets=(found(file, live),))), Links()))).text)


def shown_by_drift_page(file: str, live: str) -> str:
    report = DriftReport(plan=Plan(targets=(found(file, live, Origin.DRIFTED),)))
    return spaced(Shown(fitted(drift_sheet(report, Links()))).text)


def shown_by_show(file: str, live: str) -> str:
    report = ShowReport(
        desired=desired(description=file), live=observed(description=live), entry=None, planned=found(file, live)
    )
    # A table folds its cells, so a line may end within the note.
    return re.sub(r"\s+", " ", show_text(report, width=2_000))


def shown_by_show_of_what_was_sent(file: str, live: str) -> str:
    kept = entry(record("description", sent=file, shown=live))
    report = ShowReport(
        desired=desired(description=file),
        live=observed(),
        entry=kept,
        planned=replace(found(file, live), differences=()),
    )
    return show_text(report, width=2_000)


def shown_by_history(file: str, live: str) -> str:
    field = FieldOutcome(field="description", status=FieldStatus.APPLIED, before=live, after=file)
    event = HistoryEvent(
        run="12",
        commit="",
        started="2026-08-02T09:30:00Z",
        finished="2026-08-02T09:31:00Z",
        interrupted="",
        edited=False,
        outcome=Outcome(target=target(), fields=(field,)),
    )
    return uncoloured(history_text(HistoryReport(profile="berlin", events=(event,), open=())))


def unapproved(file: str, live: str) -> ApplyReport:
    one = Unapproved(
        target=target(),
        file="profiles/berlin.yaml",
        now=change("description", before=live, after="New"),
        approved=change("description", before=file, after="New"),
    )
    return ApplyReport(plan=Plan(targets=()), unapproved=(one,))


def shown_by_apply(file: str, live: str) -> str:
    return uncoloured(apply_text(unapproved(file, live)))


def shown_by_apply_page(file: str, live: str) -> str:
    return spaced(Shown(fitted(apply_sheet(unapproved(file, live), Links()))).text)


OUTPUTS = (
    shown_by_plan,
    shown_by_drift,
    shown_by_plan_page,
    shown_by_drift_page,
    shown_by_show,
    shown_by_show_of_what_was_sent,
    shown_by_history,
    shown_by_apply,
    shown_by_apply_page,
)


@pytest.mark.parametrize("shown", OUTPUTS)
@pytest.mark.parametrize(("file", "live"), PAIRS)
def test_no_output_shows_a_difference_as_two_equal_lines(
    shown: Callable[[str, str], str], file: str, live: str
) -> None:
    assert ALIKE in shown(file, live)
    assert ALIKE not in shown("Open six to six", "Open seven to six")


@given(NASTY, NASTY)
@tried(150)
def test_two_unequal_texts_are_shown_as_two_or_a_note_says_what_differs(file: str, live: str) -> None:
    """The two sides are taken from the output itself, as a person compares them: white space is not seen."""
    text = shown_by_drift(file, live)
    sides = [re.findall(rf"^      {label}: ?(.*)", text, re.MULTILINE) for label in ("live", "file")]
    bare = [spaced(re.sub(r"\[[-+]|[-+]\]| \(\d+ of \d+ characters\)$", "", " ".join(lines))) for lines in sides]
    if file != live and (bare[0] == bare[1] or look_alike(file, live)):
        for shown in OUTPUTS:
            assert ALIKE in shown(file, live), shown.__name__


def lines(one: Change) -> list[str]:
    """Return the lines of a change below its first."""
    return uncoloured("\n".join(change_lines(one))).split("\n")[1:]


def sides(one: Change) -> list[str]:
    return uncoloured("\n".join(difference_lines(one, why=""))).split("\n")[1:]


def changed(before: Value, after: Value, field: str = "description") -> Change:
    """Return the change that planning finds."""
    made = planned_target(wanted({field: after}), seen({field: before}), None)
    return made.differences[0]


def cells(one: Change) -> list[str]:
    """Return the cells of the value before and after, as Markdown."""
    page = fitted(plan_sheet(PlanReport(plan=Plan(targets=(planned(one),))), Links()))
    row = next(line for line in page.split("\n") if line.startswith(f"| `{one.field}`"))
    return row.split(" | ")[1:3]


LONG = "Sourdough, rye and cakes since 1911. " * 4


@pytest.mark.parametrize(
    ("before", "after", "block", "before_cell", "after_cell"),
    [
        (
            "Open six to six.",
            "Open seven to six.",
            ['      "Open [-six-][+seven+] to six." (18 of 512 characters)'],
            "`Open `~~`six`~~` to six.`",
            "`Open `**`seven`**` to six.`",
        ),
        (
            f"{LONG}Open six to six.",
            f"{LONG}Open seven to six.",
            ['      "… rye and cakes since 1911. Open [-six-][+seven+] to six." (166 of 512 characters)'],
            "`… rye and cakes since 1911. Open `~~`six`~~` to six.`",
            "`… rye and cakes since 1911. Open `**`seven`**` to six.`",
        ),
        (
            "one\ntwo shops\nthree",
            "one\n2 shops\nthree",
            ['      "one', "       [-two-][+2+] shops", '       three" (17 of 512 characters)'],
            "`one`<br>~~`two`~~` shops`<br>`three`",
            "`one`<br>**`2`**` shops`<br>`three`",
        ),
        # A line comes: both sides are shown, for a block would not say on which side the line ends.
        (
            "Bread since 1911.",
            "Bread since 1911.\n\nOpen daily.",
            [
                '      - "Bread since 1911."',
                '      + "Bread since 1911.',
                "      +",
                '      +  [+Open daily.+]" (30 of 512 characters)',
            ],
            "`Bread since 1911.`",
            "`Bread since 1911.`<br><br>**`Open daily.`**",
        ),
        # A text that holds a sign itself could pretend that words come or go: no word is marked.
        (
            "Call [-0800 1-] today",
            "Call [-0800 1-] tomorrow",
            ['      - "Call [-0800 1-] today"', '      + "Call [-0800 1-] tomorrow" (24 of 512 characters)'],
            "`Call [-0800 1-] today`",
            "`Call [-0800 1-] tomorrow`",
        ),
        (
            "Old",
            "New",
            ['      - "Old"', '      + "New" (3 of 512 characters)'],
            "`Old`",
            "`New`",
        ),
    ],
)
def test_the_words_of_a_text_are_marked_the_same_at_a_terminal_and_on_a_page(
    before: str, after: str, block: list[str], before_cell: str, after_cell: str
) -> None:
    one = changed(before, after)
    assert lines(one) == block
    assert cells(one) == [before_cell, after_cell]


def test_where_a_difference_is_only_shown_each_side_has_its_own_marks() -> None:
    assert sides(changed("Open six to six.", "Open seven to six.")) == [
        '      live: "Open [-six-] to six."',
        '      file: "Open [+seven+] to six." (18 of 512 characters)',
    ]


A, B, C = "https://a.example/", "https://b.example/", "https://c.example/"


@pytest.mark.parametrize(
    ("before", "after", "block", "before_cell", "after_cell"),
    [
        (
            (A, B),
            (A, C),
            [f'        "{A}"', f'      - "{B}"', f'      + "{C}"'],
            f"`{A}`<br>~~`{B}`~~",
            f"`{A}`<br>**`{C}`**",
        ),
        ((A, B), (B,), [f'      - "{A}"', f'        "{B}"'], f"~~`{A}`~~<br>`{B}`", f"`{B}`"),
        (
            (A, B),
            (B, A),
            ["      the same links in another order", f'        "{B}" (was number 2)', f'        "{A}" (was number 1)'],
            f"`{A}`<br>`{B}`",
            f"`{B}` (was number 2)<br>`{A}` (was number 1)",
        ),
        ((A,), (B,), [f'      - "{A}"', f'      + "{B}"'], f"`{A}`", f"`{B}`"),
        ((), (B,), [f'      + "{B}"'], "(empty)", f"`{B}`"),
        ((A,), (), [f'      - "{A}"', "      + (empty)"], f"`{A}`", "(empty)"),
    ],
)
def test_the_links_of_a_list_say_what_became_of_them(
    before: Value, after: Value, block: list[str], before_cell: str, after_cell: str
) -> None:
    one = changed(before, after, "websites")
    assert lines(one) == block
    assert cells(one) == [before_cell, after_cell]


@pytest.mark.parametrize("path", ["", "[]", "[x]", "[-1]", "[9]", f"[{'9' * 5000}]", "[²]", "url"])
@pytest.mark.parametrize("became", Became)
def test_details_that_name_no_link_hide_none(path: str, became: Became) -> None:
    """An approved plan is foreign, and nothing that is sent may be missing from what is shown."""
    one = replace(change("websites", before=(A,), after=(B,)), details=(Detail(path, became, came_from=path),))
    assert f'"{B}"' in "\n".join(lines(one))
    assert f"`{B}`" in cells(one)[1]


def test_a_webhook_is_shown_whole_and_its_details_are_in_the_document() -> None:
    secret = SecretRef(env="WEBHOOK_BASIC")
    hook = Webhook(url="https://hooks.example/a", headers=(Header("Via", secret), Header("X-Shop", secret)))
    one = changed(Webhook(url="https://hooks.example/a", headers=(Header("via"),)), hook, "webhook")
    assert lines(one) == [
        '      - "https://hooks.example/a"',
        "      - header via (its value is not shown)",
        '      + "https://hooks.example/a"',
        "      + header Via from {env: WEBHOOK_BASIC}",
        "      + header X-Shop from {env: WEBHOOK_BASIC}",
    ]
    document = json.loads(dumps(plan_json(PlanReport(plan=Plan(targets=(planned(one),))))))
    (listed,) = document["targets"][0]["changes"][0]["details"]
    assert (listed["path"], listed["became"], listed["after"]) == ("headers.x-shop", "added", "{env: WEBHOOK_BASIC}")


def test_a_host_that_looks_alike_is_named_in_a_webhook_too() -> None:
    one = changed(Webhook(url="https://hooks.ex\u0430mple"), Webhook(url="https://hooks.example"), "webhook")
    note = "looks alike: character 17: U+0430 cyrillic small letter a → U+0061 latin small letter a"
    assert lines(one)[-1] == f"      {note}"
    # The same for two values that no plan compared.
    bare = replace(one, details=())
    assert lines(bare)[-1] == f"      {note}"


def test_pictures_of_two_names_need_no_note() -> None:
    one = change("picture", before=picture("a", file=""), after=picture("b"))
    assert not any("looks alike" in line for line in lines(one))
    assert isinstance(one.after, Picture)


def test_pictures_that_differ_in_nothing_but_their_content_have_a_note() -> None:
    """A page names no hash, so two such pictures read the same there."""
    one = change("picture", before=picture("a"), after=picture("b"))
    note = "looks alike: the name, the size and the form are the same, and the content is another"
    assert lines(one)[-1] == f"      {note}"
    page = fitted(plan_sheet(PlanReport(plan=Plan(targets=(planned(one),))), Links()))
    assert note in spaced(Shown(page).text)
    assert "sha256" not in page


def test_a_new_picture_leads_to_its_file_at_the_commit_of_the_plan() -> None:
    links = Links(repository="https://github.com/goldcrust/profiles", commit="a" * 40, folder="shops/")
    one = change("picture", before=picture("a", file=""), after=picture("b", file="pictures/summer.png"))
    page = Shown(fitted(plan_sheet(PlanReport(plan=Plan(targets=(planned(one),))), links)))
    assert f"{links.repository}/blob/{links.commit}/shops/profiles/pictures/summer.png" in page.links
    assert "a picture, 640 × 640 PNG, 2 KiB" in page.text


@pytest.mark.parametrize(("code", "shown"), [("RESTAURANT", "RESTAURANT (Restaurant)"), ("NEW_CODE", "NEW_CODE")])
def test_an_industry_has_its_label_beside_its_code(code: str, shown: str) -> None:
    one = change("industry", before="ONLINE_GAMBLING", after=code)
    assert lines(one)[0] == '      - "ONLINE_GAMBLING" (Online Gambling & Gaming)'
    quoted = f'"{code}"'
    assert lines(one)[-1] == f"      + {shown.replace(code, quoted, 1)}"
    assert [Shown(cell).text.strip() for cell in cells(one)] == ["ONLINE_GAMBLING (Online Gambling & Gaming)", shown]
    # Two codes of which a part is the same are still two codes, each with its label.
    assert lines(changed("ONLINE_GAMBLING", "PHYSICAL_GAMBLING", "industry"))[0].endswith("(Online Gambling & Gaming)")


def test_an_assumed_value_says_so_below_the_block() -> None:
    kept = entry(record("about", sent="Open six to six"))
    made = planned_target(desired(about="Open seven to six"), observed(about=WriteOnly()), kept)
    assert lines(made.differences[0]) == [
        '      "Open [-six-][+seven+] to six" (17 of 139 characters)',
        "      (assumed: sent 2 August 2026, 09:30 UTC by run 12, and it cannot be read back)",
    ]
    assert sides(made.differences[0])[:2] == [
        '      sent: "Open [-six-] to six"',
        "      sent: (assumed: sent 2 August 2026, 09:30 UTC by run 12, and it cannot be read back)",
    ]


def test_what_is_kept_far_from_a_change_is_shortened_at_a_whole_word_or_anywhere() -> None:
    word = "x" * 200
    kept = Piece(Became.KEPT, f"{'word ' * 40}end")
    new = Piece(Became.ADDED, "new")
    assert [one.text for one in shortened([kept, new, kept, new, kept])] == [
        "… word word word word word word word end",
        "new",
        "word word word word word word word word … word word word word word word word end",
        "new",
        "word word word word word word word word …",
    ]
    assert [one.text for one in shortened([Piece(Became.KEPT, word), new])] == [f"… {'x' * 40}", "new"]
    assert [one.text for one in shortened([new, Piece(Became.KEPT, word)])] == ["new", f"{'x' * 40} …"]


def test_with_colours_words_have_no_signs_and_without_them_they_have() -> None:
    one = changed("Open six to six.", "Open seven to six.")
    coloured = "\n".join(change_lines(one))
    assert "[-" not in coloured
    assert uncoloured(coloured) == uncoloured(uncoloured(coloured))
    assert isinstance(one.before, Known)
