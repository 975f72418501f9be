"""`init`: what it asks at a terminal, what flags say instead, and how it ends."""

from __future__ import annotations

import io
import json
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import main

ASKED = {
    "provider": "The provider of the numbers (360dialog, kaleyra, meta, pickyassist): ",
    "account": "Name of the account in the files [shops]: ",
    "waba": "The account's waba_id, with which Meta lists its numbers; empty to name the numbers: ",
    "place": "Where plan, apply and drift run (github, gitlab, cron, none) [none]: ",
    "owners": "Who reviews the texts (@user or @organisation/team; empty for no CODEOWNERS): ",
}


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder that the shell is in, with an empty home and no credential."""
    home, folder = tmp_path / "home", tmp_path / "shops"
    home.mkdir()
    folder.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("META_TOKEN", "META_PLAN_TOKEN", "KALEYRA_API_KEY", "D360_API_KEYS"):
        monkeypatch.delenv(name, raising=False)
    # Where the tests run from says nothing about the tool.
    monkeypatch.setattr("reconciler.pipeline.surroundings.program_callers", lambda _: None)
    monkeypatch.chdir(folder)
    return folder


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what types answers at a terminal, and returns the exit code and the questions."""

    def typed(*answers: str, flags: tuple[str, ...] = ()) -> tuple[int, str]:
        told = Terminal()
        monkeypatch.setattr("sys.stdin", Terminal("".join(f"{one}\n" for one in answers)))
        monkeypatch.setattr("sys.stderr", told)
        return main(["init", *flags]), told.getvalue()

    return typed


