"""An artifact: two steps, of which the second is at another host and without the token."""

from __future__ import annotations

import pytest

from reconciler.effects.world import Patience
from reconciler.forge.port import Artifact
from tests.support.effects import Clock
from tests.support.github import FakeGitHub
from tests.support.github.asking import EVERYTHING, SECRET, Work, ask, ask_at, refused, refused_at
from tests.support.sockets import Act, Heard, Server, each, hang, reply, reset

ZIP = b"PK\x05\x06" + bytes(18)
SIGNED = "/store?sig=very-secret"
ONE = Artifact(id=7, name="plan", size=len(ZIP), expired=False)


def stored(fake: FakeGitHub, *, expired: bool = False, digest: str | None = "") -> Artifact:
    """Return an artifact as a client sees it."""
    run = fake.run("plan.yml", "a" * 40)
    fake.artifact(run, "plan", ZIP, expired=expired, digest=digest)
    (found,) = ask(fake, lambda github: github.artifacts(run))
    fake.asked.clear()
    return found


def get(artifact: Artifact = ONE, *, most: int = 1000) -> Work[bytes]:
    return lambda github: github.download(artifact, most=most)


def leading(to: str) -> Act:
    return reply(b"", 302, Location=to)


def test_an_artifact_is_fetched_from_where_github_says_without_the_token(fake: FakeGitHub) -> None:
    assert ask(fake, get(stored(fake))) == ZIP
    first, second = fake.asked
    assert (first.url, second.url) == (
        "https://api.github.com/repos/goldcrust/profiles/actions/artifacts/1002/zip",
        "https://artifacts.example/signed/1002?sig=once",
    )
    assert (first.headers["authorization"], "authorization" in second.headers) == (f"Bearer {SECRET}", False)


def test_on_this_machine_the_store_is_where_the_api_is(fake: FakeGitHub) -> None:
    artifact = stored(fake)
    fake.token(SECRET, EVERYTHING)
    with fake.serving() as url:
        assert ask_at(url, get(artifact)) == ZIP
    assert ["authorization" in asked.headers for asked in fake.asked] == [True, False]


def test_an_artifact_without_a_digest_is_taken_as_it_comes(fake: FakeGitHub) -> None:
    assert ask(fake, get(stored(fake, digest=None))) == ZIP


@pytest.mark.parametrize("digest", ["sha256:" + "0" * 64, "md5:d41d8cd98f00b204e9800998ecf8427e", "x"])
def test_an_artifact_that_does_not_have_its_digest_is_none(fake: FakeGitHub, digest: str) -> None:
    found = refused(fake, get(stored(fake, digest=digest)))
    assert str(found) == ("cannot download artifact 1002: what came does not have the digest that GitHub gives for it")


def test_an_artifact_that_expired_is_gone(fake: FakeGitHub) -> None:
    found = refused(fake, get(stored(fake, expired=True)))
    assert (found.status, "GitHub answers 410, Artifact has expired" in str(found)) == (410, True)


def test_an_artifact_that_says_it_is_too_large_is_not_asked_for(fake: FakeGitHub) -> None:
    found = refused(fake, get(stored(fake), most=21))
    assert fake.asked == []
    assert str(found) == "cannot download artifact 1002: it has 22 bytes, and 21 are the most that is read"


@pytest.mark.parametrize(("more", "taken"), [(0, True), (1, False)])
def test_an_artifact_that_is_larger_than_it_says_is_not_held(more: int, taken: bool) -> None:
    def script(heard: Heard) -> Act:
        return reply(b"x" * (1000 + more)) if heard.target == SIGNED else leading(f"{server.origin}{SIGNED}")

    with Server(script) as server:
        if taken:
            assert ask_at(server.origin, get()) == b"x" * 1000
        else:
            found = refused_at(server.origin, get())
            assert str(found) == "cannot download artifact 7: the reply is larger than 1000 bytes"


def test_the_store_is_asked_again_where_the_connection_breaks() -> None:
    acts = [reset, reply(b"", 503), reply(ZIP)]

    def script(heard: Heard) -> Act:
        return acts.pop(0) if heard.target == SIGNED else leading(f"{server.origin}{SIGNED}")

    clock = Clock()
    with Server(script) as server:
        assert ask_at(server.origin, get(), clock=clock) == ZIP
    assert clock.slept == [1.0, 2.0]


@pytest.mark.parametrize("location", ["http://evil.example/x", "http://127.0.0.1:{port}/x", "ftp://x", "x", "", "//x"])
def test_only_https_or_the_apis_own_address_is_gone_to(location: str) -> None:
    with Server(each(reply(ZIP))) as other, Server(each(leading(location.format(port=other.port)))) as server:
        found = refused_at(server.origin, get())
        assert (len(server.heard), other.heard) == (1, [])
    assert str(found) == "cannot download artifact 7: GitHub sends us to an address that is not https"


@pytest.mark.parametrize(
    "location",
    [
        "https://user:word@store.example/x",
        "https://[/x",
        "https://a b/x",
        "https://store.example:port/x",
        "https://xn--/x",
    ],
)
def test_an_address_that_is_none_is_not_gone_to(location: str) -> None:
    with Server(each(leading(location))) as server:
        found = refused_at(server.origin, get())
    assert "GitHub sends us to an address that is not https" in str(found)
    assert "store.example" not in str(found)


def test_a_second_redirect_is_not_followed_and_no_signed_address_is_told() -> None:
    def script(heard: Heard) -> Act:
        return leading(f"{server.origin}{SIGNED}")

    with Server(script) as server:
        found = refused_at(server.origin, get())
        assert len(server.heard) == 2
    assert (found.status, "very-secret" in str(found)) == (302, False)


@pytest.mark.parametrize("act", [reply(b"", 200), reply(b"", 204), reply(b"", 302)])
def test_an_answer_that_leads_nowhere_is_a_problem(act: Act) -> None:
    with Server(each(act)) as server:
        found = refused_at(server.origin, get())
        assert len(server.heard) == 1
    assert str(found).startswith("cannot download artifact 7: ")


def test_a_store_that_hangs_is_given_up() -> None:
    def script(heard: Heard) -> Act:
        return hang if heard.target == SIGNED else leading(f"{server.origin}{SIGNED}")

    clock = Clock()
    with Server(script) as server:
        found = refused_at(server.origin, get(), clock=clock, patience=Patience(request=0.05))
    assert clock.slept == [1.0, 2.0, 4.0]
    assert "no whole reply within 0 s" in str(found)
    assert "very-secret" not in str(found)
