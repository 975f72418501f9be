from __future__ import annotations

import click
import pytest

from reconciler.core.fields import Mode
from reconciler.core.planning.base import Unmanaged
from reconciler.render.text.plan import released_json, released_text

KEY = ("meta", "https://graph.facebook.com", "106540352242922")
FIELDS = ("about", "email")


@pytest.mark.parametrize(
    ("one", "line"),
    [
        (Unmanaged(key=KEY, profile="berlin", fields=FIELDS, whole=False), "  berlin: about, email"),
        (
            Unmanaged(key=KEY, profile="berlin", fields=FIELDS, whole=False, mode=Mode.PAUSED),
            "  berlin: about, email (mode: paused; it is not looked at any more)",
        ),
        (
            Unmanaged(key=KEY, profile="berlin", fields=FIELDS, whole=True),
            "  berlin (106540352242922, meta): about, email",
        ),
        (
            Unmanaged(key=("kaleyra", "sandbox", "HX1"), profile="", fields=("about",), whole=True),
            "  a profile (HX1, kaleyra at sandbox): about",
        ),
        (Unmanaged(key=KEY, profile="\x1b[2J", fields=("about",), whole=False), "  ⟨U+001B⟩[2J: about"),
    ],
)
def test_what_is_no_longer_managed_is_one_line(one: Unmanaged, line: str) -> None:
    text = click.unstyle(released_text([one]))
    assert text.splitlines() == ["No longer managed here; live stays as it is:", line]


def test_where_everything_is_still_managed_nothing_is_said() -> None:
    assert (released_text([]), released_json([])) == ("", [])


def test_for_programs_it_has_the_names_of_a_target() -> None:
    one = Unmanaged(key=KEY, profile="berlin", fields=FIELDS, whole=True)
    assert released_json([one]) == [
        {
            "provider": "meta",
            "endpoint": "https://graph.facebook.com",
            "address": "106540352242922",
            "profile": "berlin",
            "fields": ["about", "email"],
            "whole": True,
            "mode": "managed",
        }
    ]
