"""What is said where YAML reads less or other than what was typed: every reading, and what to write for it."""

from __future__ import annotations

import pytest

from reconciler.core.reading.acknowledgements import read_acknowledgements
from tests.support.authoring import HEAD, SETTINGS, document, fields, resolved, said

BELOW = "and the lines below it, indented"
FOLDED = f"to keep the lines: address: |-  {BELOW}\nto join them:      address: >-  {BELOW}"
PASTED = "delete it and press the space bar; it comes along when text is pasted from another program"


def told(text: str, head: str = HEAD) -> list[str]:
    """Return what is said of a profile whose fields begin in line 5."""
    return said(resolved(f"{head}profile:\n{text}").diagnostics)


def lines(text: str, head: str = HEAD) -> list[list[str]]:
    """Return what is said, each as its lines: the summary with its place, and what to write."""
    return [line.replace(" | ", "\n").split("\n") for line in told(text, head)]


@pytest.mark.parametrize(
    ("text", "tail", "whole", "comment"),
    [
        ("about: Fresh bread #berlin", "#berlin", "Fresh bread #berlin", "Fresh bread  # berlin"),
        ('about: Our "best" \\ #1 🥐', "#1 🥐", 'Our \\"best\\" \\\\ #1 🥐', 'Our "best" \\  # 1 🥐'),
        ("about: “Bread, #1 in town”", "#1 in town”", "Bread, #1 in town", "“Bread,  # 1 in town”"),
        ("about: Bread\n    #berlin", "#berlin", "Bread #berlin", "Bread  # berlin"),
        ("about: 12 #5", "#5", "12 #5", "12  # 5"),
        (
            f"about: {'Sourdough ' * 6}#bread{'#cake' * 12}",
            f"#bread{'#cake' * 8}#c…",
            f"…{'#cake' * 10}".replace("#cake", "ake", 1),
            f"…{'Sourdough ' * 4}Sourdough  # bread{'#cake' * 8}#ca…".replace("Sourdough", "ourdough", 1),
        ),
    ],
)
def test_a_text_that_is_cut_at_a_hash_is_an_error_with_both_readings(
    text: str, tail: str, whole: str, comment: str
) -> None:
    assert [
        f'5:10 hash-in-text: about is cut at the hash: YAML reads "{tail}" as a comment',
        f'with the hash: about: "{whole}"',
        f"as a comment:  about: {comment}",
    ] in lines(f"  {text}\n")


def test_the_readings_can_be_pasted_and_say_what_they_promise() -> None:
    found = resolved(f"{HEAD}profile:\n  about: Our 'best' #1 bread\n")
    assert found.desired == ()
    readings = [line.split(":", 1)[1].strip() for line in found.diagnostics[0].hint.split("\n")]
    assert [fields(resolved(f"{HEAD}profile:\n  {line}\n")) for line in readings] == [
        {"about": "Our 'best' #1 bread"},
        {"about": "Our 'best'"},
    ]


def test_a_text_that_is_nothing_but_a_hash_is_empty() -> None:
    assert told("  about: #1 in town\n")[0] == (
        '5:3 hash-in-text: about is empty: YAML reads "#1 in town" as a comment | with the hash: about: "#1 in town"'
    )


def test_a_line_that_falls_out_of_its_block_is_an_error() -> None:
    summary = 'description ends above the hash: the line "#berlin" begins too far left, so it is a comment'
    readings = ["with the hash: indent the line like the text above it", "as a comment:  # berlin"]
    assert lines("  description: |-\n      Bread\n    #berlin\n") == [[f"5:16 hash-in-text: {summary}", *readings]]


def test_a_variable_can_lose_its_end_as_well() -> None:
    found = lines("  address: ${street}\n", f"{HEAD}vars:\n  street: Torstraße 1 #2 floor\n")
    assert found == [
        [
            '5:11 hash-in-text: the variable street is cut at the hash: YAML reads "#2 floor" as a comment',
            'with the hash: street: "Torstraße 1 #2 floor"',
            "as a comment:  street: Torstraße 1  # 2 floor",
        ]
    ]


def test_a_template_and_the_defaults_are_told_of_once() -> None:
    profiles = {name: f"{HEAD}extends: [templates/a.yaml]\n".replace("42922", f"4292{name}") for name in "12"}
    profiles = {name: text.replace("5678", f"567{name}") for name, text in profiles.items()}
    template = {"templates/a.yaml": "profile: {about: x}\n", "templates/b.yaml": "vars:\n  a: x #y\n"}
    rules = f"{SETTINGS}defaults:\n  description: Bread #cake\n"
    found = resolved(profiles, templates=template, rules=rules)
    assert [line.partition(": ")[0] for line in said(found.diagnostics)] == [
        "4:16 hash-in-text",
        "profiles/templates/b.yaml:2:6 hash-in-text",
    ]
    assert found.desired == ()


