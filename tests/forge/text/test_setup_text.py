"""What is said of a repository's settings: a line for each thing, and below it the command that mends it."""

from __future__ import annotations

import pytest

from reconciler.forge.rules.finding import SetupFinding, SetupReport, SetupState
from reconciler.forge.text.setup import setup_json, setup_text
from reconciler.render.terminal import uncoloured

OK = SetupFinding("owners", SetupState.OK, "CODEOWNERS is there")
LABELS = SetupFinding("labels", SetupState.MISSING, "there is none", "gh label create allow-clear")
UNSET = SetupFinding("proposals", SetupState.NOT_SET, "none")
UNSEEN = SetupFinding("secrets", SetupState.UNSEEN, "it may not \x1b[2J")


def report(*findings: SetupFinding) -> SetupReport:
    return SetupReport("goldcrust/profiles", "https://github.com", findings)


def test_each_thing_has_a_line_and_what_mends_it_stands_below() -> None:
    assert uncoloured(setup_text(report(OK, LABELS, UNSET, UNSEEN))).splitlines() == [
        "goldcrust/profiles at github.com",
        "owners     ok: CODEOWNERS is there",
        "labels     missing: there is none",
        "      gh label create allow-clear",
        "proposals  not set: none",
        "secrets    cannot tell: it may not ⟨U+001B⟩[2J",
        "",
        "4 things looked at: 1 thing to mend; 1 not set, which can stay so; 1 cannot be told with this token.",
    ]


@pytest.mark.parametrize(
    ("findings", "said", "code"),
    [
        ((OK,), "1 thing looked at: nothing to mend.", 0),
        ((OK, UNSEEN), "2 things looked at: nothing to mend; 1 cannot be told with this token.", 6),
        ((LABELS, UNSEEN), "2 things looked at: 1 thing to mend; 1 cannot be told with this token.", 1),
    ],
)
def test_the_last_line_says_what_the_exit_code_says(findings: tuple[SetupFinding, ...], said: str, code: int) -> None:
    assert setup_text(report(*findings)).splitlines()[-1] == said
    document = setup_json(report(*findings))
    assert (document["exit_code"], document["repository"]) == (code, "goldcrust/profiles")
    assert document["findings"][0]["state"] == findings[0].state
