"""A page as it is read by the next job, which did not write it."""

from __future__ import annotations

import json

import pytest

from reconciler.core.reports.handover import Handover, HandoverKind, read_handover

SOUND = {"kind": "drift", "text": "### No drift"}


def test_a_page_is_read_as_it_was_written() -> None:
    assert read_handover(json.dumps(SOUND).encode()) == Handover(kind=HandoverKind.DRIFT, text="### No drift")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"text": "\ud800"}, "half of a character"),
        ({"kind": "rumour"}, "not a page that this program writes: kind"),
        ({"format_version": "99"}, 'its format is not "1.0"'),
    ],
)
def test_what_cannot_be_shown_is_no_page_and_why_is_said(wrong: dict[str, str], why: str) -> None:
    found = read_handover(json.dumps(SOUND | wrong).encode())
    assert isinstance(found, str)
    assert why in found
