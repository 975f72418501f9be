"""project_run: (the world, a project at GitLab) → what it lacks there. It asks, and changes nothing.

project_place: (the environment, the clone) → which project is meant, and the token that asks.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from reconciler.ci import own_gitlab, own_gitlab_token
from reconciler.core.authoring.forge_files import PIPELINE_FILE
from reconciler.core.basics import EnvironmentProblem, errors_of
from reconciler.core.yaml_documents import Document
from reconciler.effects.files.paths import read_regular
from reconciler.effects.files.repository import read_repository
from reconciler.effects.files.yaml import read_yaml
from reconciler.effects.git.clone import find_clone, prefix
from reconciler.effects.git.process import Git, Late
from reconciler.effects.git.remote import NoRemote, find_origin
from reconciler.effects.world import Context
from reconciler.forge.gitlab.calls import GitLabPlace, gitlab_place
from reconciler.forge.gitlab.project_settings import ProjectSettingsClient
from reconciler.forge.repository_answers import Hidden
from reconciler.forge.rules.finding import SetupReport
from reconciler.forge.rules.included import IncludedJobs, include_alone, included_jobs
from reconciler.forge.rules.needed_secrets import needed_secrets
from reconciler.forge.rules.project_setup import (
    ProjectAnswers,
    ProjectNeeds,
    project_findings,
)
from reconciler.forge.rules.setup import asking_gates
from reconciler.providers import provider_traits, providers

_LARGEST: Final = 256 * 1024
_ORIGIN: Final = re.compile(r"(?:https?://|ssh://)?(?:[^@/]+@)?([A-Za-z0-9.-]+)(?::[0-9]+)?[:/](.+?)(?:\.git)?/?\Z")


def project_place(context: Context) -> tuple[Context, GitLabPlace]:
    """Return the project that the environment or the remote origin names; raises EnvironmentProblem.

    The world that it returns says of itself what GitLab's runner would: the rest reads only that.
    """
    token = own_gitlab_token(context.environ)
    if not token:
        raise EnvironmentProblem(
            "neither RECONCILER_GITLAB_TOKEN nor GITLAB_TOKEN is set: make a token with the scope `read_api`, "
            "and set it as GITLAB_TOKEN"
        )
    context.secrets.add(token, "the token for GitLab")
    said = own_gitlab(context.environ, token, lambda server: _of_origin(context, server))
    there = replace(context, environ={**context.environ, **said})
    return there, gitlab_place(there)


def _of_origin(context: Context, server: str) -> str:
    """Return the path of the project that the remote names; raises EnvironmentProblem for one at another server."""
    try:
        origin = find_origin(context, Git()).shown
    except (NoRemote, Late) as problem:
        raise EnvironmentProblem(
            f"which project at GitLab is meant is not known: {problem}; set CI_PROJECT_PATH=GROUP/NAME"
        ) from None
    found = _ORIGIN.match(origin)
    host = server.partition("://")[2].partition("/")[0].partition(":")[0]
    if found is None or found[1].lower() != host.lower():
        # A token goes nowhere because of a remote's address alone.
        raise EnvironmentProblem(
            f"the remote origin is not at {host}: set CI_SERVER_URL=https://HOST, or CI_PROJECT_PATH=GROUP/NAME"
        )
    return found[2]


async def project_run(context: Context, client: ProjectSettingsClient) -> SetupReport:
    """Look at the project's files, then at its settings at GitLab; raises ForgeProblem where it shows nothing."""
    needs = _needs(context)
    project = await client.project()
    branch = project.default_branch or "main"
    content = await client.pipeline_file(branch)
    answers = ProjectAnswers(
        branch=branch,
        waits_for_pipeline=project.only_allow_merge_if_pipeline_succeeds,
        included=content if isinstance(content, Hidden) else _included(content),
        protections=await client.protections(),
        environments=await client.environments(),
        labels=await client.labels(),
        schedules=await client.schedules(),
    )
    place = client.place
    return SetupReport(place.repository, context.ci.server, tuple(project_findings(needs, answers)))


def _needs(context: Context) -> ProjectNeeds:
    repository = read_repository(context, providers())
    settings = repository.settings
    return ProjectNeeds(
        included=_included(_file_here(context)),
        folder=prefix(context.root).rstrip("/"),
        secrets=needed_secrets(settings, repository.desired, provider_traits()),
        gates=asking_gates(settings.policy),
        marks=settings.ledger == "git",
        errors=len(errors_of(repository.diagnostics)),
    )


def _file_here(context: Context) -> bytes | None:
    """Return the pipeline's file at git's top, an empty one if there is none; None if it cannot be read."""
    try:
        top = find_clone(context.root, Git(), context.environ).top
    except (EnvironmentProblem, Late):
        top = context.root
    path = Path(top) / PIPELINE_FILE
    try:
        return read_regular(path, _LARGEST)[0]
    except FileNotFoundError:
        return b"{}"
    except OSError:
        return None


def _included(content: bytes | None) -> tuple[IncludedJobs, ...] | None:
    """Return what a file includes, or None if it cannot be read."""
    document = None if content is None else read_yaml(include_alone(content), PIPELINE_FILE)
    return included_jobs(document.data) if isinstance(document, Document) else None
