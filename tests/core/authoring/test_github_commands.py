"""The commands of `gh` that people are told to type.

A shell runs each with a `gh` that writes down what it is given. Calls are held against GitHub's description.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.authoring import github_commands as commands
from tests.support.github.openapi import Exchange, complaints

KEPT = {"reviewers": [{"type": "User", "id": 7}], "prevent_self_review": True, "wait_timer": 5}
TOOL, OLD, NEW = "YOUR-ORG/reconciler", "a" * 40, "b" * 40
# A name with what a shell or an address would take for more.
ODD = "prod / $(x)"
CALLS = {
    "environment": commands.environment_command("profiles-plan"),
    "restricting": commands.restricting_command("profiles-production"),
    "keeping": commands.restricting_command(ODD, kept=KEPT),
    "branch": commands.branch_command(ODD, "main"),
    "review": commands.review_command("main"),
    "checks": commands.checks_command("main", ("plan / plan", "it's gates / gates")),
    "ledger": commands.ledger_command("reconciler-ledger*"),
    "permissions": commands.permissions_command(proposes=False),
    "proposing": commands.permissions_command(proposes=True),
}


def typed(command: str, folder: Path, **programs: str) -> list[tuple[list[str], str]]:
    """Return the words of each `gh` that a shell starts for the command, and what it reads."""
    keep = '{ printf "%s\\0" "$@"; printf "\\1"; cat; printf "\\2"; } >> "$HOME/words"'
    for name, text in {"gh": keep, **programs}.items():
        (folder / name).write_text(f"#!{shutil.which('bash')}\n{text}\n")
        (folder / name).chmod(0o755)
    around = {"HOME": str(folder), "PATH": f"{folder}:/usr/bin:/bin"}
    subprocess.run(["bash", "-euc", command], env=around, check=True, stdin=subprocess.DEVNULL, cwd=folder)
    calls = (folder / "words").read_text().split("\2")[:-1]
    return [(head.split("\0")[:-1], read) for head, _, read in (call.partition("\1") for call in calls)]


def sent(words: list[str], read: str) -> Exchange:
    """Return the request that `gh api` makes of its words."""
    assert words[0] == "api"
    method, path = "", ""
    fields: dict[str, Any] = {}
    rest = iter(words[1:])
    for word in rest:
        if word == "--method":
            method = next(rest)
        elif word in ("-f", "-F"):
            key, _, value = next(rest).partition("=")
            put(fields, key, value if word == "-f" else json.loads(value))
        elif word == "--input":
            assert next(rest) == "-"
            fields = json.loads(read)
        else:
            path = word
    body = json.dumps(fields).encode() if fields else b""
    path = "/" + path.format(owner="goldcrust", repo="profiles")
    return Exchange(method or ("POST" if fields else "GET"), path, (), body, 403, {}, b'{"message": ""}')


def put(fields: dict[str, Any], key: str, value: Any) -> None:
    """Set a field as `gh` does: `a[b]` is a member of an object."""
    name, _, inner = key.partition("[")
    if inner:
        fields.setdefault(name, {})[inner.removesuffix("]")] = value
    else:
        fields[name] = value


@pytest.mark.parametrize("name", CALLS)
def test_a_call_is_one_that_github_describes(name: str, tmp_path: Path) -> None:
    ((words, read),) = typed(CALLS[name], tmp_path)
    assert complaints(sent(words, read)) == []


def test_the_check_of_calls_can_fail() -> None:
    wrong = Exchange("PUT", "/repos/a/b/actions/permissions/workflow", (), b'{"default": "read"}', 403, {}, b"{}")
    assert any("the body's key default is unknown" in one for one in complaints(wrong))


def body_of(name: str, folder: Path) -> Mapping[str, Any]:
    ((words, read),) = typed(CALLS[name], folder)
    found: Mapping[str, Any] = json.loads(sent(words, read).body or b"{}")
    return found


def test_an_environment_keeps_its_reviewers_when_its_branches_are_limited(tmp_path: Path) -> None:
    policy = {"protected_branches": False, "custom_branch_policies": True}
    assert body_of("keeping", tmp_path) == {**KEPT, "deployment_branch_policy": policy}
    assert CALLS["restricting"].endswith("-F 'deployment_branch_policy[custom_branch_policies]=true'")
    assert "/environments/prod%20%2F%20%24%28x%29'" in CALLS["keeping"]


def test_a_ruleset_names_its_branch_and_what_a_merge_waits_for(tmp_path: Path) -> None:
    body = body_of("checks", tmp_path)
    assert body["conditions"]["ref_name"]["include"] == ["refs/heads/main"]
    checks = body["rules"][0]["parameters"]["required_status_checks"]
    assert checks == [{"context": "plan / plan"}, {"context": "it's gates / gates"}]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (
            commands.secret_command("META_TOKEN", "profiles plan"),
            ["secret", "set", "META_TOKEN", "--env", "profiles plan"],
        ),
        (commands.unset_command("META_TOKEN"), ["secret", "delete", "META_TOKEN"]),
        (commands.unset_command("A", environment="x"), ["secret", "delete", "A", "--env", "x"]),
        (commands.labels_command(("clear",)), ["label", "create", "allow-clear"]),
    ],
)
def test_the_other_commands_are_those_of_the_manual(command: str, words: list[str], tmp_path: Path) -> None:
    assert [one for one, _ in typed(command, tmp_path)] == [words]


def test_one_line_makes_several_labels(tmp_path: Path) -> None:
    made = typed(commands.labels_command(("clear", "first-contact")), tmp_path)
    assert [words[2] for words, _ in made] == ["allow-clear", "allow-first-contact"]


def test_one_key_goes_to_all_its_environments_and_into_no_argument(tmp_path: Path) -> None:
    found = typed(commands.key_command(("a b", "c")), tmp_path, openssl="echo abcdef")
    assert found == [(["secret", "set", "RECONCILER_LEDGER_KEY", "--env", name], "abcdef") for name in ("a b", "c")]


@pytest.mark.parametrize("was", [OLD, "v1.2", "release/1"])
def test_workflows_are_made_to_name_another_commit_and_nothing_else_changes(was: str, tmp_path: Path) -> None:
    kept = f"x: {TOOL}@{was}\n    uses: other/reconciler/.github/workflows/plan.yml@{was}\n"
    line = f"    uses: {TOOL}/.github/workflows/plan.yml@"
    file = tmp_path / "plan it.yml"
    file.write_text(f"{kept}{line}{was} # v1.2.0\n{line}{was}0\n")
    subprocess.run(["bash", "-euc", commands.pin_command(TOOL, was, NEW, ("plan it.yml",))], check=True, cwd=tmp_path)
    assert file.read_text() == f"{kept}{line}{NEW}\n{line}{was}0\n"


def test_a_tag_becomes_the_commit_that_it_stands_for(tmp_path: Path) -> None:
    file = tmp_path / "plan.yml"
    file.write_text(f"uses: {TOOL}/.github/actions/reconciler@v1\n")
    asks = f'printf "%s\\0" "$@" > "$HOME/words"; printf "\\1\\2" >> "$HOME/words"; echo {NEW}'
    ((words, _),) = typed(commands.pin_command(TOOL, "v1", "", ("plan.yml",)), tmp_path, gh=asks)
    assert words == ["api", f"repos/{TOOL}/commits/v1", "--jq", ".sha"]
    path = "/" + words[1]
    reply = json.dumps({"sha": NEW}).encode()
    assert complaints(Exchange("GET", path, (), b"", 200, {"content-type": "application/json"}, reply)) == []
    assert file.read_text() == f"uses: {TOOL}/.github/actions/reconciler@{NEW}\n"
