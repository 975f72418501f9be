"""Where else a result is wanted: a folder for the next job, a summary, outputs, and problems at their lines."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import click
import pytest

from reconciler.cli import main
from reconciler.cli.places import SUMMARY_BYTES
from reconciler.core.reports.handover import Handover, HandoverKind, read_handover
from reconciler.effects.signals import Interrupted
from tests.support.commands import Run, command_line
from tests.support.fleet import Fleet

COMMANDS = ("validate", "plan", "apply", "drift")


@pytest.fixture
def run(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what runs the command line in the fleet's folder."""
    return command_line(fleet.root, capsys)


def page(folder: Path) -> Handover:
    """Return the page that the next job finds."""
    found = read_handover((folder / "page.json").read_bytes())
    assert isinstance(found, Handover)
    return found


@pytest.mark.parametrize("command", COMMANDS)
def test_the_next_job_finds_the_document_and_the_page(fleet: Fleet, run: Run, tmp_path: Path, command: str) -> None:
    fleet.profile(about="Fresh bread")
    folder, yes = tmp_path / "a" / "report", ["-y"] if command == "apply" else []
    code, out = run(command, *yes, "--json", "--report", str(folder))
    assert (folder / f"{command}.json").read_text() == out
    found = page(folder)
    assert (found.kind, found.exit_code, found.errored) == (HandoverKind(command), code, False)
    assert found.text.startswith("### WhatsApp profiles: ")
    assert (folder / "record.json").exists() is (command == "apply")


def test_a_page_is_what_the_command_prints_as_markdown_and_adds_to_the_summary(
    fleet: Fleet, run: Run, tmp_path: Path
) -> None:
    fleet.profile(about="Fresh bread")
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    _, out = run("plan", "--format", "markdown", "--report", str(tmp_path), "--summary", str(summary))
    assert page(tmp_path).text == out
    assert summary.read_text() == f"before\n{out}"
    assert "`Fresh bread`" in out


def test_an_apply_as_markdown_keeps_the_plan_off_stdout(fleet: Fleet, run: Run) -> None:
    fleet.profile(about="Fresh bread")
    assert run("apply", "-y", "--format", "markdown")[1].startswith(
        "### WhatsApp profiles: 1 change written in 1 profile"
    )


def test_outputs_are_numbers_and_no_foreign_text(fleet: Fleet, run: Run, tmp_path: Path) -> None:
    fleet.profile(about="Fresh bread")
    outputs = tmp_path / "outputs"
    outputs.write_text("first=1\n")
    _, out = run("plan", "--json", "--detailed-exitcode", "--outputs", str(outputs))
    digest = json.loads(out)["digest"]
    numbers = "changes=1\nprofiles=1\nleft-alone=0\nleft-for-a-person=0\nobserved=0\nassumed=0\ncomplete=true\n"
    assert outputs.read_text() == f"first=1\nexit-code=2\ndigest={digest}\n{numbers}"


@pytest.mark.parametrize("command", ["plan", "drift", "apply"])
def test_drift_is_no_change_in_the_outputs_and_no_exit_code_of_a_plan(
    fleet: Fleet, run: Run, tmp_path: Path, command: str
) -> None:
    address = fleet.profile(about="Fresh bread")
    run("apply", "-y")
    fleet.edit(address, about="Hacked")
    outputs = tmp_path / "outputs"
    detailed = ("--detailed-exitcode",) if command == "plan" else ()
    code, _ = run(command, *detailed, "--outputs", str(outputs))
    assert code == 0
    assert "\nchanges=0\nprofiles=0\nleft-alone=1\nleft-for-a-person=0\n" in outputs.read_text()


def test_an_incomplete_plan_says_so_in_its_outputs(fleet: Fleet, run: Run, tmp_path: Path) -> None:
    fleet.profile(about="Fresh bread")
    fleet.faults({"kind": "reply", "status": 400, "body": {"error": {"code": 190, "message": "no"}}, "times": 99})
    run("plan", "--outputs", str(tmp_path / "outputs"))
    lines = (tmp_path / "outputs").read_text().splitlines()
    assert (lines[0], lines[-1]) == ("exit-code=6", "complete=false")


