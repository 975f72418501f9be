"""The command line in this process: what goes to stdout, what to stderr, and how it ends."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import COMMANDS, main
from tests.support.fleet import Fleet
from tests.support.repository import Shop


@pytest.fixture
def run(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> Any:
    """Return what runs the command line in the fleet's folder."""
    return Shop(fleet, capsys).run


def test_the_loop_by_command(fleet: Fleet, run: Any) -> None:
    fleet.profile(about="Fresh bread")
    assert run("validate").out == "1 profile checked: no problems.\n"
    assert run("plan", "--detailed-exitcode").code == 2
    assert run("plan").code == 0
    applied = run("apply", "--auto-approve")
    assert (applied.code, applied.out.splitlines()[-1]) == (0, "1 change applied")
    again = run("plan", "--detailed-exitcode")
    assert (again.code, again.out) == (0, "Nothing to do: 1 in sync.\n")
    assert run("drift", "--detailed-exitcode").code == 0


def test_drift_ends_with_2_when_asked_to(fleet: Fleet, run: Any) -> None:
    address = fleet.profile(about="Fresh bread")
    run("apply", "-y")
    fleet.edit(address, about="Hacked")
    assert (run("drift").code, run("drift", "--detailed-exitcode").code) == (0, 2)
    assert run("drift", "--json").json["drifted"][0]["field"] == "about"


def test_json_is_the_same_bytes_each_time_and_in_the_file(fleet: Fleet, run: Any, tmp_path: Path) -> None:
    fleet.profile(about="Fresh bread")
    out = tmp_path / "plan.json"
    first, second = run("plan", "--json", "--out", str(out)), run("plan", "--format", "json")
    assert first.out == second.out == out.read_text()
    (target,) = first.json["targets"]
    assert [change["field"] for change in target["changes"]] == ["about"]


def test_the_record_of_a_run_is_written_where_it_is_wanted(fleet: Fleet, run: Any, tmp_path: Path) -> None:
    fleet.profile(about="Fresh bread")
    run("apply", "-y", "--record", str(tmp_path / "run.json"))
    record = json.loads((tmp_path / "run.json").read_text())
    assert [(o["profile"], o["status"]) for o in record["outcomes"]] == [("berlin", "applied")]


def test_apply_as_json_keeps_the_plan_off_stdout(fleet: Fleet, run: Any) -> None:
    fleet.profile(about="Fresh bread")
    ran = run("apply", "-y", "--json")
    assert ran.json["run"]["outcomes"][0]["status"] == "applied"
    assert ran.json["exit_code"] == ran.code == 0
    assert "1 change in 1 profile will be sent" in ran.err


