"""Editing files that people wrote: what comes out, as it is read by the next person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from reconciler.core.basics import Diagnostic
from reconciler.effects.files.yaml.editor import FileEdit, edited_file

HEAD = 'account: bakery\nnumber: "+493012345678"\n'
FILE = "profiles/berlin.yaml"
LONG = "Sourdough, rye and sweet things, made by hand in our own bakehouse. Write to us to order ahead, and pick it up."


def written(profile: str, **edits: FileEdit) -> str:
    """Return what becomes of a file that ends in `profile`, its head left out."""
    result = edited_file(HEAD + profile, edits, file=FILE)
    assert isinstance(result, str), result
    assert result.startswith(HEAD)
    return result.removeprefix(HEAD)


def refused(text: str, **edits: FileEdit) -> tuple[str, str, str]:
    """Return why a file is left alone: where, the code, what."""
    result = edited_file(text, edits, file=FILE)
    assert isinstance(result, Diagnostic), result
    return str(result.location), result.code, result.summary


def test_a_value_is_replaced_where_it_stands_and_the_comment_behind_it_stays() -> None:
    before = "profile:\n  # Short.\n  about: Fresh bread  # until May\n  email: 'a@b.example'\n"
    after = "profile:\n  # Short.\n  about: Fresh rolls  # until May\n  email: 'a@b.example'\n"
    assert written(before, about="Fresh rolls") == after


@pytest.mark.parametrize(
    ("old", "text", "new"),
    [
        ("Fresh bread", "Rolls: daily", '"Rolls: daily"'),
        ("Fresh bread", "", '""'),
        ("Fresh bread", "1e5", '"1e5"'),
        ("Fresh bread", "Brötchen 🥐", "Brötchen 🥐"),
        ("Fresh bread", "$${city}", '"$${city}"'),
        ("'Fresh bread'", "it's", "'it''s'"),
        ("'Fresh bread'", "a\u200bb", '"a\\u200bb"'),
        ('"Fresh bread"', 'a "b"', '"a \\"b\\""'),
        ("two\n    lines # c", "one", "one # c"),
        ("'two\n\n    lines'", "one", "'one'"),
        ("Fresh bread", "one\ntwo", "|-\n    one\n    two"),
        ("Fresh bread # c", "one\ntwo", "|- # c\n    one\n    two"),
        ("Fresh bread", "one\n two", '"one\\n two"'),
        ("|\n   one\n   two\n", "one", "one\n"),
        ("| # c\n   one\n\n   two", "three\nfour", "|- # c\n    three\n    four"),
        (">-\n    one\n    two", LONG, f">-\n    {LONG[:99]}\n    {LONG[100:]}"),
        ('"one\\ntwo"', "three\nfour", "|-\n    three\n    four"),
        ("\n    Fresh bread", "Rolls", "\n    Rolls"),
    ],
)
def test_a_text_is_written_as_the_one_before_it_as_far_as_it_can_be(old: str, text: str, new: str) -> None:
    before = f"profile:\n  about: {old}\n\n  # e\n  email: a@b.example\n"
    assert written(before, about=text) == f"profile:\n  about: {new}\n\n  # e\n  email: a@b.example\n"


def test_where_nothing_stands_yet_the_value_comes_before_the_comment() -> None:
    assert written("profile:\n  about: # c\n", about="Rolls") == "profile:\n  about: Rolls # c\n"


def test_the_blank_lines_that_belong_to_a_text_go_with_it() -> None:
    assert written("profile:\n  about: |+\n    one\n\n\nmode: observe\n", about="two") == (
        "profile:\n  about: two\nmode: observe\n"
    )


@pytest.mark.parametrize(
    ("old", "items", "new"),
    [
        ("\n    - a # one\n    - b # two", ["a"], "\n    - a # one\n    # two"),
        ("\n    - a # one\n    - b # two", ["b"], "\n    # one\n    - b # two"),
        ("\n    - a # one\n    - b # two", ["c", "b"], "\n    - c # one\n    - b # two"),
        ("\n    - a # one\n    - b", ["a"], "\n    - a # one"),
        (" # links\n    - a\n    - b", [], " [] # links"),
        ("\n  - a\n  - b", ["b", "a"], "\n  - b\n  - a"),
        ("\n  - a", ["a", "b # c"], '\n  - a\n  - "b # c"'),
        ("\n    - 'a'", ["b", "a"], "\n    - b\n    - 'a'"),
        ("\n    - # one\n      a\n    - b", ["b"], "\n    # one\n    - b"),
        (" [a, 'b', c] # links", ["'b'", "d"], " [\"'b'\", 'd'] # links"),
        (" [a, 'b', c]", ["b"], " ['b']"),
        (" [a, 'b', c]", ["a", "d", "b", "c"], " [a, d, 'b', c]"),
        (" [a, b,]", ["z", "a", "b"], " [z, a, b,]"),
        (" []", ["a,b"], ' ["a,b"]'),
        (" [a]", [], " []"),
        (" [\n    a, # one\n    b, # two\n  ]", ["b"], " [\n    # one\n    b, # two\n  ]"),
        (" [\n    a, # one\n    b # two\n  ]", ["a"], " [\n    a, # one\n    # two\n  ]"),
        (" [\n    a # one\n    , b\n  ]", ["b"], " [\n    # one\n    b\n  ]"),
        (" [a,\n    b]", ["a"], " [a,\n    ]"),
    ],
)
def test_of_a_list_only_what_moved_is_written_and_its_comments_stay(old: str, items: list[str], new: str) -> None:
    before = f"profile:\n  websites:{old}\n  # e\n  email: a@b.example\n"
    assert written(before, websites=items) == f"profile:\n  websites:{new}\n  # e\n  email: a@b.example\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "profile:\n    email: a #\n\n# e\n",
            "profile:\n    email: a #\n    address: |-\n        one\n        two\n    websites:\n        - a\n\n# e\n",
        ),
        ("profile: {about: Hi} # c\n", 'profile: {about: Hi, address: "one\\ntwo", websites: [a]} # c\n'),
        ("profile: {about: Hi,\n}\n", 'profile: {about: Hi, address: "one\\ntwo", websites: [a],\n}\n'),
        ("profile: {} # c\n", "profile: # c\n  address: |-\n    one\n    two\n  websites:\n    - a\n"),
        ("profile: { # c\n}\n", 'profile: {address: "one\\ntwo", websites: [a] # c\n}\n'),
        ("mode: observe # c", "mode: observe # c\nprofile:\n  address: |-\n    one\n    two\n  websites:\n    - a"),
        (
            "profile:\n  about: |\n    no line break behind it",
            "profile:\n  address: |-\n    one\n    two\n  websites:\n    - a\n  about: |\n    no line break behind it",
        ),
    ],
)
def test_a_new_field_is_written_behind_the_others_in_their_way(before: str, after: str) -> None:
    assert written(before, address="one\ntwo", websites=["a"]) == after


def test_a_whole_file_in_brackets_stays_one() -> None:
    text = '{account: bakery, number: "+493012345678"}'
    assert edited_file(text, {"about": "a, b"}, file=FILE) == f'{text[:-1]}, profile: {{about: "a, b"}}}}'
    text = '{account: bakery, number: "+493012345678", profile: {}}'
    assert edited_file(text, {"about": "Hi"}, file=FILE) == text.replace("{}", "{about: Hi}")


def test_a_file_keeps_its_line_breaks_and_its_mark() -> None:
    text = "\ufeff" + HEAD.replace("\n", "\r\n") + "profile:\r\n  about: |\r\n    one\r\n    two\r\n"
    assert edited_file(text, {"about": "three\nfour", "email": "a@b.example"}, file=FILE) == (
        "\ufeff"
        + HEAD.replace("\n", "\r\n")
        + "profile:\r\n  about: |-\r\n    three\r\n    four\r\n  email: a@b.example\r\n"
    )


@pytest.mark.parametrize("edits", [{}, {"about": "it's", "websites": ["a", "b"]}])
def test_a_file_that_says_so_already_is_not_touched(edits: Mapping[str, Any]) -> None:
    text = HEAD + "profile: {about: 'it''s', websites: [ a,b ]}"
    assert edited_file(text, edits, file=FILE) == text


@pytest.mark.parametrize(
    ("profile", "told"),
    [
        ("profile: [a]\n", ("profiles/berlin.yaml:3:10", "not-edited", "there is no mapping of fields to write it to")),
        ("profile:\n", ("profiles/berlin.yaml:3:1", "not-edited", "there is no mapping of fields to write it to")),
        ("profile: {about: [a]}", ("profiles/berlin.yaml:3:18", "not-edited", "about is not written as text")),
        ("profile: {about: {a: b}}", ("profiles/berlin.yaml:3:18", "not-edited", "about is not written as text")),
    ],
)
def test_what_is_written_as_something_else_is_left_to_a_person(profile: str, told: tuple[str, str, str]) -> None:
    assert refused(HEAD + profile, about="Hi") == told


@pytest.mark.parametrize("value", ["a", "[[a]]", "[{a: b}]", "{a: b}"])
def test_a_list_of_something_else_is_left_to_a_person(value: str) -> None:
    where = ("profiles/berlin.yaml:3:21", "not-edited", "websites is not written as a list of texts")
    assert refused(f"{HEAD}profile: {{websites: {value}}}", websites=["a"]) == where


def test_a_file_that_cannot_be_read_is_left_alone() -> None:
    where, code, _ = refused(HEAD + "profile: {about: *hi}", about="Hi")
    assert (where, code) == ("profiles/berlin.yaml:3:18", "yaml-alias")
    assert refused("- a\n", about="Hi")[1] == "not-edited"
    assert refused("", about="Hi")[1] == "not-edited"


@pytest.mark.parametrize("text", ["half \ud83d", "\udc00"])
def test_half_of_a_character_is_never_written(text: str) -> None:
    where = ("profiles/berlin.yaml:3:18", "not-edited", "the way it is written leaves no safe place for it")
    assert refused(HEAD + "profile: {about: Hi}", about=text) == where
