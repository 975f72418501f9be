"""A hostile pull request: nothing that it edits sends a token anywhere but to its provider, or shows it to anybody.

The runner hides secrets in its log, so what the log does not show proves little: the step that plans is also run
without a runner, as it stands in the workflow, and everything that it writes is looked at as it is.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.support.repository import Git
from tests.support.sockets import Server, reply
from tests.workflows.documents import OURS, jobs, variable_of
from tests.workflows.hosted import LOOKS, SETTINGS, VERSION, Hosted, hosted

# What a runner's step has: what the environment profiles-plan may hold at worst, and the runner's own.
PROVIDERS = {"META_PLAN_TOKEN": "EAAG-may-look", "META_TOKEN": "EAAG-may-write", "D360_API_KEYS": '{"b":"D360-key"}'}
HELD = PROVIDERS | {
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "runner-id-token",
    "GITHUB_TOKEN": "ghs_of_the_plan_job",
    "RECONCILER_LEDGER_TOKEN": "ledger-token",
    "WEBHOOK_VERIFY": "verify-token",
}
# Accounts that the pull request adds, and what is said of each. EVIL is the attacker's address, which nothing allows.
META = "provider: meta, credentials: {token: {env: META_TOKEN}, plan_token: {env: META_PLAN_TOKEN}}"
ACCOUNTS = {
    "endpoint": (f"{{{META}, endpoint: 'EVIL'}}", "EVIL is not an endpoint of Meta"),
    "tls": (f"{{{META}, endpoint: 'https://evil.example'}}", "https://evil.example is not an endpoint of Meta"),
    "user": (f"{{{META}, endpoint: 'https://graph.facebook.com@evil.example'}}", "accounts.user.endpoint must be"),
    "host": (f"{{{META}, host: evil.example}}", "evil.example' is not a host of Meta"),
    "path": (f"{{{META}, waba_id: '../../evil'}}", "accounts.path.waba_id"),
    "other": (
        "{provider: kaleyra, host: api.in.kaleyra.io, sid: HX1, credentials: {api_key: {env: META_TOKEN}}}",
        "META_TOKEN is not a name that may be read here: only names that begin with KALEYRA_ are",
    ),
    **{
        name.lower(): (
            f"{{provider: meta, credentials: {{token: {{env: {name}}}}}}}",
            f"{name} is not a name that may be read here: only names that begin with META_ are",
        )
        for name in ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "GITHUB_TOKEN", "RECONCILER_LEDGER_TOKEN")
    },
    "file": (
        "{provider: meta, credentials: {token: {file: /proc/self/environ}}}",
        "is not the name of a file in the secrets directory",
    ),
}
# Profiles that it adds: what stands at their top, and below `profile`.
PROFILES = {
    "named": ("", "about: '${META_PLAN_TOKEN}'", "${META_PLAN_TOKEN} is not declared under `vars`"),
    "mapped": ("", "about: {env: META_PLAN_TOKEN}", "profile.about must be text, not a mapping"),
    "declared": ("vars: {x: {env: META_PLAN_TOKEN}}", "about: '${x}'", "vars.x must be text, not a mapping"),
    "hook": ("", "webhook: {url: 'https://evil.example', verify_token: {env: META_TOKEN}}", "begin with WEBHOOK_ are"),
    "outside": ("", "picture: ../../../../proc/self/environ", "leads out of its folder by `..`"),
    "absolute": ("", "picture: /proc/self/environ", "is an absolute path"),
    "fetched": ("", "picture: EVIL/logo.png", "EVIL/logo.png is not a plain path"),
    "linked": ("", "picture: logo.png", "leads through a symbolic link at logo.png"),
    "based": ("extends: [../../../../proc/self/environ]", "about: x", "there is no template"),
    "own": ("credentials: {token: {env: GITHUB_TOKEN}}", "about: x", "credentials belong to the account"),
}
LINK = "symbolic links are not followed"
# What nobody refuses: words that only look as if somebody would put something in their place, or do what they say.
WORDS = "$META_PLAN_TOKEN %(META_PLAN_TOKEN)s {{META_PLAN_TOKEN}} ::add-mask::x ##[warning]x `env` $$(env)"


@pytest.fixture
def evil() -> Iterator[Server]:
    """The attacker's server."""
    with Server(lambda _: reply()) as server:
        yield server


@pytest.fixture
def shop(tmp_path: Path, tool: Path) -> Iterator[Hosted]:
    """A repository at GitHub whose environment for plans holds more than it should."""
    with hosted(tmp_path, tool) as found:
        found.secrets["profiles-plan"] = PROVIDERS
        yield found


