"""Commands of `gh` with which a person sets up a repository at GitHub. Each is one line; this program runs none.

`init` lists them in their order, and `doctor --github` those for what is missing. What the commands take is in
forge/github/APIS.md (T-1 to T-4, T-8 to T-10).
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

# `gh` fills in the braces with the repository of the folder.
_HERE: Final = "repos/{owner}/{repo}"
_ENVIRONMENTS: Final = f"{_HERE}/environments"
_PUT: Final = ("gh", "api", "--method", "PUT")
# It marks the memory: docs/memory.md says what that is worth.
LEDGER_KEY_NAME: Final = "RECONCILER_LEDGER_KEY"


def environment_command(name: str) -> str:
    """Return what makes an environment that each branch can enter."""
    return shlex.join((*_PUT, _environment(name)))


def restricting_command(name: str, *, kept: Mapping[str, Any] | None = None) -> str:
    """Return what makes an environment, or changes one, so that only branches that are named can enter it.

    `kept` is what it has already, because this replaces all of it.
    """
    policy = {"protected_branches": False, "custom_branch_policies": True}
    if kept:
        return _piped((*_PUT, _environment(name)), {**kept, "deployment_branch_policy": policy})
    fields = (f"deployment_branch_policy[{key}]={json.dumps(value)}" for key, value in policy.items())
    return shlex.join((*_PUT, _environment(name), *(word for field in fields for word in ("-F", field))))


def branch_command(environment: str, branch: str) -> str:
    """Return what names a branch that can enter an environment."""
    return shlex.join(("gh", "api", f"{_environment(environment)}/deployment-branch-policies", "-f", f"name={branch}"))


def secret_command(name: str, environment: str) -> str:
    """Return what sets a secret of an environment. At a terminal it asks for the value."""
    return shlex.join(("gh", "secret", "set", name, "--env", environment))


def unset_command(name: str, *, environment: str = "") -> str:
    """Return the command that deletes a secret of an environment, or of the repository."""
    return shlex.join(("gh", "secret", "delete", name, *(("--env", environment) if environment else ())))


def key_command(environments: Iterable[str]) -> str:
    """Return what gives one new key to all the environments that write the ledger, and shows it to no person."""
    names = shlex.join(tuple(environments))
    sets = f'printf %s "$key" | gh secret set {LEDGER_KEY_NAME} --env "$one"'
    return f"key=$(openssl rand -hex 32); for one in {names}; do {sets}; done; unset key"


def labels_command(gates: Sequence[str]) -> str:
    """Return what makes the label of each gate."""
    if len(gates) == 1:
        return shlex.join(("gh", "label", "create", f"allow-{gates[0]}"))
    return f'for gate in {shlex.join(gates)}; do gh label create "allow-$gate"; done'


def review_command(branch: str) -> str:
    """Return what requires for a branch a pull request that its code owners approved."""
    parameters = {
        "dismiss_stale_reviews_on_push": True,
        "require_code_owner_review": True,
        "require_last_push_approval": False,
        "required_approving_review_count": 1,
        "required_review_thread_resolution": False,
    }
    return _ruleset("reconciler: review", f"refs/heads/{branch}", ({"type": "pull_request", "parameters": parameters},))


def checks_command(branch: str, checks: Sequence[str]) -> str:
    """Return what requires checks before a merge into a branch."""
    parameters = {
        "required_status_checks": [{"context": check} for check in checks],
        "strict_required_status_checks_policy": False,
    }
    rule = {"type": "required_status_checks", "parameters": parameters}
    return _ruleset("reconciler: checks", f"refs/heads/{branch}", (rule,))


def ledger_command(branch: str) -> str:
    """Return what keeps the ledger's branch from being deleted, or pushed to with force."""
    rules = ({"type": "deletion"}, {"type": "non_fast_forward"})
    return _ruleset("reconciler: ledger", f"refs/heads/{branch}", rules)


def permissions_command(*, proposes: bool) -> str:
    """Return the command that lets a job's token only read by default; `proposes` allows it pull requests."""
    fields = ("-f", "default_workflow_permissions=read")
    more = ("-F", "can_approve_pull_request_reviews=true") if proposes else ()
    return shlex.join((*_PUT, f"{_HERE}/actions/permissions/workflow", *fields, *more))


def pin_command(tool: str, was: str, now: str, files: Sequence[str]) -> str:
    """Return what makes workflows name the commit `now` of the tool. Without `now`, the one that `was` stands for."""
    change = f"s#(uses: +{tool}/[^@]+)\\@{was}(?!\\S).*#$1\\@"
    if now:
        return shlex.join(("perl", "-pi", "-e", f"{change}{now}#", *files))
    asked = shlex.join(("gh", "api", f"repos/{tool}/commits/{quote(was, safe='')}", "--jq", ".sha"))
    return f'commit=$({asked}) && perl -pi -e {shlex.quote(change)}"$commit#" {shlex.join(files)}'


def _environment(name: str) -> str:
    return f"{_ENVIRONMENTS}/{quote(name, safe='')}"


def _ruleset(name: str, ref: str, rules: Sequence[Mapping[str, Any]]) -> str:
    conditions = {"ref_name": {"include": [ref], "exclude": []}}
    content = {"name": name, "target": "branch", "enforcement": "active", "conditions": conditions, "rules": rules}
    return _piped(("gh", "api", f"{_HERE}/rulesets", "--method", "POST"), content)


def _piped(words: Sequence[str], content: Mapping[str, Any]) -> str:
    """Return a command that gets its content as JSON."""
    said = json.dumps(content, separators=(",", ":"))
    return f"{shlex.join(('printf', '%s', said))} | {shlex.join((*words, '--input', '-'))}"
