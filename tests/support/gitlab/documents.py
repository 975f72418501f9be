"""Documents: (what the fake holds) → JSON as GitLab sends it, with the keys that its documentation shows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.support.gitlab.world import PROJECT, Issue, Job, LabelEvent, MergeRequest, Note, Pipeline, Project, Push

Json = dict[str, Any]


def stamp(at: datetime | None) -> str | None:
    """Return a time as GitLab writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z") if at is not None else None


class Writer:
    """Writes documents of one project, with links below the address that was asked."""

    def __init__(self, project: Project, site: str) -> None:
        self.project, self.site = project, site

    @property
    def page(self) -> str:
        """The project's page for people."""
        return f"{self.site}/{self.project.path}"

    def user(self, login: str | None) -> Json | None:
        """An account."""
        if login is None:
            return None
        number = self.project.accounts.get(login, 1)
        state = "blocked" if login in self.project.blocked else "active"
        return {
            "id": number,
            "username": login,
            "name": login.title(),
            "state": state,
            "web_url": f"{self.site}/{login}",
            "avatar_url": None,
        }

    def member(self, login: str) -> Json:
        """A member."""
        level = self.project.levels[login]
        more = {"access_level": level, "expires_at": None, "membership_state": "active"}
        return {**(self.user(login) or {}), **more, "created_at": "2026-01-01T00:00:00.000Z"}

    def note(self, note: Note) -> Json:
        """A note."""
        kind = "MergeRequest" if note.sign == "!" else "Issue"
        return {
            "id": note.id,
            "type": None,
            "body": note.body,
            "author": self.user(note.author),
            "created_at": stamp(note.at),
            "updated_at": stamp(note.at),
            "system": note.system,
            "noteable_id": 7000 + note.iid,
            "noteable_type": kind,
            "noteable_iid": note.iid,
            "project_id": PROJECT,
            "resolvable": False,
            "confidential": False,
            "internal": False,
        }

    def issue(self, issue: Issue) -> Json:
        """An issue."""
        return {
            "id": 5000 + issue.iid,
            "iid": issue.iid,
            "project_id": PROJECT,
            "title": issue.title,
            "description": issue.description,
            "state": "opened" if issue.open else "closed",
            "labels": issue.labels,
            "author": self.user(issue.author),
            "assignees": [{"id": number} for number in issue.assignees],
            "created_at": stamp(issue.at),
            "updated_at": stamp(issue.at),
            "closed_at": None,
            "web_url": f"{self.page}/-/issues/{issue.iid}",
        }

    def merge_request(self, found: MergeRequest) -> Json:
        """A merge request."""
        return {
            "id": 7000 + found.iid,
            "iid": found.iid,
            "project_id": PROJECT,
            "title": found.title,
            "description": found.description or None,
            "state": found.state,
            "created_at": stamp(found.at),
            "updated_at": stamp(found.at),
            "merged_at": stamp(found.merged_at),
            "target_branch": found.target,
            "source_branch": found.branch,
            "author": self.user(found.author),
            "source_project_id": found.source,
            "target_project_id": PROJECT,
            "labels": found.labels,
            "draft": False,
            "sha": found.sha,
            "merge_commit_sha": found.merge_commit,
            "squash_commit_sha": found.squash_commit,
            "web_url": f"{self.page}/-/merge_requests/{found.iid}",
        }

    def version(self, number: int, sha: str, at: datetime) -> Json:
        """A version of a merge request's changes."""
        more = {"base_commit_sha": "b" * 40, "start_commit_sha": "b" * 40, "state": "collected", "real_size": "1"}
        return {"id": number, "head_commit_sha": sha, "created_at": stamp(at), **more}

    def label_event(self, event: LabelEvent) -> Json:
        """A label event; the label is gone if it was deleted."""
        label = {"id": 1, "name": event.label, "color": "#ededed", "description": ""} if event.label else None
        return {
            "id": event.id,
            "user": self.user(event.user),
            "created_at": stamp(event.at),
            "resource_type": "MergeRequest",
            "resource_id": 7000 + event.iid,
            "label": label,
            "action": event.action,
        }

    def push(self, push: Push) -> Json:
        """An event of a push; one to several branches at once names none."""
        data = {
            "commit_count": 1,
            "action": "pushed",
            "ref_type": "branch",
            "commit_from": "b" * 40,
            "commit_to": push.commit,
            "ref": push.branch,
            "commit_title": "A change",
            "ref_count": None if push.branch else 5,
        }
        return {
            "id": push.id,
            "project_id": PROJECT,
            "action_name": "pushed to",
            "target_id": None,
            "target_type": None,
            "author_id": 1,
            "created_at": stamp(push.at),
            "author": self.user(push.by),
            "author_username": push.by,
            "push_data": data,
        }

    def listed_pipeline(self, found: Pipeline) -> Json:
        """A pipeline in a list."""
        return {
            "id": found.id,
            "iid": found.id,
            "project_id": found.project,
            "sha": found.sha,
            "ref": found.ref,
            "status": "success",
            "source": "merge_request_event",
            "created_at": stamp(found.at),
            "updated_at": stamp(found.at),
            "web_url": f"{self.page}/-/pipelines/{found.id}",
        }

    def pipeline(self, found: Pipeline) -> Json:
        """One pipeline."""
        return {**self.listed_pipeline(found), "user": self.user(found.user), "before_sha": "0" * 40, "tag": False}

    def job(self, job: Job) -> Json:
        """A job."""
        size = sum(map(len, (job.files or {}).values()))
        kept = {"artifacts_file": {"filename": "artifacts.zip", "size": size}} if job.files is not None else {}
        return {
            "id": job.id,
            "name": job.name,
            "status": job.status,
            "stage": "test",
            "ref": "change",
            "created_at": stamp(job.at),
            "started_at": stamp(job.at),
            "finished_at": stamp(job.finished),
            "pipeline": {"id": job.pipeline, "project_id": PROJECT},
            "user": self.user("ada"),
            "artifacts": [],
            "artifacts_expire_at": None,
            **kept,
        }
