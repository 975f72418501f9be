"""Tables: what columns mean, whose row each row is, and what a cell says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.basics import Diagnostic
from reconciler.core.reading.cells import cell_text, row_document
from reconciler.core.reading.table import (
    CLEARED,
    Meanings,
    Table,
    is_table,
    is_title,
    meanings,
    named_rows,
    own_columns,
)
from reconciler.core.yaml_documents import Document
from reconciler.effects.files.table import read_table
from reconciler.providers import providers

OWN = own_columns(providers().values())


def table(text: str) -> Table:
    found = read_table(text.encode(), "profiles/shops.csv")
    assert isinstance(found, Table)
    return found


def said(problems: tuple[Diagnostic, ...]) -> list[str]:
    return [
        f"{one.location.line}:{one.location.column} {one.code}: {one.summary}{f' | {one.hint}' if one.hint else ''}"
        for one in problems
    ]


def meant(text: str) -> Meanings:
    return meanings(table(text), OWN)


def row(header: str, cells: str) -> tuple[Document, list[str]]:
    found = table(f"{header}\n{cells}\n")
    document, problems = row_document(found, found.rows[0], meanings(found, OWN))
    return document, said(problems)


def data(header: str, cells: str) -> Any:
    document, problems = row(header, cells)
    assert problems == []
    return document.data


@pytest.mark.parametrize(
    ("title", "cell", "expected"),
    [
        ("account", "bakery", {"account": "bakery"}),
        ("number", "+493012345678", {"number": "+493012345678"}),
        ("number", "'+493012345678", {"number": "+493012345678"}),
        ("mode", "observe", {"mode": "observe"}),
        ("extends", "templates/a.yaml templates/b.yaml", {"extends": ["templates/a.yaml", "templates/b.yaml"]}),
        ("omit", "webhook", {"omit": ["webhook"]}),
        ("phone_number_id", "106540352242922", {"phone_number_id": "106540352242922"}),
        ("application", "12", {"application": 12}),
        ("application", "twelve", {"application": "twelve"}),
        ("credentials.api_key", "D360_BERLIN", {"credentials": {"api_key": {"env": "D360_BERLIN"}}}),
        ("vars.city", "Berlin", {"vars": {"city": "Berlin"}}),
        ("vars.city", CLEARED, {"vars": {"city": ""}}),
        ("vars.a b.c", "x", {"vars": {"a b.c": "x"}}),
        ("about", "Fresh bread", {"profile": {"about": "Fresh bread"}}),
        ("about", "", {}),
        ("about", "(Empty)", {"profile": {"about": ""}}),
        ("about", "'(empty)", {"profile": {"about": "(empty)"}}),
        ("about", "'=1+1", {"profile": {"about": "=1+1"}}),
        ("about", "''=1+1", {"profile": {"about": "'=1+1"}}),
        ("about", "'Fresh'", {"profile": {"about": "'Fresh'"}}),
        ("about", "@goldcrust", {"profile": {"about": "@goldcrust"}}),
        ("about", "- 20% (today only)", {"profile": {"about": "- 20% (today only)"}}),
        ("websites", "https://a.example  https://b.example", {"profile": {"websites": _TWO}} if (_TWO := [
            "https://a.example", "https://b.example"]) else {}),
        ("websites", CLEARED, {"profile": {"websites": []}}),
        ("webhook", CLEARED, {"profile": {"webhook": {}}}),
        ("webhook.url", "https://h.example", {"profile": {"webhook": {"url": "https://h.example"}}}),
        ("webhook.verify_token", "WEBHOOK_V", {"profile": {"webhook": {"verify_token": {"env": "WEBHOOK_V"}}}}),
    ],
)  # fmt: skip
def test_a_cell_says_what_a_key_of_a_profile_says(title: str, cell: str, expected: Any) -> None:
    assert data(f"name,{title}", f"berlin,{cell}") == expected


@pytest.mark.parametrize(
    ("title", "cell", "message"),
    [
        (
            "about",
            "=1+1",
            (
                "2:8 table-formula: about holds a formula, and the file does not say what comes out of it | "
                "write the value itself; put an apostrophe in front of a text that begins so: '=…"
            ),
        ),
        (
            "vars.city",
            "@SUM(1)",
            (
                "2:8 table-formula: vars.city holds a formula, and the file does not say what comes out of it | "
                "write the value itself; put an apostrophe in front of a text that begins so: '@…"
            ),
        ),
        (
            "about",
            "#NAME?",
            (
                "2:8 table-formula: about holds #NAME?, which a spreadsheet wrote in the place of a value | write it "
                "again, with an apostrophe in front if it begins so: '=…"
            ),
        ),
        *(
            (
                title,
                number,
                (
                    f"2:8 table-number: {title} holds {number.strip(chr(34))}: a spreadsheet shortened the number, "
                    "and its last digits are lost | "
                    "format the column as text, and write the number again with all its digits"
                ),
            )
            for title, number in [
                ("number", '"4,91512E+12"'),
                ("number", "4.91E+12"),
                ("number", "491e10"),
                ("phone_number_id", "1.0654E+14"),
                ("application", "1E+05"),
                ("about", "4.91E+12"),
            ]
        ),
        (
            "webhook",
            "https://h.example",
            "2:8 table-cell: webhook can only be (empty) | its address stands in the column webhook.url",
        ),
    ],
)
def test_the_form_of_a_cell_is_refused_with_its_column_and_its_reason(title: str, cell: str, message: str) -> None:
    document, problems = row(f"name,{title}", f"berlin,{cell}")
    assert (problems, document.data) == ([message], {})


@pytest.mark.parametrize("cell", ["1E5 bread", "12e4", "#1 in Berlin", "+49(30)12345"])
def test_what_only_looks_like_such_a_form_is_a_text(cell: str) -> None:
    assert data("name,number" if cell[0] == "+" else "name,about", f"berlin,{cell}") != {}


@pytest.mark.parametrize(
    ("header", "cells", "column"),
    [
        ("name,webhook,webhook.url", "a,(empty),https://h.example", 11),
        ("name,webhook.url,webhook", "a,https://h,(empty)", 13),
    ],
)
def test_a_webhook_is_not_cleared_and_set(header: str, cells: str, column: int) -> None:
    _, problems = row(header, cells)
    title = header.split(",")[2]
    summary = f"{title} says something of a webhook, and another cell of the row clears it"
    assert problems == [f"2:{column} table-cell: {summary} | empty one of the two cells"]


@pytest.mark.parametrize(
    ("header", "where"),
    [("name,about", "the header ends after 2 columns"), ("name,about,", "column 3 has no title")],
)
def test_a_cell_outside_of_the_columns_is_an_error(header: str, where: str) -> None:
    _, problems = row(header, "berlin,Fresh bread, warm")
    hint = "put a text that holds the separator in quotes, or give the column a title"
    assert problems == [f"2:20 table-cell: a cell belongs to no column: {where} | {hint}"]


def test_places_are_those_of_the_cells_and_what_is_missing_is_missing_in_the_header() -> None:
    document, _ = row("name,number,about", "berlin,,Fresh")
    assert document.row == 2
    places = [document.at(path) for path in ((), ("number",), ("profile", "about"), ("account",), ("mode",))]
    assert [(one.line, one.column) for one in places] == [(2, 1), (2, 8), (2, 9), (1, 1), (1, 1)]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("name,abuot", "1:6 table-column: unknown column 'abuot' | did you mean about?"),
        ("name,Number", "1:6 table-column: unknown column 'Number' | did you mean number?"),
        ("name,profile.about", "1:6 table-column: unknown column 'profile.about' | did you mean about?"),
        ("name,about,about", "1:12 table-column: the column 'about' stands twice | keep one of the two"),
        ("name,city", "1:6 table-column: unknown column 'city' | a variable for a template has the title vars.city"),
        ("name,phone_id", "1:6 table-column: unknown column 'phone_id' | did you mean phone_number_id?"),
        *(
            (
                f"name,{title}",
                (
                    f"1:6 table-column: unknown column {title!r} | "
                    "write `vars.` in small letters, and the variable's name behind it"
                ),
            )
            for title in ("vars.", "Vars.City")
        ),
        (
            "name,webhook.headers.X",
            (
                "1:6 table-column: unknown column 'webhook.headers.X' | "
                "write the other parts of a webhook into a template, and name it under `extends`"
            ),
        ),
    ],
)
def test_a_column_that_means_nothing_is_an_error(header: str, message: str) -> None:
    assert said(meant(f"{header}\na,b\n").problems) == [message]


def test_a_column_without_a_title_is_none_and_an_unknown_one_is_said_once() -> None:
    assert data("name,,abuot,about", "a,,x,y") == {"profile": {"about": "y"}}
    assert sorted(meant("name,,about,\n").columns) == [0, 2]
    assert (is_title("vars.x"), is_title("name"), is_title("x")) == (True, True, False)
    assert (is_table("profiles/a.csv"), is_table("profiles/a.yaml")) == (True, False)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "the row has no name"),
        (CLEARED, "the row has no name"),
        ("4.9E+12", "the name '4.9E+12' is a number that a spreadsheet shortened"),
        ("a/b", "the name 'a/b' holds '/': a row stands in the folder of its table's name"),
        (".a", "the name '.a' begins with '.'"),
        ("=a", "the name '=a' begins with '='"),
        ("a.yaml", "the name 'a.yaml' ends like a file"),
        ("a\u200bb", "the name holds a character that cannot be shown"),
    ],
)
def test_a_row_without_a_name_that_a_profile_can_have_is_an_error(name: str, message: str) -> None:
    rows, problems = named_rows(table(f"about,name\nx,{name}\ny,berlin\n"), "shops")
    hint = "a name is letters, digits, hyphens and the like, such as berlin"
    assert ([one for one, _ in rows], said(problems)) == (["shops/berlin"], [f"2:3 table-name: {message} | {hint}"])


def test_two_rows_of_one_name_are_an_error_and_a_short_row_has_none() -> None:
    rows, problems = named_rows(table("about,name\nx,a\ny,b\nz,a\nw\n"), "shops")
    assert [one for one, _ in rows] == ["shops/a", "shops/b"]
    summary = "the rows of line 2 and line 4 are both the profile 'shops/a'"
    assert [one.partition(" |")[0] for one in said(problems)] == [
        f"4:3 same-name: {summary}",
        "5:1 table-name: the row has no name",
    ]


NO_NAME = "1:1 table-column: there is no column 'name'"


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("number,about", f"{NO_NAME} | give each row a name: it is the profile's"),
        ("number,Name", "1:8 table-column: unknown column 'Name' | did you mean name?"),
        ("number,nmae", "1:8 table-column: unknown column 'nmae' | did you mean name?"),
        (
            "profile,account,number,mode,notes",
            (
                f"{NO_NAME}: this is a table as `export` writes it, which shows profiles and declares none | "
                "move it out of the folder; a table that declares numbers has `name` in place of `profile`"
            ),
        ),
    ],
)
def test_without_the_column_of_names_no_row_is_a_profile_and_one_error_says_so(header: str, message: str) -> None:
    shown = table(f"{header}\na,b\n")
    rows, problems = named_rows(shown, "shops")
    assert (rows, said(problems), meant(shown.text).problems) == ((), [message], ())


def read_back(cell: str, title: str) -> object:
    """Return what a cell says, if a spreadsheet puts quotes around it."""
    quoted = cell.replace('"', '""')
    document, problems = row(f"name,{title}", f'a,"{quoted}"')
    assert problems == []
    return document.data


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\u2028\u2029\ufeff\ufffe\uffff")
)


ODD = st.from_regex(r"'{0,2}(\xa0?[=+@\-](\(empty\)|[0-9]|x)|#NAME\?|#N/A|4[.,]9E\+12|\(Empty\))", fullmatch=True)


@given(TEXTS.map(lambda text: text.strip(" ")) | ODD)
def test_every_text_has_a_cell_that_says_it_and_that_no_spreadsheet_computes(text: str) -> None:
    cell = cell_text(text)
    # Some spreadsheets skip white space before what they compute.
    assert cell.lstrip()[:1] not in ("=", "+", "-", "@")
    assert read_back(cell, "about") == {"profile": {"about": text}}


def test_a_list_has_a_cell_too() -> None:
    assert cell_text(["https://a.example", "https://b.example"]) == "https://a.example https://b.example"
    assert (cell_text([]), cell_text("")) == (CLEARED, CLEARED)