def test_apply_without_a_terminal_and_without_approval_writes_nothing(fleet: Fleet, run: Any) -> None:
    fleet.profile(about="Fresh bread")
    ran = run("apply")
    assert ran.code == 3
    why = "there is no person to ask here: run it at a terminal, or say yes with --auto-approve"
    assert ran.out.splitlines()[-1] == f"Nothing was written: {why}."
    assert fleet.requests("POST") == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", "--jsn"),
        ("plna",),
        ("apply", "--allow", "everything"),
        ("plan", "--format", "yaml"),
        ("show",),
        ("-C", "no/such/folder", "plan"),
        ("apply", "--ledger", "paper"),
        ("apply", "--auto-approve", "--require-tip", ""),
    ],
)
def test_a_mistake_in_the_command_line_ends_with_64(run: Any, arguments: tuple[str, ...]) -> None:
    """Click's own 2 would read as "drift found"."""
    ran = run(*arguments)
    assert (ran.code, ran.out) == (64, "")
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("words", [("schema", "{}"), ("apply", "--allow", "{}")])
def test_a_typed_word_acts_nowhere_where_it_is_quoted(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """A shell puts the names of foreign files in the place of `*`."""
    assert main([word.format("a\x1b[2J\u202e\n::error::b") for word in words]) == 64
    *_, line = capsys.readouterr().err.splitlines()
    assert "a⟨U+001B⟩[2J⟨U+202E⟩\\n::error::b" in line


def test_a_gate_stops_the_run_and_names_what_opens_it(fleet: Fleet, run: Any) -> None:
    fleet.profile(webhook={"url": "https://hooks.example/wa", "verify_token": {"env": "WEBHOOK_VERIFY"}})
    ran = run("apply", "-y")
    assert (ran.code, fleet.requests("POST")) == (3, [])
    assert "--allow webhook lets this one run pass" in ran.out
    assert run("apply", "-y", "--allow", "webhook").code == 0


def test_every_flag_can_come_from_the_environment(fleet: Fleet, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet.profile(about="Fresh bread")
    monkeypatch.setenv("RECONCILER_FORMAT", "json")
    monkeypatch.setenv("RECONCILER_DETAILED_EXITCODE", "1")
    ran = run("plan")
    assert (ran.code, ran.json["has_changes"]) == (2, True)


def test_verbose_says_what_is_done_on_stderr(fleet: Fleet, run: Any) -> None:
    fleet.profile(about="Fresh bread")
    ran = run("plan", "-v")
    assert ran.err.splitlines() == ["20 retries may be spent on this run, within 5 minutes", "Reading 1 profile"]


def test_problems_go_to_stderr_and_end_with_1(fleet: Fleet, run: Any) -> None:
    fleet.profile(abot="Fresh bread")
    ran = run("plan")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        "profiles/berlin.yaml:6:3: error: unknown field 'abot' [unknown-field]\n"
        "    6 │   abot: …\n      │   ^^^^\n"
        "    did you mean about?\nMore of this: reconciler explain unknown-field\n\n1 error; nothing was done.\n"
    )


def test_problems_as_json_are_json(fleet: Fleet, run: Any) -> None:
    """A script that asked for JSON gets JSON, also when there is nothing else to say."""
    fleet.profile(abot="Fresh bread")
    ran = run("plan", "--json")
    assert ran.code == 1
    assert (ran.json["errored"], ran.json["exit_code"]) == (True, 1)
    assert [d["code"] for d in ran.json["diagnostics"]] == ["unknown-field"]
    assert run("validate", "--json").json["diagnostics"] == ran.json["diagnostics"]


def test_an_empty_folder_says_what_is_missing(run: Any, fleet: Fleet) -> None:
    (fleet.root / "profiles" / "reconciler.yaml").unlink()
    ran = run("plan")
    assert (ran.code, ran.err.splitlines()[0]) == (
        1,
        "profiles/reconciler.yaml: error: there is no settings file [no-settings]",
    )


def test_nothing_selected_is_no_success(fleet: Fleet, run: Any) -> None:
    """0 of 0 is never green."""
    assert (run("plan").code, run("apply", "-y").code, run("drift").code) == (3, 3, 3)


def test_show_puts_desired_live_and_sent_side_by_side(fleet: Fleet, run: Any) -> None:
    fleet.profile(about="Fresh bread")
    run("apply", "-y")
    shown = run("show", "profiles/berlin.yaml", "--json")
    about = shown.json["fields"]["about"]
    assert (about["desired"], about["live"], about["sent"]) == ("Fresh bread", {"known": "Fresh bread"}, "Fresh bread")
    assert run("show", "berlin").code == 0


def test_show_folds_no_text_from_right_to_left_into_a_column(fleet: Fleet, run: Any) -> None:
    """What is isolated ends on its line, and takes in nothing beside it."""
    fleet.profile(about="خبز طازج كل يوم من الساعة السادسة صباحا حتى المساء")
    shown = run("show", "berlin").out
    lines = [line for line in shown.splitlines() if "خبز" in line]
    assert [line.split(":")[0].strip() for line in lines] == ["desired"]
    assert all(line.count("\u2068") == line.count("\u2069") for line in shown.splitlines())


def test_schemas_are_written_and_checked(fleet: Fleet, run: Any) -> None:
    assert run("schema", "--check").code == 1
    written = run("schema").out.splitlines()
    assert "written: schemas/plan.schema.json" in written
    assert run("schema", "--check").code == 0
    assert len(list((fleet.root / "schemas").iterdir())) == len(written)


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"\n  {name} " in out for name in COMMANDS)


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    import tomllib

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert main(["--version"]) == 0
    assert re.fullmatch(
        rf"reconciler {re.escape(project['version'])}( \(commit [0-9a-f]{{12}}\))?\n", capsys.readouterr().out
    )


