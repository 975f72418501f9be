"""A webhook as written, against what each provider can do."""

from __future__ import annotations

import pytest

from reconciler.core.fields import Header, SecretRef, Value, Webhook
from reconciler.providers import providers
from tests.support.authoring import checked, resolved, said

TRAITS = {name: provider.traits for name, provider in providers().items()}
ALLOW = "other names must be allowed from outside the repository: RECONCILER_ALLOW_ENV=NAME"
PLAIN = (
    "url: webhook.url may have no underscore and no port in its host"
    " | use a host of letters, digits and hyphens, and port 443 (D-7 in providers/APIS.md)"
)
NO_NAME = "header: this cannot be the name of an HTTP header"
URL = "https://h.example/wa"


def told(written: str, provider: str = "360dialog") -> tuple[Value | None, list[str]]:
    return checked("webhook", written, traits=TRAITS[provider])


def header(written: str) -> tuple[Value | None, list[str]]:
    """Return what becomes of a webhook whose headers begin in 4:7."""
    return told(f"\n    url: {URL}\n    headers:\n      {written}")


def write(name: str) -> str:
    return f"write `{name}: {{env: WEBHOOK_VERIFY}}`; a secret never stands in a file"


# The address


def test_a_webhook_needs_nothing_but_its_address() -> None:
    assert told(f"{{url: {URL}}}") == (Webhook(url=URL), [])
    assert told(f"{{url: {URL}}}", "kaleyra") == (Webhook(url=URL), [])


@pytest.mark.parametrize(
    "url",
    [
        "https://h_x.example/a",
        "https://h.example:8443/a",
        "https://h.example:443/a",
        "https://h.example:/a",
        "https://h_x.example:8443",
    ],
)
def test_360dialog_takes_no_underscore_and_no_port_in_a_host(url: str) -> None:
    assert told(f"{{url: '{url}'}}") == (None, [f"2:18 {PLAIN}"])
    assert told(f"{{url: '{url}'}}", "kaleyra") == (Webhook(url=url), [])


@pytest.mark.parametrize("url", ["https://h.example/a_b:c", "https://h.example/?a_b=c:d", URL])
def test_elsewhere_in_the_address_they_may_stand(url: str) -> None:
    assert told(f"{{url: '{url}'}}") == (Webhook(url=url), [])


@pytest.mark.parametrize("provider", ["360dialog", "kaleyra"])
@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://h.example", 'it must begin with https:// | write "https://h.example"'),
        ("h.example", 'it must begin with https:// | write "https://h.example"'),
        ("https://me:pass@h.example", "a user name or password does not belong in it"),
        ("https://h.example:99999", "its host or port is malformed"),
        ("https:///a", "it names no host"),
    ],
)
def test_what_is_no_public_address_is_refused_once(provider: str, url: str, reason: str) -> None:
    assert told(f"{{url: '{url}'}}", provider) == (None, [f"2:18 url: webhook.url is not a link: {reason}"])


def test_an_address_in_brackets_is_pointed_at_and_its_port_is_still_no_part_of_it() -> None:
    odd = "2:18 warning suspicious: look closely at this link: its host is an address in brackets, not a name"
    assert told("{url: 'https://[::1]:8443/a'}") == (None, [odd, f"2:18 {PLAIN}"])
    assert told("{url: 'https://[::1]/a'}") == (Webhook(url="https://[::1]/a"), [odd])


def test_an_address_is_missing_where_it_stands_nowhere() -> None:
    assert told("{headers: {}}") == (None, ["2:12 missing-key: webhook.url is missing"])


def test_a_variable_may_stand_in_the_address() -> None:
    found = checked("webhook", "{url: 'https://h.example/${x}'}", traits=TRAITS["360dialog"], variables={"x": "b"})
    assert found == (Webhook(url="https://h.example/b"), [])
    told = "2:18 unknown-variable: ${x} is not declared under `vars` | declare it under `vars`; a literal is $${"
    found = checked("webhook", "{url: 'https://h_x.example/${x}'}", traits=TRAITS["360dialog"])
    assert found == (None, [told])


# What it may hold besides


def test_at_meta_a_webhook_has_a_token_and_no_headers() -> None:
    assert told(f"{{url: {URL}, verify_token: {{env: WEBHOOK_A}}, headers: {{}}}}", "meta") == (
        None,
        ["2:72 unknown-key: unknown key webhook.headers | known here: url, verify_token"],
    )


@pytest.mark.parametrize(("provider", "known"), [("kaleyra", "url"), ("360dialog", "headers, url")])
def test_elsewhere_a_token_is_no_part_of_a_webhook(provider: str, known: str) -> None:
    assert told(f"{{url: {URL}, verify_token: {{env: WEBHOOK_A}}}}", provider) == (
        None,
        [f"2:40 unknown-key: unknown key webhook.verify_token | known here: {known}"],
    )


def test_picky_assist_has_no_webhook_at_all() -> None:
    omit = "where a template or the defaults set it, write `omit: [webhook]` in the profile"
    hint = f"take it out; {omit} (P-6 in providers/APIS.md)"
    no = f"2:12 unsupported: Picky Assist has no webhook: its API for webhooks was switched off | {hint}"
    for written in (f"{{url: {URL}}}", "{}", "7", "{url: http://h_x.example, headers: {a b: s3cret}}"):
        assert told(written, "pickyassist") == (None, [no])


# Headers


