"""The whole way of a change at GitLab, through the lines of the shipped template: proposed, planned, merged, applied.

The short form ends where the gates are green; the whole way takes a minute, and runs with --long.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from reconciler.core.authoring.callers import Callers, pipeline_text
from reconciler.sandbox.application import create_app
from reconciler.sandbox.serve import running
from reconciler.sandbox.world import Number, World
from tests.support.fleet import Fleet
from tests.support.gitlab import BOT, SECRET, FakeGitLab
from tests.support.gitlab.asking import environment
from tests.support.gitlab.world import Token
from tests.support.repository import Git
from tests.workflows.hosted import SETTINGS
from tests.workflows.pipelines import Ended, Runner, program

BERLIN, HAMBURG = "106540352242000", "106540352242001"
PUSHES = "glpat-that-may-push-9876"
CALLERS = Callers("goldcrust-tools/reconciler", "f" * 40)
LOOKS = {"META_PLAN_TOKEN": "EAAG-may-look"}
ZEROS = "0" * 40
BASE = "CI_MERGE_REQUEST_DIFF_BASE_SHA"


@dataclass
class Project:
    """A project of profiles at GitLab: its branches, its provider, and what its pipelines make of them."""

    gitlab: FakeGitLab
    world: World
    runner: Runner
    fleet: Fleet

    @property
    def git(self) -> Git:
        """The author's clone."""
        return Git(self.fleet.root)

    @property
    def bare(self) -> Git:
        """The repository at GitLab."""
        return Git(self.runner.bare)

    def propose(self, branch: str) -> tuple[int, dict[str, str]]:
        """Push what ada changed, and open a merge request; returns its number and its pipeline's variables."""
        base = self.bare("rev-parse", "main")
        self.git("checkout", "-qB", branch)
        self.git("add", "--all")
        self.git("commit", "-qm", f"change {branch}")
        self.git("push", "-q", "origin", branch)
        head = self.git("rev-parse", "HEAD")
        number = self.gitlab.merge_request("ada", sha=head, branch=branch)
        self.gitlab.pushed(head, by="ada", branch=branch)
        about = {"CI_MERGE_REQUEST_IID": str(number), "CI_MERGE_REQUEST_DIFF_BASE_SHA": base}
        return number, {**about, "CI_COMMIT_REF_NAME": branch, "CI_COMMIT_BRANCH": ""}

    def plan(self, number: int, about: dict[str, str]) -> Ended:
        """Run the pipeline of a merge request."""
        head = self.gitlab.project.merge_requests[number].sha
        return self.runner.pipeline("merge_request_event", head, iid=number, variables=about)

    def retry(self, ended: Ended, name: str, number: int, about: dict[str, str]) -> str:
        """Press Retry at a job of a merge request's pipeline; returns how it ends."""
        head = self.gitlab.project.merge_requests[number].sha
        given = {"CI_PIPELINE_SOURCE": "merge_request_event", "CI_COMMIT_SHA": head, **about}
        self.runner.job(ended, name, given)
        return ended.jobs[name]

    def merge(self, number: int) -> Ended:
        """Merge a merge request, and run the pipeline of the push to main."""
        before, found = self.bare("rev-parse", "main"), self.gitlab.project.merge_requests[number]
        self.git("checkout", "-q", "main")
        self.git("merge", "-q", "--no-ff", "-m", "merge", found.branch)
        self.git("push", "-q", "origin", "main")
        commit = self.git("rev-parse", "HEAD")
        self.gitlab.merge(number, commit)
        return self.runner.pipeline("push", commit, variables={"CI_COMMIT_BEFORE_SHA": before})

    def start(self, source: str, **variables: str) -> Ended:
        """Run a pipeline of main, by a person or by the schedule."""
        commit = self.bare("rev-parse", "main")
        return self.runner.pipeline(source, commit, variables={"CI_COMMIT_BEFORE_SHA": ZEROS, **variables})

    def live(self, address: str) -> dict[str, Any]:
        """Return what a number shows at the provider."""
        return dict(self.world.state("meta", address))

    def note(self, number: int) -> str:
        """Return the one note of a merge request."""
        (note,) = self.gitlab.said(number)
        assert note.author == BOT
        return note.body


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Project]:
    """A project of two profiles, of which nothing has been applied yet."""
    numbers = [Number("meta", str(106540352242000 + n), f"+4930{12345000 + n}") for n in (0, 1)]
    app = create_app(tmp_path / "world.sqlite3", numbers=numbers)
    with running(app) as endpoint, FakeGitLab() as gitlab, gitlab.serving() as url:
        around = {
            **environment(url),
            "CI_COMMIT_BRANCH": "main",
            "CI_DEFAULT_BRANCH": "main",
            "PATH": program(tmp_path),
            "HOME": str(tmp_path),
            "RECONCILER_LEDGER": "git",
            "RECONCILER_ALLOW_ENDPOINT": f"{endpoint} {url}",
        }
        del around["RECONCILER_GITLAB_TOKEN"]
        key = {"RECONCILER_LEDGER_KEY": "k" * 40}
        secrets = {
            "profiles-plan": LOOKS,
            "profiles-notes": {"RECONCILER_GITLAB_TOKEN": SECRET},
            "profiles-drift": {**LOOKS, **key},
            "profiles-production": {"META_TOKEN": "EAAG-may-write", **key},
            "profiles-proposals": {"RECONCILER_GITLAB_TOKEN": PUSHES},
        }
        gitlab.tokens[PUSHES] = Token(level=30)
        gitlab.tokens[SECRET] = Token(level=20)
        for login, level in (("ada", 30), ("bob", 40)):
            gitlab.person(login, level)
        bare = tmp_path / "profiles.git"
        protected = frozenset({"META_TOKEN", "RECONCILER_LEDGER_KEY"})
        # What `init` writes into a project includes the template.
        (include,) = YAML(typ="safe", pure=True).load(pipeline_text(CALLERS))["include"]
        runner = Runner(tmp_path, bare, gitlab, around, secrets, protected, dict(include["inputs"]))
        found = Project(gitlab, app.state.world, runner, Fleet(tmp_path / "clone"))
        _fill(found, endpoint)
        gitlab.head_of = lambda branch: found.bare("rev-parse", branch)
        yield found


