"""Documents: (what the fake holds) → JSON as GitHub sends it, with everything that its OpenAPI description requires."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from tests.support.github.world import Happening, Pushed, Remark, Repository, Run, Stored, Thread

SITE = "https://github.com"


def _words(text: str) -> list[str]:
    return text.split()


_USER_PATHS = _words("events followers following gists orgs received_events repos starred subscriptions")
_REPOSITORY_PATHS = _words(
    "archive assignees blobs branches collaborators comments commits compare contents contributors deployments "
    "downloads events forks git_commits git_refs git_tags hooks issue_comment issue_events issues keys labels "
    "languages merges milestones notifications pulls releases stargazers statuses subscribers subscription "
    "tags teams trees"
)
_NUMBERS = _words("forks forks_count open_issues open_issues_count size stargazers_count watchers watchers_count")
_FLAGS = _words("archived disabled fork has_downloads has_issues has_pages has_projects has_wiki")
_UNKNOWN = _words("description homepage language license mirror_url")

Json = dict[str, Any]


def stamp(at: datetime | None) -> str | None:
    """Return a time as GitHub writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ") if at is not None else None


def node(kind: str, number: int) -> Json:
    """Return the two ids that everything has."""
    return {"id": number, "node_id": f"{kind}_{number}"}


def user(login: str | None) -> Json | None:
    """Return a user; None if the account is gone."""
    if login is None:
        return None
    url = f"https://api.github.com/users/{login}"
    name = {"orgs": "organizations"}
    return {
        **node("U", crc32(login.encode())),
        **{f"{name.get(path, path)}_url": f"{url}/{path}" for path in _USER_PATHS},
        "login": login,
        "avatar_url": f"{SITE}/{login}.png",
        "gravatar_id": "",
        "html_url": f"{SITE}/{login}",
        "site_admin": False,
        "type": "Bot" if login.endswith("[bot]") else "User",
        "url": url,
    }


def refusal(message: str, status: int) -> Json:
    """Return the body of an error."""
    return {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status)}


def invalid(*errors: Json) -> Json:
    """Return the body of a 422."""
    return {**refusal("Validation Failed", 422), "errors": list(errors)}


def _repository(name: str, number: int, api: str) -> Json:
    url = f"{api}/repos/{name}"
    return {
        **node("R", number),
        **{f"{path}_url": f"{url}/{path}" for path in _REPOSITORY_PATHS},
        **dict.fromkeys(_NUMBERS, 0),
        **dict.fromkeys(_FLAGS, False),
        **dict.fromkeys(_UNKNOWN),
        **dict.fromkeys(("created_at", "updated_at", "pushed_at"), "2026-01-01T00:00:00Z"),
        "name": name.partition("/")[2],
        "full_name": name,
        "owner": user(name.partition("/")[0]),
        "private": True,
        "default_branch": "main",
        "html_url": f"{SITE}/{name}",
        "url": url,
        "clone_url": f"{SITE}/{name}.git",
        "git_url": f"git://github.com/{name}.git",
        "ssh_url": f"git@github.com:{name}.git",
        "svn_url": f"{SITE}/{name}",
    }


