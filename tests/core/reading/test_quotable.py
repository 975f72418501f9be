"""Which line of a file a message may repeat: one that holds no secret, whatever stands around it."""

from __future__ import annotations

import pytest

from reconciler.core.basics import Diagnostic, Location, error
from reconciler.core.reading.quotable import FileLines, QuotedLine, quotable

FILE = """\
account: bakery
"number": "+493012345678"
profile:
  about: Fresh bread #berlin
  # made by hand
  websites:
  - https://goldcrust.example
  - https://baker:oven@goldcrust.example
  description: |
    Sourdough and rye.
  webhook:
    url: https://hooks.example
    about: below a webhook
  address: Torstraße EAAGm0PX4ZCpsBAKxZB7Qz
vars:
  city: Berlin
credentials:
  token: EAAG
"""


def problem(line: int, column: int = 3, *, code: str = "too-long", file: str = "profiles/berlin.yaml") -> Diagnostic:
    return error(code, "about is too long", location=Location(file, line, column))


def quoted(line: int, text: str = FILE, code: str = "too-long") -> str:
    found = quotable(problem(line, code=code), FileLines(text.split("\n")))
    return found.text if found else ""


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (1, "account: bakery"),
        (2, '"number": "+493012345678"'),
        (3, "profile:"),
        (4, "  about: Fresh bread #berlin"),
        (5, ""),  # a comment
        (7, "  - https://goldcrust.example"),
        (8, ""),  # a login in an address
        (10, "    Sourdough and rye."),
        (11, ""),
        (12, ""),
        (13, ""),  # below what holds secrets
        (14, ""),  # what looks like a token
        (16, ""),  # a name of the person's own
        (17, ""),
        (18, ""),
        (19, ""),
        (99, ""),
    ],
)
def test_a_line_is_quoted_only_where_no_secret_belongs(line: int, shown: str) -> None:
    assert quoted(line) == shown


@pytest.mark.parametrize(
    "text",
    [
        "profile: {about: x, webhook: {verify_token: y}}",
        "profile: {\n  about: x",
        "profile: [\n  about: x",
        "api_key: |\n  about: x",
        "- about: x\n  verify_token: y",
        "credentials:\n- x: y\n  about: x",
        "just words",
        "profile:\n  verify_token EAAG",
        "credentials :\n  about: x",
        "? about\n: x",
        "profile:\n  about: x\n bread",
    ],
)
def test_what_is_not_plainly_a_field_is_not_quoted(text: str) -> None:
    assert quoted(text.count("\n") + 1, text) == ""


@pytest.mark.parametrize("code", ["secret", "secret-name", "same-secret", "missing-secret"])
def test_a_problem_with_a_secret_quotes_nothing(code: str) -> None:
    assert quoted(4, code=code) == ""


def test_a_table_and_a_file_as_a_whole_are_not_quoted() -> None:
    """A row has other cells than the one that is wrong."""
    lines = FileLines(FILE.split("\n"))
    assert quotable(problem(4, file="profiles/shops.csv"), lines) is None
    assert quotable(problem(0, 0), lines) is None
    assert quotable(problem(4, 0), lines) is None


def test_the_mark_is_at_the_column_and_under_what_a_hash_cuts_off() -> None:
    lines = FileLines(FILE.split("\n"))
    assert quotable(problem(4, 10), lines) == QuotedLine("  about: Fresh bread #berlin", 9, 1)
    assert quotable(problem(4, 10, code="hash-in-text"), lines) == QuotedLine("  about: Fresh bread #berlin", 21, 7)
    assert quotable(problem(1, 10, code="hash-in-text"), lines) == QuotedLine("account: bakery", 9, 1)
    # A column behind the end is that of what is missing there.
    assert quotable(problem(1, 99), lines) == QuotedLine("account: bakery", 15, 1)


def test_each_item_of_a_list_belongs_to_its_key() -> None:
    assert quoted(3, "websites:\n- https://a.example\n- https://b.example") == "- https://b.example"
    assert quoted(3, "credentials:\n- https://a.example\n- https://b.example") == ""


@pytest.mark.parametrize(("length", "shown"), [(1_000, True), (1_001, False)])
def test_a_very_long_line_is_not_searched_and_not_quoted(length: int, *, shown: bool) -> None:
    assert bool(quoted(1, "about: ".ljust(length, "x"))) is shown


def test_a_variable_in_a_text_is_no_mapping() -> None:
    assert quoted(1, "about: Fresh bread in ${city}") == "about: Fresh bread in ${city}"
    assert quoted(1, "about: {a: ${city}}") == ""


@pytest.mark.parametrize("code", ["unknown-key", "unknown-field"])
@pytest.mark.parametrize(
    ("line", "column", "shown", "size"),
    [
        ("proflie:", 1, "proflie:", 7),
        ("  adress: Torstr. 1", 3, "  adress: …", 6),
        ("  adress: EAAGm0PX4ZCpsBAKxZB7Qz", 3, "  adress: …", 6),
        ('  "e-mail" : a@b.example', 3, '  "e-mail": …', 8),
        ("  - adress: x", 5, "  - adress: …", 6),
        ("  adress: {about: x}", 3, "  adress: …", 6),
        # A known key that does not belong there has nothing to hide, and its line stays whole.
        ("account: bakery", 1, "account: bakery", 7),
    ],
)
def test_a_misspelt_key_is_shown_without_its_value(line: str, column: int, shown: str, size: int, code: str) -> None:
    found = quotable(problem(1, column, code=code), FileLines([line]))
    assert found == QuotedLine(shown, column - 1, size)


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("vars: {city: Berlin, token: x}", 22),  # it does not begin the line
        ("EAAGm0PX4ZCpsBAKxZB7Qz: x", 1),  # what looks like a token
        ("? adress", 3),
    ],
)
def test_a_key_that_is_no_plain_word_at_the_beginning_of_its_line_is_not_shown(line: str, column: int) -> None:
    assert quotable(problem(1, column, code="unknown-key"), FileLines([line])) is None


def test_a_misspelt_key_below_credentials_shows_no_secret() -> None:
    lines = FileLines(["credentials:", "  tokn: s3cr3t"])
    assert quotable(problem(2, 3, code="unknown-key"), lines) == QuotedLine("  tokn: …", 2, 4)
    assert quotable(problem(2, 3, code="too-long"), lines) is None
