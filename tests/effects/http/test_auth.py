"""How a credential travels: in a header or in the body, and each number's own with it alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from reconciler.core.fields import Picture, SecretRef
from reconciler.core.provider import Call, CallFailed, Provider, Read, Upload, Write
from reconciler.core.settings import Account
from reconciler.core.target import Target
from reconciler.core.traits import Rate
from reconciler.effects.files.picture_files import open_picture
from reconciler.effects.http.accounts import AccountAccess
from reconciler.effects.http.allowance import Pace
from reconciler.effects.http.client import ReadClient
from reconciler.effects.http.connection import Connection
from reconciler.effects.http.retries import RetryBudget
from reconciler.effects.http.sending import WriteClient
from reconciler.effects.world import Context
from reconciler.providers import providers
from tests.support import target
from tests.support.effects import Clock, one
from tests.support.sockets import Act, Heard, Script, Server, each, reply

BERLIN, BONN = target("berlin"), target("bonn", address="2", number="+493012345679")
KEYS = {"berlin": "key-of-berlin-0123456789", "bonn": "key-of-bonn-0123456789"}
SECRET = "the-accounts-own-credential"
OK: dict[str, dict[str, Any]] = {
    "meta": {},
    "360dialog": {},
    "kaleyra": {"status": 200, "error": {}},
    "pickyassist": {"status": 100},
}
Asked = tuple[Call, Target | None]


def way(
    origin: str,
    name: str,
    *,
    context: Context | None = None,
    keys: Mapping[str, str] | None = None,
    proof_secret: str = "",
) -> AccountAccess:
    """Return a line that leads to this machine, with one credential or with one for each number."""
    world = context or Clock().context()
    known: type[Provider] = providers()[name]
    options = known.traits.options.model_validate({"sid": "HX1"} if name == "kaleyra" else {})
    account = Account(name="a", provider=name, endpoint=origin, concurrency=1, credentials={}, options=options)
    return AccountAccess(
        provider=known(account),
        connection=Connection(origin, ()),
        pace=Pace(Rate(calls=1000, seconds=1), RetryBudget(100), context=world),
        context=world,
        credential="" if keys else SECRET,
        proof_secret=proof_secret,
        credentials=keys or {},
    )


async def driven(worker: ReadClient, asked: tuple[Asked, ...]) -> list[str]:
    """Let one worker make the calls in a row; return what its failures say."""
    failures = []
    async with worker:
        for call, to in asked:
            try:
                await worker.drive(one(call), target=to)
            except CallFailed as failed:
                failures.append(failed.failure.summary)
    return failures


def heard(name: str, *asked: Asked, looking: bool = False, script: Script | None = None, **more: Any) -> list[Heard]:
    """Return what a server hears of `asked`."""
    with Server(script or each(reply(OK[name]))) as server:
        line = way(server.origin, name, **more)
        assert asyncio.run(driven(ReadClient(line) if looking else WriteClient(line), asked)) == []
    return server.heard


def failed(name: str, script: Script, *asked: Asked, **more: Any) -> list[str]:
    with Server(script) as server:
        return asyncio.run(driven(WriteClient(way(server.origin, name, **more)), asked))


def everything(request: Heard) -> str:
    return (request.head + request.body).decode("latin-1") + request.target


@pytest.fixture
def logo(tmp_path: Path) -> Picture:
    (tmp_path / "profiles").mkdir()
    Image.new("RGB", (64, 64), "red").save(tmp_path / "profiles" / "logo.png")
    found = open_picture(tmp_path / "profiles", "logo.png")
    assert isinstance(found, Picture)
    return found


# In a header


HEADERS = [
    ("meta", "authorization", f"Bearer {SECRET}"),
    ("360dialog", "d360-api-key", SECRET),
    ("kaleyra", "api-key", SECRET),
]


@pytest.mark.parametrize(("name", "header", "value"), HEADERS)
def test_a_credential_travels_in_its_providers_header_and_nowhere_else(name: str, header: str, value: str) -> None:
    read, write = heard(name, (Read("/1"), None), (Write("POST", "/1", {"about": "Fresh"}), BERLIN))
    for request in (read, write):
        assert request.headers[header] == value
        assert everything(request).count(SECRET) == 1
    assert (read.body, json.loads(write.body)) == (b"", {"about": "Fresh"})


@pytest.mark.parametrize(("name", "header", "value"), HEADERS)
def test_an_upload_carries_it_as_its_provider_wants_it(
    name: str, header: str, value: str, logo: Picture, tmp_path: Path
) -> None:
    context = Clock().context(tmp_path)
    sent, asked = heard(name, (Upload("/up", logo), BERLIN), (Read("/up", upload=True), BERLIN), context=context)
    expected = f"OAuth {SECRET}" if name == "meta" else value
    assert (sent.headers[header], asked.headers[header]) == (expected, expected)
    assert (sent.method, sent.headers["content-type"]) == ("POST", "image/png")


# In the body


def test_a_credential_may_travel_in_the_body_and_in_no_header() -> None:
    (write,) = heard("pickyassist", (Write("POST", "/1", {"about": "Fresh"}), BERLIN))
    assert json.loads(write.body) == {"token": SECRET, "about": "Fresh"}
    assert SECRET not in write.head.decode("latin-1")
    assert not {"authorization", "api-key", "d360-api-key", "token"} & set(write.headers)


def test_the_call_itself_never_holds_it() -> None:
    call = Write("POST", "/1", {"about": "Fresh"})
    heard("pickyassist", (call, BERLIN))
    assert call.body == {"about": "Fresh"}
    assert SECRET not in repr(call)


@pytest.mark.parametrize("looking", [True, False])
def test_what_is_read_never_carries_a_credential_of_the_body(looking: bool) -> None:
    """There is no body, and an address is written into logs."""
    (read,) = heard("pickyassist", (Read("/1", (("fields", "about"),)), BERLIN), looking=looking)
    assert SECRET not in everything(read)


def test_an_upload_does_not_either(logo: Picture, tmp_path: Path) -> None:
    context = Clock().context(tmp_path)
    (sent,) = heard("pickyassist", (Upload("/up", logo), BERLIN), context=context)
    assert SECRET not in everything(sent)


def test_a_call_without_a_body_carries_none() -> None:
    (write,) = heard("pickyassist", (Write("POST", "/1"), BERLIN))
    assert (write.body, SECRET in everything(write)) == (b"", False)


def test_a_secret_in_the_body_stands_beside_it() -> None:
    context = Clock().context(environ={"WEBHOOK_A": "hush"})
    call = Write("POST", "/1", {"header": SecretRef(env="WEBHOOK_A")})
    (write,) = heard("pickyassist", (call, BERLIN), context=context)
    assert json.loads(write.body) == {"token": SECRET, "header": "hush"}


# A key for each number


def test_each_numbers_call_carries_its_own_key_and_no_other() -> None:
    """One worker takes one number after the other."""
    calls: list[Asked] = [(Read("/1"), BERLIN), (Write("POST", "/1", {"about": "x"}), BONN), (Read("/2"), BERLIN)]
    found = heard("360dialog", *calls, keys=KEYS)
    assert [request.headers["d360-api-key"] for request in found] == [KEYS["berlin"], KEYS["bonn"], KEYS["berlin"]]
    for request, other in zip(found, ("bonn", "berlin", "bonn"), strict=True):
        assert KEYS[other] not in everything(request)


@pytest.mark.parametrize("looking", [True, False])
def test_whoever_looks_and_whoever_writes(looking: bool) -> None:
    found = heard("360dialog", (Read("/1"), BERLIN), (Read("/1"), BONN), keys=KEYS, looking=looking)
    assert [request.headers["d360-api-key"] for request in found] == [KEYS["berlin"], KEYS["bonn"]]


def test_two_workers_do_not_share_a_key() -> None:
    async def both(line: AccountAccess) -> None:
        async with ReadClient(line) as one_worker, ReadClient(line) as other:
            mine, theirs = (
                worker.drive(one(Read(f"/{to.profile}")), target=to)
                for worker, to in ((one_worker, BERLIN), (other, BONN))
            )
            await asyncio.gather(mine, theirs)

    with Server(each(reply({}))) as server:
        asyncio.run(both(way(server.origin, "360dialog", keys=KEYS)))
    assert {request.target: request.headers["d360-api-key"] for request in server.heard} == {
        "/berlin": KEYS["berlin"],
        "/bonn": KEYS["bonn"],
    }


def test_an_upload_carries_the_numbers_key(logo: Picture, tmp_path: Path) -> None:
    calls: list[Asked] = [(Upload("/up", logo), BONN), (Read("/up", upload=True), BONN)]
    found = heard("360dialog", *calls, keys=KEYS, context=Clock().context(tmp_path))
    assert [request.headers["d360-api-key"] for request in found] == [KEYS["bonn"]] * 2


def test_a_call_that_is_about_no_number_carries_none_of_their_keys() -> None:
    _, about_the_account = heard("360dialog", (Read("/1"), BERLIN), (Read("/2"), None), keys=KEYS)
    assert about_the_account.headers.get("d360-api-key", "") == ""


def test_a_number_without_a_key_is_not_given_anothers() -> None:
    stranger = target("stranger", address="3")
    _, found = heard("360dialog", (Read("/1"), BERLIN), (Read("/2"), stranger), keys=KEYS)
    assert found.headers.get("d360-api-key", "") == ""


# Nothing that fails repeats one


def echo(request: Heard) -> Any:
    """Refuse everything and quote all of it, as some servers do."""
    quoted = f"{dict(request.headers)} {request.body.decode()} {request.target}"
    return reply({"error": {"message": quoted, "code": 100}, "status": 400, "message": quoted}, 400)


@pytest.mark.parametrize("name", ["meta", "360dialog", "kaleyra", "pickyassist"])
def test_a_server_that_quotes_a_credential_brings_it_into_no_message(name: str) -> None:
    (told,) = failed(name, echo, (Write("POST", "/1", {"about": "Fresh"}), BERLIN))
    assert "Fresh" in told
    assert "⟨secret⟩" in told
    assert SECRET not in told


def test_the_secrets_of_every_number_that_a_worker_had_are_kept_back() -> None:
    """A server may quote the call before."""
    before: list[str] = []

    def script(request: Heard) -> Any:
        before.append(request.headers["d360-api-key"])
        return reply({"error": {"message": f"seen: {' '.join(before)}", "code": 100}}, 400)

    first, second, third = failed("360dialog", script, *((Read("/1"), to) for to in (BERLIN, BONN, BERLIN)), keys=KEYS)
    assert "seen: ⟨secret⟩" in first
    assert "seen: ⟨secret⟩ ⟨secret⟩" in second
    assert "seen: ⟨secret⟩ ⟨secret⟩ ⟨secret⟩" in third
    assert not any(key in f"{first}{second}{third}" for key in KEYS.values())


def test_a_webhooks_secrets_are_kept_back_too() -> None:
    context = Clock().context(environ={"WEBHOOK_A": "hush-hush-0123", "WEBHOOK_B": "hush-hush-4567"})
    headers = {"X-A": SecretRef(env="WEBHOOK_A"), "X-B": SecretRef(env="WEBHOOK_B")}
    call = Write("POST", "/1", {"headers": headers})
    (told,) = failed("360dialog", echo, (call, BERLIN), keys=KEYS, context=context)
    assert "hush-hush" not in told
    assert KEYS["berlin"] not in told


def test_nothing_shows_a_lines_credentials() -> None:
    line = way("http://127.0.0.1:9", "360dialog", keys=KEYS)
    assert repr(line) == "AccountAccess(http://127.0.0.1:9)"
    assert "key-of" not in f"{line!s} {line!r}"


# With a proof of the app's secret


APP_SECRET = "the-secret-of-the-app-0123"
# openssl dgst -sha256 -hmac the-secret-of-the-app-0123, of the credential
PROOF = "f417aeae4dd0dfef1d1b42e87f6fd88c240844e77b7204592369ea678971a639"
SESSION = "/v23.0/upload:MTphdHRhY2g6=/x%2Fy?sig=ARZ-q_A~b+c%3D%3D"


def test_every_call_proves_the_apps_secret_and_none_carries_it(logo: Picture, tmp_path: Path) -> None:
    """An upload's own query goes out as it came (facts M-13 and M-25)."""
    calls: list[Call] = [
        *(Read("/v23.0/1"), Read("/v23.0/1", (("fields", "id,a&b"), ("limit", "1"))), Read(SESSION, upload=True)),
        *(Write("POST", "/v23.0/app/uploads", query=(("file_name", "a b.png"),)), Write("POST", "/v23.0/1", {"a": 1})),
        *(Upload(SESSION, logo), Write("POST", "/v23.0/1", {"a": 1}, query=(("b", "c"),))),
    ]
    asked = tuple((call, BERLIN) for call in calls)
    found = heard("meta", *asked, context=Clock().context(tmp_path), proof_secret=APP_SECRET)
    assert [request.target for request in found] == [
        f"/v23.0/1?appsecret_proof={PROOF}",
        f"/v23.0/1?appsecret_proof={PROOF}&fields=id%2Ca%26b&limit=1",
        f"{SESSION}&appsecret_proof={PROOF}",
        f"/v23.0/app/uploads?appsecret_proof={PROOF}&file_name=a+b.png",
        f"/v23.0/1?appsecret_proof={PROOF}",
        f"{SESSION}&appsecret_proof={PROOF}",
        f"/v23.0/1?appsecret_proof={PROOF}&b=c",
    ]
    assert [request.target for request in found if APP_SECRET in everything(request)] == []


