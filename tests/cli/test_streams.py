"""Where words go decides nothing: not the exit code, not what was written. No command ends in a traceback for it."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from reconciler.cli import COMMANDS, main
from tests.cli.test_process import SECONDS, command
from tests.support.fleet import Fleet

# Windows' pages for Western Europe and China. Click itself takes ASCII for a mistake, and prints UTF-8 there.
ENCODINGS = ("cp1252", "gbk")
# Letters of three scripts, of which no encoding above has all, and a sign beyond the first plane.
WORDS = "Brötchen, хлеб, 面包 🥐"
CALLS: Sequence[Sequence[str]] = (
    *(
        ["validate"],
        ["plan"],
        ["plan", "--format", "markdown"],
        ["plan", "--json"],
        ["plan", "köln"],
        ["plan", "kölnn"],
    ),
    *(
        ["drift"],
        ["drift", "--json"],
        ["show", "köln"],
        ["doctor"],
        ["providers"],
        ["import", "bakery", "+493012345699"],
    ),
    *(["apply", "-y", "--allow", "first-contact"], ["history"], ["history", "köln"], ["apply", "-y", "--json"]),
    *(["rollback", "nö.json"], ["recover", "nö.json"], ["drift", "--adopt"], ["plän"]),
)


def spoken(monkeypatch: pytest.MonkeyPatch, encoding: str, words: Sequence[str]) -> tuple[int, bytes, bytes]:
    """Run a command with strict streams of an encoding; returns its exit code, its stdout and its stderr."""
    pipes = io.BytesIO(), io.BytesIO()
    streams = [io.TextIOWrapper(pipe, encoding=encoding, errors="strict", write_through=True) for pipe in pipes]
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", streams[0])
        patch.setattr(sys, "stderr", streams[1])
        ended = main(list(words))
    return ended, pipes[0].getvalue(), pipes[1].getvalue()


@pytest.fixture
def shops(fleet: Fleet) -> Fleet:
    """One profile that was changed elsewhere, and one that no apply has sent."""
    address = fleet.profile("berlin", about="Fresh bread")
    fleet.apply()
    fleet.edit(address, about="Sold out!")
    fleet.profile("köln", 1, about=WORDS, description=WORDS)
    return fleet


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_command_ends_as_it_does_in_utf_8(
    shops: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    twin = shutil.copytree(shops.root, tmp_path / "twin")
    for words in CALLS:
        ended, out, err = spoken(monkeypatch, encoding, ["-C", str(shops.root), *words])
        expected, _, _ = spoken(monkeypatch, "utf-8", ["-C", str(twin), *words])
        assert ended == expected, words
        assert out or err
        if "--json" in words:
            assert json.loads(out.decode("ascii"))["exit_code"] == ended


@pytest.mark.parametrize("name", COMMANDS)
def test_every_help_can_be_read(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    ended, out, _ = spoken(monkeypatch, "cp932", [name, "--help"])
    assert (ended, out.decode("cp932")[:6]) == (0, "Usage:")


def test_two_letters_that_cannot_be_spelt_stay_two_letters(shops: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    shops.profile("köln", 1, about="Bröt and Brüt → fresh")
    _, out, _ = spoken(monkeypatch, "cp1251", ["-C", str(shops.root), "plan", "köln"])
    assert r"Br\xf6t and Br\xfct -> fresh" in out.decode("cp1251")


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("words", [["plan"], ["--help"]])
def test_a_full_disk_behind_stdout_is_an_error(shops: Fleet, words: Sequence[str], unbuffered: str) -> None:
    line, variables = command(shops, *words, PYTHONUNBUFFERED=unbuffered)
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(line, env=variables, stdout=full, stderr=subprocess.PIPE, timeout=SECONDS, check=False)
    said = ran.stderr.decode()
    assert (ran.returncode, "Traceback" in said) == (1, False)
    assert "stdout cannot be written: No space left on device" in said
    # The result itself is not lost.
    assert ("+4930" in said) is ("plan" in words)


def test_a_full_disk_behind_stderr_stops_nothing(shops: Fleet) -> None:
    line, variables = command(shops, "-v", "apply", "-y", "--allow", "first-contact")
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(line, env=variables, stdout=subprocess.PIPE, stderr=full, timeout=SECONDS, check=False)
    assert (ran.returncode, ran.stdout.decode().splitlines()[-1]) == (0, "2 changes applied · 1 left alone")


def test_a_reader_that_ended_takes_nothing_from_the_files(shops: Fleet, tmp_path: Path) -> None:
    record = tmp_path / "record.json"
    # As JSON the plan is not printed before the writes, so the pipe breaks when they are done.
    words = ("apply", "-y", "--json", "--allow", "first-contact", "--record", str(record))
    line, variables = command(shops, *words)
    with subprocess.Popen(line, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(SECONDS) == 0
    outcomes = json.loads(record.read_text(encoding="utf-8"))["outcomes"]
    assert {outcome["profile"]: outcome["status"] for outcome in outcomes}["köln"] == "applied"


def test_a_plan_that_cannot_be_shown_sends_nothing(shops: Fleet) -> None:
    line, variables = command(shops, "apply", "-y", "--allow", "first-contact")
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(line, env=variables, stdout=full, stderr=subprocess.PIPE, timeout=SECONDS, check=False)
    assert ran.returncode == 1
    assert not [request for request in shops.requests("POST") if "Br" in json.dumps(request)]


@pytest.mark.parametrize("closed", ["<&-", "2>&-", "<&- 2>&-"])
def test_a_closed_stdin_or_stderr_changes_nothing(shops: Fleet, closed: str) -> None:
    """Without one that can be asked, and without a log, an apply that is approved does its work."""
    line, variables = command(shops, "apply", "-y", "--allow", "first-contact")
    script = ["sh", "-c", f'"$@" {closed}', "sh", *line]
    ran = subprocess.run(script, env=variables, stdout=subprocess.PIPE, timeout=SECONDS, check=False)
    assert (ran.returncode, "köln (+493012345001): applied" in ran.stdout.decode()) == (0, True)


def test_a_closed_stdout_is_said_before_anything_is_sent(shops: Fleet) -> None:
    line, variables = command(shops, "apply", "-y", "--allow", "first-contact")
    script = ["sh", "-c", '"$@" >&-', "sh", *line]
    ran = subprocess.run(script, env=variables, stderr=subprocess.PIPE, timeout=SECONDS, check=False)
    assert (ran.returncode, "stdout cannot be written: it is closed" in ran.stderr.decode()) == (1, True)
    assert not [request for request in shops.requests("POST") if "Br" in json.dumps(request)]
