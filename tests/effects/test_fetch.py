from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.basics import Cause
from reconciler.core.fields import Mode
from reconciler.core.provider import Failure, FailureKind
from reconciler.core.roster import Roster
from reconciler.core.target import Desired, Known, Live, Observed, Target, Unreadable
from reconciler.core.traits import Rate
from reconciler.effects.fetch import FetchKey, fetch
from reconciler.effects.http.accounts import AccountAccess
from reconciler.effects.http.allowance import Pace
from reconciler.effects.http.retries import RetryBudget
from reconciler.effects.listing import read_roster
from tests.support import ADDRESS, NUMBER, desired, target
from tests.support.effects import TOKEN, by_path, error, line, node, profile
from tests.support.sockets import Act, ClientSocket, Heard, Server, each, reply, reset

WABA = "102290129340398"
OTHER = "200000002"
ROSTER = "/phone_numbers"
PROFILE = "/whatsapp_business_profile"
PROFILES = reply(profile(about="Hi"))


def wanted(
    name: str = "berlin", *, address: str = ADDRESS, account: str = "bakery", mode: Mode = Mode.MANAGED
) -> Desired:
    to = replace(target(name, address=address), account=account)
    return desired(mode, to=to, about="Hello")


def read(
    lines: Mapping[str, AccountAccess], *profiles: Desired, workers: int = 1
) -> tuple[dict[FetchKey, Live], list[Target]]:
    seen: list[Target] = []
    every = dict.fromkeys(lines, workers)
    return asyncio.run(fetch(profiles, lines, workers=every, progress=seen.append)), seen


def about(live: Live) -> object:
    assert isinstance(live, Observed), live
    return live.get("about")


def paths(server: Server) -> list[str]:
    """Return the paths that were asked for, without versions and queries."""
    return [heard.target.partition("?")[0].removeprefix("/v23.0") for heard in server.heard]


# The roster


def test_a_number_in_the_roster_is_read_in_one_call() -> None:
    roster = {"data": [node(webhook_configuration={"phone_number": "https://hook.example/"})]}
    roster["data"].append(node() | {"id": OTHER})
    with Server(by_path({ROSTER: reply(roster), PROFILE: PROFILES})) as server:
        found, seen = read({"bakery": line(server.origin, waba_id=WABA)}, wanted(), wanted("munich", address=OTHER))
    assert paths(server) == [f"/{WABA}{ROSTER}", f"/{ADDRESS}{PROFILE}", f"/{OTHER}{PROFILE}"]
    assert about(found[target().key]) == Known(value="Hi")
    assert [one.profile for one in seen] == ["berlin", "munich"]


def test_a_live_value_that_equals_the_files_is_held_once() -> None:
    links = ("https://a.example/",)
    shown = profile(about="Fresh", websites=[*links], description="Other")
    mine = desired(to=replace(target(), account="bakery"), about="Fresh", description="Wanted", websites=links)
    with Server(by_path({PROFILE: reply(shown), ADDRESS: reply(node())})) as server:
        found, _ = read({"bakery": line(server.origin)}, mine)
    live = found[mine.target.key]
    assert isinstance(live, Observed)
    held = {name: one.value for name, one in live.fields.items() if isinstance(one, Known)}
    assert held == {"about": "Fresh", "description": "Other", "websites": links}
    assert [held[field.name] is field.value for field in mine.fields] == [True, False, True]


def test_of_a_number_to_which_nothing_is_sent_the_run_remembers_nothing() -> None:
    roster = {"data": [node(), node() | {"id": OTHER}]}
    same, moved = wanted(), wanted("munich", address=OTHER)
    with Server(by_path({ROSTER: reply(roster), PROFILE: PROFILES})) as server:
        access = line(server.origin, waba_id=WABA)
        read({"bakery": access}, replace(same, fields=(replace(same.fields[0], value="Hi"),)), moved)
    assert [*access.opened] == ["munich"]


def test_of_a_number_that_cannot_be_read_the_run_remembers_what_it_was_told() -> None:
    with Server(by_path({PROFILE: reply(error(100), 400), ADDRESS: reply(node())})) as server:
        access = line(server.origin)
        read({"bakery": access}, wanted())
    assert [*access.opened] == ["berlin"]


def test_a_number_that_the_roster_lacks_is_asked_itself() -> None:
    acts = {ROSTER: reply({"data": [node() | {"id": OTHER}]}), PROFILE: PROFILES, ADDRESS: reply(node())}
    with Server(by_path(acts)) as server:
        found, _ = read({"bakery": line(server.origin, waba_id=WABA)}, wanted("munich", address=OTHER), wanted())
    assert paths(server) == [f"/{WABA}{ROSTER}", f"/{OTHER}{PROFILE}", f"/{ADDRESS}", f"/{ADDRESS}{PROFILE}"]
    assert about(found[target().key]) == Known(value="Hi")


