"""Where an accepted difference goes in the text of drift-ignore.yaml."""

from __future__ import annotations

from datetime import date

import pytest

from reconciler.core.authoring.edits import accepted_text
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