def test_in_a_workflow_no_line_of_output_can_be_a_command(
    fleet: Fleet, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = fleet.profile(about="Fresh bread")
    fleet.edit(address, about="::error::x ##[group]y")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    out = run("plan").out
    assert all(line.startswith("|") for line in out.splitlines())
    assert "##[" not in out


def test_the_exit_code_in_a_document_is_the_one_the_process_ends_with(fleet: Fleet, run: Any) -> None:
    address = fleet.profile(about="Fresh bread")
    for arguments in (("plan",), ("plan", "--detailed-exitcode")):
        ran = run(*arguments, "--json")
        assert ran.json["exit_code"] == ran.code
    run("apply", "-y")
    fleet.edit(address, about="Hacked")
    for arguments in (("drift",), ("drift", "--detailed-exitcode")):
        ran = run(*arguments, "--json")
        assert ran.json["exit_code"] == ran.code


def test_a_file_that_cannot_be_written_loses_no_result(fleet: Fleet, run: Any) -> None:
    fleet.profile(about="Fresh bread")
    ran = run("plan", "--out", "/nowhere/plan.json")
    assert (ran.code, ran.out.splitlines()[-1]) == (1, "1 change in 1 profile will be sent")
    assert ran.err == "error: /nowhere/plan.json cannot be written: No such file or directory\n"


def test_an_apply_tries_its_places_before_the_first_write(fleet: Fleet, run: Any) -> None:
    fleet.profile(about="Fresh bread")
    ran = run("apply", "-y", "--record", "/nowhere/run.json")
    said = "error: /nowhere/run.json cannot be written: No such file or directory; nothing was done\n"
    assert (ran.code, ran.out, ran.err) == (1, "", said)
    assert fleet.requests() == []


def test_a_file_that_cannot_be_written_leaves_the_result_one_document(fleet: Fleet, run: Any) -> None:
    fleet.profile(about="Fresh bread")
    ran = run("plan", "--out", "/nowhere/file.json", "--json")
    assert (ran.code, ran.json["digest"] != "") == (1, True)
    assert ran.err.endswith("error: /nowhere/file.json cannot be written: No such file or directory\n")
    ran = run("apply", "-y", "--record", "/nowhere/file.json", "--json")
    assert (ran.code, ran.json["errored"]) == (1, True)


def test_a_broken_sandbox_is_a_sentence(fleet: Fleet, run: Any) -> None:
    fleet.profile(about="Fresh bread")
    (fleet.root / ".reconciler").mkdir()
    (fleet.root / ".reconciler" / "sandbox.sqlite3").write_bytes(b"garbage, and longer than any header " * 40)
    ran = run("plan")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("error: the sandbox's world .reconciler/sandbox.sqlite3 cannot be used: ")


def test_a_dead_token_is_told_once_with_its_variable_and_verbose_lists_every_profile(
    fleet: Fleet, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("META_TOKEN", "sandbox-expired-token")
    for number in range(12):
        fleet.profile(f"shop-{number:02}", number, about="Fresh bread")
    for command in ("plan", "drift"):
        told = run(command)
        assert (told.code, told.out.count("Session has expired"), told.out.count("META_TOKEN")) == (6, 1, 1)
        assert "12 profiles of account bakery" in told.out
        assert "shop-09 and 2 more (-v lists them)" in told.out
        assert run(command, "-v").out.count("[190/463, META_TOKEN") == 12
    assert run("doctor").out.count("Session has expired") == 2
    assert run("doctor", "-v").out.count("Session has expired") == 13
    applied = run("apply", "-y", "-v")
    assert applied.out.count("[190/463, META_TOKEN") == 12
    assert [len(one["profiles"]) for one in run("plan", "--json").json["causes"]] == [12]


@pytest.mark.parametrize("command", [("plan",), ("show", "shop-0")])
def test_a_mistake_in_many_files_is_told_once_and_verbose_at_each(
    fleet: Fleet, run: Any, command: tuple[str, ...]
) -> None:
    for number in range(5):
        fleet.write(f"shop-{number}.yaml", f'account: shop\nnumber: "+49301234560{number}"\nprofile: {{about: "Hi"}}\n')
    told = run(*command)
    assert (told.code, told.err.count("unknown account 'shop'")) == (1, 1)
    assert "at 5 places: profiles/shop-0.yaml:1:10" in told.err
    assert told.err.endswith("5 errors; nothing was done.\n")
    assert run(*command, "-v").err.count("unknown account 'shop'") == 5
