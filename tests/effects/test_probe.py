"""The addresses of webhooks, asked before a provider is given them: without a credential, and whatever they answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.core.provider import Failure, Reply
from reconciler.effects.fetch import probe
from reconciler.effects.http import connection
from tests.support.effects import Clock
from tests.support.sockets import Server, each, reply
from tests.support.tls import certificate, serving


@pytest.fixture(autouse=True)
def no_certificates() -> Iterator[None]:
    """Trust what this test trusts, and nothing of another one."""
    connection._ssl_context.cache_clear()
    yield
    connection._ssl_context.cache_clear()


def asked(*urls: str) -> list[Reply | Failure]:
    found = asyncio.run(probe(urls, Clock().context(environ={"WEBHOOK_KEY": "hush-hush"})))
    return [found[url] for url in urls]


def test_each_address_is_asked_once_and_told_nothing_but_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server(each(reply({"a": 1}, 403)), tls=serving(tmp_path)) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate(tmp_path)))
        first, second = f"{server.origin}/wa?shop=1", server.origin.replace("://", "://name:hush-hush@") + "/other"
        found = asked(first, second)
    assert [answer.status for answer in found if isinstance(answer, Reply)] == [403, 403]
    assert sorted((heard.method, heard.target) for heard in server.heard) == [("GET", "/other"), ("GET", "/wa?shop=1")]
    assert all(b"authorization" not in heard.head.lower() and b"hush" not in heard.head for heard in server.heard)


def test_a_certificate_that_is_not_accepted_is_named(tmp_path: Path) -> None:
    with Server(each(reply()), tls=serving(tmp_path)) as server:
        (found,) = asked(f"{server.origin}/wa")
        assert server.heard == []
    assert isinstance(found, Failure)
    assert "CERTIFICATE_VERIFY_FAILED" in found.summary


def test_an_address_that_leads_nowhere_hides_no_other() -> None:
    found = asked("https://127.0.0.1:9/wa", "https://127.0.0.1:port/wa")
    assert [isinstance(one, Failure) for one in found] == [True, True]
    assert isinstance(found[1], Failure)
    assert found[1].summary == "the address cannot be called"
