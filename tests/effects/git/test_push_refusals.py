"""What git and servers say about a push, and what it means."""

from __future__ import annotations

import os

import pytest

from reconciler.effects.git.process import Git, Ran
from reconciler.effects.git.refusals import (
    ACCESS,
    ALLOW,
    NETWORK,
    PushAnswer,
    PushRefused,
    RemoteTransport,
    advice,
    became_of,
    in_words,
    remote_transport,
    without_secrets,
)
from reconciler.effects.world import KnownSecrets

MADE = "a" * 40
HTTPS, SSH = "https://github.com/o/r", "ssh://git@github.com/o/r"


def pushed(flag: str, summary: str, err: str = "", *, code: int = 1) -> Ran:
    """Return how a push ends, in git's own form."""
    line = f"{flag}\t{MADE}:refs/heads/reconciler-ledger\t{summary}"
    return Ran(code, f"To https://github.com/o/r\n{line}\nDone\n".encode(), err)


@pytest.mark.parametrize("flag", ["*", " "])
def test_what_git_is_content_with_is_committed(flag: str) -> None:
    assert became_of(pushed(flag, "[new branch]", code=0)) is PushAnswer.TAKEN


@pytest.mark.parametrize(
    "summary",
    [
        "[rejected] (stale info)",
        "[rejected] (fetch first)",
        "[rejected] (non-fast-forward)",
        "[rejected] (remote ref updated since checkout)",
        "[remote rejected] (incorrect old value provided)",
        "[remote rejected] (failed to update ref)",
        "[remote rejected] (cannot lock ref 'refs/heads/x': is at bb but expected aa)",
        "[remote rejected] (cannot lock ref 'refs/heads/x': reference already exists)",
        "[remote rejected] (reference already exists)",
    ],
)
def test_a_lost_race_is_a_conflict_in_the_words_of_every_server(summary: str) -> None:
    assert became_of(pushed("!", summary, "error: failed to push some refs to 'x'")) is PushAnswer.OVERTAKEN


@pytest.mark.parametrize(
    ("ran", "why"),
    [
        (
            pushed("!", "[remote rejected] (pre-receive hook declined)"),
            "pre-receive hook declined: git does not say why",
        ),
        (
            pushed(
                "!",
                "[remote rejected] (push declined due to repository rule violations)",
                "remote: error: GH013: Repository rule violations found for refs/heads/reconciler-ledger.\n"
                "remote: \nremote: - Cannot create ref due to creations being restricted.\n"
                "error: failed to push some refs to 'https://github.com/o/r'\nhint: read the manual\n",
            ),
            (
                "push declined due to repository rule violations: GH013: Repository rule violations found for "
                "refs/heads/reconciler-ledger; - Cannot create ref due to creations being restricted"
            ),
        ),
        (
            pushed(
                "!",
                "[remote rejected] (protected branch hook declined)",
                "remote: error: GH006: Protected branch update failed: protected branch hook declined\n",
            ),
            "GH006: Protected branch update failed: protected branch hook declined",
        ),
        (
            Ran(
                128,
                b"",
                "remote: Permission to o/r.git denied to github-actions[bot].\n"
                "fatal: unable to access 'https://github.com/o/r/': The requested URL returned error: 403\n",
            ),
            (
                "Permission to o/r.git denied to github-actions[bot]; "
                "unable to access 'https://github.com/o/r/': The requested URL returned error: 403"
            ),
        ),
        (
            Ran(
                128,
                b"",
                "ERROR: The key you are authenticating with has been marked as read only: read-only.\n"
                "fatal: Could not read from remote repository.\n\n"
                "Please make sure you have the correct access rights\nand the repository exists.\n",
            ),
            (
                "ERROR: The key you are authenticating with has been marked as read only: read-only; "
                "Could not read from remote repository"
            ),
        ),
    ],
)
def test_a_refusal_is_told_in_the_servers_words(ran: Ran, why: str) -> None:
    with pytest.raises(PushRefused) as found:
        became_of(ran)
    assert str(found.value) == why


