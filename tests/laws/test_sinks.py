"""Hostile values through every sink there is; and each judge sees what its own program would obey."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from reconciler.core.planning.plan import Plan
from tests.laws import inert
from tests.laws.filled import Filling
from tests.laws.hostile import KINDS, hostile, values
from tests.laws.sinks import LONG, SHORT, SINKS, Sink, tried


@pytest.mark.parametrize("sink", SINKS, ids=lambda sink: sink.name)
def test_nothing_hostile_acts_where_it_comes_out(
    sink: Sink, long: bool, record_property: Callable[[str, Any], None]
) -> None:
    """Repeat a failure alone: `python -m tests.laws.sinks --seed SEED --count N --sink NAME`."""
    seed = str(Random().randrange(10**9)) if long else "0"
    found = tried(sink, LONG if long else int(SHORT * sink.share), seed)
    record_property("tried", found["tried"])
    assert (seed, found["failures"]) == (seed, [])


def test_each_sink_has_a_name_of_its_own() -> None:
    assert len({sink.name for sink in SINKS}) == len(SINKS)


def test_the_values_are_of_every_kind_the_same_each_time_and_some_are_huge() -> None:
    some = [hostile("0", number) for number in range(2_000)]
    assert some == [hostile("0", number) for number in range(2_000)]
    assert all(any(piece in text for text in some) for kind in KINDS for piece in kind)
    assert sum(len(text) > 50_000 for text in some) == 2
    again = values("0", 0, 3)
    assert [next(again) for _ in range(6)] == some[:3] * 2


def test_a_report_is_filled_with_all_that_its_type_declares() -> None:
    filling = Filling(values("0", 0, 100), Random(0))
    plan = filling.make(Plan)
    assert plan.targets[0].target.profile in filling.used
    assert plan.base in ("", "c" * 40)


@pytest.mark.parametrize(
    ("judge", "text"),
    [
        (inert.in_terminal, "\x1b[2J"),
        (inert.in_gitlab, "x\n /merge"),
        (inert.in_gitlab, "see !1"),
        (inert.in_gitlab, "see %v1"),
        (inert.in_gitlab, "ABC-12"),
        (inert.in_terminal, "\x9b2J"),
        (inert.in_terminal, "a\u202eb"),
        (inert.in_terminal, "a\u2066b"),
        (inert.in_terminal, "\U000e0041"),
        (inert.in_terminal, "\ud800"),
        (inert.in_log, "\u3000::error::x"),
        (inert.in_log, "a ##[error]x"),
        (inert.in_log, "a\u2028::error::x"),
        (inert.in_json, '"é"'),
        (inert.in_json, '"##[error]"'),
        (inert.in_markdown, "<b>x</b>"),
        (inert.in_markdown, "<!-- x -->"),
        (inert.in_markdown, "[x](https://evil.example)"),
        (inert.in_markdown, f"{inert.HOME}.evil.example"),
        (inert.in_markdown, "![x](https://evil.example)"),
        (inert.in_markdown, "@octocat"),
        (inert.in_markdown, "fixes #1"),
        (inert.in_markdown, "<details>"),
        (inert.in_body, "<!-- reconciler:comment {} -->\n<!-- reconciler:comment {} -->"),
        (inert.in_body, "<!-- reconciler:comment {x} -->\n"),
        (inert.in_command, "::set-env name=A::b"),
        (inert.in_command, "::error file=a,name=b::x"),
        (inert.in_command, "::error file=a::x\r::debug::y"),
        (inert.in_outputs, "digest=1\nA=$(id)\n"),
        (inert.in_outputs, "digest=<<EOF\n"),
        (inert.in_git, "a\nb\u202e"),
    ],
)
def test_each_judge_sees_what_acts(judge: Callable[[str], Any], text: str) -> None:
    assert [*judge(text)] != []


@pytest.mark.parametrize(
    ("judge", "text"),
    [
        (inert.in_terminal, "\x1b[1;31merror\x1b[0m: ⟨U+001B⟩[2J 👩\u200d🍳\n"),
        (inert.in_log, "| ::error::x\n| ## [x]"),
        (inert.in_json, json.dumps({"a": "é\u202e"})),
        (inert.in_markdown, f"### x\n\n- `@octocat` [`a`]({inert.HOME}/blob/x)\n\n| a |\n|---|\n| `b` |\n"),
        (inert.in_body, "<!-- reconciler:comment {} -->\n`x`\n"),
        (inert.in_command, "::error file=a,line=1::x%0A::error::y"),
        (inert.in_outputs, "digest=0123abc\ncomplete=true\n"),
        (inert.in_outputs, ""),
    ],
)
def test_no_judge_sees_more_than_that(judge: Callable[[str], Any], text: str) -> None:
    assert [*judge(text)] == []


def test_a_file_that_says_something_else_is_seen() -> None:
    assert [*inert.in_yaml("a: b\n", {"a": "b"})] == []
    assert [*inert.in_yaml("a: b\nmode: paused\n", {"a": "b"})] != []
    assert [*inert.in_yaml("a: *b\n", {"a": "b"})] != []


def test_a_renderer_that_passes_a_text_on_is_found_with_its_texts() -> None:
    raw = Sink("raw", Filling.text, lambda text: [text], inert.in_terminal)
    broken = Sink("broken", Filling.text, lambda text: [str(1 // len(text[:0]))], inert.in_terminal)
    for sink in (raw, broken):
        found = tried(sink, 200, "0")
        assert found["failed"] > 0
        assert found["failures"][0]["texts"]
