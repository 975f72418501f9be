"""What is left to be done by hand: in order, and each as a command that a shell takes."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.core.authoring.callers import Callers
from reconciler.core.authoring.github_commands import checks_command, ledger_command, review_command
from reconciler.core.authoring.new_repository import RepositoryPlan, RunPlace, lacking_lines
from reconciler.core.authoring.next_steps import Setting, next_steps
from reconciler.providers import provider_traits

KNOWN = provider_traits()
READY = Setting("/srv/wa", in_git=True, has_remote=True, has_workflows=True)

KEY = (
    "key=$(openssl rand -hex 32); for one in profiles-production profiles-drift; do "
    'printf %s "$key" | gh secret set RECONCILER_LEDGER_KEY --env "$one"; done; unset key'
)


def typed(plan: RepositoryPlan, provider: str, setting: Setting) -> list[str]:
    """Return the commands of the steps."""
    return [one.command for one in next_steps(plan, KNOWN.get(provider), setting)]


def test_at_github_the_secrets_are_those_of_environments() -> None:
    assert [one for one in typed(RepositoryPlan(RunPlace.GITHUB), "meta", READY) if "secret" in one] == [
        "gh secret set META_TOKEN --env profiles-production",
        "gh secret set META_PLAN_TOKEN --env profiles-plan",
        "gh secret set META_PLAN_TOKEN --env profiles-drift",
        KEY,
    ]
    assert [one for one in typed(RepositoryPlan(RunPlace.GITHUB), "360dialog", READY) if "secret" in one] == [
        "gh secret set D360_API_KEYS --env profiles-production",
        KEY,
    ]
    assert [one for one in typed(RepositoryPlan(RunPlace.GITHUB, example=True), "", READY) if "secret" in one] == [KEY]


def test_at_github_the_key_of_the_ledger_is_the_same_in_the_two_environments_of_main(tmp_path: Path) -> None:
    """A shell runs the command with a gh that keeps what it reads, and no argument holds the key."""
    programs = {"gh": 'cat > "$HOME/$5"; printf "%s\\n" "$*" >> "$HOME/words"', "openssl": "echo abcdef"}
    for name, text in programs.items():
        (tmp_path / name).write_text(f"#!{shutil.which('bash')}\n{text}\n")
        (tmp_path / name).chmod(0o755)
    around = {"HOME": str(tmp_path), "PATH": f"{tmp_path}:/usr/bin:/bin"}
    subprocess.run(["bash", "-euc", KEY], env=around, check=True)
    kept = {name: (tmp_path / f"profiles-{name}").read_text() for name in ("production", "drift")}
    assert kept == {"production": "abcdef", "drift": "abcdef"}
    assert "abcdef" not in (tmp_path / "words").read_text()
    made = [one for one in typed(RepositoryPlan(RunPlace.GITHUB), "", READY) if one.endswith("name=main")]
    environment = "gh api 'repos/{owner}/{repo}/environments/profiles"
    policy = "deployment-branch-policies' -f name=main"
    assert made == [f"{environment}-{name}/{policy}" for name in ("production", "drift")]


def test_at_github_the_last_thing_before_the_push_is_ready_for_it() -> None:
    """The first push to main starts an apply, which needs the environments and their secrets."""
    commands = typed(RepositoryPlan(RunPlace.GITHUB), "meta", Setting("/srv/wa"))
    assert commands[:2] == ["git init --initial-branch main", "gh repo create --private --source . --remote origin"]
    assert commands[-6].startswith("reconciler init --runs-at github --tool ")
    assert commands[-5].endswith("git push --set-upstream origin HEAD:main")
    # Rules that forbid a push come after it, each as the command that `doctor --github` would give.
    assert commands[-4:] == [
        checks_command("main", ("plan / plan", "gates / gates")),
        review_command("main"),
        ledger_command("reconciler-ledger*"),
        "GITHUB_TOKEN=$(gh auth token) reconciler doctor --github",
    ]


def test_at_gitlab_what_writes_is_protected() -> None:
    commands = typed(RepositoryPlan(RunPlace.GITLAB), "meta", Setting("/srv/wa", in_git=True))
    assert commands[0] == "git remote add origin git@gitlab.com:GROUP/PROJECT.git"
    plan = RepositoryPlan(RunPlace.GITLAB, callers=Callers("acme/tools/reconciler", "a" * 40))
    said = [one.said for one in next_steps(plan, None, Setting("/srv/wa", in_git=True)) if not one.command]
    assert said[0].startswith("Have the tool's repository at this GitLab as acme/tools/reconciler, with the commit")
    found = [one for one in commands if "glab" in one]
    assert found[:3] == [
        'glab variable set META_TOKEN --value "$META_TOKEN" --masked --protected --scope profiles-production',
        'glab variable set META_PLAN_TOKEN --value "$META_PLAN_TOKEN" --masked --scope profiles-plan',
        'glab variable set META_PLAN_TOKEN --value "$META_PLAN_TOKEN" --masked --protected --scope profiles-drift',
    ]
    notes, pushes, key, labels, merge, schedule = found[3:]
    assert commands[-3].endswith("git push --set-upstream origin HEAD:main")
    doctor = 'read -rs token && RECONCILER_GITLAB_TOKEN="$token" reconciler doctor --gitlab; unset token'
    assert commands[-2:] == [schedule, doctor]
    assert ("--protected" in notes, "--scope profiles-notes" in notes) == (False, True)
    assert "for one in production drift proposals" in pushes
    assert all("--masked --protected" in one for one in (pushes, key))
    assert 'glab label create --name "allow-$gate"' in labels
    assert merge.endswith("only_allow_merge_if_pipeline_succeeds=true")
    assert schedule == 'glab schedule create --description drift --ref main --cron "17 5 * * *"'


def test_what_is_missing_here_comes_first() -> None:
    setting = Setting(
        "/srv/wa s", elsewhere=True, unset=("META_TOKEN",), import_waits=True, lacking=((".gitignore", ("", "a b")),)
    )
    plan = RepositoryPlan(RunPlace.NONE, account="shops", numbers=("+493012345678=106540352242922",))
    assert typed(plan, "meta", setting) == [
        "cd '/srv/wa s'",
        "printf '%s\\n' '' 'a b' >> .gitignore",
        "read -rs META_TOKEN && export META_TOKEN",
        "git init --initial-branch main",
        "reconciler import shops +493012345678=106540352242922",
        "reconciler plan",
        "reconciler apply",
    ]
    at_github = typed(RepositoryPlan(RunPlace.GITHUB, account="shops"), "meta", setting)
    assert "RECONCILER_LEDGER_TOKEN=$(gh auth token) reconciler import shops" in at_github


def test_the_example_names_a_file_to_be_changed() -> None:
    said = [one.said for one in next_steps(RepositoryPlan(RunPlace.NONE, example=True), None, READY)]
    assert said[0] == "Change a word in profiles/berlin.yaml, and look at the plan."


@pytest.mark.parametrize("folder", ["/srv/wa", "/srv/my shops", "/srv/50%/$HOME/`x`/a\"b'c"])
def test_cron_gets_the_credentials_and_the_folder_as_they_are(tmp_path: Path, folder: str) -> None:
    """A shell runs the two commands, with a crontab that keeps what it is given, and then the line itself."""
    keep, look = typed(RepositoryPlan(RunPlace.CRON), "meta", Setting(folder, in_git=True))[:2]
    bash = str(shutil.which("bash"))
    for name, text in (("crontab", 'test "$1" = - && cat > "$HOME/cron"'), ("reconciler", 'printf "%s\\n" "$@"')):
        (tmp_path / name).write_text(f"#!{bash}\n{text}\n")
        (tmp_path / name).chmod(0o755)
    around = {"HOME": str(tmp_path), "PATH": f"{tmp_path}:/usr/bin:/bin", "META_TOKEN": "a b'c", "META_PLAN_TOKEN": "p"}
    for command in (keep, look):
        subprocess.run([bash, "-c", command], env=around, check=True)
    file = tmp_path / ".reconciler.env"
    assert file.stat().st_mode & 0o77 == 0
    # Cron reads \% as a percent sign, and any other as the end of the command.
    line = re.split(r"(?<!\\)%", (tmp_path / "cron").read_text().removeprefix("17 6 * * * "))[0].replace("\\%", "%")
    bare = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    ran = subprocess.run([bash, "-c", line.replace("$(", "\\$(")], env=bare, check=True, capture_output=True, text=True)
    assert ran.stdout.splitlines() == ["-C", folder, "drift", "--detailed-exitcode"]
    said = subprocess.run(
        [bash, "-c", '. ~/.reconciler.env && printf %s "$META_TOKEN"'], env=bare, check=True, capture_output=True
    )
    assert said.stdout == b"a b'c"


def test_the_example_at_cron_needs_no_credential() -> None:
    (line, *_) = typed(RepositoryPlan(RunPlace.CRON, example=True), "", READY)
    assert ".reconciler.env" not in line


@pytest.mark.parametrize("place", [RunPlace.GITHUB, RunPlace.GITLAB])
def test_jobs_that_no_known_tool_can_be_named_for_are_written_by_a_command(place: RunPlace) -> None:
    steps = next_steps(RepositoryPlan(place, account="shops"), KNOWN["meta"], replace(READY, has_workflows=False))
    (one,) = (one for one in steps if one.command.startswith("reconciler init"))
    assert one.command == f"reconciler init --runs-at {place} --tool OWNER/NAME@COMMIT"
    assert one.said == (
        "Write the jobs that plan, apply and look for drift. They call the tool's own repository at the commit that "
        "you name in full."
    )


@pytest.mark.parametrize("provider", ["", *KNOWN])
@pytest.mark.parametrize("place", RunPlace)
def test_a_shell_takes_every_command(provider: str, place: RunPlace) -> None:
    steps = next_steps(RepositoryPlan(place, account="shops"), KNOWN.get(provider), Setting("/srv/wa", unset=("A_B",)))
    for one in steps:
        assert subprocess.run(["bash", "-n", "-c", one.command], check=False).returncode == 0
        assert all(len(sentence.split()) <= 25 for sentence in one.said.split(". "))
    assert [one.said for one in steps if not one.command] == [
        one.said for one in steps if one.said.startswith("Add the jobs")
    ]


@pytest.mark.parametrize(
    ("text", "lacking"),
    [
        ("", (".reconciler/", "b")),
        ("a\n", (".reconciler/", "b")),
        ("a", ("", ".reconciler/", "b")),
        ("/.reconciler/**\n", ("b",)),
        (".reconciler\n b \n", ()),
    ],
)
def test_a_file_that_was_there_gets_what_it_lacks(text: str, lacking: tuple[str, ...]) -> None:
    assert lacking_lines(text, (".reconciler/", "b")) == lacking


def test_words_of_commands_are_quoted() -> None:
    """Guard the helper that quotes: a number or an account can hold nothing that a shell acts on."""
    plan = RepositoryPlan(RunPlace.NONE, account="shops", numbers=("+49;rm",))
    (command,) = (one for one in typed(plan, "meta", Setting("/", in_git=True, import_waits=True)) if "import" in one)
    assert shlex.split(command)[-1] == "+49;rm"
