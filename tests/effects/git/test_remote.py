"""Where the ledger's branch is, and which credential goes there."""

from __future__ import annotations

import os
from base64 import b64encode
from pathlib import Path

import pytest

from reconciler.core.basics import EnvironmentProblem
from reconciler.effects.git.process import Git
from reconciler.effects.git.remote import LedgerRemote, find_remote
from reconciler.effects.world import Context
from tests.support.stores import clone, git

LOCAL = "or keep the memory on this machine with --ledger local"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return clone(tmp_path)


def found(root: Path, **environ: str) -> LedgerRemote:
    return find_remote(Context(root=root, environ={"PATH": os.environ["PATH"], **environ}), Git())


def problem(root: Path, **environ: str) -> str:
    with pytest.raises(EnvironmentProblem) as raised:
        found(root, **environ)
    return str(raised.value)


def header(remote: LedgerRemote) -> tuple[str, str]:
    """Return for where a credential is meant, and which one."""
    (pair,) = [(name, value) for name, value in remote.settings if name.endswith(".extraheader")]
    return pair


def basic(pair: str) -> str:
    return f"Authorization: Basic {b64encode(pair.encode()).decode()}"


@pytest.mark.parametrize(
    "url",
    [
        "https://github.com/o/r.git",
        "https://github.example:8443/o/r",
        "ssh://git@github.com/o/r",
        "git@github.com:o/r.git",
        "github.com:o/r.git",
        "file:///srv/git/r",
    ],
)
def test_a_remote_is_where_origin_is(root: Path, url: str) -> None:
    git(root, "remote", "set-url", "origin", url)
    assert found(root) == LedgerRemote(url)


@pytest.mark.parametrize("path", ["../remote.git", "./../remote.git", "/abs/../remote.git"])
def test_a_path_is_meant_from_the_top_of_the_working_copy(root: Path, path: str) -> None:
    (root / "profiles").mkdir()
    git(root, "remote", "set-url", "origin", path.replace("/abs/..", str(root.parent)))
    assert found(root).url == found(root / "profiles").url == str(root.parent / "remote.git")


@pytest.mark.parametrize(
    ("folder", "branch"),
    [
        (".", "reconciler-ledger"),
        ("north", "reconciler-ledger-north"),
        ("shops/north", "reconciler-ledger-shops%2Fnorth"),
        ("shops-north", "reconciler-ledger-shops-north"),
        (".a..b~c.lock", "reconciler-ledger-%2Ea%2E%2Eb%7Ec%2Elock"),
        ("käse", "reconciler-ledger-k%C3%A4se"),
    ],
)
def test_a_folder_of_the_repository_has_a_branch_of_its_own(root: Path, folder: str, branch: str) -> None:
    (root / folder).mkdir(parents=True, exist_ok=True)
    assert found(root / folder).branch == branch
    git(root, "check-ref-format", "--branch", branch)


def test_how_the_user_rewrites_addresses_is_heeded(root: Path, tmp_path: Path) -> None:
    git(root, "remote", "set-url", "origin", "work:o/r")
    (tmp_path / ".gitconfig").write_text('[url "https://github.com/"]\ninsteadOf = work:\n')
    assert found(root, HOME=str(tmp_path)) == LedgerRemote("https://github.com/o/r")


def test_the_environment_may_name_another_remote(root: Path, tmp_path: Path) -> None:
    url = "https://github.com/o/ledger"
    assert (
        found(root, RECONCILER_LEDGER_REMOTE=url) == found(tmp_path, RECONCILER_LEDGER_REMOTE=url) == LedgerRemote(url)
    )
    elsewhere = found(tmp_path, RECONCILER_LEDGER_REMOTE="remote.git", GIT_CEILING_DIRECTORIES=str(tmp_path.parent))
    assert elsewhere == LedgerRemote(str(tmp_path / "remote.git"))


def test_what_leads_git_elsewhere_is_not_heeded(root: Path, tmp_path: Path) -> None:
    astray = {"GIT_DIR": str(tmp_path / "remote.git"), "GIT_WORK_TREE": str(tmp_path)}
    assert found(root, **astray) == found(root)


