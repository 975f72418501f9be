"""Where words go decides nothing: not the exit code, not what was written. No command ends in a traceback for it."""

from __future__ import annotations

import errno
import io
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from reconciler.cli import COMMANDS, main
from reconciler.cli.streams import ClosedStream
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


def test_no_file_gets_the_number_of_a_closed_stream() -> None:
    """Else what a child process or the interpreter prints there is written into it: the ledger, or a profile."""
    code = (
        "import os; from reconciler.cli.streams import prepare_streams; prepare_streams(); "
        "print(os.open(os.devnull, os.O_RDONLY))"
    )
    words = ["bash", "-c", f"{shlex.quote(sys.executable)} -c {shlex.quote(code)} <&- 2>&-"]
    assert int(subprocess.run(words, capture_output=True, text=True, check=True).stdout) > 2


def test_a_closed_stdout_is_said_before_anything_is_sent(shops: Fleet) -> None:
    line, variables = command(shops, "apply", "-y", "--allow", "first-contact")
    script = ["sh", "-c", '"$@" >&-', "sh", *line]
    ran = subprocess.run(script, env=variables, stderr=subprocess.PIPE, timeout=SECONDS, check=False)
    assert (ran.returncode, "stdout cannot be written: it is closed" in ran.stderr.decode()) == (1, True)
    assert not [request for request in shops.requests("POST") if "Br" in json.dumps(request)]


@pytest.mark.parametrize("option", ["--record", "--report", "--summary", "--outputs"])
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_place_for_output_is_tried_before_anything_is_sent(
    shops: Fleet, tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, form: Sequence[str]
) -> None:
    (tmp_path / "file").write_text("")
    before = len(shops.requests())
    # A report's folder is made, a folder is no place for a file, and click refuses it for --record itself.
    places = ["file/x", "x" * 300]
    places += [] if option == "--report" else ["no/such/folder/x"]
    places += [] if option in ("--report", "--record") else ["."]
    for place in places:
        where = str(tmp_path / place)
        words = ["-C", str(shops.root), "apply", "-y", *form, "--allow", "first-contact", option, where]
        ended, (out, err) = main(words), capsys.readouterr()
        assert (ended, len(shops.requests())) == (1, before), place
        said = json.loads(out)["diagnostics"][0]["summary"] if form else err
        assert f"{where} cannot be written: " in said
        assert said.rstrip().endswith("; nothing was done")


def test_trying_a_place_leaves_nothing_and_takes_nothing(shops: Fleet, tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text("kept")
    shops.write("profiles/broken.yaml", "{")
    for name in ("old.json", "new.json"):
        assert main(["-C", str(shops.root), "apply", "-y", "--record", str(tmp_path / name)]) == 1
    assert ((tmp_path / "old.json").read_text(), (tmp_path / "new.json").exists()) == ("kept", False)


def test_a_pipe_or_a_device_is_no_place_to_try(shops: Fleet, tmp_path: Path) -> None:
    """A reader of a pipe takes its end for the end of the document."""
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    for place in (str(tmp_path / "pipe"), "/dev/null"):
        assert main(["-C", str(shops.root), "plan", "--out", place]) == 0
    assert json.loads(os.read(reader, 1 << 20))["complete"] is True
    os.close(reader)


@pytest.mark.parametrize("words", [["apply", "-y", "--json"], ["drift", "--adopt", "--format", "markdown"]])
def test_a_closed_stdout_is_said_before_a_document_is_made(
    shops: Fleet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: Sequence[str]
) -> None:
    before = len(shops.requests())
    monkeypatch.setattr(sys, "stdout", ClosedStream())
    assert main(["-C", str(shops.root), *words]) == 1
    assert len(shops.requests()) == before
    assert "stdout cannot be written: it is closed; nothing was done" in capsys.readouterr().err


STOPPED = [
    (["plan", "nowhere"], 1, "nowhere"),
    (["apply", "--no-such-flag"], 64, "No such option"),
    (["recover", "nowhere.json"], 1, "nowhere.json cannot be read"),
]


def test_what_stopped_a_run_goes_to_stdout_where_stderr_is_closed(
    shops: Fleet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An exit code alone tells nothing."""
    for words, code, said in STOPPED:
        monkeypatch.setattr(sys, "stderr", ClosedStream())
        assert main(["-C", str(shops.root), *words]) == code
        assert said in capsys.readouterr().out


def test_where_both_are_closed_the_exit_code_is_left(shops: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, ClosedStream())
    assert main(["-C", str(shops.root), "plan", "nowhere"]) == 1


def test_a_document_stays_one_where_stderr_is_closed(
    shops: Fleet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stderr", ClosedStream())
    assert main(["-C", str(shops.root), "plan", "--json", "--out", "/dev/full"]) == 1
    assert json.loads(capsys.readouterr().out)["complete"] is True


MACHINE = [
    (errno.EMFILE, "Too many open files (a); this program may open too few files at once: raise `ulimit -n`"),
    (errno.ENAMETOOLONG, "File name too long (a); use a shorter path"),
    (errno.EIO, "Input/output error (a)"),
]


@pytest.mark.parametrize(("number", "said"), MACHINE)
def test_what_the_machine_refuses_is_no_traceback(
    shops: Fleet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: int, said: str
) -> None:
    """Wherever it refuses: what no other place expects ends here."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), "a")

    monkeypatch.setattr("reconciler.pipeline.planning.open_ledger", refuse)
    assert main(["-C", str(shops.root), "plan"]) == 1
    assert capsys.readouterr().err == f"error: the machine refused: {said}\n"
    assert main(["-C", str(shops.root), "plan", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["diagnostics"][0]["summary"] == f"the machine refused: {said}"


def test_a_folder_whose_path_is_too_long_is_a_wrong_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-C", "a/" * 3000, "plan"]) == 64
    assert "File name too long" in capsys.readouterr().err


@pytest.mark.parametrize("most", [7, 16])
def test_few_open_files_are_no_traceback(shops: Fleet, most: int) -> None:
    line, variables = command(shops, "plan", "--base", "HEAD")
    script = ["sh", "-c", f'ulimit -n {most}; exec "$@"', "sh", *line]
    ran = subprocess.run(script, env=variables, capture_output=True, timeout=SECONDS, check=False)
    assert b"Traceback" not in ran.stderr
    assert ran.returncode in (0, 1)