def _fill(found: Project, endpoint: str) -> None:
    """Push the first profiles. The numbers show what their files say."""
    found.runner.bare.mkdir()
    found.bare("init", "-q", "--bare", "-b", "main")
    found.git.root.mkdir(exist_ok=True)
    found.git("init", "-q", "-b", "main")
    found.git("remote", "add", "origin", str(found.runner.bare))
    found.fleet.write("reconciler.yaml", SETTINGS.format(endpoint=endpoint))
    found.fleet.profile("berlin", 0, about="Fresh bread in Berlin", address="Torstraße 1, 10119 Berlin")
    found.fleet.profile("hamburg", 1, about="Fresh bread in Hamburg")
    found.git("add", "--all")
    found.git("commit", "-qm", "first")
    found.git("push", "-q", "-u", "origin", "main")
    found.world.edit("meta", BERLIN, about="Fresh bread in Berlin", address="Torstraße 1, 10119 Berlin")
    found.world.edit("meta", HAMBURG, about="Fresh bread in Hamburg")


def test_a_change_goes_all_the_way(shop: Project, *, long: bool) -> None:
    # A merge request is planned. The gates are red: the plan empties an address.
    shop.fleet.profile("berlin", 0, about="Fresh bread in Berlin", address="")
    number, about = shop.propose("no-address")
    ended = shop.plan(number, about)
    assert ended.jobs == {"reconciler-plan": "success", "reconciler-note": "success", "reconciler-gates": "failed"}, (
        ended.log
    )
    assert "put on the label allow-clear, after looking at the plan" in shop.note(number)
    assert f"/-/pipelines/{ended.number})" in shop.note(number)

    # The author's own label does not count, and a maintainer's does, once the job is retried.
    if long:
        shop.gitlab.label(number, "allow-clear", by="ada")
        assert shop.retry(ended, "reconciler-gates", number, about) == "failed"
        assert "allow-clear of ada does not count: ada put it on, and opened the merge request" in ended.log
        shop.gitlab.unlabel(number, "allow-clear", by="ada")
    shop.gitlab.label(number, "allow-clear", by="bob")
    assert shop.retry(ended, "reconciler-gates", number, about) == "success"
    assert "Each gate in the way has a label that counts." in shop.note(number)
    assert shop.live(BERLIN)["address"] == "Torstraße 1, 10119 Berlin"
    if long:
        _from_the_merge_on(shop, number)


