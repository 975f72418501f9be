"""A repository of profiles at a GitHub, with a provider: what people do there, and what the workflows make of it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from reconciler.core.authoring.callers import Callers, caller_files
from reconciler.sandbox.application import create_app
from reconciler.sandbox.serve import running
from reconciler.sandbox.world import Number, World
from tests.support.fleet import Fleet
from tests.support.github import REPOSITORY, FakeGitHub
from tests.support.repository import ENVIRONMENT, Git
from tests.workflows.documents import jobs
from tests.workflows.runner import Ran, Runner, secret_of, token_of

TOOL = "goldcrust-tools/reconciler"
VERSION = "f" * 40
CALLERS = Callers(TOOL, VERSION, version="v1.2.0")
SECRETS = {
    "profiles-plan": {"META_PLAN_TOKEN": "EAAG-may-look"},
    "profiles-drift": {"META_PLAN_TOKEN": "EAAG-may-look", "RECONCILER_LEDGER_KEY": "k" * 40},
    "profiles-production": {"META_TOKEN": "EAAG-may-write", "RECONCILER_LEDGER_KEY": "k" * 40},
}
# The same as the provider keeps them: what opened it.
LOOKS, WRITES = (
    f"sha256:{sha256(SECRETS[environment][name].encode()).hexdigest()[:12]}"
    for environment, name in (("profiles-plan", "META_PLAN_TOKEN"), ("profiles-production", "META_TOKEN"))
)
SETTINGS = """\
version: 1
accounts:
  bakery:
    provider: meta
    endpoint: {endpoint}
    credentials: {{token: {{env: META_TOKEN}}, plan_token: {{env: META_PLAN_TOKEN}}}}
