"""What is said about a file whose shape is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any

import pytest
from pydantic import Field

from reconciler.core.basics import Model
from reconciler.core.reading import suggestions
from reconciler.core.reading.parsing import Parsed, dotted, name_of, parse, parse_partly, type_error
from reconciler.core.reading.suggestions import Nearest, Suggestions, did_you_mean
from tests.support.authoring import HEAD, document, resolved, said


class Inner(Model):
    """A mapping inside."""

    size: int = Field(default=1, ge=0)
    colour: str = "red"


class Outer(Model):
    """A file."""

    name: str
    inner: Inner = Inner()
    many: dict[str, Inner] = Field(default_factory=dict)
    words: list[str] = Field(default_factory=list)
    code: Annotated[str, Field(pattern="^[a-z]$")] | None = None
    renamed: int = Field(default=0, alias="re-named")


def parsed(text: str) -> Any:
    """Return the model, or what is said."""
    found = parse(Outer, made := document(text), (), data=made.data)
    return said(found) if isinstance(found, tuple) else found


def test_what_is_right_is_the_model() -> None:
    assert parsed("name: a\ninner: {size: 2}") == Outer(name="a", inner=Inner(size=2))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "null: the file is empty | write name, or delete it"),
        ("~", "null: the file is empty | write name, or delete it"),
        ("hello", "wrong-type: the file must be a mapping of keys to values, not text"),
        ("[1]", "wrong-type: the file must be a mapping of keys to values, not a list"),
        ("7", "wrong-type: the file must be a mapping of keys to values, not a number"),
    ],
)
def test_a_file_that_is_no_mapping_is_said_once(text: str, told: str) -> None:
    place = "0:0" if text == "" else "1:1"
    assert parsed(text) == [f"{place} {told}"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nam: a", ["1:1 missing-key: name is missing", "1:1 unknown-key: unknown key nam | did you mean name?"]),
        ("name: a\ninner: {siz: 1}", ["2:9 unknown-key: unknown key inner.siz | did you mean size?"]),
        ("name: a\nmany: {x: {COLOR: r}}", ["2:12 unknown-key: unknown key many.x.COLOR | did you mean colour?"]),
        (
            "name: a\nmany: {size: {zzzz: r}}",
            ["2:15 unknown-key: unknown key many.size.zzzz | known here: colour, size"],
        ),
        ("name: a\nrenamed: 1", ["2:1 unknown-key: unknown key renamed | did you mean re-named?"]),
        ("name: 0123", ['1:7 wrong-type: name must be text, not a number | write it in quotes: "0123"']),
        (
            "name: a\nwords: b",
            ["2:8 wrong-type: words must be a list, not text | put it in brackets, as in `words: [ONE, TWO]`"],
        ),
        ("name: a\nwords: [b, 1]", ['2:12 wrong-type: words[1] must be text, not a number | write it in quotes: "1"']),
        ("name: a\ninner: 12", ["2:8 wrong-type: inner must be a mapping of keys to values, not a number"]),
        ("name: a\nmany: [x]", ["2:7 wrong-type: many must be a mapping of keys to values, not a list"]),
        ("name: a\ninner: {size: big}", ["2:15 wrong-type: inner.size must be a whole number, not text"]),
        ("name: a\ninner: {size: 1.5}", ["2:15 wrong-type: inner.size must be a whole number, not a decimal number"]),
        ("name: a\ninner: {size: true}", ["2:15 wrong-type: inner.size must be a whole number, not a boolean"]),
        ("name: a\ninner: {size: -1}", ["2:15 wrong-value: inner.size must be 0 or more"]),
        ("name: a\ncode: AB", ["2:7 wrong-value: code: string should match pattern '^[a-z]$'"]),
    ],
)
def test_each_mistake_has_its_place_and_its_way_out(text: str, told: list[str]) -> None:
    assert parsed(text) == told


@pytest.mark.parametrize("key", ["name", "inner", "code", "re-named"])
def test_a_null_is_an_error_even_where_leaving_out_is_fine(key: str) -> None:
    text = "".join(f"{line}\n" for line in (f"{key}:", "" if key == "name" else "name: a"))
    assert parsed(text) == [
        f"1:1 null: {key} is null (nothing stands after the colon) | write a value there, or leave it out"
    ]


def test_a_null_and_another_mistake_are_said_together() -> None:
    assert parsed("name: 1\ncode: ~") == [
        '1:7 wrong-type: name must be text, not a number | write it in quotes: "1"',
        "2:7 null: code is null | write a value there, or leave it out",
    ]


def test_further_keys_can_be_suggested() -> None:
    made = document("name: a\nacount: b")
    found = parse(Outer, made, (), data=made.data, known=("account",))
    assert isinstance(found, tuple)
    assert said(found) == ["2:1 unknown-key: unknown key acount | did you mean account?"]


def test_a_part_of_a_file_is_checked_at_its_place() -> None:
    made = document("a:\n  b: {name: 1}")
    assert isinstance(made.data, dict)
    found = parse(Outer, made, ("a", "b"), data=made.data["a"]["b"])
    assert isinstance(found, tuple)
    assert said(found) == ['2:13 wrong-type: a.b.name must be text, not a number | write it in quotes: "1"']


def partly(text: str) -> Parsed[Outer]:
    """Return what can be made of a file whose name may be missing."""
    made = document(text)
    return parse_partly(Outer, made, (), data=made.data, stand_ins={"name": ""})


def test_what_is_right_is_kept_beside_what_is_wrong() -> None:
    found = partly("inner: {siz: 1}\nwords: [a]\nnope: 1")
    assert found.value == Outer(name="", words=["a"])
    assert found.wrong == {"name", "inner", "nope"}
    assert [problem.code for problem in found.problems] == ["missing-key", "unknown-key", "unknown-key"]


def test_nothing_is_wrong_in_what_is_right() -> None:
    assert partly("name: a") == Parsed(Outer(name="a"))


def test_in_a_file_that_is_no_mapping_every_key_is_wrong() -> None:
    found = partly("[a]")
    assert found.value == Outer(name="")
    assert found.wrong == {"name", "inner", "many", "words", "code", "re-named"}


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (None, "null"),
        (False, "a boolean"),
        (0, "a number"),
        (0.5, "a decimal number"),
        ("", "text"),
        ([], "a list"),
        ({}, "a mapping"),
        (date(2026, 8, 2), "a date"),
    ],
)
def test_every_kind_of_value_has_a_name(data: object, name: str) -> None:
    assert name_of(data) == name


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("abot", ("about", "address"), "did you mean about?"),
        ("ABOUT", ("about", "address"), "did you mean about?"),
        ("x", ("b", "a", "b"), "known here: a, b"),
        ("x", (), ""),
        ("x", tuple(f"w{n}" for n in range(10, 35)), f"known here: {', '.join(f'w{n}' for n in range(10, 35))}"),
        (
            "x",
            tuple(f"w{n}" for n in range(10, 36)),
            "none of the 26 known here is spelt like it; the first are w10, w11, w12",
        ),
        ("a" * 99 + "x", ("a" * 100, "b"), f"did you mean {'a' * 100}?"),
        ("a" * 100 + "x", ("a" * 100, "b"), f"known here: {'a' * 100}, b"),
        ("abot", ("a" * 101,), ""),
    ],
)
def test_the_nearest_word_is_suggested_or_all_are_listed(word: str, known: Iterable[str], hint: str) -> None:
    assert did_you_mean(word, known) == hint


ABOUT = "did you mean about?"


def test_the_first_hundred_wrong_words_are_compared_each_once() -> None:
    near = Nearest(["about"])
    assert [near(word) for word in ("abot", "x", "abot")] == [ABOUT, "known here: about", ABOUT]
    assert [near(f"abou{number}") for number in range(18)] == [ABOUT] * 18
    assert (near("aboot"), near("abot")) == ("", ABOUT)


def test_a_run_compares_twenty_words_and_tells_the_known_ones_to_the_rest() -> None:
    """One wrong word in a thousand profiles is one word, and is never forgotten."""
    suggest = Suggestions()
    assert [suggest("abot", ["about", "email"]) for _ in range(1000)] == [ABOUT] * 1000
    assert [suggest(f"abou{number}", ["about", "email"]) for number in range(19)] == [ABOUT] * 19
    assert suggest("abuot", ["about", "email"]) == "known here: about, email"
    assert suggest("abot", ["about", "email"]) == ABOUT


def test_the_profiles_of_a_run_share_what_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys, fields, industries, templates, accounts, variables and parts of webhooks: each in a hundred profiles."""
    compared: list[str] = []

    def counted(word: str, _: object) -> tuple[str, ...]:
        compared.append(word)
        return ()

    monkeypatch.setattr(suggestions, "nearest", counted)
    keys = "{0}x{1}: 1\nextends: [t{1}]\nomit: [o{1}]\n"
    text = keys + "profile: {{abou{1}: x, industry: I{1}, email: '${{v{1}}}', webhook: {{u{1}: x}}}}\n"
    found = resolved({f"p{number}": text.format(HEAD, number) for number in range(100)})
    assert len(compared) == 20
    assert {one.code for one in found.diagnostics} >= {"unknown-key", "unknown-field", "unknown-template", "industry"}


def test_paths_are_written_as_people_write_them() -> None:
    assert dotted(("profile", "websites", 1)) == "profile.websites[1]"
    assert dotted(()) == ""


def test_the_hint_to_quote_wins_over_another() -> None:
    made = document("x: 1\n")
    assert type_error(made, ("x",), data=1, wanted="text", hint="other").hint == 'write it in quotes: "1"'
    assert type_error(made, ("x",), data=[], wanted="text", hint="other").hint == 'write it in quotes: "1"'
    assert type_error(made, (), data=None, wanted="text", hint="other").hint == "other"