def test_a_worker_that_only_looks_proves_it_too_and_of_an_account_as_well() -> None:
    found = heard("meta", (Read("/1"), BERLIN), (Read("/2"), None), looking=True, proof_secret=APP_SECRET)
    assert [request.target for request in found] == [f"/{path}?appsecret_proof={PROOF}" for path in (1, 2)]


def test_without_the_apps_secret_nothing_is_proved() -> None:
    assert [request.target for request in heard("meta", (Read("/1"), BERLIN))] == ["/1"]


def test_a_provider_that_takes_no_proof_gets_none() -> None:
    assert [request.target for request in heard("kaleyra", (Read("/1"), BERLIN), proof_secret=APP_SECRET)] == ["/1"]


def test_a_picture_is_fetched_without_a_proof() -> None:
    async def fetched(to: AccountAccess) -> None:
        async with ReadClient(to) as mine:
            await mine.drive(one(Read("/1")), target=BERLIN)
            await mine.picture(f"{to.connection.origin}/logo.jpg")

    with Server(each(reply(OK["meta"]))) as server:
        both = Connection(server.origin, (server.origin,))
        asyncio.run(fetched(replace(way(server.origin, "meta", proof_secret=APP_SECRET), connection=both)))
    assert [request.target for request in server.heard] == [f"/1?appsecret_proof={PROOF}", "/logo.jpg"]