def _from_the_merge_on(shop: Project, number: int) -> None:
    """Merge it; the label opens the gate of its apply, and the note has the result above the plan."""
    ended = shop.merge(number)
    assert set(ended.jobs.values()) == {"success"}, ended.log
    assert shop.live(BERLIN).get("address", "") == ""
    assert "written in 1 profile" in shop.note(number)
    assert "The plan as it was reviewed" in shop.note(number)

    # A merge that changes no profile calls no provider.
    (shop.git.root / "README.md").write_text("Profiles.\n")
    other, _ = shop.propose("read-me")
    shop.world.forget()
    ended = shop.merge(other)
    assert "No apply is owed: no profile changed, and nothing is pending." in ended.log
    assert (shop.world.journal(), set(ended.jobs.values())) == ([], {"success"})

    # A number is edited elsewhere: one issue says so, and a person has it proposed.
    shop.world.edit("meta", HAMBURG, about="Sold out!")
    ended = shop.start("schedule")
    assert ended.jobs == {"reconciler-drift": "success", "reconciler-issue": "success"}, ended.log
    (issue,) = shop.gitlab.project.issues.values()
    assert (issue.title, issue.open) == ("WhatsApp profiles differ from their files", True)
    # A server without https is not linked from pages.
    assert "press `reconciler-adopt` in the pipeline that looked, or run" in issue.description
    given = {"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_SHA": shop.bare("rev-parse", "main")}
    for name in ("reconciler-adopt", "reconciler-propose"):
        shop.runner.job(ended, name, given)
    assert ended.jobs["reconciler-propose"] == "success", ended.log
    proposal = shop.gitlab.project.merge_requests[max(shop.gitlab.project.merge_requests)]
    assert (proposal.branch, proposal.target) == ("reconciler/adopt", "main")
    assert shop.bare("diff", "--name-only", "main", "reconciler/adopt") == "profiles/hamburg.yaml"
    _told_no_secret(shop)


def test_two_shards_are_looked_at_side_by_side_and_one_issue_says_what_both_found(shop: Project) -> None:
    shop.runner.inputs["shards"] = 2
    shop.world.edit("meta", BERLIN, about="Sold out!")
    shop.world.edit("meta", HAMBURG, about="Sold out too!")
    ended = shop.start("schedule")
    jobs = ("reconciler-drift-shards", "reconciler-drift", "reconciler-issue")
    assert ended.jobs == dict.fromkeys(jobs, "success"), ended.log
    (issue,) = shop.gitlab.project.issues.values()
    # Nothing was ever applied, so that no record says since when they differ.
    assert ("2 differences without a record in 2 profiles" in issue.description, "shard" in issue.description) == (
        True,
        False,
    )


def test_two_shards_go_all_the_way_as_one(shop: Project, *, long: bool) -> None:
    """One note, one plan that is sent, one issue: what several jobs did side by side is told as of one."""
    if not long:
        pytest.skip("its parts are held by test_gitlab_template.py, by the look above and in tests/cli; --long runs it")
    shop.runner.inputs["shards"] = 2
    shop.fleet.profile("berlin", 0, about="Fresh bread in Berlin, every day", address="")
    shop.fleet.profile("hamburg", 1, about="Fresh bread in Hamburg, every night")
    number, about = shop.propose("longer-hours")
    ended = shop.plan(number, about)
    assert ended.jobs == {
        "reconciler-plan-shards": "success",
        "reconciler-plan": "success",
        "reconciler-note": "success",
        "reconciler-gates": "failed",
    }, ended.log
    note = shop.note(number)
    assert "3 changes in 2 profiles" in note
    assert ("berlin" in note, "hamburg" in note, "shard" in note) == (True, True, False)
    shop.gitlab.label(number, "allow-clear", by="bob")
    assert shop.retry(ended, "reconciler-gates", number, about) == "success"

    ended = shop.merge(number)
    jobs = ("review", "apply-plan", "apply-merge", "apply-shards", "report")
    assert ended.jobs == dict.fromkeys((f"reconciler-{name}" for name in jobs), "success"), ended.log
    # The log before the production environment shows the whole.
    assert "3 changes in 2 profiles" in ended.logs["reconciler-apply-merge"]
    assert [shop.live(address)["about"] for address in (BERLIN, HAMBURG)] == [
        "Fresh bread in Berlin, every day",
        "Fresh bread in Hamburg, every night",
    ]
    assert "3 changes written in 2 profiles" in shop.note(number)
    assert shop.gitlab.project.issues == {}

    # A merge that changes no profile calls no provider, in none of the shards.
    (shop.git.root / "README.md").write_text("Profiles.\n")
    other, _ = shop.propose("read-me")
    shop.world.forget()
    ended = shop.merge(other)
    assert (shop.world.journal(), set(ended.jobs.values())) == ([], {"success"}), ended.log
    _told_no_secret(shop)


