"""An account's host: one name of a closed list, and where a provider may fetch pictures from."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.core.reading.accounts import Permissions
from reconciler.providers import providers
from tests.support.authoring import account

HOSTS = "api.in.kaleyra.io, api.ap.kaleyra.io, api.eu.kaleyra.io, api.na.kaleyra.io, api.kaleyra.io, api.na.kaleyra.ai"
KALEYRA = "provider: kaleyra\nsid: HXIN1700000000IN\ncredentials: {api_key: {env: KALEYRA_API_KEY}}"
PICKY = "provider: pickyassist\ncredentials: {token: {env: PICKYASSIST_TOKEN}}"
MISSING = f"3:3 missing-key: accounts.bakery.host is missing | it is one of {HOSTS}, without https://"
BASE = "accounts.bakery.picture_base_url"
SITE = "https://static.example"


def kaleyra(*lines: str) -> Any:
    """Return what becomes of an account at Kaleyra; the first of `lines` is line 7."""
    return account("\n".join((KALEYRA, *lines)))


def refused(host: str, title: str = "Kaleyra", choice: str = HOSTS) -> str:
    return f"host: {host!r} is not a host of {title}, and a file cannot make it one | it is one of {choice}, without https://"


@pytest.mark.parametrize("host", HOSTS.split(", "))
def test_an_account_picks_one_of_its_providers_hosts_by_name(host: str) -> None:
    found = kaleyra(f"host: {host}")
    assert (found.host, found.endpoint) == (f"https://{host}", f"https://{host}")


def test_where_each_region_has_its_own_an_account_must_say_which() -> None:
    """A key of one region is refused in every other, and no region is the usual one."""
    assert kaleyra() == [MISSING]


@pytest.mark.parametrize("name", sorted(set(providers()) - {"kaleyra"}))
def test_elsewhere_the_first_of_the_list_is_the_usual_one(name: str) -> None:
    traits = providers()[name].traits
    written = f"\ncredentials: {{{traits.credential}: {{env: {traits.env_prefix}X}}}}"
    found = account(f"provider: {name}" + ("" if traits.credential_per_number else written))
    assert (found.host, found.endpoint) == (traits.hosts[0], traits.hosts[0])


def test_picky_assist_has_two() -> None:
    for host in ("pickyassist.com", "app.pickyassist.com"):
        found = account(f"{PICKY}\nhost: {host}")
        assert (found.host, found.endpoint) == (f"https://{host}", f"https://{host}")


@pytest.mark.parametrize(
    "host",
    [
        "api.us.kaleyra.io",
        "api.in.kaleyra.io.evil.example",
        "evil.example",
        "evil-api.in.kaleyra.io",
        "https://api.in.kaleyra.io",
        "http://api.in.kaleyra.io",
        "api.in.kaleyra.io/",
        "api.in.kaleyra.io:443",
        "api.in.kaleyra.io:8443",
        "me@api.in.kaleyra.io",
        "API.IN.KALEYRA.IO",
        "api.in.kaleyra.io.",
        " api.in.kaleyra.io",
        "graph.facebook.com",
        "sandbox",
    ],
)
def test_a_host_that_is_not_on_the_list_is_refused_whatever_it_looks_like(host: str) -> None:
    assert kaleyra(f"host: '{host}'") == [f"7:11 {refused(host)}"]


def test_the_environment_allows_endpoints_and_no_hosts() -> None:
    allowed = Permissions(endpoints=frozenset({"https://proxy.example"}))
    assert account(f"{PICKY}\nhost: proxy.example", permissions=allowed) == [
        f"6:11 {refused('proxy.example', 'Picky Assist', 'pickyassist.com, app.pickyassist.com')}"
    ]


def test_a_host_of_another_provider_is_none_of_this_one() -> None:
    assert account("provider: 360dialog\nhost: graph.facebook.com") == [
        f"5:11 {refused('graph.facebook.com', '360dialog', 'waba-v2.360dialog.io')}"
    ]


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("1", '7:11 wrong-type: accounts.bakery.host must be text, not a number | write it in quotes: "1"'),
        ("[api.in.kaleyra.io]", "7:11 wrong-type: accounts.bakery.host must be text, not a list"),
        ("''", "7:11 wrong-value: accounts.bakery.host: string should have at least 1 character"),
        (
            "",
            (
                "7:5 null: accounts.bakery.host is null (nothing stands after the colon)"
                " | write a value there, or leave it out"
            ),
        ),
    ],
)
def test_a_host_that_is_no_name_is_not_also_missing(host: str, told: str) -> None:
    assert kaleyra(f"host: {host}") == [told]


def test_an_endpoint_that_is_no_text_does_not_make_the_host_missing() -> None:
    assert kaleyra("endpoint: 1") == [
        '7:15 wrong-type: accounts.bakery.endpoint must be text, not a number | write it in quotes: "1"'
    ]


# Host and endpoint


@pytest.mark.parametrize("endpoint", ["https://api.in.kaleyra.io", "https://api.eu.kaleyra.io"])
def test_only_one_of_host_and_endpoint_says_where_calls_go(endpoint: str) -> None:
    assert kaleyra("host: api.in.kaleyra.io", f"endpoint: {endpoint}") == [
        "7:11 host: `host` and `endpoint` both say where the calls go | leave one of them out"
    ]


def test_every_mistake_in_both_is_said_at_once() -> None:
    assert kaleyra("host: evil.example", "endpoint: https://evil.example") == [
        f"7:11 {refused('evil.example')}",
        (
            "8:15 endpoint-not-allowed: https://evil.example is not an endpoint of Kaleyra,"
            " and a file cannot make it one"
            " | set RECONCILER_ALLOW_ENDPOINT=https://evil.example in the environment if credentials may go there"
        ),
    ]


def test_at_the_sandbox_a_host_says_which_one_is_played() -> None:
    found = kaleyra("endpoint: sandbox", "host: api.eu.kaleyra.io")
    assert (found.host, found.endpoint) == ("https://api.eu.kaleyra.io", "sandbox")
    assert kaleyra("endpoint: sandbox").endpoint == "sandbox"
    assert kaleyra("endpoint: sandbox", "host: evil.example") == [f"8:11 {refused('evil.example')}"]


def test_an_endpoint_that_is_one_of_the_providers_hosts_is_that_host() -> None:
    """Picky Assist's path is another at each: the path of one host is nothing at the other."""
    found = account(f"{PICKY}\nendpoint: https://app.pickyassist.com")
    assert (found.endpoint, found.host) == ("https://app.pickyassist.com", "https://app.pickyassist.com")