"""
_WHEN = {f"GIT_{who}_DATE": "2026-08-02T12:00:00Z" for who in ("AUTHOR", "COMMITTER")}


@dataclass
class Hosted:
    """The repository, its pull requests and its provider; `github` and `world` are what they are in truth."""

    folder: Path
    github: FakeGitHub
    world: World
    endpoint: str
    runner: Runner
    # The author's clone.
    fleet: Fleet
    # What each environment holds.
    secrets: dict[str, dict[str, str]] = field(default_factory=lambda: dict(SECRETS))
    # Which folder's callers run.
    callers: Callers = CALLERS
    # What stands for each commit in a text, in the order in which they were made.
    names: dict[str, str] = field(default_factory=dict)

    @property
    def git(self) -> Git:
        """The author's git."""
        return Git(self.folder / "clone")

    @property
    def bare(self) -> Git:
        """The repository at GitHub."""
        return Git(self.folder / f"{REPOSITORY}.git")

    def commit(self, message: str) -> str:
        """Commit what the author changed."""
        self.git("add", "--all")
        environ = {"PATH": os.environ["PATH"], **ENVIRONMENT, **_WHEN}
        subprocess.run(["git", "-C", str(self.git.root), "commit", "-qm", message], env=environ, check=True)
        commit = self.git("rev-parse", "HEAD")
        self.names[commit] = message.replace(" ", "-")
        return commit

    def propose(self, branch: str, *, author: str = "ann", fork: str = "") -> int:
        """Push what the author changed as a branch, and open a pull request; GitHub makes its merge commit."""
        head = self._head(branch)
        number = self.github.pull(author, title=f"Change {branch}", head=head, branch=branch, fork=fork)
        self._show(number, branch)
        return number

    def propose_anew(self, number: int) -> None:
        """Push what the author changed to a pull request, in place of what it held."""
        branch: str = self._pull(number)["head"]["ref"]
        self.github.push(number, self._head(branch))
        self._show(number, branch)

    def merge(self, number: int, *, by: str = "bob") -> str:
        """Merge a pull request; returns the commit. What was there before is the branch's remote-tracking parent."""
        branch: str = self._pull(number)["head"]["ref"]
        self._merge(branch, message=f"merge of {branch}")
        commit = self.git("rev-parse", "HEAD")
        self.git("push", "-q", "origin", "main")
        self.github.merge(number, commit, by=by)
        return commit

    def call(self, callers: Callers) -> None:
        """Have the author write the callers of a folder; they run from now on."""
        self.callers = callers
        for name, text in caller_files(callers).items():
            path = self.git.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def edit(self, address: str, /, **fields: Any) -> None:
        """Edit a number at the provider, behind the tool's back."""
        self.world.edit("meta", address, **fields)

    def live(self, address: str) -> dict[str, Any]:
        """Return what a number shows at the provider."""
        return dict(self.world.state("meta", address))

    # What starts the workflows.

    def plan(self, number: int, *, fork: bool = False) -> Ran:
        """Run plan.yml for a pull request, as GitHub does when it is opened."""
        merge = self.bare("rev-parse", f"refs/pull/{number}/merge")
        self._tokens(fork=fork)
        pull = self._pull(number)
        ran = self._run("plan", "pull_request", {"number": number, "pull_request": pull}, commit=merge)
        conclusion, source = "success" if ran.green else "failure", pull["head"]["repo"]["full_name"]
        head, branch = pull["head"]["sha"], pull["head"]["ref"]
        run = self.github.run(self.callers.file("plan"), head, branch=branch, conclusion=conclusion, fork=source)
        for archive in (self.runner.artifacts / str(self.runner.last)).glob("reconciler-plan*.zip"):
            self.github.artifact(run, archive.stem, archive.read_bytes())
        return ran

    def gates(self, number: int, *, action: str = "labeled") -> Ran:
        """Run gates.yml for a pull request, as GitHub does when a label is put on."""
        self._tokens()
        merge = self.bare("rev-parse", f"refs/pull/{number}/merge")
        payload = {"action": action, "number": number, "pull_request": self._pull(number)}
        return self._run("gates", "pull_request", payload, commit=merge)

    def queue(self, number: int, *, base: str) -> Ran:
        """Run plan.yml for a pull request in the merge queue, which began from `base`."""
        self._tokens()
        merge = self.bare("rev-parse", f"refs/pull/{number}/merge")
        return self._run("plan", "merge_group", {"merge_group": {"base_sha": base, "head_sha": merge}}, commit=merge)

    def apply(self, commit: str, *, before: str, again: int = 0) -> Ran:
        """Run apply.yml for a push to main that ended with `commit`; with `again`, that run once more."""
        self._tokens()
        pushed = {"ref": "refs/heads/main", "before": before, "after": commit}
        return self._run("apply", "push", pushed, commit=commit, again=again)

    def apply_by_hand(self, allow: str = "") -> Ran:
        """Run apply.yml from its button."""
        self._tokens()
        started = {"ref": "refs/heads/main", "inputs": {"allow": allow}}
        return self._run("apply", "workflow_dispatch", started, commit=self.bare("rev-parse", "main"))

    def look(self, *, adopt: bool = False) -> Ran:
        """Run drift.yml, from its button or as every morning."""
        self._tokens()
        commit = self.bare("rev-parse", "main")
        if not adopt:
            return self._run("drift", "schedule", {"schedule": "17 5 * * *"}, commit=commit)
        started = {"ref": "refs/heads/main", "inputs": {"adopt": "true"}}
        return self._run("drift", "workflow_dispatch", started, commit=commit)

    def plain(self, text: str) -> str:
        """Return a text without what is another each time: commits, times and ports."""
        for commit, name in self.names.items():
            for long in (commit, commit[:12], commit[:7]):
                text = text.replace(long, name)
        text = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?( UTC|Z)?", "TIME", text)
        text = re.sub(r"\d{4}-\d\d-\d\d|\b\d{1,2} [A-Z][a-z]+ 20\d\d\b", "DAY", text)
        text = re.sub(r"sha256:[0-9a-f]+", "sha256:DIGEST", text)
        return text.replace(self.endpoint, "PROVIDER")

    def _run(self, workflow: str, event: str, payload: dict[str, Any], *, commit: str, again: int = 0) -> Ran:
        # What the schedule starts is told nothing of the repository.
        around = {} if event == "schedule" else {"repository": {"full_name": REPOSITORY, "default_branch": "main"}}
        checkout = self.folder / "event"
        shutil.rmtree(checkout, ignore_errors=True)
        self.git("clone", "-q", "--no-checkout", "--shared", str(self.bare.root), str(checkout))
        Git(checkout)("update-ref", "--no-deref", "HEAD", commit)
        text = Git(checkout)("show", f"HEAD:.github/workflows/{self.callers.file(workflow)}")
        file = f"{REPOSITORY}/.github/workflows/{self.callers.file(workflow)}"
        self.runner.around["GITHUB_WORKFLOW_REF"] = f"{file}@refs/heads/main"
        return self.runner.run(event, {**around, **payload}, checkout=checkout, text=text, again=again)

    def _head(self, branch: str) -> str:
        """Commit what the author changed to a branch that begins at main."""
        self.git("checkout", "-qB", branch)
        return self.commit(f"head of {branch}")

    def _show(self, number: int, branch: str) -> None:
        """Make the merge commit of a pull request, as GitHub does, and go back to main."""
        self.git("checkout", "-q", "main")
        self._merge(branch, message=f"test merge of {branch}")
        refs = [f"+HEAD:refs/pull/{number}/merge", f"+{branch}:refs/pull/{number}/head"]
        self.git("push", "-q", "origin", *refs)
        self.git("reset", "-q", "--hard", "origin/main")

    def _merge(self, branch: str, *, message: str) -> None:
        environ = {"PATH": os.environ["PATH"], **ENVIRONMENT, **_WHEN}
        words = ["git", "-C", str(self.git.root), "merge", "-q", "--no-ff", "-m", message, branch]
        subprocess.run(words, env=environ, check=True)
        self.names[self.git("rev-parse", "HEAD")] = message.replace(" ", "-")

    def _pull(self, number: int) -> dict[str, Any]:
        """Return a pull request as an event has it."""
        thread = self.github.repository.threads[number]
        assert thread.pull is not None
        base = self.bare("merge-base", "main", thread.pull.head)
        return {
            "number": number,
            "user": {"login": thread.author},
            "base": {"ref": "main", "sha": base},
            "head": {
                "ref": thread.pull.head_ref,
                "sha": thread.pull.head,
                "repo": {"full_name": thread.pull.head_repository},
            },
        }

    def _tokens(self, *, fork: bool = False) -> None:
        """Give each job of a called workflow its token; a fork's may only read, and its run gets no secret."""
        self.runner.secrets.clear()
        for job in jobs():
            name = token_of(job.workflow, job.name)
            allowed = {what: "read" if fork else level for what, level in job.data["permissions"].items()}
            self.runner.secrets[name] = self.github.token(f"ghs_{name}{'_OF_A_FORK' if fork else ''}", allowed)
        for environment, secrets in {}.items() if fork else self.secrets.items():
            self.runner.secrets |= {secret_of(environment, name): value for name, value in secrets.items()}


