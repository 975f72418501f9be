"""Where an accepted difference goes in the text of drift-ignore.yaml."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from reconciler.core.authoring.edits import accepted_text, shown_value
from reconciler.core.fields import Value, Webhook
from reconciler.core.reading.acknowledgements import Acknowledgement

ENTRY = Acknowledgement("berlin", "about", "sha256:" + "0" * 64, "the shop asked for it", date(2030, 1, 31))
HEAD = "version: 1\nignore:"


@pytest.mark.parametrize(
    ("written", "indent"),
    [
        (f"{HEAD} []\n", 2),
        (f"{HEAD} []  # none yet\n", 2),
        (f"{HEAD}\n- profile: munich\n", 0),
        (f"{HEAD}\n  # why\n\n\t\n    # and more\n    - profile: munich\n", 4),
        (f"{HEAD}\r\n\r\n   - profile: munich\r\n", 3),
    ],
)
def test_an_entry_stands_as_deep_as_those_that_are_there(written: str, indent: int) -> None:
    text = accepted_text(written, [ENTRY])
    assert f"\n{' ' * indent}- profile: berlin\n{' ' * indent}  field: about\n" in text


@pytest.mark.parametrize("behind", ["", "more: 1\n"])
def test_thousands_of_empty_lines_take_no_time(behind: str) -> None:
    written = f"{HEAD} []\n" + "\n" * 5000 + behind
    assert accepted_text(written, [ENTRY]).endswith("    until: 2030-01-31\n")


@pytest.mark.parametrize(
    ("shown", "comment"),
    [
        ("", ""),
        ("Sold out!", '    # "Sold out!"\n'),
        # A line end, and what hides, could make an entry of a comment, or show another one.
        ("Sold\n  - profile: x\u2028\u202e", '    # "Sold\\n  - profile: x\\u2028\\u202e"\n'),
        ("x" * 400, f'    # "{"x" * 99}…"\n'),
    ],
)
def test_a_reviewer_reads_which_value_the_hash_names(shown: str, comment: str) -> None:
    text = accepted_text("", [replace(ENTRY, shown=shown)])
    assert f"    field: about\n{comment}    value: sha256:000" in text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Sold out!", "Sold out!"),
        (("https://a.example", "https://b.example"), "https://a.example https://b.example"),
        (Webhook(url="https://hooks.example"), ""),
    ],
)
def test_texts_and_links_are_shown_and_what_may_lead_to_a_secret_is_not(value: Value, shown: str) -> None:
    assert shown_value(value) == shown