def test_the_proof_is_made_with_the_credential_that_travels() -> None:
    keys = {"berlin": SECRET, "bonn": "another-token-0123456789"}
    found = heard("meta", (Read("/1"), BERLIN), (Read("/1"), BONN), keys=keys, proof_secret=APP_SECRET)
    first, second = (request.target.partition("appsecret_proof=")[2] for request in found)
    assert (first, len(second), first == second) == (PROOF, 64, False)


def test_a_server_that_quotes_the_proof_brings_it_into_no_message() -> None:
    """With the token, a proof does what the secret does."""

    def quoting(asked: Heard) -> Act:
        return reply({"error": {"message": f"Unknown path {asked.target}", "code": 2500}}, 400)

    log: list[str] = []
    world = replace(Clock().context(), log=log.append)
    said = failed("meta", quoting, (Read("/1"), BERLIN), proof_secret=APP_SECRET, context=world)
    assert said == ["Unknown path /1?appsecret_proof=⟨secret⟩"]
    assert PROOF not in "".join(log)


def test_a_path_that_leads_away_is_named_without_its_proof() -> None:
    with pytest.raises(ValueError, match=r"'@evil\.example/' leads away") as refused:
        failed("meta", each(reply()), (Read("@evil.example/"), BERLIN), proof_secret=APP_SECRET)
    assert PROOF not in str(refused.value)


def test_no_representation_shows_the_apps_secret() -> None:
    shown = way("http://127.0.0.1:9", "meta", proof_secret=APP_SECRET)
    assert APP_SECRET not in f"{shown!r} {shown}"
