"""`sandbox --edit`: an edit elsewhere, made by a command."""

from __future__ import annotations

import json

import pytest

from reconciler.cli import main
from tests.support.fleet import Fleet


@pytest.mark.parametrize("number", ["+493012345000", "+49 30 12345000"])
def test_an_edit_is_live_at_once(fleet: Fleet, capsys: pytest.CaptureFixture[str], number: str) -> None:
    address = fleet.profile(about="Fresh bread")
    fleet.apply()
    assert main(["-C", str(fleet.root), "sandbox", "--edit", number, "about", "Sold out!"]) == 0
    assert capsys.readouterr().out == "+493012345000 now shows another about: Sold out!\n"
    assert fleet.live(address)["about"] == "Sold out!"
    assert [change.field for _, change in fleet.drift().drifted] == ["about"]


def test_an_edit_before_the_first_look_is_there_at_that_look(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread")
    assert main(["-C", str(fleet.root), "sandbox", "--edit", "+493012345000", "about", "Fresh bread"]) == 0
    assert fleet.plan().summary.will_be_sent == 0


def test_the_result_as_json(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    fleet.profile(about="Fresh bread")
    main(["-C", str(fleet.root), "sandbox", "--json", "--edit", "+493012345000", "email", "a@b.example"])
    found = json.loads(capsys.readouterr().out)
    assert {name: found[name] for name in ("number", "field", "text", "exit_code")} == {
        "number": "+493012345000",
        "field": "email",
        "text": "a@b.example",
        "exit_code": 0,
    }


def test_a_number_of_no_profile_is_refused_with_the_numbers_that_there_are(
    fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet.profile(about="Fresh bread")
    assert main(["-C", str(fleet.root), "sandbox", "--edit", "+4912", "about", "Hi"]) == 1
    assert "no profile has the number +4912; the profiles' numbers: +493012345000" in capsys.readouterr().err


def test_an_unknown_field_is_a_usage_error(fleet: Fleet) -> None:
    assert main(["-C", str(fleet.root), "sandbox", "--edit", "+4912", "picture", "Hi"]) == 64