def test_an_account_that_has_no_list_is_asked_number_by_number() -> None:
    with Server(by_path({PROFILE: PROFILES, ADDRESS: reply(node())})) as server:
        found, _ = read({"bakery": line(server.origin)}, wanted())
    assert paths(server) == [f"/{ADDRESS}", f"/{ADDRESS}{PROFILE}"]
    assert about(found[target().key]) == Known(value="Hi")


@pytest.mark.parametrize(
    "refused", [reply(error(100), 400), reply(error(10), 403), reply(error(2), 500), reply(b"<p>")]
)
def test_a_list_that_cannot_be_had_is_done_without(refused: Act) -> None:
    acts = {ROSTER: refused, PROFILE: PROFILES, ADDRESS: reply(node())}
    with Server(by_path(acts)) as server:
        found, _ = read({"bakery": line(server.origin, waba_id=WABA)}, wanted())
    assert paths(server)[-2:] == [f"/{ADDRESS}", f"/{ADDRESS}{PROFILE}"]
    assert about(found[target().key]) == Known(value="Hi")


def test_a_list_that_cannot_be_had_is_told_from_none_and_from_one_without_numbers() -> None:
    def roster(act: Act, waba_id: str | None = WABA) -> Roster | Failure | None:
        with Server(by_path({ROSTER: act})) as server:
            return asyncio.run(read_roster(line(server.origin, waba_id=waba_id)))

    assert roster(reply({"data": []}), waba_id=None) is None
    assert roster(reply({"data": []})) == {}
    refused = roster(reply(error(100, "Wrong"), 400))
    assert isinstance(refused, Failure)
    assert (refused.kind, refused.summary) == (FailureKind.REJECTED, "Wrong")


@pytest.mark.parametrize("act", [reply(error(190), 401), reply(error(4), 429, Retry_After="600"), reset])
def test_a_failure_of_the_whole_account_is_reported_for_its_numbers_alone(act: Act) -> None:
    mine = [wanted(), wanted("munich", address="200000002")]
    other = wanted("paris", address="300000003", account="cafe")
    works = by_path({PROFILE: PROFILES, "300000003": reply(node())})
    with Server(by_path({ROSTER: act})) as broken, Server(works) as good:
        lines = {"bakery": line(broken.origin, waba_id=WABA), "cafe": line(good.origin)}
        found, seen = read(lines, *mine, other)
        assert set(paths(broken)) == {f"/{WABA}{ROSTER}"}
    reasons = {found[one.target.key] for one in mine}
    assert len(reasons) == 1
    assert isinstance(reasons.pop(), Unreadable)
    assert about(found[other.target.key]) == Known(value="Hi")
    assert {one.profile for one in seen} == {"berlin", "munich", "paris"}


# One by one


def test_a_target_that_fails_leaves_the_others_alone() -> None:
    profiles = [wanted(), wanted("munich", address="200000002"), wanted("paris", address="300000003")]

    def script(heard: Heard) -> Act:
        if "200000002" in heard.target:
            return reply(error(803, "No such number"), 404)
        return PROFILES if PROFILE in heard.target else reply(node())

    with Server(script) as server:
        found, seen = read({"bakery": line(server.origin)}, *profiles)
    assert [about(found[profiles[at].target.key]) for at in (0, 2)] == [Known(value="Hi")] * 2
    hint = "check phone_number_id, and that the token's system user has this number's account among its assets"
    cause = Cause("No such number", code="803", hint=hint)
    assert found[profiles[1].target.key] == Unreadable(reason=f"No such number [803] ({hint})", cause=cause)
    assert len(seen) == 3


def test_a_number_that_is_another_one_is_not_read_further() -> None:
    with Server(by_path({PROFILE: PROFILES, ADDRESS: reply(node("+49 30 999"))})) as server:
        found, _ = read({"bakery": line(server.origin)}, wanted())
    assert paths(server) == [f"/{ADDRESS}"]
    write = 'if that is the number meant, write `number: "+4930999"`, as Meta shows it'
    reason = f"phone_number_id {ADDRESS} belongs to +4930999, and the file says {NUMBER}; {write}"
    assert found == {target().key: Unreadable(reason=reason)}


@pytest.mark.parametrize("hint", ["", "try again"])
def test_a_failed_read_says_why_and_what_to_do(hint: str) -> None:
    cause = Failure(kind=FailureKind.TRANSIENT, summary="It is down", hint=hint).cause
    assert Unreadable.of(cause) == Unreadable(reason="It is down" + (f" ({hint})" if hint else ""), cause=cause)


def test_a_paused_profile_is_neither_read_nor_counted() -> None:
    with Server(each(reply(error(4), 400))) as server:
        found, seen = read({"bakery": line(server.origin)}, wanted(mode=Mode.PAUSED))
        assert server.connections == 0
    assert (found, seen) == ({}, [])


def test_an_observed_profile_is_read() -> None:
    with Server(by_path({PROFILE: PROFILES, ADDRESS: reply(node())})) as server:
        found, _ = read({"bakery": line(server.origin)}, wanted(mode=Mode.OBSERVE))
    assert about(found[target().key]) == Known(value="Hi")


