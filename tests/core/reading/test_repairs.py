"""What is proposed for a text that is no link, no list of links or no e-mail address, and where nothing is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.reading.lookalikes import (
    email_problem,
    email_repair,
    link_problem,
    link_repair,
    links_repair,
)
from tests.support.authoring import checked, resolved, said

WEB = ("http", "https")


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("a.example", "https://a.example"),
        ("www.a.example/b?c#d", "https://www.a.example/b?c#d"),
        ("//a.example", "https://a.example"),
        ("https:a.example", "https://a.example"),
        ("https//a.example", "https://a.example"),
        ("https:/a.example", "https://a.example"),
        ("htps://a.example", "https://a.example"),
        ("ttps://a.example", "https://a.example"),
        ("https;//a.example", "https://a.example"),
        (r"https:\\a.example", "https://a.example"),
        (" https://a.example\n", "https://a.example"),
        ("https://a.example/b c", "https://a.example/b%20c"),
        ("<https://a.example>", "https://a.example"),
        ("<https://a.example|a.example>", "https://a.example"),
        ("[our shop](https://a.example)", "https://a.example"),
        ("https://a.example/\u200b", "https://a.example/"),
        ("https://a.example;", "https://a.example"),
    ],
)
def test_a_link_without_its_scheme_or_in_wrapping_is_spelled_out(text: str, link: str) -> None:
    assert link_repair(text, WEB) == link


@pytest.mark.parametrize(
    "text",
    [
        "",
        "berlin",
        "https://a.example",
        "http://a.example",
        "ftp://a.example",
        "javascript:alert(1)",
        "https:///path",
        "https://me:secret@a.example",
        "me@a.example",
        "https://a.example:99999",
        "https://[::1",
        "a.example and b.example",
        "https://a.exa mple",
    ],
)
def test_nothing_is_proposed_where_it_would_be_a_guess_or_a_secret(text: str) -> None:
    assert link_repair(text, WEB) == ""


def test_a_plain_link_is_made_secure_where_it_has_to_be() -> None:
    assert link_repair("http://h.example/wa", ("https",)) == "https://h.example/wa"
    assert link_repair(" http://h.example/wa", WEB) == "http://h.example/wa"


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("https://a.example", ("https://a.example",)),
        ("https://a.example https://b.example", ("https://a.example", "https://b.example")),
        ("a.example, b.example", ("https://a.example", "https://b.example")),
        ("\u2013 https://a.example \u2013 https://b.example", ("https://a.example", "https://b.example")),
        ("our shop a.example", ()),
        ("", ()),
    ],
)
def test_links_in_the_place_of_a_list_become_one(text: str, links: tuple[str, ...]) -> None:
    assert links_repair(text, WEB) == links


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("mailto:a@b.example", "a@b.example"),
        ("mailto:a@b.example?subject=Hi", "a@b.example"),
        ("Berlin <a@b.example>", "a@b.example"),
        ("a@b.example.", "a@b.example"),
        ("a @ b.example", "a@b.example"),
        ("a(at)b.example", "a@b.example"),
        ("a [AT] b.example", "a@b.example"),
        ("a\uff20b.example", "a@b.example"),
        ("a@b.example, c@d.example", ""),
        ("a@b", ""),
        ("berlin", ""),
        ("", ""),
    ],
)
def test_the_one_address_in_a_text_is_spelled_out(text: str, address: str) -> None:
    assert email_repair(text) == address


@given(st.text("ahtps:/.@ <>[]()|\n,", max_size=20))
def test_whatever_is_proposed_would_be_accepted(text: str) -> None:
    for link in (link_repair(text, WEB), *links_repair(text, WEB)):
        assert not link or not link_problem(link, WEB)
    address = email_repair(text)
    assert not address or not email_problem(address)


@pytest.mark.parametrize(
    ("field", "written", "hint"),
    [
        ("websites", "['a.example']", 'write "https://a.example"'),
        ("websites", "['mailto:a@b.example']", "an e-mail address stands under `email`"),
        ("websites", "https://a.example", "write `websites: [https://a.example]`"),
        ("email", "'mailto:a@b.example'", 'write "a@b.example"'),
    ],
)
def test_an_error_ends_with_the_repair(field: str, written: str, hint: str) -> None:
    (line,) = checked(field, written)[1]
    assert line.partition(" | ")[2] == hint


# One webhook for several numbers

RULES = "version: 1\naccounts: {d: {provider: 360dialog, endpoint: sandbox}, m: {provider: meta, endpoint: sandbox}}\n"
FACT = "(D-7 in providers/APIS.md)"


def fleet(*urls: str, account: str = "d") -> list[str]:
    """Return what is said of profiles with these webhooks."""
    texts = {}
    for n, url in enumerate(urls):
        keys = f'phone_number_id: "10654035224292{n}"\n' if account == "m" else ""
        token = ", verify_token: {env: WEBHOOK_V}" if account == "m" else ""
        head = f'account: {account}\nnumber: "+49301234567{n}"\n{keys}'
        texts[f"p{n}"] = f"{head}profile: {{webhook: {{url: '{url}'{token}}}}}\n"
    return said(resolved(texts, rules=RULES).diagnostics)


def test_two_numbers_of_360dialog_with_one_webhook_are_a_warning() -> None:
    summary = "2 numbers of 360dialog have one webhook, https://h.example/wa: p0, p1"
    hint = f"360dialog wants another address for each number, such as https://h.example/wa/NAME {FACT}"
    assert fleet("https://h.example/wa", "https://h.example/wa", "https://h.example/other") == [
        f"profiles/p0.yaml:3:20 warning shared-webhook: {summary} | {hint}"
    ]


def test_of_many_numbers_with_one_webhook_some_are_named() -> None:
    (line,) = fleet(*["https://h.example/"] * 5)
    assert "5 numbers of 360dialog have one webhook, https://h.example/: p0, p1, p2 and 2 more" in line
    assert f"such as https://h.example/NAME {FACT}" in line


@pytest.mark.parametrize("account", ["d", "m"])
def test_webhooks_of_their_own_and_those_of_other_providers_are_as_they_should_be(account: str) -> None:
    second = "https://h.example/wa" if account == "m" else "https://h.example/b"
    assert fleet("https://h.example/wa", second, account=account) == []
