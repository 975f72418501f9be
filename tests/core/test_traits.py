"""What each provider makes of each field: one table, and everything that is refused follows from it."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.comparing.kinds import empty
from reconciler.core.fields import FIELD, FIELD_NAMES, INDUSTRIES, ValueKind
from reconciler.core.reading.resolve import Resolved
from reconciler.core.traits import Capability, Traits
from reconciler.providers import providers
from tests.support import picture
from tests.support.authoring import checked, resolved, said

APIS = Path(__file__).parents[2] / "reconciler" / "providers" / "APIS.md"
TRAITS = {name: provider.traits for name, provider in providers().items()}
PAIRS = [(provider, field) for provider in sorted(TRAITS) for field in FIELD_NAMES]
BLANK = {ValueKind.URLS: "[]", ValueKind.WEBHOOK: "{}"}
ACCOUNTS = {
    "meta": "provider: meta, endpoint: sandbox",
    "360dialog": "provider: 360dialog, endpoint: sandbox",
    "kaleyra": "provider: kaleyra, endpoint: sandbox, sid: HX1",
    "pickyassist": "provider: pickyassist, endpoint: sandbox",
}
SEVENTEEN = ", ".join(tuple(INDUSTRIES)[:17])
CLEARABLE = {
    "meta": {"address", "description", "email", "websites", "webhook"},
    "360dialog": {"address", "description", "email", "websites"},
    "kaleyra": set[str](),
    "pickyassist": set[str](),
}
OMIT = "where a template or the defaults set it, write"
LEAVE = f"to leave the field as it is, leave the key out; {OMIT}"


def at(provider: str, profile: str, *, account: str = "", pictures: Any = None) -> Resolved:
    """Resolve a profile whose fields begin in line 5, in column 3."""
    keys = 'phone_number_id: "106540352242922"' if provider == "meta" else "mode: managed"
    head = f'account: bakery\nnumber: "+493012345678"\n{keys}\nprofile:\n'
    rules = f"version: 1\naccounts: {{bakery: {{{ACCOUNTS[provider]}{account}}}}}\n"
    return resolved(f"{head}  {profile}\n", rules=rules, pictures=pictures)


def refused(provider: str, profile: str, **more: Any) -> list[str]:
    found = at(provider, profile, **more)
    assert found.desired == ()
    return said(found.diagnostics)


# The table


@pytest.mark.parametrize(("provider", "field"), PAIRS)
def test_everything_is_said_of_every_field(provider: str, field: str) -> None:
    capability = TRAITS[provider].capabilities[field]
    assert capability.writable == (not capability.lacking)
    assert bool(capability.wire) == capability.writable
    assert capability.items <= FIELD[field].items
    assert max(capability.limit, capability.advised) <= (FIELD[field].limit or 0)
    assert set(capability.secrets) <= set(capability.parts)
    assert set(capability.industries) <= set(INDUSTRIES)
    assert not capability.needs or capability.needs in TRAITS[provider].options.model_fields


@pytest.mark.parametrize(("provider", "field"), PAIRS)
def test_every_rule_is_on_record_as_a_fact(provider: str, field: str) -> None:
    fact = TRAITS[provider].capabilities[field].fact
    assert re.search(rf"^\| {re.escape(fact)} \|", APIS.read_text(encoding="utf-8"), re.MULTILINE) is not None


@pytest.mark.parametrize("name", sorted(TRAITS))
def test_a_field_that_is_not_spoken_of_is_a_mistake_of_the_table(name: str) -> None:
    """Silence would be taken for a capability."""
    data: dict[str, Any] = {one.name: getattr(TRAITS[name], one.name) for one in fields(Traits)}
    some = {key: value for key, value in TRAITS[name].capabilities.items() if key not in ("about", "email")}
    with pytest.raises(ValueError, match="nothing is said of about, email: where it cannot be written"):
        Traits(**{**data, "capabilities": some})
    assert Traits(**data) == TRAITS[name]


@pytest.mark.parametrize("name", sorted(TRAITS))
def test_a_provider_can_be_read_where_a_field_can(name: str) -> None:
    assert TRAITS[name].readable == (name in ("meta", "360dialog"))


@pytest.mark.parametrize("name", sorted(TRAITS))
def test_the_seconds_of_a_rate_are_a_decimal_number_wherever_they_are_shown(name: str) -> None:
    assert isinstance(TRAITS[name].rate.seconds, float)


def test_a_capability_is_writable_unless_it_says_why_not() -> None:
    assert Capability().writable
    assert not Capability(lacking="it was switched off").writable


# Clearing


@pytest.mark.parametrize(("provider", "field"), PAIRS)
def test_a_field_is_cleared_or_it_is_said_that_it_cannot_be(provider: str, field: str) -> None:
    traits, capability = TRAITS[provider], TRAITS[provider].capabilities[field]
    blank = BLANK.get(FIELD[field].kind, "''")
    value, told = checked(field, blank, traits=traits)
    where = f"2:{len(field) + 5}"
    fact = f"({capability.fact} in providers/APIS.md)"
    assert (field in CLEARABLE[provider]) == capability.clearable
    if not capability.writable:
        why = f"{traits.title} has no {field}: {capability.lacking}"
        expected = [f"{where} unsupported: {why} | take it out; {OMIT} `omit: [{field}]` in the profile {fact}"]
        assert (value, told) == (None, expected)
    elif capability.clearable:
        assert (value, told) == (empty(field), [])
    else:
        why = f"{field} cannot be cleared at {traits.title}"
        expected = [f"{where} not-clearable: {why} | {LEAVE} `omit: [{field}]` in the profile {fact}"]
        assert (value, told) == (None, expected)


@pytest.mark.parametrize("provider", sorted(TRAITS))
def test_a_text_whose_variables_come_out_empty_is_cleared_or_refused_too(provider: str) -> None:
    value, told = checked("address", "'${none}'", traits=TRAITS[provider], variables={"none": ""})
    assert (value == "") == TRAITS[provider].capabilities["address"].clearable
    assert [line.partition(" ")[2].partition(":")[0] for line in told] == ([] if value == "" else ["not-clearable"])


# Refused with the line


@pytest.mark.parametrize(
    ("provider", "title", "fact"), [("kaleyra", "Kaleyra", "K-6"), ("pickyassist", "Picky Assist", "P-7")]
)
@pytest.mark.parametrize("code", tuple(INDUSTRIES)[17:])
def test_an_industry_that_a_provider_lacks_is_said_with_those_that_it_has(
    provider: str, title: str, fact: str, code: str
) -> None:
    assert refused(provider, f"industry: {code}") == [
        f"5:13 industry: {title} has no industry {code} | it has: {SEVENTEEN} ({fact} in providers/APIS.md)"
    ]
    assert len(at("360dialog", f"industry: {code}").desired) == 1


@pytest.mark.parametrize(
    ("provider", "title", "items", "fact"),
    [
        ("meta", "Meta", 2, "M-11"),
        ("360dialog", "360dialog", 2, "D-11"),
        ("kaleyra", "Kaleyra", 1, "K-7"),
        ("pickyassist", "Picky Assist", 2, "P-5"),
    ],
)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_no_provider_is_sent_more_links_than_it_takes(
    provider: str, title: str, items: int, fact: str, count: int
) -> None:
    written = "websites: [" + ", ".join(f"https://{n}.example" for n in range(count)) + "]"
    if count <= items:
        assert len(at(provider, written).desired) == 1
        return
    over = count - items
    measured = f"websites has {count} entries, {over} over {title}'s limit of {items}"
    assert refused(provider, written) == [f"5:13 too-many: {measured} | remove {over} ({fact} in providers/APIS.md)"]


@pytest.mark.parametrize(
    ("provider", "title", "limit", "fact"),
    [("kaleyra", "Kaleyra", 256, "K-7"), ("pickyassist", "Picky Assist", 256, "P-5")],
)
def test_a_description_that_fits_meta_may_be_too_long_elsewhere(
    provider: str, title: str, limit: int, fact: str
) -> None:
    over = 300 - limit
    measured = f"description is 300 characters, {over} over {title}'s limit of {limit}"
    assert refused(provider, f"description: {'x' * 300}") == [
        f"5:16 too-long: {measured} | shorten it by {over} ({fact} in providers/APIS.md)"
    ]
    assert len(at(provider, f"description: {'x' * limit}").desired) == 1


@pytest.mark.parametrize(("provider", "title"), [("meta", "Meta"), ("360dialog", "360dialog")])
def test_where_the_documents_disagree_it_is_a_warning(provider: str, title: str) -> None:
    found = at(provider, f"description: {'x' * 300}")
    assert len(found.desired) == 1
    assert said(found.diagnostics) == [
        (
            "5:16 warning maybe-too-long: description is 300 characters;"
            f" {title}'s documents disagree whether more than 256 are allowed"
        )
    ]


@pytest.mark.parametrize("provider", sorted(TRAITS))
def test_only_picky_assist_takes_an_e_mail_address_of_two_hundred(provider: str) -> None:
    """The domain is made of labels of at most 63 characters."""
    labels = ".".join(["d" * 60] * 3)
    found = at(provider, f"email: me@{labels}.example")
    limits = {one.code for one in found.diagnostics}
    assert limits == (set() if provider == "pickyassist" else {"too-long"})


@pytest.mark.parametrize(
    ("provider", "title", "fact"), [("kaleyra", "Kaleyra", "K-4"), ("pickyassist", "Picky Assist", "P-8")]
)
def test_a_picture_needs_a_public_address_where_the_provider_fetches_it(provider: str, title: str, fact: str) -> None:
    pictures = {"logo.png": picture(file="logo.png")}
    assert refused(provider, "picture: logo.png", pictures=pictures) == [
        (
            f"5:12 picture: {title} fetches pictures from a public address, and the account names none"
            f" | set `picture_base_url` in the account ({fact} in providers/APIS.md)"
        )
    ]
    base = ", picture_base_url: 'https://static.example/wa/'"
    assert len(at(provider, "picture: logo.png", account=base, pictures=pictures).desired) == 1


@pytest.mark.parametrize("provider", ["meta", "360dialog"])
def test_elsewhere_a_picture_is_uploaded(provider: str) -> None:
    assert len(at(provider, "picture: logo.png", pictures={"logo.png": picture()}).desired) == 1


@pytest.mark.parametrize("provider", sorted(set(TRAITS) - {"meta", "360dialog"}))
def test_a_key_of_another_provider_is_unknown(provider: str) -> None:
    text = 'account: bakery\nnumber: "+493012345678"\nphone_number_id: "106540352242922"\nprofile: {about: Fresh}\n'
    rules = f"version: 1\naccounts: {{bakery: {{{ACCOUNTS[provider]}}}}}\n"
    (line,) = said(resolved(text, rules=rules).diagnostics)
    assert line.startswith("3:1 unknown-key: unknown key phone_number_id | ")


def test_every_mistake_is_said_at_once_in_order() -> None:
    profile = (
        f"about: ''\n  description: {'x' * 300}\n  industry: ALCOHOL\n"
        "  websites: [https://a.example, https://b.example]\n  picture: logo.png\n"
        "  webhook: {url: http://h.example, verify_token: {env: WEBHOOK_V}}"
    )
    told = refused("kaleyra", profile, pictures={"logo.png": picture()})
    assert [line.partition(": ")[0] for line in told] == [
        "5:10 not-clearable",
        "6:16 too-long",
        "7:13 industry",
        "8:13 too-many",
        "9:12 picture",
        "10:18 url",
        "10:36 unknown-key",
    ]


@pytest.mark.parametrize(
    ("provider", "field"),
    [pair for pair in PAIRS if TRAITS[pair[0]].capabilities[pair[1]].limit],
)
def test_the_fact_that_is_cited_for_a_limit_speaks_of_it(provider: str, field: str) -> None:
    """A reader who looks it up must find the number there, and not why the field cannot be cleared."""
    link = f"https://a.example/{'x' * 600}"
    written = {"websites": f"[{link}]", "webhook": f"{{url: {link}}}"}.get(field, "x" * 600)
    _, told = checked(field, written, traits=TRAITS[provider])
    (fact,) = [found[1] for line in told if (found := re.search(r"too-long: .*\((\S+) in providers/APIS.md\)", line))]
    row = re.search(rf"^\| {fact} \|.*", APIS.read_text(encoding="utf-8"), re.MULTILINE)
    assert row is not None
    assert re.search(r"\b[Ll]imits?\b", row[0]) is not None, row[0]
