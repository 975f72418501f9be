"""Each gate tripped once by the real command line: it stops the run, says why, and opens as it says.

What it says here is what the table in docs/gates.md shows.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.safety.gates import GATES
from reconciler.core.safety.policy import rules
from reconciler.core.settings import Policy
from tests.support.commands import Run, command_line
from tests.support.fleet import Fleet

PAGE = Path(__file__).parents[2] / "docs" / "gates.md"
HOOK = {"url": "https://hooks.bakery.example/wa", "verify_token": {"env": "WEBHOOK_VERIFY"}}


@pytest.fixture
def run(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line in the fleet's folder."""
    return command_line(fleet.root, capsys)


def bulk(fleet: Fleet, run: Run) -> tuple[str, ...]:
    """Six profiles get another text each."""
    for n in range(6):
        fleet.profile(f"shop-{n}", n, about=f"Bread {n}")
    run("apply", "-y")
    for n in range(6):
        fleet.profile(f"shop-{n}", n, about=f"Cake {n}")
    return ()


def clear(fleet: Fleet, run: Run) -> tuple[str, ...]:
    """An address that is live is cleared."""
    fleet.profile(address="Torstraße 1")
    run("apply", "-y")
    fleet.profile(address="")
    return ()


def webhook(fleet: Fleet, _: Run) -> tuple[str, ...]:
    """A webhook is set."""
    fleet.profile(webhook=HOOK)
    return ()


def first_contact(fleet: Fleet, _: Run) -> tuple[str, ...]:
    """Somebody wrote something before there was a file."""
    fleet.edit(fleet.profile(about="Fresh bread"), about="We are closed!")
    return ()


def same_value(fleet: Fleet, run: Run) -> tuple[str, ...]:
    """Two profiles get one text instead of their own."""
    fleet.profile("berlin", 0, about="Bread in Berlin")
    fleet.profile("munich", 1, about="Bread in Munich")
    run("apply", "-y")
    fleet.profile("berlin", 0, about="Fresh bread")
    fleet.profile("munich", 1, about="Fresh bread")
    return ()


def removed(fleet: Fleet, run: Run) -> tuple[str, ...]:
    """The file of one of two profiles is removed, and the other one edited."""
    fleet.profile("berlin", 0, about="Bread in Berlin")
    fleet.profile("munich", 1, about="Bread in Munich")
    for arguments in (("init", "-q"), ("add", "profiles"), ("commit", "-qm", "two")):
        git(fleet.root, *arguments)
    run("apply", "-y")
    (fleet.root / "profiles" / "munich.yaml").unlink()
    fleet.profile("berlin", 0, about="Fresh bread")
    return ("--base", "HEAD")


def last_look(fleet: Fleet, _: Run) -> tuple[str, ...]:
    """A text is set that trips nothing else."""
    fleet.profile(about="Fresh bread")
    return ()


def empty(_: Fleet, __: Run) -> tuple[str, ...]:
    """There is no profile."""
    return ()


