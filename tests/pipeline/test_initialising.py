"""A new repository: what is written, what is left alone, and what is said of the rest."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.core.authoring.callers import Callers, caller_files, pipeline_text
from reconciler.core.authoring.new_repository import RepositoryPlan, RunPlace
from reconciler.core.authoring.next_steps import Setting, next_steps
from reconciler.core.basics import EnvironmentProblem, Reason
from reconciler.core.reports.account_reports import ImportReport
from reconciler.core.reports.setup_report import InitReport, NotDone
from reconciler.core.safety.gates import PlanReport
from reconciler.effects.world import Context
from reconciler.pipeline.initialising import init_run
from reconciler.pipeline.surroundings import look_around
from reconciler.pipeline.validating import validate_run
from reconciler.providers import provider_traits
from tests.support.fleet import Clock

KNOWN = provider_traits()
META = RepositoryPlan(RunPlace.NONE, account="shops", options={"waba_id": "102290129340398"})
KALEYRA = RepositoryPlan(
    RunPlace.NONE,
    account="india",
    host="api.in.kaleyra.io",
    options={"sid": "HX123", "picture_base_url": "https://static.example/profiles/"},
    numbers=("+912266123456",),
)
EXAMPLE = RepositoryPlan(RunPlace.NONE, example=True)


def context(root: Path, environ: Mapping[str, str] | None = None) -> Context:
    """Return a world in which nothing takes time."""
    clock = Clock()
    around = {"PATH": "/usr/bin:/bin", "HOME": str(root), **(environ or {})}
    return Context(root=root, environ=around, now=clock.now, monotonic=lambda: clock.seconds, sleep=clock.sleep)


def made(root: Path, plan: RepositoryPlan, provider: str = "", environ: Mapping[str, str] | None = None) -> InitReport:
    """Make the repository."""
    return asyncio.run(init_run(context(root, environ), plan, KNOWN.get(provider)))


def git(root: Path, *words: str) -> None:
    """Run git in the folder."""
    subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)


def files(root: Path) -> set[str]:
    """Return the files that are there, without the schemas, the memory and git's own."""
    found = {one.relative_to(root).as_posix() for one in root.rglob("*") if one.is_file()}
    return {one for one in found if not one.startswith((".git/", ".reconciler/", "schemas/"))}


def test_the_example_plans_at_once(tmp_path: Path) -> None:
    report = made(tmp_path, EXAMPLE)
    assert isinstance(report.planned, PlanReport)
    assert (report.planned.summary.changed, report.planned.tripped, report.reasons) == (3, (), frozenset())
    assert report.checked is None
    assert report.imported == NotDone("")
    assert validate_run(context(tmp_path), ()).diagnostics == ()
    assert {one.name for one in (tmp_path / "schemas").iterdir()} >= {"settings.schema.json", "template.schema.json"}


