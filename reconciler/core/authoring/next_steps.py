"""What a new repository still needs by hand: each step is one command, in the order in which they are typed.

Setting: what was found around the new files. NextStep: a sentence and its command.
next_steps: (the answers, the provider's traits, the setting) → the steps.

What the commands `gh` and `glab` take is in forge/github/APIS.md (T-1 to T-6).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from reconciler.core.authoring.github_commands import (
    LEDGER_KEY_NAME,
    branch_command,
    checks_command,
    environment_command,
    key_command,
    labels_command,
    ledger_command,
    restricting_command,
    review_command,
    secret_command,
)
from reconciler.core.authoring.new_repository import RepositoryPlan, RunPlace, credential_names
from reconciler.core.reading.accounts import variable
from reconciler.core.traits import Traits

# What printf makes a line of each word with.
_LINES: Final = r"%s\n"
# Gates that a first pull request may trip: GitHub shows a label only once it is made.
_LABELS: Final = ("clear", "webhook", "first-contact", "bulk")

# More files than these are not named in a step.
_NAMED: Final = 3
_MISSING: Final = "See what is still missing there. This only looks."


@dataclass(frozen=True, slots=True)
class Setting:
    """What is around the new files.

    `folder` is the repository's own; `elsewhere` means that the shell is in another. `in_git` and `has_remote` say
    whether git's repository and its remote origin are there. `unset` are the variables of credentials that are not in
    the environment. With `import_waits` nothing was read yet. `lacking` are files that were there, each with the lines
    that are to be added. With `has_workflows` the callers are there. `foreign` are files with their names that call
    another program. `wrong` are profiles that were there and have errors. `other_ledger` is true if the settings were
    there and keep the memory elsewhere than the jobs do. Changes go to `branch`. `server` is the host of the remote if
    it is not GitHub's own.
    """

    folder: str
    elsewhere: bool = False
    in_git: bool = False
    has_remote: bool = False
    unset: tuple[str, ...] = ()
    import_waits: bool = False
    lacking: tuple[tuple[str, tuple[str, ...]], ...] = ()
    has_workflows: bool = False
    foreign: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    other_ledger: bool = False
    branch: str = "main"
    server: str = ""


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing that is left to be done. `command` is empty if it is done by reading."""

    said: str
    command: str = ""


def next_steps(plan: RepositoryPlan, traits: Traits | None, setting: Setting) -> tuple[NextStep, ...]:
    """Return the steps; without `traits` the settings were there, or the accounts are the example's."""
    return tuple(_steps(plan, traits, setting))


def _steps(plan: RepositoryPlan, traits: Traits | None, setting: Setting) -> Iterator[NextStep]:
    yield from _here(plan, setting)
    if plan.place is RunPlace.GITHUB:
        yield from _github(traits, setting)
    elif plan.place is RunPlace.GITLAB:
        yield from _gitlab(plan, traits)
    elif plan.place is RunPlace.CRON:
        yield from _cron(traits, setting)
    if plan.place.ledger == "git":
        yield from _push(plan, setting)
    else:
        what = "a word in profiles/berlin.yaml" if plan.example else "a word in a profile"
        yield NextStep(f"Change {what}, and look at the plan.", "reconciler plan")
        yield NextStep("Send it. The command shows the plan and waits for a yes.", "reconciler apply")


def _here(plan: RepositoryPlan, setting: Setting) -> Iterator[NextStep]:
    """Yield what is done in this folder and shell, before anything else."""
    if setting.elsewhere:
        yield NextStep("Go to the folder of the repository.", shlex.join(("cd", setting.folder)))
    for file, lines in setting.lacking:
        command = f"{shlex.join(('printf', _LINES, *lines))} >> {shlex.quote(file)}"
        yield NextStep(f"Add to {file}, which was there, what it lacks.", command)
    if setting.wrong:
        there = ", ".join(setting.wrong[:_NAMED]) + (", …" if len(setting.wrong) > _NAMED else "")
        said = f"Mend {there}, or move it out of profiles/. Each YAML file there is a profile, whoever wrote it."
        yield NextStep(said, "reconciler validate")
    if setting.other_ledger:
        said = "Write `ledger: git` into profiles/reconciler.yaml. Else commands here and the jobs have two memories."
        yield NextStep(said, "reconciler validate")
    for name in setting.unset:
        yield NextStep(f"Set {name} in this shell. It is typed or pasted unseen.", f"read -rs {name} && export {name}")
    if not setting.in_git:
        yield NextStep("Begin a git repository.", "git init --initial-branch main")
    yield from _remote(plan, setting)
    if setting.import_waits:
        command = shlex.join(("reconciler", "import", plan.account, *plan.numbers))
        # The ledger's branch is pushed, over https with a token.
        token = "RECONCILER_LEDGER_TOKEN=$(gh auth token) " if plan.place is RunPlace.GITHUB else ""
        yield NextStep("Write a file for each number, with what it shows now.", f"{token}{command}")