def test_a_read_without_a_display_works_the_same() -> None:
    with Server(by_path({PROFILE: PROFILES, ADDRESS: reply(node())})) as server:
        found = asyncio.run(fetch([wanted()], {"bakery": line(server.origin)}, workers={"bakery": 1}))
    assert about(found[target().key]) == Known(value="Hi")


# Bounded


class Crowd:
    """Holds every reply back until so many connections are open that no more may come."""

    def __init__(self, size: int, then: Act) -> None:
        self._barrier = threading.Barrier(size)
        self._then = then

    def __call__(self, connection: ClientSocket, heard: Heard) -> None:
        """Wait for the others, and answer."""
        self._barrier.wait(timeout=60)
        self._then(connection, heard)


@pytest.mark.parametrize("workers", [1, 3])
def test_an_account_has_as_many_connections_as_it_has_workers(workers: int) -> None:
    profiles = [wanted(f"p{n}", address=f"40000000{n}") for n in range(6)]
    crowd: Any = Crowd(workers, PROFILES)
    with Server(lambda heard: crowd if PROFILE in heard.target else reply(node())) as server:
        found, _ = read({"bakery": line(server.origin)}, *profiles, workers=workers)
        assert (server.most, server.connections, len(server.heard)) == (workers, workers, 12)
    assert {str(about(live)) for live in found.values()} == {str(Known(value="Hi"))}


def test_there_is_no_connection_without_work() -> None:
    with Server(by_path({PROFILE: PROFILES, ADDRESS: reply(node())})) as server:
        read({"bakery": line(server.origin)}, wanted(), workers=16)
        assert server.connections == 1


def test_accounts_are_read_side_by_side() -> None:
    """Each waits for the other one's call: one after another would never end."""
    crowd: Any = Crowd(2, PROFILES)

    def script(heard: Heard) -> Act:
        return crowd if PROFILE in heard.target else reply(node())

    with Server(script) as one, Server(script) as other:
        lines = {"bakery": line(one.origin), "cafe": line(other.origin)}
        found, _ = read(lines, wanted(), wanted("paris", address="300000003", account="cafe"))
    assert [about(live) for live in found.values()] == [Known(value="Hi")] * 2


# A refused credential


FLEET = [wanted(f"p{n}", address=f"40000000{n}") for n in range(6)]


def test_a_refused_credential_is_named_and_tried_once_for_all_numbers() -> None:
    with Server(each(reply(error(190, "Expired", error_subcode=463), 401))) as server:
        to = replace(line(server.origin), places={TOKEN: "META_TOKEN"})
        found, _ = read({"bakery": to}, *FLEET)
        assert len(server.heard) == 1
    (live,) = set(found.values())
    assert isinstance(live, Unreadable)
    assert live.cause is not None
    assert (live.cause.message, live.cause.code, live.cause.credential) == ("Expired", "190/463", "META_TOKEN")
    assert "[190/463, META_TOKEN]" in live.reason


def test_a_call_with_a_refused_credential_waits_for_no_turn() -> None:
    """The second turn would come in an hour."""
    with Server(each(reply(error(190, "Expired"), 401))) as server:
        to = line(server.origin)
        rare = replace(to, pace=Pace(Rate(calls=1, seconds=3600.0), RetryBudget(0), context=to.context))
        found = asyncio.run(asyncio.wait_for(fetch(FLEET, {"bakery": rare}, workers={"bakery": 1}), 20))
    assert len(found) == len(FLEET)


def test_of_numbers_with_credentials_of_their_own_one_refusal_says_nothing_of_the_others() -> None:
    def script(heard: Heard) -> Act:
        if heard.headers["authorization"].endswith("dead-token"):
            return reply(error(190, "Expired"), 401)
        return PROFILES if PROFILE in heard.target else reply(node())

    with Server(script) as server:
        own = {one.target.profile: "dead-token" if one.target.profile < "p3" else TOKEN for one in FLEET}
        found, _ = read({"bakery": replace(line(server.origin), credentials=own)}, *FLEET)
    assert [isinstance(found[one.target.key], Unreadable) for one in FLEET] == [True] * 3 + [False] * 3


@pytest.mark.parametrize(("code", "calls"), [(10, 6), (803, 6), (0, 1)])
def test_only_a_credential_that_is_not_accepted_at_all_ends_the_calls(code: int, calls: int) -> None:
    with Server(each(reply(error(code), 400))) as server:
        read({"bakery": line(server.origin)}, *FLEET)
        assert len(server.heard) == calls


def test_numbers_without_a_credential_of_their_own_have_one_cause_and_each_its_own_places() -> None:
    why = {one.target.profile: f"it has no api_key: it is not in KEY_{one.target.profile}" for one in FLEET}
    with Server(each(reply(error(4), 400))) as server:
        found, _ = read({"bakery": replace(line(server.origin), absent=why)}, *FLEET)
        assert server.heard == []
    assert {one.reason for one in found.values() if isinstance(one, Unreadable)} == set(why.values())
    assert [one.cause.message for one in found.values() if isinstance(one, Unreadable) and one.cause] == [
        "it has no api_key"
    ] * len(FLEET)