def test_without_a_repository_there_is_no_remote(tmp_path: Path) -> None:
    assert problem(tmp_path, GIT_CEILING_DIRECTORIES=str(tmp_path.parent)) == (
        "the git ledger is a branch at a remote, and git finds no repository that holds the profiles "
        f"(not a git repository (or any of the parent directories): .git): run in a clone, {LOCAL}"
    )


def test_without_a_remote_there_is_none(root: Path) -> None:
    git(root, "remote", "remove", "origin")
    assert problem(root) == (
        "the git ledger is a branch at a remote, and the repository has no remote origin: "
        f"git remote add origin ADDRESS, {LOCAL}"
    )


def test_without_git_there_is_no_git_ledger(root: Path, tmp_path: Path) -> None:
    assert problem(root, PATH=str(tmp_path)) == (
        "git cannot be run: No such file or directory; install it, or keep the memory without it: --ledger local"
    )


@pytest.mark.parametrize("url", ["ext::sh -c touch% pwned", "-oProxyCommand=x", "x::y", "a\x1bb", "fd::7"])
def test_an_address_that_runs_something_is_refused_and_not_shown(root: Path, url: str) -> None:
    said = problem(root, RECONCILER_LEDGER_REMOTE=url)
    assert said == (
        "the git ledger is a branch at a remote, and the address of RECONCILER_LEDGER_REMOTE is none that git can use "
        f"here: correct it, {LOCAL}"
    )


@pytest.mark.parametrize("url", ["http://github.com/o/r", "git://github.com/o/r", "ftp://x/y", "https:///o/r"])
def test_a_way_that_others_can_listen_on_is_refused(root: Path, url: str) -> None:
    git(root, "remote", "set-url", "origin", url)
    scheme = url.partition(":")[0]
    assert problem(root, RECONCILER_LEDGER_TOKEN="s3cret") == (
        f"the git ledger is a branch at a remote, and the address of the remote origin begins with {scheme}://, and "
        f"git goes over https, ssh or a path here: correct it, {LOCAL}"
    )


@pytest.mark.parametrize("url", ["https://[::1/x", "https://host:port/x"])
def test_an_address_that_is_none_is_said(root: Path, url: str) -> None:
    assert "and the address of RECONCILER_LEDGER_REMOTE cannot be read: correct it" in problem(
        root, RECONCILER_LEDGER_REMOTE=url
    )


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:8080"])
def test_on_this_machine_plain_http_will_do_and_no_proxy_comes_between(root: Path, host: str) -> None:
    remote = found(root, RECONCILER_LEDGER_REMOTE=f"http://{host}/r", RECONCILER_LEDGER_TOKEN="s3cret")
    assert (remote.url, remote.environ) == (f"http://{host}/r", {"GIT_ALLOW_PROTOCOL": "https:ssh:file:http"})
    assert ("http.proxy", "") in remote.settings
    assert header(remote) == (f"http.http://{host}/.extraheader", basic("x-access-token:s3cret"))


def test_elsewhere_git_speaks_no_plain_http() -> None:
    assert LedgerRemote("https://github.com/o/r").environ == {"GIT_ALLOW_PROTOCOL": "https:ssh:file"}


# Credentials

GITHUB = "https://github.com/o/r"


