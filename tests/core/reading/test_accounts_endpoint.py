"""Where credentials may go: the provider's own hosts, and what the environment, never a file, allows."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.reading.accounts import Permissions, allowed_endpoints
from tests.support.authoring import account

LIVE = "provider: meta\ncredentials: {token: {env: META_TOKEN}}\n"
FORM = "6:15 endpoint: accounts.bakery.endpoint must be 'sandbox' or an origin such as https://host[:port]"
FORM_HINT = "no path, no query, no user; plain http only for 127.0.0.1, [::1] and localhost"


def endpoint(written: str, allowed: str = "") -> str | list[str]:
    """Return the account's endpoint, or what is said about it."""
    found = account(f"{LIVE}endpoint: '{written}'", permissions=Permissions(endpoints=allowed_endpoints(allowed)))
    answer: str | list[str] = found if isinstance(found, list) else found.endpoint
    return answer


@pytest.mark.parametrize(
    "written",
    [
        "https://graph.facebook.com",
        "https://graph.facebook.com/",
        "https://GRAPH.facebook.com",
        "https://graph.facebook.com:443",
    ],
)
def test_the_providers_own_host_needs_no_permission(written: str) -> None:
    assert endpoint(written) == "https://graph.facebook.com"


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://proxy.example", "https://proxy.example"),
        ("https://graph.facebook.com.evil.example", "https://graph.facebook.com.evil.example"),
        ("https://graph.facebook.com:444", "https://graph.facebook.com:444"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_a_file_cannot_allow_another_endpoint(written: str, origin: str) -> None:
    hint = f"set RECONCILER_ALLOW_ENDPOINT={origin} in the environment if credentials may go there"
    told = f"6:15 endpoint-not-allowed: {origin} is not an endpoint of Meta, and a file cannot make it one | {hint}"
    assert endpoint(written) == [told]
    assert endpoint(written, "https://other.example") == [told]
    assert endpoint(written, origin) == origin


@pytest.mark.parametrize(
    "written",
    [
        "http://proxy.example",
        "http://127.0.0.2",
        "http://graph.facebook.com",
        "https://proxy.example/v1",
        "https://proxy.example?x=1",
        "https://proxy.example#x",
        "https://me@proxy.example",
        "https://me:secret@proxy.example",
        "https://@proxy.example",
        "https://proxy.example:0",
        "https://proxy.example:99999",
        "https://[::1",
        "https://",
        "ftp://proxy.example",
        "proxy.example",
        "sandbox2",
        "/",
    ],
)
def test_what_is_no_origin_is_refused_even_where_it_is_allowed(written: str) -> None:
    assert endpoint(written, f"{written} https://proxy.example") == [f"{FORM} | {FORM_HINT}"]


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("", set()),
        (" , ", set()),
        ("https://a.example", {"https://a.example"}),
        ("https://A.example:443/ http://localhost:80", {"https://a.example", "http://localhost"}),
        ("http://[::1]:8080,\nhttps://[2001:DB8::1]", {"http://[::1]:8080", "https://[2001:db8::1]"}),
        ("http://a.example https://b.example/path sandbox", set()),
        ("http://127.0.0.1:443 https://c.example:80", {"http://127.0.0.1:443", "https://c.example:80"}),
    ],
)
def test_the_environments_list_is_brought_to_the_same_form(text: str, allowed: set[str]) -> None:
    assert allowed_endpoints(text) == allowed


@settings(max_examples=100)
@given(st.lists(st.sampled_from(["https://a.example", "http://[::1]:81", "http://localhost/", "x", "https://b:443"])))
def test_what_is_allowed_is_its_own_form(parts: list[str]) -> None:
    once = allowed_endpoints(" ".join(parts))
    assert allowed_endpoints(",".join(once)) == once