@contextmanager
def hosted(folder: Path, tool: Path, *, filled: bool = True) -> Iterator[Hosted]:
    """Host a repository: main holds two profiles that nothing has been applied of, or nothing at all.

    `tool` is the folder of the tool's repository, which its workflows call.
    """
    numbers = [Number("meta", str(106540352242000 + n), f"+4930{12345000 + n}") for n in (0, 1)]
    app = create_app(folder / "world.sqlite3", numbers=numbers)
    with running(app) as endpoint, FakeGitHub() as github, github.serving() as api:
        around = {
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_API_URL": api,
            "GITHUB_SERVER_URL": "https://github.com",
            "RECONCILER_ALLOW_ENDPOINT": f"{endpoint} {api}",
            "STAND_REPOSITORIES": str(folder),
        }
        runner = Runner(folder / "runs", around, tools={VERSION: tool})
        found = Hosted(folder, github, app.state.world, endpoint, runner, Fleet(folder / "clone"))
        _begin(found)
        if filled:
            _fill(found)
        yield found


def _begin(found: Hosted) -> None:
    """Make the repository at GitHub and the author's clone."""
    found.bare.root.mkdir(parents=True)
    found.bare("init", "-q", "--bare", "-b", "main")
    found.bare("config", "uploadpack.allowAnySHA1InWant", "true")
    found.git.root.mkdir(parents=True, exist_ok=True)
    found.git("init", "-q", "-b", "main")
    found.git("remote", "add", "origin", str(found.bare.root))
    found.github.head_of = lambda branch: found.bare("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}") or None
    found.github.person("ann", "write")
    found.github.person("bob", "maintain")


def _fill(found: Hosted) -> None:
    """Push the callers, and then the first profiles."""
    found.fleet.write("reconciler.yaml", SETTINGS.format(endpoint=found.endpoint))
    found.call(CALLERS)
    found.commit("no profiles yet")
    found.fleet.profile("berlin", 0, about="Fresh bread in Berlin", address="Torstraße 1, 10119 Berlin")
    found.fleet.profile("hamburg", 1, about="Fresh bread in Hamburg", email="hamburg@goldcrust.example")
    found.commit("first commit")
    found.git("push", "-q", "-u", "origin", "main")