@pytest.mark.parametrize(
    ("url", "environ", "pair"),
    [
        (GITHUB, {"RECONCILER_LEDGER_TOKEN": " ours\n"}, "x-access-token:ours"),
        (GITHUB, {"RECONCILER_LEDGER_TOKEN": "ours", "GITHUB_TOKEN": "theirs"}, "x-access-token:ours"),
        (GITHUB, {"GITHUB_TOKEN": "theirs"}, "x-access-token:theirs"),
        (GITHUB, {"GITHUB_TOKEN": "theirs", "GITHUB_SERVER_URL": "https://GitHub.com/"}, "x-access-token:theirs"),
        ("https://GitHub.com/o/r", {"GITHUB_TOKEN": "theirs"}, "x-access-token:theirs"),
        ("https://me:p%40ss@github.com/o/r", {"GITHUB_TOKEN": "theirs"}, "me:p@ss"),
        ("https://ghs_only@github.com/o/r", {}, "ghs_only:"),
        ("https://me:old@github.com/o/r", {"RECONCILER_LEDGER_TOKEN": "ours"}, "x-access-token:ours"),
        ("https://git.example/o/r", {"RECONCILER_LEDGER_TOKEN": "ours"}, "x-access-token:ours"),
    ],
)
def test_the_first_credential_that_is_there_goes_to_the_remote(
    root: Path, url: str, environ: dict[str, str], pair: str
) -> None:
    remote = found(root, RECONCILER_LEDGER_REMOTE=url, **environ)
    origin = "https://git.example" if "git.example" in url else "https://github.com"
    assert remote.url == f"{origin}/o/r"
    assert header(remote) == (f"http.{origin}/.extraheader", basic(pair))


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("https://github.example/o/r", ""),
        ("https://github.com.evil.example/o/r", ""),
        ("https://github.com:8443/o/r", ""),
        (GITHUB, "https://github.example"),
        (GITHUB, "http://github.com"),
    ],
)
def test_githubs_token_goes_to_github_only(root: Path, url: str, server: str) -> None:
    remote = found(root, RECONCILER_LEDGER_REMOTE=url, GITHUB_TOKEN="theirs", GITHUB_SERVER_URL=server)
    assert remote == LedgerRemote(url)


LAB = {"GITLAB_CI": "true", "CI_SERVER_URL": "https://lab.example", "CI_JOB_TOKEN": "jobs"}
OWN = {**LAB, "RECONCILER_GITLAB_TOKEN": "own"}


@pytest.mark.parametrize(
    ("url", "environ", "pair"),
    [
        ("https://lab.example/o/r", LAB, "gitlab-ci-token:jobs"),
        ("https://lab.example/o/r", OWN, "x-access-token:own"),
        # GitLab's runner writes the job's token, which may only read, into the address.
        ("https://gitlab-ci-token:jobs@lab.example/o/r", OWN, "x-access-token:own"),
        ("https://me:mine@lab.example/o/r", OWN, "me:mine"),
        ("https://gitlab-ci-token:jobs@lab.example/o/r", {}, "gitlab-ci-token:jobs"),
        ("https://lab.example/o/r", {**OWN, "RECONCILER_LEDGER_TOKEN": "ours"}, "x-access-token:ours"),
    ],
)
def test_gitlabs_token_comes_before_the_one_that_may_only_read(
    root: Path, url: str, environ: dict[str, str], pair: str
) -> None:
    remote = found(root, RECONCILER_LEDGER_REMOTE=url, **environ)
    assert header(remote) == ("http.https://lab.example/.extraheader", basic(pair))


@pytest.mark.parametrize("server", ["https://lab.example", "https://lab.example/sub", ""])
def test_gitlabs_token_goes_to_that_gitlab_only(root: Path, server: str) -> None:
    for url in ("https://other.example/o/r", GITHUB, *(["https://lab.example/o/r"] if "sub" in server else [])):
        assert found(root, RECONCILER_LEDGER_REMOTE=url, **{**OWN, "CI_SERVER_URL": server}) == LedgerRemote(url)


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"GITHUB_SERVER_URL": "https://Git.example:8443"},
        {"RECONCILER_LEDGER_HOST": "git.example:8443"},
        {"RECONCILER_LEDGER_HOST": "git.example:8443", "GITHUB_SERVER_URL": "https://github.com"},
    ],
)
def test_the_ledgers_token_goes_to_the_host_of_origin_where_nothing_else_is_configured(
    root: Path, environ: dict[str, str]
) -> None:
    git(root, "remote", "set-url", "origin", "https://git.example:8443/o/r")
    remote = found(root, RECONCILER_LEDGER_TOKEN="ours", **environ)
    assert header(remote) == ("http.https://git.example:8443/.extraheader", basic("x-access-token:ours"))