def test_the_path_of_a_new_user(shell: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Begin with the example, change a word, plan and apply: nothing else is needed."""
    assert main(["init", "--sandbox"]) == 0
    assert "10 changes in 3 profiles will be sent" in capsys.readouterr().out
    file = shell / "profiles" / "munich.yaml"
    file.write_text(f"{file.read_text()}profile: {{about: Closed on Mondays}}\n")
    assert main(["validate"]) == 0
    assert main(["apply", "--auto-approve"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "10 changes applied"


def test_the_folder_can_be_named(shell: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shell / "eu").mkdir()
    assert main(["init", "--sandbox", "-C", "eu", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["steps"][0]["command"] == shlex.join(("cd", str(shell / "eu")))
    assert {one["path"] for one in report["written"]} >= {"profiles/berlin.yaml", "schemas/"}
    assert (report["exit_code"], report["import"], report["check"], report["no_plan"]) == (0, None, None, "")
    assert report["plan"]["summary"]["will_be_sent"] == 10


def test_an_account_by_flags(shell: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = "--provider meta --account eu --waba-id 102290129340398 --runs-at github --owner @ada --rules-owner @bob"
    assert main(["init", *words.split()]) == 0
    told = capsys.readouterr().out
    assert "No import yet: META_TOKEN is not set.\n" in told
    assert "No plan yet: there is no profile yet.\n" in told
    assert "      gh secret set META_TOKEN --env profiles-production\n" in told
    assert main(["init", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["left"][0] == {"path": "profiles/reconciler.yaml", "why": "is there, and holds the accounts"}
    assert (report["plan"], report["no_plan"]) == (None, "there is no profile yet")


def test_a_first_profile_by_flags(shell: Path, capsys: pytest.CaptureFixture[str]) -> None:
    account = "--provider kaleyra --host https://api.in.kaleyra.io --option sid=HX123 --number +912266123456"
    assert main(["init", *account.split(), "--public-pictures", "https://static.example/profiles/"]) == 0
    told = capsys.readouterr().out
    assert "Import\n  +912266123456: written without fields profiles/shops/912266123456.yaml\n" in told
    assert "  Nothing to do: 1 manages nothing.\n" in told
    settings = (shell / "profiles" / "reconciler.yaml").read_text()
    assert "    sid: HX123\n    picture_base_url: https://static.example/profiles/\n" in settings


def test_a_variable_that_the_environment_permits_may_hold_a_numbers_key(
    shell: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for `import`, which is what reads the number afterwards."""
    account = "--provider 360dialog --number +493012345678=SHOP_KEY"
    assert main(["init", *account.split()]) == 64
    assert "SHOP_KEY" in capsys.readouterr().err
    monkeypatch.setenv("RECONCILER_ALLOW_ENV", "SHOP_KEY")
    assert main(["init", *account.split()]) == 0
    assert "SHOP_KEY" in capsys.readouterr().out


def test_the_pipeline_includes_the_tool_that_is_named(shell: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tool = f"acme/tools/reconciler@{'a' * 40}"
    assert main(["init", "--sandbox", "--runs-at", "gitlab", "--tool", tool]) == 0
    written = (shell / ".gitlab-ci.yml").read_text()
    assert f'ref: &commit "{"a" * 40}"' in written
    assert len(written.splitlines()) <= 60
    assert "glab schedule create" in capsys.readouterr().out


def test_a_pipeline_that_is_there_is_left_and_named(shell: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shell / ".gitlab-ci.yml").write_text("test: {script: [make]}\n")
    assert main(["init", "--sandbox", "--runs-at", "gitlab", "--tool", f"acme/reconciler@{'a' * 40}"]) == 0
    assert (shell / ".gitlab-ci.yml").read_text() == "test: {script: [make]}\n"
    assert ".gitlab-ci.yml" in capsys.readouterr().out


def test_the_workflows_call_the_tool_that_is_named(shell: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tool = f"acme/reconciler@{'a' * 40}"
    assert main(["init", "--sandbox", "--runs-at", "github", "--tool", tool]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert ".github/workflows/plan.yml calls acme/reconciler at aaaaaaaaaaaa" in told
    assert "Add the jobs" not in told
    texts = [path.read_text() for path in (shell / ".github" / "workflows").iterdir()]
    assert len(texts) == len([text for text in texts if f".yml@{'a' * 40}\n" in text])
    # All YAML that is not a profile or its settings.
    texts.append((shell / ".github" / "dependabot.yml").read_text())
    assert sum(len(text.splitlines()) for text in texts) <= 60


def test_the_workflows_and_the_pipeline_work_in_as_many_shards_as_a_flag_says(shell: Path) -> None:
    words = ["init", "--sandbox", "--tool", f"acme/reconciler@{'a' * 40}", "--shards", "4"]
    assert main([*words, "--runs-at", "github"]) == 0
    texts = {path.stem: path.read_text() for path in (shell / ".github" / "workflows").iterdir()}
    assert {name for name, text in texts.items() if "\n      shards: 4\n" in text} == {"plan", "apply", "drift"}
    assert sum(len(text.splitlines()) for text in texts.values()) <= 60
    shutil.rmtree(shell / "profiles")
    assert main([*words, "--runs-at", "gitlab"]) == 0
    assert (shell / ".gitlab-ci.yml").read_text().endswith("\n      shards: 4\n")


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ("", "there is no terminal to ask at; add --provider NAME, or --sandbox"),
        (
            "--provider meta",
            "there is no terminal to ask at; add --waba-id or --number +493012345678=PHONE_NUMBER_ID",
        ),
        (
            "--provider kaleyra",
            "there is no terminal to ask at; add --host, --option sid=…, --number +493012345678",
        ),
        ("--provider whatsapp", "'whatsapp' is no provider; it is one of 360dialog, kaleyra, meta, pickyassist"),
        ("--provider meta --waba-id 12", "'12' is no waba_id: it is an id of 5 to 25 digits"),
        ("--provider meta --option sid", "an account at Meta has no option sid; its options: api_version, waba_id"),
        ("--provider meta --account Eu", "'Eu' cannot be the name of an account"),
        ("--provider 360dialog --number 030", "030: number '030' is not a phone number in international form"),
        (
            "--sandbox --provider meta",
            "the example has its own accounts; leave out what is about an account (provider)",
        ),
        ("--sandbox --runs-at home", "'home' is no place; it is one of github, gitlab, cron, none"),
        ("--sandbox --runs-at github --owner @OWNER", "@OWNER is a placeholder"),
        ("--sandbox --runs-at github --tool acme/tool", "'' is not a commit: write all of its 40 characters"),
        ("--sandbox --runs-at github --tool tool@main", "'tool' is not a repository: write OWNER/NAME"),
        ("--sandbox --runs-at cron --tool acme/tool@main", "they are written for --runs-at github or gitlab"),
        ("--sandbox --runs-at cron --shards 2", "--shards is for workflows, and they are written for --runs-at github"),
        ("--sandbox --runs-at github --shards 2", "--shards is for workflows, and they need --tool OWNER/NAME@COMMIT"),
        (f"--sandbox --runs-at github --tool a/b@{'a' * 40} --shards 9", "9 shards are not from 1 to 8"),
        (f"--sandbox --runs-at github --tool a/b@{'a' * 40} --shards 0", "0 shards are not from 1 to 8"),
        ("--sandbox --runs-at github --shards many", "'many' is not a valid integer"),
    ],
)
def test_what_flags_do_not_say_is_refused_at_once(
    shell: Path, capsys: pytest.CaptureFixture[str], flags: str, said: str
) -> None:
    assert main(["init", *flags.split()]) == 64
    assert said in " ".join(capsys.readouterr().err.split())
    assert [*shell.iterdir()] == []


def test_an_account_is_not_added_to_settings_that_are_there(shell: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["init", "--sandbox"])
    assert main(["init", "--provider", "meta"]) == 64
    assert "profiles/reconciler.yaml is there; leave out what is about an account" in capsys.readouterr().err
    assert main(["init", "--sandbox"]) == 1
    assert "the example would mix with its profiles; use an empty folder" in capsys.readouterr().err


def test_every_question_can_be_answered_wrong_first(shell: Path, answer: Any) -> None:
    code, told = answer("nope", "meta", "Eu", "eu", "12", "102290129340398", "home", "github", "@org", "@ada", "")
    assert code == 0
    for name, times in (("provider", 2), ("account", 2), ("waba", 2), ("place", 2), ("owners", 2)):
        assert told.count(ASKED[name]) == times
    assert "Error: '12' is no waba_id: it is an id of 5 to 25 digits\n" in told
    assert "Error: @org is a placeholder; name the people or the team who review\n" in told
    assert "  eu:\n    provider: meta\n" in (shell / "profiles" / "reconciler.yaml").read_text()
    assert "/profiles/ @ada" in (shell / ".github" / "CODEOWNERS").read_text()


def test_numbers_are_asked_for_where_no_list_has_them(shell: Path, answer: Any) -> None:
    code, told = answer("meta", "", "", "+493012345678=106540352242922, +498912345678=106540352242923", "")
    assert code == 0
    assert "The numbers, each as +493012345678=PHONE_NUMBER_ID, with spaces between: " in told
    assert "waba_id" not in (shell / "profiles" / "reconciler.yaml").read_text()


def test_what_a_provider_needs_is_asked_for_by_its_name(shell: Path, answer: Any) -> None:
    code, told = answer("kaleyra", "", "api.in.kaleyra.io", "", "HX123", "", "+912266123456", "none")
    assert code == 0
    assert "Host (api.in.kaleyra.io, api.ap.kaleyra.io" in told
    assert told.count("The account's sid: ") == 2
    assert "Where Kaleyra can fetch the pictures of profiles/ (such as https://static.example/profiles/; empty" in told


def test_what_may_be_left_out_is_said(shell: Path, answer: Any) -> None:
    code, told = answer("pickyassist", "", "", "", "+914422334455", "none")
    assert code == 0
    assert "The account's application (empty if there is none): " in told


def test_the_remote_suggests_where_it_runs_and_where_pictures_are(shell: Path, answer: Any) -> None:
    for words in ("init -q", "remote add origin git@github.com:acme/wa.git"):
        subprocess.run(["git", *words.split()], check=True, capture_output=True)
    code, told = answer("kaleyra", "", "api.in.kaleyra.io", "HX123", "", "+912266123456", flags=("--runs-at", "none"))
    assert code == 0
    assert "such as https://raw.githubusercontent.com/acme/wa/main/profiles/; empty" in told


def test_flags_leave_no_question_but_those_they_do_not_answer(shell: Path, answer: Any) -> None:
    code, told = answer("none", flags=("--sandbox",))
    assert code == 0
    assert [question for question in ASKED.values() if question in told] == [ASKED["place"]]


@pytest.mark.parametrize("answers", [(), ("meta",), ("meta", "", "102290129340398")])
def test_a_person_who_goes_away_leaves_nothing_behind(shell: Path, answer: Any, answers: tuple[str, ...]) -> None:
    code, told = answer(*answers)
    assert code == 130
    assert told.endswith("\nStopped. Nothing was written.\n")
    assert [*shell.iterdir()] == []


@pytest.mark.parametrize(("name", "first"), [("profiles", "reconciler.yaml"), ("schemas", "")])
def test_what_cannot_be_written_is_named_and_the_rest_is_written(
    shell: Path, capsys: pytest.CaptureFixture[str], name: str, first: str
) -> None:
    (shell / name).write_text("a file")
    assert main(["init", "--sandbox"]) == 1
    told = capsys.readouterr().out
    assert f"\nNot written\n  {name}/{first} " in told
    assert " cannot be written: File exists\n" in told
    assert "\n  .gitignore " in told.split("Not written")[0]
    assert (shell / ".gitignore").is_file()


def test_the_json_says_what_could_not_be_written(shell: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shell / "schemas").write_text("a file")
    assert main(["init", "--sandbox", "--json"]) == 1
    (failed,) = json.loads(capsys.readouterr().out)["failed"]
    assert failed["path"] == "schemas/"
    assert failed["why"].startswith("schemas/defaults.schema.json cannot be written")
