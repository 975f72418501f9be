"""`reconciler explain`: what a word of a message means, at a terminal and as JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconciler.cli import main


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["explain", *words])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize("word", ["hash-in-text", "[hash-in-text]"])
def test_it_says_what_why_an_example_and_the_cure(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, word: str
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert said(capsys, word) == (
        0,
        """\
hash-in-text

A text is cut at a hash, because YAML reads ` #word` as a comment.

Why: The rest of the text would not be published, and no one would notice.

For example, in profiles/berlin.yaml:
    - profile:
    -   about: Fresh bread #berlin

Instead:
    + profile:
    +   about: "Fresh bread #berlin"

What to do: Quote the text to keep the hash. For a comment, write a space after the
hash.
""",
        "",
    )


def test_a_gate_shows_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = said(capsys, "allow-clear")
    assert "For example:\n    address of 1 profile would be emptied" in out


@pytest.mark.parametrize("columns", ["20", "80", "300"])
def test_no_line_is_wider_than_the_terminal_and_none_than_a_page(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    _, out, _ = said(capsys, "secret-name")
    widest = max(len(line) for line in out.splitlines() if not line.startswith("    "))
    assert widest <= max(
        min(int(columns), 88), len("`RECONCILER_ALLOW_ENV`"), len("For example, in profiles/berlin.yaml:")
    )


def test_a_part_of_a_word_finds_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert "did you mean hash-in-text?; `reconciler explain` lists them" in said(capsys, "Hash")[2]
    # A part of many words, or of every other one, tells nothing.
    assert "did you mean yaml" not in said(capsys, "yam")[2]
    assert "did you mean" not in said(capsys, "-i")[2]


def test_all_words_are_listed_without_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys)
    assert (code, out.splitlines()[0], out.splitlines()[-1]) == (
        0,
        "Gates",
        "reconciler explain WORD says more of each.",
    )
    words = [line.split()[0] for line in out.splitlines() if line.startswith("  ") and line[2] != " "]
    assert len(words) == len(json.loads(said(capsys, "--json")[1])["explanations"])


def test_json_has_the_parts(capsys: pytest.CaptureFixture[str]) -> None:
    (one,) = json.loads(said(capsys, "too-long", "--json")[1])["explanations"]
    assert {"word", "what", "why", "cure", "wrong", "right", "says", "file"} == {*one}


def test_a_word_that_no_message_uses_gets_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "to-long")
    assert (code, out) == (1, "")
    assert "no message uses the word 'to-long' [unknown-word]\n    did you mean too-long?" in err


def test_a_message_leads_to_its_explanation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["-C", str(tmp_path), "validate"])
    assert capsys.readouterr().out.splitlines()[-3] == "More of this: reconciler explain no-settings"
    main(["-C", str(tmp_path), "plan"])
    assert capsys.readouterr().err.splitlines()[-3] == "More of this: reconciler explain no-settings"