def test_a_reason_that_people_read_is_held_to_the_same() -> None:
    text = "version: 1\nignore:\n  - reason: Until the move, see #42\n"
    found = read_acknowledgements(document(text, "profiles/drift-ignore.yaml"), ())
    assert any('ignore[0].reason is cut at the hash: YAML reads "#42"' in line for line in said(found.problems))


@pytest.mark.parametrize(
    "text",
    [
        "  about: Fresh bread # berlin\n",
        "  about: 'Fresh bread #berlin'  # berlin\n",
        "  email: berlin@bakery.example #berlin\n",
        "  websites:\n    - https://a.example/#b #berlin\n",
        "  industry: EDU #berlin\n",
        "  about: Ouvert\u00a0:\u00a09\u00a0h\n",
    ],
)
def test_where_only_one_reading_makes_sense_nothing_is_said(text: str) -> None:
    assert told(text) == []


# Lines that are joined


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  address: Torstraße 1\n    10119 Berlin\n", "written on 2 lines, and YAML reads them as one"),
        ("  address: 'Torstraße 1\n\n    10119\n    Berlin'\n", "written on 4 lines, and YAML reads them as 2"),
    ],
)
def test_lines_that_are_joined_are_a_warning_with_both_ways(text: str, expected: str) -> None:
    assert told(text) == [f"5:12 warning folded-lines: address is {expected} | {FOLDED}"]
    assert len(resolved(f"{HEAD}profile:\n{text}").desired) == 1


def test_lines_of_what_is_no_text_are_told_of_by_what_they_are() -> None:
    (line,) = told("  email: berlin@bakery.example\n    hamburg@bakery.example\n")
    assert line.startswith("5:10 email: ")


# Quotes of a word processor


def test_the_quotes_of_a_word_processor_around_a_text_are_a_warning() -> None:
    assert lines("  about: „Brot wie früher“\n") == [
        [
            "5:10 warning typographic-quotes: about is published with „ and “: YAML's own quotes are straight",
            'without them: about: "Brot wie früher"',
            'with them:    about: "„Brot wie früher“"',
        ]
    ]
    assert told('  about: "„Brot wie früher“"\n') == []


def test_the_quotes_of_a_word_processor_around_anything_else_are_an_error() -> None:
    found = lines("  about: x\n", HEAD.replace("account: bakery", "account: ”bakery”"))
    summary = "1:10 typographic-quotes: U+201D (right double quotation mark) are no quotes to YAML"
    assert [summary, 'write straight quotes: "…"'] in found


def test_a_value_in_such_quotes_is_not_repeated() -> None:
    """It may be a secret."""
    text = f"{HEAD}credentials: {{token: “s3cret”}}\nprofile: {{about: x}}\n"
    assert "s3cret" not in "".join(line for line in said(resolved(text).diagnostics) if "typographic" in line)


# Characters that look like YAML's


@pytest.mark.parametrize(
    ("text", "place", "named", "wanted"),
    [
        ("  about\u00a0: x\n", "5:8", "U+00A0 (no-break space)", f"an ordinary space | {PASTED}"),
        ("  about\uff1ax\n", "5:8", "U+FF1A (fullwidth colon)", "a colon | type `: `, a colon and a space"),
        ("  picture: logo.png\u200b\n", "5:20", "U+200B (zero width space)", f"an ordinary space | {PASTED}"),
        (
            "  websites:\n    \u2013 https://a.example\n",
            "6:5",
            "U+2013 (en dash)",
            "the dash of a list | type `- `, a hyphen and a space",
        ),
    ],
)
def test_a_character_that_looks_like_one_of_yamls_is_named_with_its_place(
    text: str, place: str, named: str, wanted: str
) -> None:
    found = resolved(f"{HEAD}profile:\n{text}", pictures={"logo.png\u200b": "there is no such file"})
    assert f"{place} lookalike: {named} stands where YAML wants {wanted}" in said(found.diagnostics)


def test_a_comment_that_is_none_is_a_warning_in_a_text() -> None:
    summary = "about goes on after the hash, for U+00A0 (no-break space) before it is no space to YAML"
    readings = ["as a comment: type an ordinary space there", "as text:      put the whole text in quotes"]
    assert lines("  about: Fresh bread\u00a0# until May\n") == [[f"5:21 warning lookalike: {summary}", *readings]]


def test_a_comment_that_is_none_is_an_error_elsewhere() -> None:
    found = told("  about: x\n", HEAD.replace("account: bakery", "account: bakery\u00a0# main"))
    assert any(line.startswith("1:16 lookalike: U+00A0 (no-break space)") for line in found)
