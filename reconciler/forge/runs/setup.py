"""setup_run: (the world, a repository at GitHub) → what it lacks there. It asks, and changes nothing.

settings_place: (the environment, the clone) → which repository is meant, and the token that asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from reconciler.ci import CI, ForgeKind, own_token
from reconciler.core.authoring.answers import github_name
from reconciler.core.basics import EnvironmentProblem, errors_of
from reconciler.core.yaml_documents import Document
from reconciler.effects.files.paths import read_regular
from reconciler.effects.files.repository import read_repository
from reconciler.effects.files.yaml import read_yaml
from reconciler.effects.git.clone import find_clone, prefix
from reconciler.effects.git.process import Git, Late
from reconciler.effects.git.remote import NoRemote, find_origin, find_remote
from reconciler.effects.world import LEDGER_REMOTE, Context
from reconciler.forge.exchange import ForgeProblem
from reconciler.forge.github.calls import API, GitHubPlace
from reconciler.forge.github.repository_settings import SettingsClient
from reconciler.forge.repository_answers import BranchLimit, Hidden, Names, RepositoryAnswers
from reconciler.forge.rules.finding import SetupReport
from reconciler.forge.rules.needed_secrets import needed_secrets
from reconciler.forge.rules.pinned import PinnedUse, of_tool, pinned_uses
from reconciler.forge.rules.setup import SetupNeeds, asking_gates, setup_findings
from reconciler.forge.runs.context import server_of
from reconciler.providers import provider_traits, providers

_WORKFLOWS: Final = Path(".github") / "workflows"
_LARGEST: Final = 256 * 1024
# github.com, and what GitHub itself hosts for an enterprise.
_HOSTED: Final = re.compile(r"https://api\.(?:github\.com|[A-Za-z0-9-]+\.ghe\.com)\Z")


def settings_place(context: Context) -> GitHubPlace:
    """Return the repository that the environment names, or the remote origin; raises EnvironmentProblem."""
    token = own_token(context.environ)
    if not token:
        raise EnvironmentProblem(
            "neither GITHUB_TOKEN nor GH_TOKEN is set: GITHUB_TOKEN=$(gh auth token) reconciler doctor --github"
        )
    context.secrets.add(token, "the token for GitHub")
    # What a runner of GitLab says is about another server, and the token must not go there.
    ci = context.ci if context.ci.forge is ForgeKind.GITHUB else CI()
    if ci.repository:
        return GitHubPlace(ci.repository, ci.api or API, token)
    try:
        origin = find_origin(context, Git()).shown
    except (NoRemote, Late) as problem:
        hint = "gh repo create --private --source . --remote origin"
        raise EnvironmentProblem(
            f"which repository at GitHub is meant is not known: {problem}; make one with `{hint}`, or set "
            f"GITHUB_REPOSITORY=OWNER/NAME"
        ) from None
    name = github_name(origin)
    if not name:
        # A token for github.com goes nowhere else because of a remote's address.
        raise EnvironmentProblem(
            "the remote origin is not at github.com: set GITHUB_REPOSITORY=OWNER/NAME, and for an Enterprise Server "
            "GITHUB_API_URL=https://HOST/api/v3"
        )
    return GitHubPlace(name, ci.api or API, token)


async def setup_run(context: Context, client: SettingsClient) -> SetupReport:
    """Look at the repository's files, then at its settings at GitHub; raises ForgeProblem where it shows nothing."""
    place = client.place
    needs = _needs(context, place)
    answers = await _answers(client, needs)
    if not answers.here:
        raise ForgeProblem(f"GitHub has no repository {place.repository}, or this token may not see it", status=404)
    return SetupReport(place.repository, server_of(context), tuple(setup_findings(needs, answers)))


def _needs(context: Context, place: GitHubPlace) -> SetupNeeds:
    repository = read_repository(context, providers())
    uses: list[PinnedUse] = []
    unread: list[str] = []
    for name, document in _workflows(context):
        if isinstance(document, Document):
            uses += pinned_uses(name, document.data)
        else:
            unread.append(name)
    settings = repository.settings
    hosted = _HOSTED.match(place.api)
    return SetupNeeds(
        uses=of_tool(uses),
        folder=prefix(context.root).rstrip("/"),
        secrets=needed_secrets(settings, repository.desired, provider_traits()),
        gates=asking_gates(settings.policy),
        ledger=_ledger_branch(context) if settings.ledger == "git" else "",
        enterprise="" if hosted else place.api.partition("://")[2].partition("/")[0],
        errors=len(errors_of(repository.diagnostics)),
        unread=tuple(unread),
    )


def _ledger_branch(context: Context) -> str:
    """Return the branch of the memory; "" if it is at another remote, or there is none."""
    if context.environ.get(LEDGER_REMOTE, "").strip():
        return ""
    try:
        return find_remote(context, Git()).branch
    except (NoRemote, Late):
        return ""


def _workflows(context: Context) -> Iterator[tuple[str, object]]:
    """Yield each workflow's path with its document, or what is wrong with it; the folder is that of git's top."""
    try:
        top = find_clone(context.root, Git(), context.environ).top
    except (EnvironmentProblem, Late):
        top = context.root
    folder = top / _WORKFLOWS
    for path in sorted((*folder.glob("*.yml"), *folder.glob("*.yaml"))):
        name = (_WORKFLOWS / path.name).as_posix()
        try:
            yield name, read_yaml(read_regular(path, _LARGEST)[0], name)
        except OSError as problem:
            yield name, problem


async def _answers(client: SettingsClient, needs: SetupNeeds) -> RepositoryAnswers:
    """Ask everything, one question after the other."""
    environments = await client.environments()
    found = {} if isinstance(environments, Hidden) else {one.name.casefold(): one for one in environments}
    branches: dict[str, Names | Hidden] = {}
    secrets: dict[str, Names | Hidden] = {}
    for name in (one.name for one in needs.environments):
        # GitHub ignores the case of an environment's name, and its addresses may not.
        environment = found.get(name.casefold())
        if environment is not None:
            if environment.limit is BranchLimit.NAMED:
                branches[name] = await client.branch_policies(environment.name)
            secrets[name] = await client.secrets(environment.name)
    return RepositoryAnswers(
        environments=environments,
        branches=branches,
        secrets=secrets,
        repository_secrets=await client.repository_secrets(),
        organization_secrets=await client.organization_secrets(),
        labels=await client.labels(),
        main=await client.rules(needs.branch),
        ledger=await client.rules(needs.ledger) if needs.ledger else None,
        permissions=await client.permissions(),
        owner_errors=await client.owner_errors(needs.branch),
    )
