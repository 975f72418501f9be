"""Links, webhooks and pictures."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.fields import Picture, SecretRef, Value, Webhook
from reconciler.core.traits import Capability
from tests.support import picture
from tests.support.authoring import META, checked

ONE_LINK = replace(
    META,
    title="Elsewhere",
    capabilities={
        **META.capabilities,
        "websites": Capability(wire="url", limit=256, items=1, fact="E-1"),
        "webhook": Capability(wire="hook", limit=200, clearable=False, fact="E-2"),
    },
)
TOKEN = "verify_token: {env: WEBHOOK_VERIFY}"
HOOK = Webhook(url="https://hooks.example/wa", verify_token=SecretRef(env="WEBHOOK_VERIFY"))
WRITE_TOKEN = "write `verify_token: {env: WEBHOOK_VERIFY}`; a secret never stands in a file"
FOREIGN = "is not a name that may be read here: only names that begin with WEBHOOK_ are"
ALLOW = "other names must be allowed from outside the repository: RECONCILER_ALLOW_ENV=NAME"


def test_links_are_kept_in_their_order() -> None:
    links = ("https://b.example/x?y=1#z", "http://a.example:8080")
    assert checked("websites", f"['{links[0]}', '{links[1]}']") == (links, [])


def test_an_empty_list_clears_the_links() -> None:
    assert checked("websites", "[]") == ((), [])


def test_an_empty_list_is_refused_where_links_cannot_be_cleared() -> None:
    hint = (
        "to leave the field as it is, leave the key out; where a template or the defaults set it, "
        "write `omit: [websites]` in the profile (E-1 in providers/APIS.md)"
    )
    told = f"2:13 not-clearable: websites cannot be cleared at Elsewhere | {hint}"
    assert checked("websites", "[]", traits=ONE_LINK) == (None, [told])


@pytest.mark.parametrize(
    ("written", "kind", "hint"),
    [
        ("https://a.example", "text", " | write `websites: [https://a.example]`"),
        ("berlin", "text", ""),
        ("''", "text", " | to clear it, write []"),
        ("{}", "a mapping", " | to clear it, write []"),
        ("0", "a number", ""),
        ("false", "a boolean", ""),
    ],
)
def test_links_are_a_list(written: str, kind: str, hint: str) -> None:
    assert checked("websites", written) == (
        None,
        [f"2:13 wrong-type: profile.websites must be a list, not {kind}{hint}"],
    )


def test_every_wrong_item_is_said_with_its_place() -> None:
    value, told = checked("websites", "\n    - 12\n    -\n    - ''\n    - ${city}\n")
    assert value is None
    assert told == [
        "3:5 too-many: websites has 4 entries, 2 over Meta's limit of 2 | remove 2 (M-11 in providers/APIS.md)",
        '3:7 wrong-type: profile.websites[0] must be text, not a number | write it in quotes: "12"',
        "4:6 null: profile.websites[1] is null (nothing stands after the dash) | write a value there, or leave it out",
        "5:7 url: websites[2] is not a link: it must begin with http:// or https://",
        "6:7 unknown-variable: ${city} is not declared under `vars` | declare it under `vars`; a literal is $${",
    ]


def test_a_provider_with_one_link_takes_one() -> None:
    assert checked("websites", "[https://a.example]", traits=ONE_LINK) == (("https://a.example",), [])
    told = "2:13 too-many: websites has 2 entries, 1 over Elsewhere's limit of 1 | remove 1"
    assert checked("websites", "[https://a.example, https://b.example]", traits=ONE_LINK) == (None, [told])


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("a.example", "it must begin with http:// or https://"),
        ("ftp://a.example", "it must begin with http:// or https://"),
        ("javascript:alert(1)", "it must begin with http:// or https://"),
        ("https:a.example", "it names no host"),
        ("https:///path", "it names no host"),
        ("https://a.example/b c", "it holds white space or an invisible character"),
        (" https://a.example", "it holds white space or an invisible character"),
        ("https://a.exa\\nmple", "it holds white space or an invisible character"),
        ("https://a.example/\\u0007", "it holds white space or an invisible character"),
        ("https://me:secret@a.example", "a user name or password does not belong in it"),
        ("https://me@a.example", "a user name or password does not belong in it"),
        ("https://a.example:99999", "its host or port is malformed"),
        ("https://[::1", "its host or port is malformed"),
        ("https://./", "its host has an empty part between dots"),
        ("https://a%40b.example", "its host holds an escape with %, which hides a character"),
        ("https://a.example;b", 'its host holds ";", which no host can'),
        ("https://a\u20acb.example", "its host holds U+20AC, which no host can"),
    ],
)
def test_what_is_no_link_is_refused_with_the_reason(url: str, reason: str) -> None:
    value, told = checked("websites", f'["{url}"]')
    errors = [line.partition(" | ")[0] for line in told if not line.startswith("2:14 warning ")]
    assert (value, errors) == (None, [f"2:14 url: websites[0] is not a link: {reason}"])


@pytest.mark.parametrize("text", ["https://a.example, https://b.example/x", "https://a.example;b.example/x"])
def test_two_links_in_one_are_shown_by_themselves(text: str) -> None:
    _, told = checked("websites", f'["{text}"]')
    assert [line.partition(" | ")[2] for line in told] == [
        "write each link as an item of its own: https://a.example, https://b.example/x"
    ]


@pytest.mark.parametrize(
    ("host", "reason"),
    [
        ("b\u0430kery.example", "its host mixes alphabets (cyrillic, latin)"),
        ("xn--bckerei-5wa.example", "its host is written in punycode, and reads bäckerei.example"),
        ("203.0.113.7", "its host is a number, not a name"),
    ],
)
def test_a_host_that_may_not_be_what_it_looks_like_is_a_warning(host: str, reason: str) -> None:
    url = f"https://{host}/a"
    told = f"2:14 warning suspicious: look closely at this link: {reason}"
    assert checked("websites", f"['{url}']") == ((url,), [told])


def test_a_link_is_measured_with_its_variables_filled_in() -> None:
    base = "https://a.example/"
    fits, over = "x" * (256 - len(base)), "x" * (257 - len(base))
    assert checked("websites", f"['{base}${{slug}}']", variables={"slug": fits}) == ((base + fits,), [])
    hint = "shorten it by 1 (M-11 in providers/APIS.md)"
    told = f"2:14 too-long: websites[0] is 257 characters, 1 over Meta's limit of 256 | {hint}"
    assert checked("websites", f"['{base}${{slug}}']", variables={"slug": over}) == (None, [told])


def test_a_webhook_is_a_link_and_the_name_of_a_secret() -> None:
    assert checked("webhook", f"{{url: https://hooks.example/wa, {TOKEN}}}") == (HOOK, [])


def test_a_webhooks_secret_can_lie_in_a_file() -> None:
    found = checked("webhook", "{url: https://hooks.example/wa, verify_token: {file: WEBHOOK_x}}")
    assert found == (Webhook(url="https://hooks.example/wa", verify_token=SecretRef(file="WEBHOOK_x")), [])


def test_an_empty_mapping_clears_the_webhook() -> None:
    assert checked("webhook", "{}") == (Webhook(url=""), [])


def test_a_webhook_that_needs_no_secret_is_taken_without_one() -> None:
    assert checked("webhook", "{url: https://h.example}", traits=ONE_LINK) == (Webhook(url="https://h.example"), [])


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("https://h.example", ["2:12 wrong-type: profile.webhook must be a mapping with `url`, not text"]),
        ("''", ["2:12 wrong-type: profile.webhook must be a mapping with `url`, not text | to clear it, write {}"]),
        ("5", ["2:12 wrong-type: profile.webhook must be a mapping with `url`, not a number"]),
        ("{url: https://h.example}", [f"2:12 secret: webhook.verify_token is missing | {WRITE_TOKEN}"]),
        (f"{{{TOKEN}}}", ["2:12 missing-key: webhook.url is missing"]),
        (f"{{url: '', {TOKEN}}}", ["2:18 url: webhook.url is not a link: it must begin with https://"]),
        (
            f"{{url: 7, {TOKEN}}}",
            ['2:18 wrong-type: profile.webhook.url must be text, not a number | write it in quotes: "7"'],
        ),
        (
            f"{{url: http://h.example, {TOKEN}}}",
            ['2:18 url: webhook.url is not a link: it must begin with https:// | write "https://h.example"'],
        ),
        (
            f"{{urll: https://h.example, {TOKEN}, zzz: 1}}",
            [
                "2:13 unknown-key: unknown key webhook.urll | did you mean url?",
                "2:75 unknown-key: unknown key webhook.zzz | known here: url, verify_token",
                "2:12 missing-key: webhook.url is missing",
            ],
        ),
        (
            "{url: https://h.example, verify_token: {env: META_TOKEN}}",
            [f"2:51 secret-name: META_TOKEN {FOREIGN} | {ALLOW}"],
        ),
    ],
)
def test_a_webhook_that_cannot_work_is_refused(written: str, told: list[str]) -> None:
    assert checked("webhook", written) == (None, told)


def test_each_part_of_a_webhook_has_its_own_place() -> None:
    _, told = checked("webhook", "\n    url: http://h.example\n    verify_token: s3cret\n    tokn: x")
    assert told == [
        "5:5 unknown-key: unknown key webhook.tokn | known here: url, verify_token",
        '3:10 url: webhook.url is not a link: it must begin with https:// | write "https://h.example"',
        f"4:19 secret: webhook.verify_token must be {{env: NAME}} or {{file: NAME}} | {WRITE_TOKEN}",
    ]


@pytest.mark.parametrize("written", ["s3cret", "{env: A, file: B}", "{}", "{env: ''}", "{env: 1}", "{file: ''}", "[x]"])
def test_a_webhooks_secret_is_exactly_one_name(written: str) -> None:
    value, told = checked("webhook", f"\n    url: https://h.example\n    verify_token: {written}")
    expected = f"4:19 secret: webhook.verify_token must be {{env: NAME}} or {{file: NAME}} | {WRITE_TOKEN}"
    assert (value, told) == (None, [expected])


def test_a_null_secret_is_missing() -> None:
    value, told = checked("webhook", "\n    url: https://h.example\n    verify_token:")
    assert (value, told) == (None, [f"4:5 secret: webhook.verify_token is missing | {WRITE_TOKEN}"])


def test_another_name_is_read_where_the_environment_allows_it() -> None:
    written = "{url: https://hooks.example/wa, verify_token: {env: HOOK_PASS}}"
    expected = Webhook(url="https://hooks.example/wa", verify_token=SecretRef(env="HOOK_PASS"))
    assert checked("webhook", written, secret_names={"HOOK_PASS"}) == (expected, [])


def test_a_webhooks_length_is_its_links() -> None:
    url = "https://h.example/" + "x" * 183
    hint = "shorten it by 1 (M-11 in providers/APIS.md)"
    told = f"2:18 too-long: webhook.url is 201 characters, 1 over Meta's limit of 200 | {hint}"
    assert checked("webhook", f"{{url: {url}, {TOKEN}}}") == (None, [told])


@pytest.mark.parametrize(
    ("width", "height", "told"),
    [
        (192, 192, []),
        (640, 640, []),
        (191, 191, ["the picture is 191 × 191 pixels | under 192 a side may cause issues; 640 × 640 is recommended"]),
        (640, 480, ["the picture is 640 × 480, and WhatsApp crops it to a square"]),
        (
            640,
            100,
            [
                "the picture is 640 × 100 pixels | under 192 a side may cause issues; 640 × 640 is recommended",
                "the picture is 640 × 100, and WhatsApp crops it to a square",
            ],
        ),
    ],
)
def test_a_picture_that_will_look_bad_is_a_warning(width: int, height: int, told: list[str]) -> None:
    image = replace(picture(), width=width, height=height)
    value, found = checked("picture", "logo.png", pictures={"logo.png": image})
    assert (value, [line.split(": ", 1)[1] for line in found]) == (image, told)


@pytest.mark.parametrize(
    ("name", "hint"),
    [("logo.png", ""), ("${city}.png", " | variables are filled in in texts and links only"), ("$${x}.png", "")],
)
def test_why_a_picture_cannot_be_used_is_passed_on(name: str, hint: str) -> None:
    """A picture's name is not filled: what is opened is what stands in the file."""
    pictures: dict[str, Picture | str] = {name: "there is no such file"}
    found = checked("picture", name, pictures=pictures, variables={"city": "berlin"})
    assert found == (None, [f"2:12 picture: there is no such file{hint}"])


@settings(max_examples=60)
@given(
    st.recursive(st.none() | st.booleans() | st.integers(-1, 1) | st.text("a{}$ ", max_size=4), st.lists, max_leaves=3)
)
def test_nothing_but_an_empty_list_clears_the_links(data: object) -> None:
    """0, false and other things that Python calls empty are not."""
    value: Value | None = checked("websites", json.dumps(data))[0]
    assert (value == ()) == (data == [])