@pytest.mark.parametrize(
    ("environ", "host", "why"),
    [
        ({"GITHUB_SERVER_URL": "https://github.com"}, "github.com", "GITHUB_SERVER_URL"),
        ({"GITHUB_SERVER_URL": "https://["}, "https://[", "GITHUB_SERVER_URL"),
        ({"RECONCILER_LEDGER_HOST": "git.example"}, "git.example", "RECONCILER_LEDGER_HOST"),
        (
            {"RECONCILER_LEDGER_HOST": "git.example", "GITHUB_SERVER_URL": "https://evil.example:8443"},
            "git.example",
            "RECONCILER_LEDGER_HOST",
        ),
    ],
)
@pytest.mark.parametrize("url", ["https://evil.example:8443/o/r", "https://me:old@evil.example:8443/o/r"])
def test_the_ledgers_token_goes_to_no_other_host_than_the_configured_one(
    root: Path, url: str, environ: dict[str, str], host: str, why: str
) -> None:
    git(root, "remote", "set-url", "origin", url)
    assert problem(root, RECONCILER_LEDGER_TOKEN="ours", **environ) == (
        f"the git ledger is a branch at a remote, and RECONCILER_LEDGER_TOKEN is sent to {host} only, as {why} says, "
        "while the remote origin is at evil.example:8443: set RECONCILER_LEDGER_HOST=evil.example:8443 if the token is "
        f"for that host, {LOCAL}"
    )


def test_an_address_in_the_environment_says_where_the_token_goes(root: Path) -> None:
    around = {"GITHUB_SERVER_URL": "https://github.com", "RECONCILER_LEDGER_TOKEN": "ours"}
    remote = found(root, RECONCILER_LEDGER_REMOTE="https://git.example/o/r", **around)
    assert header(remote) == ("http.https://git.example/.extraheader", basic("x-access-token:ours"))


@pytest.mark.parametrize("url", ["ssh://git@github.com/o/r", "git@github.com:o/r", "/srv/r"])
def test_a_token_goes_over_https_only(root: Path, url: str) -> None:
    assert found(root, RECONCILER_LEDGER_REMOTE=url, RECONCILER_LEDGER_TOKEN="ours").settings == ()


@pytest.mark.parametrize(
    ("url", "environ"),
    [
        (GITHUB, {"RECONCILER_LEDGER_TOKEN": "s3cret"}),
        ("https://me:s3cret@github.com/o/r", {}),
        ("https://me:%73%33cret@github.com/o/r", {}),
        ("https://s3cret@github.com/o/r", {}),
        ("https://me:s3cret@github.com/o/r", {"RECONCILER_LEDGER_TOKEN": "ours"}),
    ],
)
def test_nothing_secret_is_left_in_what_is_shown(root: Path, url: str, environ: dict[str, str]) -> None:
    context = Context(root=root, environ={"PATH": os.environ["PATH"], "RECONCILER_LEDGER_REMOTE": url, **environ})
    remote = find_remote(context, Git())
    encoded = header(remote)[1].rpartition(" ")[2]
    shown = context.secrets.without(f"{remote.shown} {url} s3cret {encoded}") + repr(remote)
    assert not [secret for secret in ("s3cret", "%73%33cret", encoded) if secret in shown]
    assert "github.com/o/r" in shown


@pytest.mark.parametrize(
    ("url", "shown", "secret"),
    [
        ("ssh://git:s3cret@git.example/o/r", "ssh://git@git.example/o/r", "s3cret"),
        ("https://git.example/o/r?token=s3cret-s3cret", "https://git.example/o/r?token=⟨secret⟩", "s3cret-s3cret"),
        ("https://git.example/glpat-s3creT0s3creT0/r", "https://git.example/⟨secret⟩/r", "glpat-s3creT0s3creT0"),
    ],
)
def test_a_secret_in_another_part_of_an_address_is_kept_back_too(root: Path, url: str, shown: str, secret: str) -> None:
    """Git needs those of a query and of a path; ssh cannot use a password at all."""
    there, given = {"RECONCILER_LEDGER_REMOTE": url}, {"PATH": os.environ["PATH"]}
    git(root, "remote", "set-url", "origin", url)
    for context in (Context(root=root, environ=given), Context(root=root, environ=given | there)):
        remote = find_remote(context, Git())
        assert (remote.url, remote.shown) == (url.replace(":s3cret@", "@"), shown)
        assert context.secrets.without(f"no: {secret}") == "no: ⟨secret⟩"