def git(root: Path, *arguments: str) -> None:
    """Run git on a repository, with nothing of this machine's own settings."""
    who = {f"GIT_{role}_{what}": "x@x" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    alone = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1", "PATH": "/usr/bin:/bin"}
    subprocess.run(["git", "-C", str(root), *arguments], env={**alone, **who}, check=True, capture_output=True)


@dataclass(frozen=True)
class Trip:
    """How a gate is tripped, by settings that ask; `arguments` of the command are what `prepare` returns."""

    prepare: Callable[[Fleet, Run], tuple[str, ...]]
    asks: Mapping[str, Any]


TRIPS = {
    "bulk": Trip(bulk, {"bulk": {"profiles": 5, "percent": 30, "never_above": 100}}),
    "clear": Trip(clear, {"clear": "ask"}),
    "webhook": Trip(webhook, {"webhook": "ask"}),
    "first-contact": Trip(first_contact, {"first-contact": "ask"}),
    "same-value": Trip(same_value, {"same-value": "ask"}),
    "removed": Trip(removed, {"removed": "ask"}),
    "last-look": Trip(last_look, {"last-look": "ask"}),
    "empty": Trip(empty, {"empty": "ask"}),
}
# Nothing but the settings opens `empty`, and `bulk` has numbers instead of a rule.
FLAGGED = sorted(TRIPS.keys() - {"empty"})
RULED = sorted(TRIPS.keys() - {"bulk"})


def trip(fleet: Fleet, run: Run, gate: str, **policy: Any) -> tuple[str, ...]:
    """Bring the fleet to where an apply trips `gate`; return the command that applies."""
    fleet.settings(policy=json.dumps({**TRIPS[gate].asks, **policy}))
    more = TRIPS[gate].prepare(fleet, run)
    fleet.forget()
    return ("apply", "-y", *more)


TITLES = ("In the way:\n", "Gates that pass:\n")


def said(out: str, gate: str) -> tuple[str, str]:
    """Return the rule and the message of the one gate that was tripped."""
    (block,) = [part for part in out.split("\n\n") if part.startswith(TITLES)]
    _, head, *rest = block.splitlines()
    assert all(line.startswith("      ") for line in rest), "only this gate is tripped"
    name, message = head.strip().split(": ", 1)
    assert name.startswith(f"{gate} (")
    return name.removeprefix(f"{gate} (").removesuffix(")"), message


def writes(fleet: Fleet) -> list[str]:
    """Return the paths of what was sent to change something, whatever the sandbox made of it."""
    return [entry["path"] for entry in fleet.requests() if entry["method"] not in ("GET", "HEAD")]


def test_every_gate_is_tripped_here() -> None:
    assert tuple(TRIPS) == GATES


@pytest.mark.parametrize("gate", TRIPS)
def test_a_gate_that_asks_stops_the_whole_run_without_a_terminal(fleet: Fleet, run: Run, gate: str) -> None:
    code, out = run(*trip(fleet, run, gate))
    assert (code, writes(fleet)) == (3, [])
    assert said(out, gate)[0] == "asks first"
    assert gate == "empty" or f"      --allow {gate} lets this one run pass; to let every run pass, " in out
    assert out.endswith(f"Nothing was written: the gate {gate} stopped it.\n")


@pytest.mark.parametrize("gate", FLAGGED)
def test_its_flag_lets_this_one_run_pass(fleet: Fleet, run: Run, gate: str) -> None:
    code, out = run(*trip(fleet, run, gate), "--allow", gate)
    assert (code, bool(writes(fleet))) == (0, True)
    assert said(out, gate)[0] == "let through by --allow"
    assert "\n      to let every run pass, " in out
    assert "lets this one run pass" not in out


@pytest.mark.parametrize("gate", FLAGGED)
def test_the_flag_of_another_gate_does_not(fleet: Fleet, run: Run, gate: str) -> None:
    others = [word for other in FLAGGED if other != gate for word in ("--allow", other)]
    assert (run(*trip(fleet, run, gate), *others)[0], writes(fleet)) == (3, [])


@pytest.mark.parametrize("gate", RULED)
def test_nothing_but_the_settings_opens_what_they_deny(fleet: Fleet, run: Run, gate: str) -> None:
    flag = ("--allow", gate) if gate in FLAGGED else ()
    code, out = run(*trip(fleet, run, gate, **{gate: "deny"}), *flag)
    assert (code, writes(fleet)) == (3, [])
    assert said(out, gate)[0] == "stops the run"


@pytest.mark.parametrize("gate", RULED)
def test_a_gate_that_warns_says_the_same_and_stops_nothing(fleet: Fleet, run: Run, gate: str) -> None:
    code, out = run(*trip(fleet, run, gate, **{gate: "warn"}))
    assert (code, bool(writes(fleet))) == (0, gate != "empty")
    assert said(out, gate)[0] == "only warns"


@pytest.mark.parametrize("gate", RULED)
def test_a_gate_that_the_settings_allow_is_not_spoken_of(fleet: Fleet, run: Run, gate: str) -> None:
    code, out = run(*trip(fleet, run, gate, **{gate: "allow"}))
    assert (code, bool(writes(fleet))) == (0, gate != "empty")
    assert not any(title in out for title in TITLES)


def test_raised_limits_let_every_run_pass(fleet: Fleet, run: Run) -> None:
    code, out = run(*trip(fleet, run, "bulk", bulk={"profiles": 6}))
    assert (code, any(title in out for title in TITLES)) == (0, False)


def rows() -> dict[str, tuple[str, ...]]:
    """Return the page's table of gates: when it stops, its message, its flag, its setting, its default."""
    section = PAGE.read_text(encoding="utf-8").split("\n## Gates\n")[1].split("\n## ")[0]
    cells = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    return {row[0].strip("`"): tuple(row[1:]) for row in cells}


@pytest.mark.parametrize("gate", TRIPS)
def test_the_page_shows_what_the_gate_says(fleet: Fleet, run: Run, gate: str) -> None:
    assert rows()[gate][1].strip("`") == said(run(*trip(fleet, run, gate))[1], gate)[1]


@pytest.mark.parametrize("gate", TRIPS)
def test_the_page_names_the_flag_and_the_setting_that_the_gate_names(fleet: Fleet, run: Run, gate: str) -> None:
    _, _, flag, setting, default = rows()[gate]
    _, out = run(*trip(fleet, run, gate))
    assert (flag == "none") is (gate == "empty")
    assert flag == "none" or f"      {flag.strip('`')} lets this one run pass" in out
    assert f"`policy: {{{setting.strip('`')}}}`" in out
    limits = Policy().bulk
    numbers = f"{limits.profiles}, {limits.percent} %, {limits.never_above}"
    assert default == (numbers if gate == "bulk" else rules(Policy())[gate,])
