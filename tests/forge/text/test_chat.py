"""What people read in a chat: true, and nothing but text in every one of them."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.reports.handover import Handover, HandoverKind, MovedField, UnreadField
from reconciler.forge.text.chat import ChatKind, chat_message, is_news

RUN = "https://github.com/bakery/profiles/actions/runs/7"


def look(*moved: str, unread: int = 0, code: int = 0, errored: bool = False) -> Handover:
    return Handover(
        kind=HandoverKind.DRIFT,
        text="",
        exit_code=code,
        quiet=not (moved or unread or code),
        errored=errored,
        moved=tuple(MovedField(profile=name, field="about") for name in moved),
        unread=(UnreadField(profile="paris"),) * unread,
    )


def apply(code: int) -> Handover:
    return Handover(kind=HandoverKind.APPLY, text="", exit_code=code)


def text(page: Handover, run: str = "") -> str:
    found: str = chat_message(ChatKind.JSON, page, run=run)["text"]
    return found


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (look("berlin"), "1 field in 1 profile differs from what was applied: berlin."),
        (look("a", "a"), "2 fields in 1 profile differ from what was applied: a."),
        (look("a", unread=2), "1 field in 1 profile differs from what was applied: a. 2 places could not be read."),
        (look(unread=1, code=6), "1 place could not be read."),
        (look(code=6), "the look ended with exit code 6."),
        (look(code=1, errored=True), "drift was stopped before it had a result (exit code 1)."),
        (apply(5), "the apply was applied in part (exit code 5)."),
        (apply(3), "the apply was stopped by a gate, or by something that no review covers (exit code 3)."),
        (apply(1), "the apply failed (exit code 1)."),
    ],
)  # fmt: skip
def test_a_message_says_what_was_found(page: Handover, said: str) -> None:
    assert text(page) == f"WhatsApp profiles: {said}"


def test_names_are_few_and_plain_and_the_others_are_counted() -> None:
    names = ["a", "b", "c/d", "e-f", "g", "h", "evil.example", "<!channel>", "x" * 61, "_i_"]
    assert text(look(*names)).endswith("differ from what was applied: a, b, c/d, e-f, g and 5 more.")
    assert text(look("<!channel>")).endswith("1 field in 1 profile differs from what was applied.")


def test_the_run_stands_on_a_line_of_its_own_if_its_address_is_one() -> None:
    assert text(look("berlin"), RUN).splitlines()[1:] == [RUN]
    assert len(text(look("berlin"), "https://github.com/<!channel>").splitlines()) == 1


def test_slack_gets_a_text() -> None:
    assert chat_message(ChatKind.SLACK, look("berlin"), run=RUN) == {"text": text(look("berlin"), RUN)}


def test_teams_gets_a_card_with_a_block_for_each_line() -> None:
    message = chat_message(ChatKind.TEAMS, look("berlin"), run=RUN)
    (card,) = message["attachments"]
    assert (message["type"], card["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
    assert [block["text"] for block in card["content"]["body"]] == text(look("berlin"), RUN).splitlines()


def test_a_receiver_of_ones_own_gets_the_numbers_too() -> None:
    found = chat_message(ChatKind.JSON, look("berlin", unread=1, code=6), run=RUN)
    assert {name: found[name] for name in found if name != "text"} == {
        "format_version": "1.0",
        "kind": "drift",
        "exit_code": 6,
        "differences": 1,
        "unreadable": 1,
        "run": RUN,
    }
    stopped = chat_message(ChatKind.JSON, look(code=1, errored=True), run="")
    assert (stopped["differences"], stopped["unreadable"]) == (None, None)


@pytest.mark.parametrize(
    ("page", "news"),
    [
        (look(), False),
        (look("berlin"), True),
        (look(unread=1), True),
        (look(code=1, errored=True), True),
        (apply(0), False),
        (apply(2), False),
        (apply(5), True),
    ],
)
def test_people_hear_of_what_needs_one_of_them(page: Handover, news: bool) -> None:
    assert is_news(page) == news


@given(st.lists(st.text(max_size=70), max_size=8), st.text(max_size=40))
def test_no_name_and_no_address_is_anything_but_text(names: list[str], run: str) -> None:
    """Our own words and names of letters, digits, slashes and hyphens are all that there is."""
    for kind in ChatKind:
        said = json.dumps(chat_message(kind, look(*names), run=run).get("text", ""), ensure_ascii=False)
        lines = said[1:-1].split("\\n")
        assert re.fullmatch(r"[^\W_](?:[^\W_]|[ ,:.()/-])*|", lines[0])
        assert lines[1:] in ([], [run])