@pytest.mark.parametrize(
    ("plan", "provider"),
    [
        (META, "meta"),
        (KALEYRA, "kaleyra"),
        (replace(META, options={}), "360dialog"),
        (replace(META, options={"application": 12}), "pickyassist"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_the_settings_of_each_provider_are_sound(tmp_path: Path, plan: RepositoryPlan, provider: str) -> None:
    made(tmp_path, replace(plan, numbers=()), provider)
    assert [one for one in validate_run(context(tmp_path), ()).diagnostics if one.severity == "error"] == []


def test_what_cannot_be_read_is_begun_without_a_credential(tmp_path: Path) -> None:
    report = made(tmp_path, KALEYRA, "kaleyra")
    assert isinstance(report.imported, ImportReport)
    assert [one.file for one in report.imported.numbers] == ["profiles/india/912266123456.yaml"]
    assert isinstance(report.planned, PlanReport)
    assert report.steps[0].command == f"cd {tmp_path}"
    assert "read -rs KALEYRA_API_KEY && export KALEYRA_API_KEY" in [one.command for one in report.steps]


@pytest.mark.parametrize(
    ("plan", "provider", "environ", "unset"),
    [
        (META, "meta", {}, "META_TOKEN"),
        (replace(META, options={}, numbers=("+493012345678",)), "360dialog", {}, "D360_API_KEYS"),
        (
            replace(META, options={}, numbers=("+493012345678=D360_API_KEY_A", "+498912345678=D360_API_KEY_B")),
            "360dialog",
            {"D360_API_KEY_A": "a"},
            "D360_API_KEY_B",
        ),
    ],
)
def test_without_a_credential_the_import_waits(
    tmp_path: Path, plan: RepositoryPlan, provider: str, environ: Mapping[str, str], unset: str
) -> None:
    report = made(tmp_path, plan, provider, environ)
    assert report.imported == NotDone(f"{unset} is not set")
    assert report.planned == NotDone("there is no profile yet")
    assert report.reasons == frozenset()
    assert any(one.command.startswith("reconciler import shops") for one in report.steps)


@pytest.mark.parametrize("name", ["META_TOKEN", "META_PLAN_TOKEN"])
def test_a_credential_that_is_set_is_tried_by_looking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Nothing listens at the proxy, so the list of numbers cannot be read."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    report = made(tmp_path, META, "meta", {name: "EAAB"})
    assert isinstance(report.imported, NotDone)
    assert report.imported.why.startswith("the numbers of shops cannot be listed: graph.facebook.com cannot be reached")
    assert report.checked is not None
    assert {one.name for account in report.checked.accounts for one in account.credentials} == {"token", "plan_token"}


def test_a_credential_that_cannot_be_one_is_an_error(tmp_path: Path) -> None:
    assert made(tmp_path, META, "meta", {"META_TOKEN": "two words"}).reasons == frozenset({Reason.ERROR})


def test_what_numbers_show_is_imported_and_the_plan_is_empty(tmp_path: Path) -> None:
    plan = replace(META, options={"endpoint": "sandbox"}, numbers=("+493012345678=106540352242922",))
    report = made(tmp_path, plan, "meta", {"META_TOKEN": "EAAB"})
    assert isinstance(report.imported, ImportReport)
    assert [one.file for one in report.imported.numbers] == ["profiles/shops/493012345678.yaml"]
    assert isinstance(report.planned, PlanReport)
    assert (report.planned.summary.will_be_sent, report.planned.summary.profiles) == (0, 1)
    assert [one for one in report.steps if "import" in one.command or "read -rs" in one.command] == []
    assert report.reasons == frozenset()


def test_a_number_that_was_not_read_is_still_to_be_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    plan = replace(META, options={}, numbers=("+493012345678=D360_API_KEY_A",))
    report = made(tmp_path, plan, "360dialog", {"D360_API_KEY_A": "abc"})
    assert isinstance(report.imported, ImportReport)
    assert report.reasons == frozenset({Reason.INCOMPLETE})
    assert "reconciler import shops +493012345678=D360_API_KEY_A" in [one.command for one in report.steps]


def test_numbers_that_lack_a_key_are_named(tmp_path: Path) -> None:
    plan = replace(META, options={}, numbers=("+493012345678",))
    report = made(tmp_path, plan, "meta", {"META_TOKEN": "EAAB"})
    assert report.imported == NotDone("the phone_number_id of +493012345678 is not known")


def test_nothing_that_is_there_is_overwritten(tmp_path: Path) -> None:
    """What a file lacks is a command; a file that does the same elsewhere counts."""
    git(tmp_path, "init", "-q")
    there = {
        ".gitignore": "*.pyc",
        "CODEOWNERS": "* @ada\n/profiles/ @acme/marketing\n",
        ".github/dependabot.yaml": "version: 2\n",
        "schemas/settings.schema.json": "{}",
        "profiles/reconciler.yaml": "version: 1\naccounts: {}\n",
    }
    for name, text in there.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    plan = RepositoryPlan(RunPlace.GITHUB, owners=("@acme/marketing",), guardians=("@acme/engineers",))
    report = made(tmp_path, plan)
    assert {name: (tmp_path / name).read_text() for name in there} == there
    assert [one.path for one in report.written] == ["schemas/"]
    assert [one.path for one in report.left] == [
        "profiles/reconciler.yaml",
        ".gitignore",
        "CODEOWNERS",
        ".github/dependabot.yaml",
    ]
    lines = "/profiles/reconciler.yaml @acme/engineers' '/.github/ @acme/engineers"
    assert [one.command for one in report.steps if ">>" in one.command] == [
        "printf '%s\\n' '' .reconciler/ >> .gitignore",
        f"printf '%s\\n' '{lines}' >> CODEOWNERS",
    ]


CALLERS = Callers("acme/reconciler", "a" * 40)
AT_GITHUB = RepositoryPlan(RunPlace.GITHUB, callers=CALLERS)


def test_the_callers_are_written_for_the_folder_of_the_profiles(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    folder = tmp_path / "shops" / "staging"
    folder.mkdir(parents=True)
    report = made(folder, AT_GITHUB)
    wanted = caller_files(replace(CALLERS, directory="shops/staging", name="shops-staging"))
    assert {name: (tmp_path / name).read_text() for name in wanted} == wanted
    assert {one.path for one in report.written} >= set(wanted)
    assert [one.said for one in report.steps if not one.command] == []


def test_a_workflow_of_another_program_is_left_and_named(tmp_path: Path) -> None:
    """A caller of another commit is the team's own business, and no step is about it."""
    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    (workflows / "plan.yml").write_text("name: plan\non: push\n")
    (workflows / "drift.yml").write_text(caller_files(replace(CALLERS, commit="b" * 40))[".github/workflows/drift.yml"])
    (workflows / "apply.yml").symlink_to("nowhere.yml")
    before = (workflows / "plan.yml").read_text()
    report = made(tmp_path, AT_GITHUB)
    assert (workflows / "plan.yml").read_text() == before
    (said,) = (one.said for one in report.steps if not one.command)
    there = ".github/workflows/plan.yml, .github/workflows/apply.yml call another program."
    assert said == f"Add the jobs of the same names: {there} The tool's docs/ say how."


def workflow(root: Path, name: str, text: str = "on: push\njobs: {plan: {steps: [{run: terraform plan}]}}\n") -> Path:
    """Write a workflow that was there before."""
    file = root / ".github" / "workflows" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


@pytest.mark.parametrize("folder", ["", "shops"])
def test_where_another_program_has_the_names_of_the_workflows_they_have_others(tmp_path: Path, folder: str) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / folder).mkdir(exist_ok=True)
    stem = f"-{folder}" if folder else ""
    theirs = workflow(tmp_path, f"plan{stem}.yml")
    before = theirs.read_text()
    report = made(tmp_path / folder, AT_GITHUB)
    name = f"{folder}-profiles" if folder else "profiles"
    wanted = caller_files(replace(CALLERS, directory=folder or ".", name=name))
    assert {path: (tmp_path / path).read_text() for path in wanted} == wanted
    assert f"plan-workflow: plan-{name}.yml" in wanted[f".github/workflows/gates-{name}.yml"]
    assert (theirs.read_text(), [one.said for one in report.steps if not one.command]) == (before, [])
    # A second time finds both, and writes nothing.
    again = made(tmp_path / folder, replace(AT_GITHUB, example=False))
    assert [one.path for one in again.written if "workflows" in one.path] == []


def test_the_workflows_of_a_copy_of_the_tool_keep_their_names(tmp_path: Path) -> None:
    """Two sets would plan and apply twice."""
    copy = replace(CALLERS, tool="acme/a-copy")
    workflow(tmp_path, "plan.yml", caller_files(copy)[".github/workflows/plan.yml"])
    report = made(tmp_path, AT_GITHUB)
    assert not (tmp_path / ".github" / "workflows" / "plan-profiles.yml").exists()
    (said,) = (one.said for one in report.steps if not one.command)
    assert said.startswith("Add the jobs of the same names: .github/workflows/plan.yml calls another program.")


def test_a_branch_of_another_name_is_the_one_of_the_workflows_and_of_the_steps(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "trunk")
    git(tmp_path, "-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "-q", "--allow-empty", "-m", "x")
    commands = [one.command for one in made(tmp_path, AT_GITHUB).steps]
    assert "push: {branches: [trunk]}" in (tmp_path / ".github" / "workflows" / "apply.yml").read_text()
    assert sum(one.endswith("-f name=trunk") for one in commands) == 2
    assert any(one.endswith("git push --set-upstream origin HEAD:trunk") for one in commands)
    assert not any("main" in one for one in commands)


def test_what_lay_in_the_folder_of_profiles_is_named_and_is_no_riddle(tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    for number in range(4):
        (tmp_path / "profiles" / f"users{number}.yaml").write_text("name: of another program\n")
    report = made(tmp_path, replace(META, place=RunPlace.GITHUB), "meta")
    assert isinstance(report.planned, NotDone)
    assert report.planned.why.startswith("profiles/users0.yaml: account is missing; profiles/users0.yaml: ")
    (said,) = (one.said for one in report.steps if one.command == "reconciler validate")
    three = ", ".join(f"profiles/users{number}.yaml" for number in range(3))
    assert said.startswith(f"Mend {three}, …, or move it out of profiles/.")


@pytest.mark.parametrize(("ledger", "said"), [("local", True), ("git", False)])
def test_settings_that_were_there_may_keep_the_memory_elsewhere_than_the_jobs(
    tmp_path: Path, ledger: str, *, said: bool
) -> None:
    made(tmp_path, EXAMPLE)
    settings = tmp_path / "profiles" / "reconciler.yaml"
    settings.write_text(settings.read_text().replace("ledger: local", f"ledger: {ledger}"))
    steps = made(tmp_path, RepositoryPlan(RunPlace.GITHUB)).steps
    assert any(one.said.startswith("Write `ledger: git` into profiles/reconciler.yaml.") for one in steps) is said
    assert not any("ledger: git" in one.said for one in made(tmp_path, RepositoryPlan(RunPlace.CRON)).steps)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://github.example.com/acme/wa.git", "github.example.com"),
        ("git@ghes.example.com:acme/wa.git", "ghes.example.com"),
        ("ssh://git@ghes.example.com:2222/acme/wa.git", "ghes.example.com"),
        ("https://github.com/acme/wa.git", ""),
        ("ssh://git@ssh.github.com:443/acme/wa.git", ""),
        ("https://acme.ghe.com/acme/wa.git", ""),
        ("file:///srv/wa.git", ""),
        ("/srv/wa.git", ""),
    ],
)
def test_a_remote_that_may_be_at_an_enterprise_server_is_known_by_its_host(
    tmp_path: Path, origin: str, host: str
) -> None:
    git(tmp_path, "init", "-q")
    git(tmp_path, "remote", "add", "origin", origin)
    assert look_around(context(tmp_path)).server == host


def test_at_an_enterprise_server_no_workflow_runs_and_that_is_a_step() -> None:
    setting = Setting("/srv/wa", server="ghes.example.com")
    said = [one.said for one in next_steps(RepositoryPlan(RunPlace.GITHUB), None, setting)]
    assert any(one.startswith("If ghes.example.com is a GitHub Enterprise Server, go no further") for one in said)
    assert not any("Enterprise" in one.said for one in next_steps(RepositoryPlan(RunPlace.GITLAB), None, setting))


def test_a_pipeline_that_includes_nothing_gets_its_include_by_a_command(tmp_path: Path) -> None:
    (tmp_path / ".gitlab-ci.yml").write_text("test: {script: [make]}")
    plan = replace(EXAMPLE, place=RunPlace.GITLAB, callers=CALLERS)
    (step,) = (one for one in made(tmp_path, plan).steps if ".gitlab-ci.yml" in one.said)
    subprocess.run(["bash", "-c", step.command], cwd=tmp_path, check=True)
    assert (tmp_path / ".gitlab-ci.yml").read_text() == f"test: {{script: [make]}}\n{pipeline_text(CALLERS)}"
    assert [
        one.said for one in made(tmp_path, replace(plan, example=False)).steps if ".gitlab-ci.yml" in one.said
    ] == []


@pytest.mark.parametrize("text", ["include: [{local: a.yml}]\n", "stages: [build]\n", ""])
def test_a_pipeline_that_needs_more_than_an_end_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / ".gitlab-ci.yml").write_text(text)
    steps = made(tmp_path, replace(EXAMPLE, place=RunPlace.GITLAB, callers=CALLERS)).steps
    (step,) = (one for one in steps if ".gitlab-ci.yml" in one.said)
    assert step.said.startswith("Add the jobs of the same names: .gitlab-ci.yml calls another program.")


def test_a_folder_that_cannot_stand_in_a_workflow_is_refused_before_a_file_is_written(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    folder = tmp_path / "${{ github.token }}"
    folder.mkdir()
    with pytest.raises(EnvironmentProblem, match="cannot stand in a workflow"):
        made(folder, AT_GITHUB)
    assert [*folder.iterdir()] == []


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    made(tmp_path, KALEYRA, "kaleyra")
    before = {name: (tmp_path / name).read_bytes() for name in files(tmp_path)}
    report = made(tmp_path, RepositoryPlan(RunPlace.NONE))
    assert (report.written, {one.path for one in report.left}) == ((), {"profiles/reconciler.yaml", ".gitignore"})
    assert {name: (tmp_path / name).read_bytes() for name in files(tmp_path)} == before
    assert [one for one in report.steps if one.command.startswith(("printf", "read", "reconciler import"))] == []


def test_the_example_does_not_mix_with_profiles(tmp_path: Path) -> None:
    made(tmp_path, KALEYRA, "kaleyra")
    before = files(tmp_path)
    with pytest.raises(EnvironmentProblem, match=r"profiles/reconciler.yaml is there, and the example would mix"):
        made(tmp_path, EXAMPLE)
    assert files(tmp_path) == before


def test_a_link_that_is_there_is_left_to_the_person(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").symlink_to("nowhere")
    report = made(tmp_path, EXAMPLE)
    assert [one.path for one in report.left] == [".gitignore"]
    assert [one for one in report.steps if one.command.startswith("printf")] == []


def test_what_the_forge_reads_lies_at_the_top_of_git(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    folder = tmp_path / "eu" / "whatsapp"
    folder.mkdir(parents=True)
    (tmp_path / "CODEOWNERS").write_text("* @ada\n")
    report = made(folder, replace(EXAMPLE, place=RunPlace.GITLAB, owners=("@acme/marketing",)))
    assert "renovate.json" in files(tmp_path)
    assert "eu/whatsapp/.gitignore" in files(tmp_path)
    (command,) = (one.command for one in report.steps if one.command.startswith("printf"))
    assert command.startswith("printf '%s\\n' '/eu/whatsapp/profiles/ @acme/marketing' ")
    assert command.endswith(" >> ../../CODEOWNERS")


def test_the_owners_are_written_where_there_are_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    made(tmp_path, replace(EXAMPLE, place=RunPlace.GITLAB, owners=("@acme/marketing",), guardians=("@ada",)))
    lines = [one for one in (tmp_path / ".gitlab/CODEOWNERS").read_text().splitlines() if not one.startswith("#")]
    assert lines == [
        "/profiles/ @acme/marketing",
        "/profiles/reconciler.yaml @ada",
        "/.gitlab/ @ada",
        "/.gitlab-ci.yml @ada",
    ]


def test_without_owners_there_is_no_file_of_them(tmp_path: Path) -> None:
    made(tmp_path, replace(EXAMPLE, place=RunPlace.GITHUB))
    assert {one for one in files(tmp_path) if one.startswith(".git")} == {".gitignore", ".github/dependabot.yml"}


def test_while_there_is_no_remote_the_memory_of_this_machine_serves(tmp_path: Path) -> None:
    """The settings name git, whose branch cannot be read before there is a remote."""
    git(tmp_path, "init", "-q")
    report = made(tmp_path, replace(EXAMPLE, place=RunPlace.GITHUB))
    assert "ledger: git" in (tmp_path / "profiles/reconciler.yaml").read_text()
    assert isinstance(report.planned, PlanReport)
    other = tmp_path / "other"
    other.mkdir()
    waits = made(other, replace(META, place=RunPlace.GITHUB), "meta", {"META_TOKEN": "EAAB"}).imported
    assert waits == NotDone("the memory is kept at the remote origin, and there is none yet")


def test_a_remote_that_cannot_be_read_leaves_no_plan(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    git(tmp_path, "remote", "add", "origin", "file:///nowhere/at/all.git")
    report = made(tmp_path, replace(EXAMPLE, place=RunPlace.GITHUB))
    assert isinstance(report.planned, NotDone)
    assert report.planned.why.startswith("the ledger, reconciler-ledger at file:///nowhere/at/all.git, cannot be read")


def test_what_is_around_is_found_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = look_around(context(tmp_path))
    assert (found.top, found.folder, found.in_git, found.origin) == (tmp_path.resolve(), "", False, "")
    git(tmp_path, "init", "-q")
    git(tmp_path, "remote", "add", "origin", "https://ada:secret@github.com/acme/wa.git")
    found = look_around(context(tmp_path))
    assert (found.in_git, found.origin) == (True, "https://github.com/acme/wa.git")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert look_around(replace(context(tmp_path), environ={"PATH": str(tmp_path)})).in_git is False
