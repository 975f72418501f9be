"""What GitHub says, as far as anything here asks for it. All of it is foreign: only numbers, times and names are used.

Times are GitHub's own, ISO 8601 in UTC: those of commits, which their authors choose, are never read.
"""

from __future__ import annotations

from datetime import datetime

from reconciler.core.basics import Model


class Comment(Model):
    """One comment of an issue or a pull request."""

    id: int
    author: str
    body: str
    url: str = ""


class Issue(Model):
    """One issue; GitHub lists pull requests among them, which this is never one of."""

    number: int
    author: str
    title: str
    body: str
    open: bool
    url: str = ""


class Pull(Model):
    """One pull request. `head_repository` is empty where the fork it came from is gone."""

    number: int
    author: str
    title: str
    body: str
    open: bool
    merged_at: datetime | None
    merge_commit: str
    head: str
    head_ref: str
    head_repository: str
    base_ref: str
    url: str = ""


class PullEvent(Model):
    """One thing that happened to a pull request: `labeled`, `unlabeled`, `head_ref_force_pushed`, and others."""

    kind: str
    at: datetime
    actor: str
    label: str = ""


class WorkflowRun(Model):
    """One run of a workflow in `repository`. `path` is its file as it was at `head`, then the tip of `branch`."""

    id: int
    attempt: int
    path: str
    event: str
    head: str
    branch: str
    repository: str
    head_repository: str
    conclusion: str
    created: datetime


class Artifact(Model):
    """One artifact of a run: a zip archive of `size` bytes.

    `digest`, as `sha256:…`, and `created` are empty where GitHub does not say.
    """

    id: int
    name: str
    size: int
    expired: bool
    digest: str = ""
    created: datetime | None = None
