"""Where no credential is, nobody is asked, and the plan says of how many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciler.core.fields import MemberRef, Mode, SecretRef
from reconciler.core.planning.noticed import skipped_accounts
from reconciler.core.target import Desired
from tests.support import desired, target
from tests.support.authoring import said

META = (SecretRef(env="META_PLAN_TOKEN"), SecretRef(env="META_TOKEN"))
TAIL = "so nothing that was changed elsewhere is seen"


def profile(name: str, account: str = "bakery", mode: Mode = Mode.MANAGED) -> Desired:
    return desired(mode, to=replace(target(name, address=name), account=account), about="Fresh")


def told(*desired: Desired, blind: Mapping[str, tuple[SecretRef, ...]]) -> list[str]:
    """Return what is said, where the profiles `blind` have no credential in these places."""
    found = skipped_accounts(desired, {target(address=name).key: refs for name, refs in blind.items()})
    return [line.removeprefix("0:0 ") for line in said(tuple(found))]


def test_where_every_credential_is_set_there_is_nothing_to_say() -> None:
    assert told(profile("berlin"), blind={}) == []


def test_an_account_without_its_credential_is_said_once_for_all_its_profiles() -> None:
    profiles = (profile("berlin"), profile("bonn", mode=Mode.OBSERVE), profile("ulm", mode=Mode.PAUSED))
    (line,) = told(*profiles, blind=dict.fromkeys(("berlin", "bonn", "ulm"), META))
    assert line == (
        "notice no-credential: no credential of account bakery is here: "
        f"this run did not look at its 2 profiles, {TAIL}"
        " | to see what is live, set {env: META_PLAN_TOKEN} or {env: META_TOKEN}"
    )


def test_numbers_without_their_own_are_counted_among_those_of_their_account() -> None:
    names = ("berlin", "bonn", "essen", "ulm")
    refs = {n: (SecretRef(env=f"D360_API_KEY_{n}"), MemberRef(env="D360_API_KEYS", member=n)) for n in names}
    blind = {name: refs[name] for name in ("bonn", "ulm")}
    hint = "to see what is live, set {env: D360_API_KEY_bonn} or 'bonn' in D360_API_KEYS"
    (two,) = told(*map(profile, names), blind=blind)
    assert two == (
        "notice no-credential: no credential of 2 of the 4 profiles of account bakery is here: "
        "this run did not look at them, "
        f"{TAIL} | {hint}; the others' are looked for likewise"
    )
    (one,) = told(*map(profile, names), blind={"bonn": blind["bonn"]})
    assert one == (
        "notice no-credential: no credential of 1 of the 4 profiles of account bakery is here: "
        "this run did not look at it, "
        f"{TAIL} | {hint}"
    )


def test_accounts_are_named_in_order_and_one_profile_is_one() -> None:
    first = [
        line.partition(f", {TAIL}")[0]
        for line in told(profile("b", "z"), profile("a", "y"), blind={"a": META, "b": META})
    ]
    assert first == [
        f"notice no-credential: no credential of account {name} is here: this run did not look at its 1 profile"
        for name in "yz"
    ]


def test_no_provider_would_be_asked_about_paused_profiles() -> None:
    assert told(profile("ulm", mode=Mode.PAUSED), blind={"ulm": META}) == []
