"""The git store at a server: what opens it goes to that server only, and nobody else on the machine can read it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.core.basics import EnvironmentProblem
from reconciler.effects.ledger import Batch, Conflict, record_entries, store_batch
from reconciler.effects.ledger.git import GitLedger
from reconciler.effects.world import Context
from tests.support.git_server import GitServer, git_server
from tests.support.stores import clone, git, lease, remembered, run_record

BERLIN, MUNICH = remembered("100000001", about="Berlin"), remembered("100000002", about="Munich")
TOKEN = "ghs_16C7e42F292c6912E7710c838347Ae178B4a"
BASIC = f"Basic {b64encode(f'x-access-token:{TOKEN}'.encode()).decode()}"
PUSH = "POST git-receive-pack"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    """A server that wants the token, and a clone of what is there."""
    root = clone(tmp_path)
    with git_server(tmp_path) as running:
        running.header = BASIC
        git(root, "remote", "set-url", "origin", f"{running.origin}/remote.git")
        yield running


def ledger(server: GitServer, **environ: str) -> GitLedger:
    return GitLedger(Context(root=server.root / "clone", environ=environ))


def problem(found: GitLedger) -> str:
    """Return why nothing can be remembered."""
    with pytest.raises(EnvironmentProblem) as raised:
        record_entries(found, [BERLIN], note="run 1")
    return str(raised.value)


def test_a_token_of_our_own_opens_it(server: GitServer) -> None:
    found = ledger(server, RECONCILER_LEDGER_TOKEN=TOKEN)
    after = record_entries(found, [BERLIN], note="run 1")
    assert ledger(server, RECONCILER_LEDGER_TOKEN=TOKEN).read() == after
    assert after.entries == {BERLIN.key: BERLIN}


def test_githubs_token_opens_it_where_the_remote_is_at_github(server: GitServer) -> None:
    found = ledger(server, GITHUB_TOKEN=TOKEN, GITHUB_SERVER_URL=server.origin)
    assert record_entries(found, [BERLIN], note="run 1").entries == {BERLIN.key: BERLIN}


@pytest.mark.parametrize("at", [{}, {"GITHUB_SERVER_URL": "https://github.example"}])
def test_githubs_token_goes_to_no_other_server(server: GitServer, at: dict[str, str]) -> None:
    said = problem(ledger(server, GITHUB_TOKEN=TOKEN, **at))
    assert {header for _, header in server.seen} == {""}
    assert "cannot be read: could not read Username" in said
    assert said.endswith("`permissions: contents: write` and GITHUB_TOKEN")


def test_a_password_in_the_address_opens_it_and_is_no_argument_of_git(server: GitServer) -> None:
    server.header = f"Basic {b64encode(b'me:p4ss-7f3a/word').decode()}"
    server.meanwhile = lambda: shown.extend(arguments(b"p4ss-7f3a"))
    shown: list[bytes] = []
    address = server.origin.replace("://", "://me:p4ss-7f3a%2Fword@")
    git(server.root / "clone", "remote", "set-url", "origin", f"{address}/remote.git")
    assert record_entries(ledger(server), [BERLIN], note="run 1").entries == {BERLIN.key: BERLIN}
    assert shown == []


def arguments(*secrets: bytes) -> list[bytes]:
    """Return the command line of every process on the machine that shows one of `secrets`."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes()
        except OSError:
            continue
        found += [line] * any(secret in line for secret in secrets)
    return found


def test_no_process_has_the_token_in_its_arguments(server: GitServer) -> None:
    """The server looks while git waits for it, so that every process that git starts is there."""
    calls: list[list[bytes]] = []
    lines: list[list[bytes]] = []

    def look() -> None:
        calls.append(arguments(TOKEN.encode(), BASIC.removeprefix("Basic ").encode()))
        lines.append(arguments(f"{server.origin}/remote.git".encode()))

    server.meanwhile = look
    record_entries(ledger(server, RECONCILER_LEDGER_TOKEN=TOKEN), [BERLIN], note="run 1")
    assert calls == [[]] * len(calls)
    assert [path for path, _ in server.seen if "receive-pack" in path] != []
    # It would have been seen: the address is.
    assert lines
    assert all(any(b"remote-http" in line for line in found) for found in lines)


@pytest.mark.parametrize("status", [301, 302, 307])
def test_a_server_that_sends_git_elsewhere_is_not_followed(server: GitServer, tmp_path: Path, status: int) -> None:
    with git_server(tmp_path) as other:
        server.instead = {"GET refs": status}
        server.location = f"{other.origin}/remote.git/info/refs?service=git-upload-pack"
        said = problem(ledger(server, RECONCILER_LEDGER_TOKEN=TOKEN))
        assert other.seen == []
    assert f"The requested URL returned error: {status}" in said


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_token_that_does_not_suffice_is_said_and_not_shown(server: GitServer, status: int) -> None:
    server.instead = {"GET refs": status}
    said = problem(ledger(server, RECONCILER_LEDGER_TOKEN=TOKEN))
    assert said.startswith(f"the ledger, reconciler-ledger at {server.origin}/remote.git, cannot be read: ")
    assert "give a token that may read and write contents as RECONCILER_LEDGER_TOKEN" in said
    assert TOKEN not in said


def test_a_token_that_may_only_read_is_said(server: GitServer) -> None:
    server.instead = {PUSH: 403}
    said = problem(ledger(server, RECONCILER_LEDGER_TOKEN=TOKEN))
    assert "cannot be written: " in said
    assert "the token needs `contents: write`" in said


def test_an_answer_that_is_lost_after_the_push_arrived_doubles_nothing(server: GitServer) -> None:
    server.instead = {PUSH: 0}
    found = ledger(server, RECONCILER_LEDGER_TOKEN=TOKEN)
    batch = Batch("run 1", (BERLIN,), lease=lease(), record=run_record())
    after = store_batch(found, batch)
    assert after == ledger(server, RECONCILER_LEDGER_TOKEN=TOKEN).read()
    assert git(server.root / "remote.git", "rev-list", "--count", "reconciler-ledger") == "1"
    assert found.runs() == (run_record(),)


def test_a_server_that_fails_each_time_is_not_asked_forever(server: GitServer) -> None:
    server.instead = {PUSH: 500}
    said = problem(ledger(server, RECONCILER_LEDGER_TOKEN=TOKEN))
    assert "cannot be written: the connection is lost each time" in said
    assert len([path for path, _ in server.seen if path.startswith("POST") and "receive" in path]) == 3


def test_who_comes_second_at_a_server_gets_a_conflict(server: GitServer) -> None:
    one, other = (ledger(server, RECONCILER_LEDGER_TOKEN=TOKEN) for _ in range(2))
    stale = record_entries(one, [BERLIN], note="run 1").version
    after = record_entries(other, [MUNICH], note="run 2")
    assert one.commit(Batch("run 1", (MUNICH,)), version=stale) == Conflict()
    assert record_entries(one, [BERLIN], note="run 1") == after


def test_a_server_that_is_not_there_is_said(server: GitServer) -> None:
    said = problem(ledger(server, RECONCILER_LEDGER_REMOTE="http://127.0.0.1:1/remote.git"))
    assert "Failed to connect" in said
    assert said.endswith("see that the address of the remote is right and the network reaches it")