def test_headers_hold_references_in_one_order() -> None:
    value, found = told(f"{{url: {URL}, headers: {{X-B: {{file: WEBHOOK_b}}, Authorization: {{env: WEBHOOK_A}}}}}}")
    assert found == []
    headers = (
        Header(name="Authorization", secret=SecretRef(env="WEBHOOK_A")),
        Header(name="X-B", secret=SecretRef(file="WEBHOOK_b")),
    )
    assert value == Webhook(url=URL, headers=headers)
    assert value.secrets == (SecretRef(env="WEBHOOK_A"), SecretRef(file="WEBHOOK_b"))


def test_no_headers_are_none() -> None:
    assert told(f"{{url: {URL}, headers: {{}}}}") == (Webhook(url=URL), [])


@pytest.mark.parametrize(
    "name", ["X A", "X:A", "", "Ünicode", "X\\r\\nEvil: 1", "a" * 129, "X/A", "(x)", "x@y", "X-A\\n"]
)
def test_what_no_header_can_be_called_is_refused(name: str) -> None:
    value, found = header(f'"{name}": {{env: WEBHOOK_A}}')
    assert value is None
    assert [line.partition(" ")[2] for line in found] == [NO_NAME]
    assert found[0].startswith("5:")


@pytest.mark.parametrize("name", ["X-A", "x", "a" * 128, "!#$%&'*+.^_`|~-9"])
def test_every_name_of_the_standard_is_taken(name: str) -> None:
    assert header(f'"{name}": {{env: WEBHOOK_A}}') == (
        Webhook(url=URL, headers=(Header(name=name, secret=SecretRef(env="WEBHOOK_A")),)),
        [],
    )


def test_case_makes_no_other_header() -> None:
    ref = "{env: WEBHOOK_A}"
    assert header(f"X-Key: {ref}\n      x-key: {ref}\n      X-KEY: {ref}\n") == (
        None,
        [
            "5:14 header: webhook.headers.X-Key is the same header as X-KEY",
            "6:14 header: webhook.headers.x-key is the same header as X-KEY",
        ],
    )


@pytest.mark.parametrize(
    "literal", ["Bearer kX9v2b", "'kX9v2b'", "{env: ''}", "{}", "[kX9v2b]", "{value: kX9v2b}", "9"]
)
def test_what_a_header_holds_never_stands_in_a_file(literal: str) -> None:
    value, found = header(f"Authorization: {literal}")
    what = "webhook.headers.Authorization must be {env: NAME} or {file: NAME}"
    assert (value, found) == (None, [f"5:22 secret: {what} | {write('Authorization')}"])


def test_a_header_that_holds_nothing_says_how_to_fill_it() -> None:
    assert header("X-Key:") == (None, [f"5:7 secret: webhook.headers.X-Key is missing | {write('X-Key')}"])


@pytest.mark.parametrize(
    ("ref", "reason"),
    [
        (
            "{env: D360_API_KEY_BERLIN}",
            "D360_API_KEY_BERLIN is not a name that may be read here: only names that begin with WEBHOOK_ are",
        ),
        (
            "{env: META_TOKEN}",
            "META_TOKEN is not a name that may be read here: only names that begin with WEBHOOK_ are",
        ),
    ],
)
def test_a_header_is_sent_no_credential_of_a_provider(ref: str, reason: str) -> None:
    assert header(f"X-Key: {ref}") == (None, [f"5:14 secret-name: {reason} | {ALLOW}"])


@pytest.mark.parametrize(
    ("ref", "told"),
    [
        (
            "{file: ../WEBHOOK_a}",
            "this is not the name of a file in the secrets directory | it is a plain name, without folders",
        ),
        (
            "{env: kX9v2b-x}",
            "this is not the name of an environment variable | it is made of letters, digits and underscores",
        ),
    ],
)
def test_what_cannot_be_a_name_is_not_to_be_permitted(ref: str, told: str) -> None:
    assert header(f"X-Key: {ref}") == (None, [f"5:14 secret-name: {told}"])


@pytest.mark.parametrize(("written", "kind"), [("[a]", "a list"), ("kX9v2b", "text"), ("7", "a number")])
def test_headers_are_a_mapping(written: str, kind: str) -> None:
    value, found = told(f"{{url: {URL}, headers: {written}}}")
    assert value is None
    (line,) = found
    wanted = "wrong-type: profile.webhook.headers must be a mapping of header names to secrets"
    assert line.startswith(f"2:49 {wanted}, not {kind}")


def test_every_mistake_of_a_webhook_is_said_at_once_in_order() -> None:
    text = (
        'account: bakery\nnumber: "+493012345678"\nprofile:\n  webhook:\n    url: https://h_x.example:8443/a\n'
        "    verify_token: {env: WEBHOOK_V}\n    headers:\n      X A: {env: WEBHOOK_A}\n      X-B: kX9v2b\n"
        "      X-C: {env: META_TOKEN}\n"
    )
    found = resolved(text, rules="version: 1\naccounts: {bakery: {provider: 360dialog}}\n")
    foreign = "META_TOKEN is not a name that may be read here: only names that begin with WEBHOOK_ are"
    assert said(found.diagnostics) == [
        f"5:10 {PLAIN}",
        "6:5 unknown-key: unknown key webhook.verify_token | known here: headers, url",
        f"8:12 {NO_NAME}",
        f"9:12 secret: webhook.headers.X-B must be {{env: NAME}} or {{file: NAME}} | {write('X-B')}",
        f"10:12 secret-name: {foreign} | {ALLOW}",
    ]