def test_shards_that_one_gate_stops_send_nothing_and_one_issue_says_so(shop: Project, *, long: bool) -> None:
    if not long:
        pytest.skip("that a gate counts all shards is held by tests/cli; --long runs it through the jobs")
    shop.runner.inputs |= {"shards": 2, "require_reviewed": True}
    shop.fleet.profile("berlin", 0, about="Fresh bread in Berlin", address="")
    shop.fleet.profile("hamburg", 1, about="Fresh bread in Hamburg, every night")
    number, about = shop.propose("no-address")
    assert shop.plan(number, about).jobs["reconciler-plan"] == "success"
    ended = shop.merge(number)
    assert ended.jobs == {
        "reconciler-review": "success",
        "reconciler-apply-shards": "failed",
        "reconciler-report": "success",
    }, ended.log
    assert (shop.live(BERLIN)["address"], shop.live(HAMBURG)["about"]) == (
        "Torstraße 1, 10119 Berlin",
        "Fresh bread in Hamburg",
    )
    (issue,) = shop.gitlab.project.issues.values()
    assert (issue.open, "shard" in issue.description) == (True, False)


def test_a_look_whose_shard_is_missing_is_red_and_closes_nothing(shop: Project, *, long: bool) -> None:
    if not long:
        pytest.skip("that the merge refuses it is held by tests/cli; --long runs it through the jobs")
    shop.world.edit("meta", BERLIN, about="Sold out!")
    shop.start("schedule")
    (issue,) = shop.gitlab.project.issues.values()
    shop.runner.inputs["shards"] = 2
    ended = Ended(shop.gitlab.number())
    given = {"CI_PIPELINE_SOURCE": "schedule", "CI_COMMIT_SHA": shop.bare("rev-parse", "main")}
    shop.runner.job(ended, "reconciler-drift-shards", given)
    kept = shop.runner.folder / "artifacts" / str(ended.number) / "reconciler-drift-shards" / "report" / "shards"
    (kept / "2" / "drift.json").unlink()
    for name in ("reconciler-drift", "reconciler-issue"):
        shop.runner.job(ended, name, given)
    assert (ended.jobs["reconciler-drift"], ended.jobs["reconciler-issue"]) == ("failed", "success"), ended.log
    assert "the looks of these shards are missing: 2 of 2" in ended.log
    assert (issue.open, "did not get to its end" in issue.description) == (True, True)


def _told_no_secret(shop: Project) -> None:
    secrets = {value for found in shop.runner.secrets.values() for value in found.values()}
    told = [note.body for note in shop.gitlab.project.notes.values()]
    told += [issue.description for issue in shop.gitlab.project.issues.values()]
    told += [path.read_text() for path in (shop.runner.folder / "artifacts").rglob("*") if path.is_file()]
    text = "\n".join([*told, shop.bare("log", "-p", "reconciler-ledger")])
    assert [secret for secret in secrets if secret in text] == []


def test_a_branch_without_protected_variables_is_planned_offline(shop: Project, *, long: bool) -> None:
    if not long:
        pytest.skip("what differs is one flag, which test_gitlab_template.py holds; --long runs it")
    shop.runner.protected |= {"META_PLAN_TOKEN"}
    shop.world.forget()
    shop.fleet.profile("berlin", 0, about="Every day", address="Torstraße 1, 10119 Berlin")
    number, about = shop.propose("offline")
    ended = shop.plan(number, about)
    assert ended.jobs["reconciler-note"] == "success", ended.log
    assert "**No provider was asked:**" in shop.note(number)
    assert shop.world.journal() == []


def test_an_apply_that_a_gate_stopped_opens_the_issue_and_a_person_names_what_may_pass(
    shop: Project, *, long: bool
) -> None:
    if not long:
        pytest.skip("two applies; --long runs them")
    shop.world.edit("meta", BERLIN, about="Written by another hand")
    ended = shop.start("web")
    assert ended.jobs["reconciler-apply"] == "failed", ended.log
    (issue,) = shop.gitlab.project.issues.values()
    assert "press **New pipeline** with `first-contact` in the variable `RECONCILER_ALLOW`" in issue.description
    ended = shop.start("web", RECONCILER_ALLOW="first-contact")
    assert set(ended.jobs.values()) == {"success"}, ended.log
    assert (issue.open, shop.live(BERLIN)["about"]) == (False, "Fresh bread in Berlin")


