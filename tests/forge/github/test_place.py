"""Where the token may go, and what is said where the runner's variables are missing or wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.basics import EnvironmentProblem
from reconciler.effects.world import Context
from reconciler.forge.github.calls import GitHubPlace, github_place, github_server
from reconciler.forge.github.client import GitHub
from tests.support.effects import NOWHERE
from tests.support.github.asking import SECRET

GOOD = {"GITHUB_REPOSITORY": "goldcrust/profiles", "GITHUB_TOKEN": SECRET}


def there(**environ: str) -> GitHubPlace:
    return github_place(Context(NOWHERE, environ))


def wrong(**environ: str) -> str:
    with pytest.raises(EnvironmentProblem) as found:
        there(**environ)
    return str(found.value)


def way(api: str, *, allowed: str = "") -> tuple[str, str]:
    """Return the origin of an API, and the path below which its pages are."""
    context = Context(NOWHERE, {"RECONCILER_ALLOW_ENDPOINT": allowed})
    server = github_server(GitHubPlace("a/b", api, SECRET), context=context)
    assert server.project == f"{server.prefix}repos/a/b/"
    return server.origin, server.prefix.removesuffix("/")


def test_the_runners_variables_are_the_place() -> None:
    place = there(**GOOD, GITHUB_API_URL="https://github.goldcrust.example/api/v3")
    assert (place.repository, place.owner, place.api, place.token) == (
        "goldcrust/profiles",
        "goldcrust",
        "https://github.goldcrust.example/api/v3",
        SECRET,
    )


def test_without_another_address_it_is_github_itself() -> None:
    assert there(**GOOD).api == "https://api.github.com"
    assert there(**GOOD, GITHUB_API_URL=" ").api == "https://api.github.com"


def test_space_around_a_variable_is_no_part_of_it() -> None:
    assert there(GITHUB_REPOSITORY=" a/b\n", GITHUB_TOKEN=f"{SECRET}\n") == GitHubPlace("a/b", token=SECRET)


def test_everything_that_is_missing_is_said_at_once() -> None:
    assert wrong() == (
        "GitHub cannot be asked: GITHUB_REPOSITORY is not set: owner/name, as GitHub's runner sets it; GITHUB_TOKEN is "
        "not set: in a workflow, `GITHUB_TOKEN: ${{ github.token }}` under `env:` of the step"
    )


def test_everything_that_is_wrong_is_said_at_once_and_no_token_or_password_with_it() -> None:
    said = wrong(GITHUB_REPOSITORY="../..", GITHUB_TOKEN="ghs_ñandú", GITHUB_API_URL="https://u:hunter2@x.example")
    assert said == (
        "GitHub cannot be asked: GITHUB_REPOSITORY is not owner/name: '../..'; GITHUB_API_URL is no address of an API: "
        "https://api.github.com, or https://HOST/api/v3; GITHUB_TOKEN holds what no token has: a space, or a character "
        "beyond ASCII"
    )


@pytest.mark.parametrize("name", ["profiles", "a/b/c", "a/..", "a/.", "/b", "a/", "a b/c", "a/b?c", "a/b\nc", "a/b%2e"])
def test_a_repository_is_an_owner_and_a_name(name: str) -> None:
    assert "GITHUB_REPOSITORY is not owner/name" in wrong(GITHUB_REPOSITORY=name, GITHUB_TOKEN=SECRET)


@pytest.mark.parametrize("token", ["a b", "a\nb", "ä", "a\x00", "\u200b"])
def test_a_token_is_printable(token: str) -> None:
    assert wrong(GITHUB_REPOSITORY="a/b", GITHUB_TOKEN=f"x{token}x") == (
        "GitHub cannot be asked: GITHUB_TOKEN holds what no token has: a space, or a character beyond ASCII"
    )


@pytest.mark.parametrize(
    ("api", "expected"),
    [
        ("https://api.github.com", ("https://api.github.com", "")),
        ("https://api.github.com/", ("https://api.github.com", "")),
        ("https://API.github.com:443", ("https://api.github.com", "")),
        ("https://ghe.example:8443/api/v3/", ("https://ghe.example:8443", "/api/v3")),
    ],
)
def test_an_address_is_https(api: str, expected: tuple[str, str]) -> None:
    assert way(api) == expected


@pytest.mark.parametrize(
    "api",
    [
        "http://api.github.com",
        "http://evil.example",
        "ftp://api.github.com",
        "api.github.com",
        "https://",
        "https://user@api.github.com",
        "https://api.github.com@evil.example",
        "https://api.github.com/../x",
        "https://api.github.com/%2e%2e",
        "https://api.github.com?x",
        "https://api.github.com#x",
        "https://api.github.com\\@evil.example",
        "https://api.github.com\n.evil.example",
        "https://evil。example",
        "https://api.github.com:0",
        "https://api.github.com:99999",
    ],
)
def test_nothing_else_is_an_address(api: str) -> None:
    with pytest.raises(EnvironmentProblem, match="GITHUB_API_URL is no address of an API"):
        way(api, allowed=api)


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080"])
def test_plain_http_is_for_this_machine_and_only_where_the_environment_allows_it(origin: str) -> None:
    assert way(f"{origin}/api/v3", allowed=origin) == (origin, "/api/v3")
    with pytest.raises(EnvironmentProblem, match="GITHUB_API_URL is plain http") as found:
        way(origin, allowed="http://127.0.0.1:9")
    assert f"set RECONCILER_ALLOW_ENDPOINT={origin}" in str(found.value)


def test_a_client_is_held_to_the_same_whoever_made_its_place() -> None:
    with pytest.raises(EnvironmentProblem, match="GITHUB_API_URL is plain http"):
        GitHub(GitHubPlace("a/b", "http://127.0.0.1:1", SECRET), context=Context(NOWHERE, {}))


@given(st.text())
def test_no_representation_shows_the_token(more: str) -> None:
    place = GitHubPlace("a/b", token=SECRET + more)
    assert SECRET not in f"{place!r}{place}"