def attacked(shop: Hosted, evil: Server) -> int:
    """Propose everything at once, so that each of it is named or gets through."""
    added = "".join(f"  {name}: {account}\n" for name, (account, _) in ACCOUNTS.items())
    settings = SETTINGS.format(endpoint=evil.origin) + added
    shop.fleet.write("reconciler.yaml", settings.replace("EVIL", evil.origin))
    for number, (name, (top, field, _)) in enumerate(PROFILES.items()):
        lines = [f'account: bakery\nnumber: "+49301234600{number}"\nphone_number_id: "10654035224300{number}"', top]
        text = "\n".join([*(line for line in lines if line), f"profile:\n  {field}\n"])
        shop.fleet.write(f"{name}.yaml", text.replace("EVIL", evil.origin))
    for link in ("logo.png", "environment.yaml"):
        (shop.git.root / "profiles" / link).symlink_to("/proc/self/environ")
    return shop.propose("hostile", author="mallory")


def refusals(evil: Server) -> list[str]:
    """Return what has to be said: of each edit its own."""
    said = [said for _, said in ACCOUNTS.values()] + [said for *_, said in PROFILES.values()]
    return [LINK, f"profiles/reconciler.yaml:5:15: error: {evil.origin} is not an endpoint"] + [
        one.replace("EVIL", evil.origin) for one in said
    ]


def unmasked(shop: Hosted, number: int) -> tuple[int, str]:
    """Run the step that plans as the workflow has it, without a runner: how it ended, and all that it wrote."""
    *_, step = next(job for job in jobs() if str(job) == "plan/plan").using(OURS)
    given = {name: value for name, value in step["with"].items() if "${{" not in value}
    assert {given.pop(name) for name in ("command", "checkout")} == {"plan", "repository"}
    folder = shop.folder / "unmasked"
    Git(shop.folder)("clone", "-q", f"file://{shop.bare.root}", str(folder / "repository"))
    Git(folder / "repository")("fetch", "-q", "origin", f"refs/pull/{number}/merge")
    Git(folder / "repository")("checkout", "-q", "FETCH_HEAD")
    wrote = {variable_of(name): str(folder / name) for name in ("summary", "outputs", "report")}
    options = {variable_of(name): value for name, value in given.items()} | {"RECONCILER_BASE": "HEAD^1"} | wrote
    around = {"PATH": os.environ["PATH"], "HOME": str(folder), "GITHUB_ACTIONS": "true", "CI": "true"}
    environ = around | shop.runner.around | options | HELD | {"PYTHONPATH": str(shop.runner.tools[VERSION])}
    words = [sys.executable, "-P", "-m", "reconciler", "-C", "repository", "plan"]
    ran = subprocess.run(words, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    files = [path for path in folder.rglob("*") if path.is_file() and folder / "repository" not in path.parents]
    assert {"page.json", "plan.json", "summary"} <= {path.name for path in files}
    return ran.returncode, "\n".join([ran.stdout, ran.stderr, *(path.read_text() for path in files)])


def nothing_is_told(shop: Hosted, text: str) -> None:
    """Look for every token in a text, in what the runs kept and in what stands at GitHub."""
    archives = [ZipFile(path) for path in shop.runner.artifacts.rglob("*.zip")]
    kept = [archive.read(name).decode() for archive in archives for name in archive.namelist()]
    said = [remark.body for remark in shop.github.repository.remarks.values()]
    assert kept
    assert said
    told = "\n".join([text, *kept, *said])
    assert [name for name, token in (HELD | shop.runner.secrets).items() if token in told] == []


def test_a_hostile_pull_request_is_refused_line_by_line_and_reaches_nobody(shop: Hosted, evil: Server) -> None:
    number = attacked(shop, evil)
    ran = shop.plan(number)
    assert ran.jobs == {"plan": "failure", "comment": "success"}, ran.log
    assert [one for one in refusals(evil) if one not in ran.log] == []
    # Nothing had to be hidden.
    assert "***" not in ran.log
    # Not even a job that plans without validating first gets further.
    code, wrote = unmasked(shop, number)
    assert code == 1
    assert [one for one in refusals(evil) if one not in wrote] == []
    nothing_is_told(shop, "\n".join([ran.log, *ran.summaries.values(), wrote]))
    assert (evil.connections, shop.world.journal()) == (0, [])


def test_what_a_pull_request_may_edit_of_an_account_counts_after_the_merge_and_words_stay_words(shop: Hosted) -> None:
    # Without its endpoint the account would be asked at Meta itself, and with the token that writes.
    settings = SETTINGS.replace("    endpoint: {endpoint}\n", "").replace("META_PLAN_TOKEN", "META_TOKEN")
    shop.fleet.write("reconciler.yaml", settings.format())
    shop.fleet.profile("berlin", 0, about=WORDS, address="Torstraße 1, 10119 Berlin")
    number = shop.propose("sly", author="mallory")
    ran = shop.plan(number)
    assert ran.jobs == {"plan": "success", "comment": "success"}, ran.log
    (said,) = shop.github.said(number)
    assert "META_PLAN_TOKEN" in said.body
    assert "***" not in ran.log
    code, wrote = unmasked(shop, number)
    assert code == 0, wrote
    assert "$META_PLAN_TOKEN %(META_PLAN_TOKEN)s" in wrote
    nothing_is_told(shop, "\n".join([ran.log, *ran.summaries.values(), wrote]))
    assert {asked["credential"] for asked in shop.world.journal()} == {LOOKS}