@dataclass(frozen=True)
class Writer:
    """Writes documents of one repository, with links below the address that was asked."""

    repository: Repository
    api: str

    @property
    def url(self) -> str:
        """The repository's address."""
        return f"{self.api}/repos/{self.repository.name}"

    @property
    def page(self) -> str:
        """The repository's page for people."""
        return f"{SITE}/{self.repository.name}"

    def label(self, name: str) -> Json:
        """`label`."""
        number = crc32(name.encode())
        more = {
            "url": f"{self.url}/labels/{name}",
            "name": name,
            "description": "",
            "color": "ededed",
            "default": False,
        }
        return {**node("LA", number), **more}

    def comment(self, remark: Remark) -> Json:
        """`issue-comment`."""
        return {
            **node("IC", remark.id),
            "url": f"{self.url}/issues/comments/{remark.id}",
            "html_url": f"{self.page}/issues/{remark.number}#issuecomment-{remark.id}",
            "issue_url": f"{self.url}/issues/{remark.number}",
            "user": user(remark.author),
            "body": remark.body,
            "created_at": stamp(remark.created),
            "updated_at": stamp(remark.updated),
            "author_association": "NONE",
            "performed_via_github_app": None,
        }

    def issue(self, thread: Thread) -> Json:
        """`issue`; a pull request is one too, with a key more."""
        url = f"{self.url}/issues/{thread.number}"
        remarks = sum(remark.number == thread.number for remark in self.repository.remarks.values())
        return {
            **self._thread(thread),
            "url": url,
            "html_url": self._people(thread),
            "repository_url": self.url,
            "labels_url": f"{url}/labels{{/name}}",
            "comments_url": f"{url}/comments",
            "events_url": f"{url}/events",
            "comments": remarks,
            **({"pull_request": self._pull_links(thread)} if thread.pull else {}),
        }

    def event(self, happening: Happening) -> Json:
        """`issue-event-for-issue`."""
        label = {"label": {"name": happening.label, "color": "ededed"}} if happening.label else {}
        return {
            **node("EV", happening.id),
            "url": f"{self.url}/issues/events/{happening.id}",
            "actor": user(happening.actor),
            "event": happening.kind,
            "commit_id": None,
            "commit_url": None,
            "created_at": stamp(happening.at),
            "performed_via_github_app": None,
            **label,
        }

    def pull(self, thread: Thread) -> Json:
        """`pull-request`, with all that the simple one has."""
        assert thread.pull is not None
        pull, url, issue = thread.pull, f"{self.url}/pulls/{thread.number}", f"{self.url}/issues/{thread.number}"
        links = {"self": url, "html": self._people(thread), "issue": issue, "comments": f"{issue}/comments"}
        links |= {name: f"{url}/{name}" for name in ("commits", "review_comments", "review_comment", "statuses")}
        head = pull.head_repository
        return {
            **self._thread(thread),
            **dict.fromkeys(["additions", "changed_files", "comments", "commits", "deletions", "review_comments"], 0),
            "url": url,
            "html_url": self._people(thread),
            "diff_url": f"{self._people(thread)}.diff",
            "patch_url": f"{self._people(thread)}.patch",
            "issue_url": issue,
            "comments_url": links["comments"],
            **{f"{name}_url": links[name] for name in ("commits", "review_comments", "review_comment", "statuses")},
            "_links": {name: {"href": href} for name, href in links.items()},
            "head": self._branch(pull.head_ref, pull.head, head),
            "base": self._branch(pull.base_ref, "b" * 40, self.repository.name),
            "merged_at": stamp(pull.merged_at),
            "merged": pull.merged_at is not None,
            "merge_commit_sha": pull.merge_commit,
            "merged_by": None,
            "mergeable": None,
            "mergeable_state": "unknown",
            "maintainer_can_modify": False,
            "auto_merge": None,
            "draft": False,
        }

    def push(self, push: Pushed) -> Json:
        """`activity`."""
        return {
            **node("PSH", push.id),
            "before": "0" * 40,
            "after": push.after,
            "ref": f"refs/heads/{push.branch}",
            "timestamp": stamp(push.at),
            "activity_type": "push",
            "actor": user(push.actor),
        }

    def run(self, run: Run) -> Json:
        """`workflow-run`."""
        url = f"{self.url}/actions/runs/{run.id}"
        paths = ["jobs", "logs", "cancel", "rerun", "artifacts"]
        head = run.head_repository
        return {
            **node("WFR", run.id),
            **{f"{path}_url": f"{url}/{path}" for path in paths},
            "url": url,
            "html_url": f"{self.page}/actions/runs/{run.id}",
            "check_suite_url": f"{self.url}/check-suites/{run.id}",
            "workflow_url": f"{self.url}/actions/workflows/1",
            "workflow_id": 1,
            "run_number": run.id,
            "run_attempt": run.attempt,
            "display_title": "A change",
            "event": run.event,
            "status": "completed" if run.conclusion else "in_progress",
            "conclusion": run.conclusion,
            "head_branch": run.branch,
            "head_sha": run.head,
            "path": run.path,
            "created_at": stamp(run.created),
            "updated_at": stamp(run.updated or run.created),
            "actor": user(run.actor),
            "head_commit": None,
            "pull_requests": [],
            "repository": _repository(run.repository, self.repository.id, self.api),
            "head_repository": head and _repository(head, crc32(head.encode()), self.api),
        }

    def artifact(self, stored: Stored) -> Json:
        """`artifact`."""
        url = f"{self.url}/actions/artifacts/{stored.id}"
        return {
            **node("A", stored.id),
            "name": stored.name,
            "size_in_bytes": len(stored.content),
            "url": url,
            "archive_download_url": f"{url}/zip",
            "expired": stored.expired,
            "created_at": stamp(stored.created),
            "updated_at": stamp(stored.created),
            "expires_at": stamp(stored.created + timedelta(days=90)),
            "digest": stored.digest,
        }

    def permission(self, login: str, role: str) -> Json:
        """`repository-collaborator-permission`; the older word for a role is one of four."""
        older = {"maintain": "write", "triage": "read"}.get(role, role)
        return {"permission": older, "role_name": role, "user": {**(user(login) or {}), "role_name": role}}

    def _thread(self, thread: Thread) -> Json:
        kind = "PR" if thread.pull else "I"
        return {
            **node(kind, 10_000 + thread.number),
            "number": thread.number,
            "title": thread.title,
            "body": thread.body,
            "user": user(thread.author),
            "state": "open" if thread.open else "closed",
            "locked": False,
            "labels": [self.label(name) for name in thread.labels],
            "assignee": None,
            "milestone": None,
            "author_association": "NONE",
            "created_at": stamp(thread.created),
            "updated_at": stamp(thread.created),
            "closed_at": stamp(thread.closed),
        }

    def _people(self, thread: Thread) -> str:
        return f"{self.page}/{'pull' if thread.pull else 'issues'}/{thread.number}"

    def _pull_links(self, thread: Thread) -> Json:
        page = self._people(thread)
        links = {"html_url": page, "diff_url": f"{page}.diff", "patch_url": f"{page}.patch"}
        return {"url": f"{self.url}/pulls/{thread.number}", **links}

    def _branch(self, ref: str, commit: str, repository: str | None) -> Json:
        owner = (repository or self.repository.name).partition("/")[0]
        shown = repository and _repository(repository, crc32(repository.encode()), self.api)
        return {"label": f"{owner}:{ref}", "ref": ref, "sha": commit, "repo": shown or None, "user": user(owner)}