def _remote(plan: RepositoryPlan, setting: Setting) -> Iterator[NextStep]:
    if setting.has_remote:
        return
    if plan.place is RunPlace.GITHUB:
        yield NextStep(
            "Make the repository at GitHub. This pushes nothing.",
            "gh repo create --private --source . --remote origin",
        )
    if plan.place is RunPlace.GITLAB:
        command = "git remote add origin git@gitlab.com:GROUP/PROJECT.git"
        yield NextStep("Make an empty project at GitLab, and name it here.", command)


def _github(traits: Traits | None, setting: Setting) -> Iterator[NextStep]:
    if setting.server:
        said = (
            f"If {setting.server} is a GitHub Enterprise Server, go no further: the called workflows do not run there."
        )
        yield NextStep(f"{said} The other places of --runs-at do not need them.", "git remote get-url origin")
    free = "A private repository of the Free plan has no environments."
    yield NextStep(
        f"Make the environment for plans. Each branch can read its secrets. {free}",
        environment_command("profiles-plan"),
    )
    yield from _restricted("profiles-production", "applies", setting.branch)
    yield from _restricted("profiles-drift", "drift", setting.branch)
    for name, environment, said in _secrets(traits):
        yield NextStep(said, secret_command(name, environment))
        if environment == "profiles-plan":
            yield NextStep("Give drift the same token.", secret_command(name, "profiles-drift"))
    yield NextStep(
        "Give applies and drift the key that marks the memory: no branch can forge it then. Plans never get it.",
        key_command(("profiles-production", "profiles-drift")),
    )
    yield NextStep("Make the labels with which a reviewer opens a gate.", labels_command(_LABELS))


def _restricted(environment: str, what: str, branch: str) -> Iterator[NextStep]:
    """Yield what makes an environment that only one branch can enter."""
    yield NextStep(
        f"Make the environment for {what}. Only branches that are named can read its secrets.",
        restricting_command(environment),
    )
    yield NextStep(f"Name {branch} as that branch.", branch_command(environment, branch))


def _secrets(traits: Traits | None) -> Iterator[tuple[str, str, str]]:
    """Yield each secret's name, its environment, and what it is for."""
    if traits is None:
        return
    production = "profiles-production"
    if traits.credential_per_number:
        name = f"{variable(traits)}S"
        said = f"Give applies the keys: one JSON object, profile name to {traits.credential}."
        yield name, production, said
        return
    for credential, name in credential_names(traits).items():
        if credential == traits.looking_credential:
            said = "Give plans a token that only looks, if you have one. Without it they are offline plans."
            yield name, "profiles-plan", said
        else:
            yield name, production, f"Give applies the {credential} that writes at {traits.title}."