@pytest.mark.parametrize(
    "ran",
    [
        pushed("!", "[remote failure] (remote failed to report status)"),
        Ran(128, b"", "fatal: the remote end hung up unexpectedly\n"),
        Ran(1, b"", "error: RPC failed; HTTP 502 curl 22 The requested URL returned error: 502\n"),
        Ran(-9, b"", ""),
    ],
)
def test_what_is_neither_may_have_arrived(ran: Ran) -> None:
    assert became_of(ran) is PushAnswer.UNKNOWN


def test_of_much_that_is_said_only_the_beginning_is_told() -> None:
    assert in_words("".join(f"remote: {n}\n" for n in range(100))) == "0; 1; 2; 3; 4; 5"
    assert len(in_words("x" * 10_000)) == 600
    # What follows goes on behind a semicolon.
    assert in_words("fatal: Could not read from remote repository.\nfatal: Gone.\n") == (
        "Could not read from remote repository; Gone"
    )


@pytest.mark.parametrize(
    ("why", "url", "what"),
    [
        (
            "could not read Username for 'https://github.com': terminal prompts disabled",
            HTTPS,
            ACCESS[RemoteTransport.HTTP],
        ),
        ("The requested URL returned error: 403", HTTPS, ACCESS[RemoteTransport.HTTP]),
        ("Repository not found.", HTTPS, ACCESS[RemoteTransport.HTTP]),
        ("Could not resolve host: github.example", HTTPS, NETWORK),
        ("Host key verification failed.", SSH, ACCESS[RemoteTransport.SSH]),
        ("git@github.com: Permission denied (publickey).", SSH, ACCESS[RemoteTransport.SSH]),
        ("ssh: connect to host github.example port 22: Connection timed out", SSH, NETWORK),
        ("'/srv/fleet.git' does not appear to be a git repository", "/srv/fleet.git", ACCESS[RemoteTransport.FOLDER]),
        ("unable to open object directory", "/srv/fleet.git", ACCESS[RemoteTransport.FOLDER]),
    ],
)
def test_what_to_do_depends_on_what_is_wrong_and_on_the_way_there(why: str, url: str, what: str) -> None:
    assert advice(why, url) == what


@pytest.mark.parametrize(
    ("url", "way"),
    [
        (HTTPS, RemoteTransport.HTTP),
        ("http://127.0.0.1:8080/o/r", RemoteTransport.HTTP),
        (SSH, RemoteTransport.SSH),
        ("SSH://git@github.com/o/r", RemoteTransport.SSH),
        ("git@github.com:o/r.git", RemoteTransport.SSH),
        ("/srv/fleet.git", RemoteTransport.FOLDER),
        ("FILE:///srv/fleet.git", RemoteTransport.FOLDER),
    ],
)
def test_an_address_says_how_git_goes_there(url: str, way: RemoteTransport) -> None:
    assert remote_transport(url) is way


@pytest.mark.parametrize("said", [ACCESS, ALLOW], ids=["reading", "writing"])
def test_a_token_is_only_asked_for_where_one_is_used(said: dict[RemoteTransport, str]) -> None:
    assert [way for way in RemoteTransport if "token" in said[way].lower()] == [RemoteTransport.HTTP]
    assert [way for way in RemoteTransport if "ssh" in said[way]] == [RemoteTransport.SSH]
    assert [way for way in RemoteTransport if "folder" in said[way]] == [RemoteTransport.FOLDER]


def test_a_secret_that_a_server_breaks_over_lines_is_gone_before_its_words_are_cut() -> None:
    secrets = KnownSecrets()
    secrets.add("ghs_canaryCanaryC4nary", "GITHUB_TOKEN")
    err = f"remote: {'x' * 580} ghs_cana\nremote: ryCanaryC4nary no\n"
    ran = without_secrets(Ran(1, b"!\ta:b\t[remote rejected] (ghs_canaryCanaryC4nary)\n", err), secrets)
    assert in_words(ran.err) == f"{'x' * 580} ⟨secret⟩ no"
    assert ran.out == "!\ta:b\t[remote rejected] (⟨secret⟩)\n".encode()


def test_gits_own_words_about_an_address_hold_no_password() -> None:
    ran = Git().run("ls-remote", "nothing://me:s3cret@git.example/o/r", environ={"PATH": os.environ["PATH"]})
    assert ran.code
    assert "s3cret" not in ran.err