def test_validating_knows_of_no_plan(fleet: Fleet, run: Run, tmp_path: Path) -> None:
    fleet.profile(about="Fresh bread")
    run("validate", "--outputs", str(tmp_path / "outputs"))
    assert (tmp_path / "outputs").read_text() == "exit-code=0\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_what_stops_a_command_is_said_in_every_form(fleet: Fleet, run: Run, tmp_path: Path, command: str) -> None:
    fleet.settings(policy="{claer: allow}")
    summary, outputs = tmp_path / "summary.md", tmp_path / "outputs"
    wanted = ("--report", str(tmp_path), "--summary", str(summary), "--outputs", str(outputs))
    code, out = run(command, "--format", "markdown", *wanted)
    assert code == 1
    assert page(tmp_path).text == summary.read_text() == out
    assert "claer" in out
    assert json.loads((tmp_path / f"{command}.json").read_text())["exit_code"] == 1
    assert outputs.read_text().startswith("exit-code=1\n")


def test_the_page_of_a_stopped_plan_is_no_plan(fleet: Fleet, run: Run, tmp_path: Path) -> None:
    fleet.settings(policy="{claer: allow}")
    code, out = run("plan", "--json", "--report", str(tmp_path))
    found = page(tmp_path)
    assert (code, found.errored, found.complete, found.quiet, found.failed) == (1, True, False, False, True)
    assert (tmp_path / "plan.json").read_text() == out