# What goes into paths and addresses


@pytest.mark.parametrize(
    "sid", ["../../x", "HX/1", "HX?a=1", "HX#", "HX 1", "hx%2f", "", "HX", "a" * 65, "HXÜ1", "HX1\\n"]
)
def test_a_sid_that_would_lead_elsewhere_is_refused(sid: str) -> None:
    text = KALEYRA.replace("HXIN1700000000IN", f'"{sid}"')
    (line,) = account(f"{text}\nhost: api.in.kaleyra.io")
    assert line.startswith("5:10 wrong-value: accounts.bakery.sid")


def test_a_sid_is_missing_where_it_stands_nowhere() -> None:
    text = KALEYRA.replace("sid: HXIN1700000000IN\n", "")
    assert account(f"{text}\nhost: api.in.kaleyra.io") == ["4:5 missing-key: accounts.bakery.sid is missing"]


@pytest.mark.parametrize(
    "url",
    [f"{SITE}/", f"{SITE}/wa/profiles/", f"{SITE}:8443/wa/", f"{SITE}/a%20b/", f"{SITE}/~shop/v1.2_3-4/", "https://a/"],
)
@pytest.mark.parametrize("head", [f"{KALEYRA}\nhost: api.in.kaleyra.io", PICKY])
def test_pictures_may_lie_in_a_public_folder(head: str, url: str) -> None:
    assert account(f"{head}\npicture_base_url: '{url}'").options.picture_base_url == url


@pytest.mark.parametrize(
    "url",
    [
        "http://static.example/",
        SITE,
        f"{SITE}/wa",
        f"{SITE}/wa/logo.png",
        f"{SITE}/?token=1",
        f"{SITE}/wa/?v=1/",
        f"{SITE}/#top/",
        f"{SITE}//",
        f"{SITE}/a b/",
        "https://me:pass@static.example/",
        "https://me@static.example/",
        f"{SITE}:port/",
        f"{SITE}:123456/",
        f"{SITE}:/",
        "https:///wa/",
        "//static.example/",
        "static.example/",
        "ftp://static.example/",
        f" {SITE}/",
        f"{SITE}/\\n",
        "https://bäckerei.example/",
        "",
    ],
)
def test_an_address_for_pictures_that_is_no_public_folder_is_refused(url: str) -> None:
    """A user, a password or a query would be sent to the provider; without the slash it is no folder."""
    told = account(f'{PICKY}\npicture_base_url: "{url}"')
    assert [line.partition(": ")[0] for line in told] == ["6:23 wrong-value"]
    assert BASE in told[0]
    assert "pass" not in told[0]


@pytest.mark.parametrize("name", ["meta", "360dialog"])
def test_where_pictures_are_uploaded_no_address_is_needed(name: str) -> None:
    (line,) = account(f"provider: {name}\nendpoint: sandbox\npicture_base_url: {SITE}/")
    assert line.startswith(f"6:5 unknown-key: unknown key {BASE} | ")
