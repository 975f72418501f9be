from __future__ import annotations

import pytest

from reconciler.render.text.history import recovered_text


@pytest.mark.parametrize(
    ("stored", "known", "said"),
    [
        (2, 0, "Recorded what became of 2 fields. recovery-12.json may go now."),
        (
            1,
            2,
            "Recorded what became of 1 field. Of 2 fields the ledger knows better by now. recovery-12.json may go now.",
        ),
    ],
)
def test_a_file_that_is_used_up_may_go(stored: int, known: int, said: str) -> None:
    assert recovered_text(stored, known, file="recovery-12.json") == said


def test_a_files_name_cannot_act_on_the_terminal() -> None:
    assert "\x1b" not in recovered_text(1, 0, file="\x1b[2J.json")