def test_a_fork_s_pipeline_has_a_plan_without_a_provider_no_note_and_red_gates(shop: Project) -> None:
    """It runs in the fork, which has neither variables nor a ledger."""
    fork = replace(
        shop.runner,
        bare=shop.runner.folder / "fork.git",
        secrets={},
        around={**shop.runner.around, "CI_PROJECT_ID": "99", "CI_PROJECT_PATH": "ada/profiles"},
    )
    shop.bare("clone", "-q", "--bare", str(shop.runner.bare), str(fork.bare))
    shop.fleet.profile("berlin", 0, about="Every day", address="Torstraße 1, 10119 Berlin")
    base = shop.git("rev-parse", "HEAD")
    shop.git("commit", "-qam", "from a fork")
    head = shop.git("rev-parse", "HEAD")
    shop.git("push", "-q", str(fork.bare), "HEAD:change")
    about = {"CI_MERGE_REQUEST_IID": "1", "CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "CI_COMMIT_BRANCH": ""}
    shop.world.forget()
    ended = fork.pipeline("merge_request_event", head, variables=about)
    assert ended.jobs == {"reconciler-plan": "success", "reconciler-note": "success", "reconciler-gates": "failed"}, (
        ended.log
    )
    assert "Every day" in ended.logs["reconciler-plan"]
    assert shop.world.journal() == []
    assert "so no note is written. A fork's pipeline never has one." in ended.logs["reconciler-note"]
    assert "push its branch to the project itself" in ended.logs["reconciler-gates"]


def test_a_merge_train_checks_the_files_and_takes_no_word_from_a_label(shop: Project, *, long: bool) -> None:
    shop.fleet.profile("berlin", 0, about="Fresh bread in Berlin", address="")
    number, about = shop.propose("no-address")
    if long:
        shop.gitlab.label(number, "allow-first-contact", by="bob")
        ended = shop.plan(number, about)
        shop.gitlab.label(number, "allow-clear", by="bob")
    shop.world.forget()
    train = {**about, "CI_MERGE_REQUEST_EVENT_TYPE": "merge_train", "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": about[BASE]}
    merged = shop.git("commit-tree", "HEAD^{tree}", "-p", about[BASE], "-p", "HEAD", "-m", "train")
    shop.git("push", "-q", "origin", f"{merged}:refs/merge-requests/{number}/train")
    ref = f"refs/merge-requests/{number}/train"
    ended = shop.runner.pipeline("merge_request_event", merged, iid=number, variables=train, ref=ref)
    assert ended.jobs == {"reconciler-train": "success"}, ended.log
    assert ("2 profiles checked" in ended.log, shop.world.journal()) == (True, [])
    if long:
        # The plan that was reviewed is still the newest one, so the label counts at the apply.
        ended = shop.merge(number)
        assert set(ended.jobs.values()) == {"success"}, ended.log
        assert shop.live(BERLIN).get("address", "") == ""


def test_a_merged_result_is_planned_against_the_branch_that_it_goes_to(shop: Project, *, long: bool) -> None:
    """The target moved since the branch began. The plan is that of both, and a label counts as for any other plan."""
    if not long:
        pytest.skip("what is asked of GitLab is held by tests/forge/gitlab; --long runs it")
    shop.fleet.profile("berlin", 0, about="Fresh bread in Berlin", address="")
    number, about = shop.propose("no-address")
    head = shop.git("rev-parse", "HEAD")
    shop.git("checkout", "-q", "main")
    shop.fleet.profile("hamburg", 1, about="Fresh bread in Hamburg, every day")
    shop.git("commit", "-qam", "meanwhile")
    shop.git("push", "-q", "origin", "main")
    target = shop.git("rev-parse", "HEAD")
    shop.git("checkout", "-q", "--detach")
    shop.git("merge", "-q", "--no-ff", "-m", "merged result", head)
    ref, merged = f"refs/merge-requests/{number}/merge", shop.git("rev-parse", "HEAD")
    shop.git("push", "-q", "origin", f"{merged}:{ref}")
    shop.gitlab.project.parents[merged] = [target, head]
    given = {**about, "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": target, "CI_MERGE_REQUEST_EVENT_TYPE": "merged_result"}
    ended = shop.runner.pipeline("merge_request_event", merged, iid=number, variables=given, ref=ref)
    assert ended.jobs["reconciler-gates"] == "failed", ended.log
    note = shop.note(number)
    assert f"Commit `{head[:7]}` against `{target[:7]}`." in note
    assert "Hamburg, every day" not in note
    shop.gitlab.label(number, "allow-clear", by="bob")
    again = {"CI_PIPELINE_SOURCE": "merge_request_event", "CI_COMMIT_SHA": merged, **given}
    shop.runner.job(ended, "reconciler-gates", again)
    assert ended.jobs["reconciler-gates"] == "success", ended.log