PIPELINES = {
    "validate": "reconciler.pipeline.validating.validate_run",
    "plan": "reconciler.pipeline.showing.run_planning",
    "apply": "reconciler.pipeline.apply.apply_run",
    "drift": "reconciler.pipeline.drift.drift_run",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_program_that_fails_leaves_a_page_without_the_details_which_are_in_its_log(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a customer's words")

    fleet.profile(about="Fresh bread")
    monkeypatch.setattr(PIPELINES[command], fail)
    with pytest.raises(ZeroDivisionError):
        main(["-C", str(fleet.root), command, "--report", str(tmp_path / "report")])
    found = page(tmp_path / "report")
    assert (found.kind, found.errored, found.failed, found.quiet) == (HandoverKind(command), True, True, False)
    assert "The program failed; its log has the details." in found.text
    assert "customer" not in found.text
    taken = tmp_path / "taken"
    taken.write_text("a file")
    with pytest.raises(ZeroDivisionError):
        main(["-C", str(fleet.root), command])
    if command == "apply":
        # Before it can write, it says that its report has no place.
        assert main(["-C", str(fleet.root), command, "--report", str(taken)]) == 1
    else:
        with pytest.raises(ZeroDivisionError):
            main(["-C", str(fleet.root), command, "--report", str(taken)])


@pytest.mark.parametrize(
    ("problem", "code"), [(Interrupted(2), 130), (BrokenPipeError(), 1), (click.UsageError("no"), 64)]
)
def test_what_was_only_interrupted_or_typed_wrong_leaves_no_page(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, problem: Exception, code: int
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise problem

    monkeypatch.setattr("os.dup2", lambda *_: 0)
    monkeypatch.setattr(PIPELINES["validate"], stop)
    assert main(["-C", str(fleet.root), "validate", "--report", str(tmp_path / "report")]) == code
    assert not (tmp_path / "report").exists()


def test_a_summary_that_is_full_is_left_as_it_is(
    fleet: Fleet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """GitHub shows nothing at all of a summary that is too large."""
    fleet.profile(about="Fresh bread")
    summary = tmp_path / "summary.md"
    summary.write_text("x" * (SUMMARY_BYTES - 10))
    assert main(["-C", str(fleet.root), "plan", "--summary", str(summary)]) == 0
    assert summary.stat().st_size == SUMMARY_BYTES - 10
    assert f"{summary} is full: the result is not in it." in capsys.readouterr().err


def test_what_cannot_be_written_is_said_once_for_all_and_after_the_result(
    fleet: Fleet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet.profile(about="Fresh bread")
    taken, outputs = tmp_path / "taken", tmp_path / "outputs"
    taken.write_text("a file")
    places = ("--report", str(taken), "--summary", str(tmp_path), "--out", str(tmp_path / "no" / "plan.json"))
    code = main(["-C", str(fleet.root), "plan", *places, "--outputs", str(outputs)])
    out, err = capsys.readouterr()
    assert code == 1
    assert out.endswith("1 change in 1 profile will be sent\n")
    assert [str(path) in err for path in (taken, tmp_path, tmp_path / "no" / "plan.json")] == [True, True, True]
    assert outputs.read_text().startswith("exit-code=0\n")


def test_every_place_can_be_named_by_the_environment(
    fleet: Fleet, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.profile(about="Fresh bread ")
    for name in ("REPORT", "SUMMARY", "OUTPUTS"):
        monkeypatch.setenv(f"RECONCILER_{name}", str(tmp_path / name))
    monkeypatch.setenv("RECONCILER_ANNOTATE", "true")
    _, out = run("plan")
    assert "\n::warning file=profiles/berlin.yaml,line=" in out
    assert sorted(path.name for path in tmp_path.iterdir() if path != fleet.root) == ["OUTPUTS", "REPORT", "SUMMARY"]


@pytest.mark.parametrize("command", ["validate", "plan"])
def test_a_problem_is_shown_at_its_line_also_where_the_log_is_a_runners(
    fleet: Fleet, run: Run, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Everything else in the log has a prefix, so that nothing foreign is a command."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    fleet.profile(about="Fresh bread\n::error::x ")
    fleet.write("munich.yaml", "account: nobody\n")
    code, out = run(command, "--annotate")
    shown = [line for line in out.splitlines() if line.startswith("::")]
    assert code == 1
    assert shown
    assert all(line.startswith(("::error file=profiles/", "::warning file=profiles/")) for line in shown)


def test_beside_a_document_problems_are_shown_on_the_other_stream(
    fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet.profile(about="Fresh bread ")
    main(["-C", str(fleet.root), "validate", "--json", "--annotate"])
    out, err = capsys.readouterr()
    assert json.loads(out)["exit_code"] == 0
    assert err.startswith("::warning file=profiles/berlin.yaml,line=")


def test_without_a_problem_nothing_is_shown_at_a_line(fleet: Fleet, run: Run) -> None:
    fleet.profile(about="Fresh bread")
    assert run("validate", "--annotate")[1] == "1 profile checked: no problems.\n"


def test_places_are_links_from_the_top_of_the_repository(
    fleet: Fleet, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.profile(about="Fresh bread ")
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    for words in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "x"]):
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True, capture_output=True)
    said = subprocess.run(["git", "-C", str(tmp_path), "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    monkeypatch.setenv("GITHUB_REPOSITORY", "goldcrust/profiles")
    _, out = run("plan", "--format", "markdown")
    place = f"https://github.com/goldcrust/profiles/blob/{said.stdout.strip()}/shop/profiles/berlin.yaml#L"
    assert f"]({place}" in out
    assert "::warning file=shop/profiles/berlin.yaml," in run("validate", "--annotate")[1]


@pytest.mark.parametrize(
    "arguments",
    [("show", "berlin", "--report", "x"), ("doctor", "--format", "markdown"), ("apply", "--annotate")],
)
def test_a_command_without_a_page_has_none_of_the_options(fleet: Fleet, run: Run, arguments: tuple[str, ...]) -> None:
    fleet.profile(about="Fresh bread")
    assert run(*arguments) == (64, "")


@pytest.mark.parametrize("form", ["sarif", "junit"])
def test_problems_in_the_forms_of_other_programs_are_printed_whatever_stopped_the_command(
    fleet: Fleet, run: Run, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    fleet.profile(about="Fresh bread")
    begins = {"sarif": "{\n", "junit": "<?xml "}[form]
    code, out = run("validate", "--format", form)
    assert (code, out.startswith(begins), "profiles/berlin.yaml" in out) == (0, True, form == "junit")
    fleet.profile(about="x" * 140)
    code, out = run("validate", "--format", form)
    assert (code, out.startswith(begins), "too-long" in out) == (1, True, True)
    code, out = run("validate", "no-such-profile", "--format", form)
    assert (code, "no-such-profile" in out) == (1, True)