def _gitlab(plan: RepositoryPlan, traits: Traits | None) -> Iterator[NextStep]:
    """Yield what a project at GitLab needs. A protected variable reaches protected branches only."""
    if plan.callers is not None:
        at = f"Have the tool's repository at this GitLab as {plan.callers.tool}, with the commit that the file names."
        yield NextStep(f"{at} Let this project's job token read it: there, Settings, CI/CD, Job token permissions.")
    sets = "glab variable set"
    for name, environment, said in _secrets(traits):
        looks = environment == "profiles-plan"
        protected = "" if looks else " --protected"
        yield NextStep(said, f'{sets} {name} --value "${name}" --masked{protected} --scope {environment}')
        if looks:
            drift = f'{sets} {name} --value "${name}" --masked --protected --scope profiles-drift'
            yield NextStep("Give drift the same token.", drift)
    token = 'RECONCILER_GITLAB_TOKEN --value "$token" --masked'
    ask = "read -rs token"
    yield NextStep(
        "Make a project access token, role Reporter, scope api (Settings, Access tokens). It writes notes and issues.",
        f"{ask} && {sets} {token} --scope profiles-notes; unset token",
    )
    loop = f'for one in production drift proposals; do {sets} {token} --protected --scope "profiles-$one"; done'
    yield NextStep(
        "Make another, role Developer, scopes api and write_repository. It pushes the memory and proposals.",
        f"{ask} && {loop}; unset token",
    )
    key = f'{sets} {LEDGER_KEY_NAME} --value "$key" --masked --protected --scope "profiles-$one"'
    yield NextStep(
        "Give applies and drift the key that marks the memory: no branch can forge it then. Plans never get it.",
        f"key=$(openssl rand -hex 32); for one in production drift; do {key}; done; unset key",
    )
    labels = f'for gate in {" ".join(_LABELS)}; do glab label create --name "allow-$gate"; done'
    yield NextStep("Make the labels with which a reviewer opens a gate.", labels)
    yield NextStep(
        "Let nothing be merged while the pipeline is red.",
        "glab api --method PUT projects/:id -F only_allow_merge_if_pipeline_succeeds=true",
    )


def _cron(traits: Traits | None, setting: Setting) -> Iterator[NextStep]:
    file = "~/.reconciler.env"
    names = [name for name, _, _ in _secrets(traits)]
    load = f". {file} && " if names else ""
    if names:
        pairs = " ".join(f'{name} "${name}"' for name in names)
        yield NextStep(
            "Keep the credentials where cron finds them, readable by you alone.",
            f"(umask 077; printf 'export %s=%q\\n' {pairs} > {file})",
        )
    folder = _in_double_quotes(shlex.quote(setting.folder))
    line = f"17 6 * * * {load}$(command -v reconciler) -C {folder} drift --detailed-exitcode"
    yield NextStep(
        "Look for drift each morning. Cron sends what it prints by mail.",
        f'(crontab -l 2>/dev/null; echo "{line}") | crontab -',
    )


def _in_double_quotes(text: str) -> str:
    """Return `text` as it stands between double quotes in a shell, and in a line of cron, which reads % as an end."""
    return re.sub(r'([\\"$`])', r"\\\1", text).replace("%", r"\%")


def _rules(branch: str) -> Iterator[NextStep]:
    """Yield what GitHub is to hold branches to. A push to the branch itself is refused from then on."""
    yield NextStep(
        f"Let a merge into {branch} wait for the checks.",
        checks_command(branch, ("plan / plan", "gates / gates")),
    )
    yield NextStep(
        f"Take changes of {branch} by pull request only, with the approval of another person who owns the files.",
        review_command(branch),
    )
    yield NextStep("Let the memory's branch only grow.", ledger_command("reconciler-ledger*"))


def _push(plan: RepositoryPlan, setting: Setting) -> Iterator[NextStep]:
    if setting.foreign:
        there = ", ".join(setting.foreign)
        calls = "calls" if len(setting.foreign) == 1 else "call"
        yield NextStep(f"Add the jobs of the same names: {there} {calls} another program. The tool's docs/ say how.")
    elif not setting.has_workflows:
        yield NextStep(
            "Write the jobs that plan, apply and look for drift. They call the tool's own repository at the commit "
            "that you name in full.",
            f"reconciler init --runs-at {plan.place} --tool OWNER/NAME@COMMIT",
        )
    push = shlex.join(("git", "push", "--set-upstream", "origin", f"HEAD:{setting.branch}"))
    yield NextStep(
        f"Commit, and push to {setting.branch}.", f'git add --all && git commit --message "WhatsApp profiles" && {push}'
    )
    if plan.place is RunPlace.GITHUB:
        yield from _rules(setting.branch)
        yield NextStep(_MISSING, "GITHUB_TOKEN=$(gh auth token) reconciler doctor --github")
    else:
        # The branch has to be there.
        ref = shlex.quote(setting.branch)
        schedule = f'glab schedule create --description drift --ref {ref} --cron "17 5 * * *"'
        yield NextStep("Look for drift each morning.", schedule)
        doctor = 'RECONCILER_GITLAB_TOKEN="$token" reconciler doctor --gitlab'
        yield NextStep(
            f"{_MISSING} It asks with a token of yours, role Maintainer, scope read_api.",
            f"read -rs token && {doctor}; unset token",
        )
