"""The schemas for editors: valid, fresh, true of the repository's own files, and with the providers' limits."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from reconciler.core.basics import Model
from reconciler.core.fields import FIELD_NAMES, INDUSTRIES
from reconciler.core.settings import OnFinding, Rule
from reconciler.core.traits import Capability
from reconciler.pipeline.validating import schemas_run
from reconciler.providers import providers
from reconciler.render.schemas import schemas

ROOT = Path(__file__).parents[2]
SCHEMAS = {name: json.loads(text) for name, text in schemas_run().items()}
MODELINE = re.compile(r"# yaml-language-server: \$schema=(\S+)")
PICTURES = ("pictures/a.png", "pictures/a.JPG", "a.jpeg")
SECRET = {"env": "WEBHOOK_VERIFY"}


class Sid(Model):
    """What an account at another provider must say."""

    sid: str


def problems(schema: str, data: object) -> list[str]:
    """Return what an editor says of `data`, each with its place."""
    found = Draft202012Validator(SCHEMAS[schema]).iter_errors(data)
    return sorted(f"{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in found)


def profile(**fields: object) -> dict[str, Any]:
    """Return a profile at Meta that manages `fields`."""
    return {"account": "bakery", "number": "+493012345678", "phone_number_id": "106540352242922", "profile": fields}


def settings(**more: object) -> dict[str, Any]:
    """Return settings with one account at Meta's sandbox."""
    return {"version": 1, "accounts": {"bakery": {"provider": "meta", "endpoint": "sandbox"}}, **more}


def account(**more: object) -> dict[str, Any]:
    """Return settings whose one account says `more`."""
    return settings(accounts={"bakery": {"provider": "meta", "endpoint": "sandbox", **more}})


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])
    assert SCHEMAS[name]["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_there_is_a_schema_for_each_kind_of_file_and_each_provider() -> None:
    own = {f"profile.{name}.schema.json" for name in providers()}
    kinds = {f"{kind}.schema.json" for kind in ("defaults", "drift-ignore", "plan", "profile", "settings", "template")}
    assert set(SCHEMAS) == own | kinds


def test_the_committed_schemas_are_fresh() -> None:
    """`reconciler schema` writes them."""
    committed = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "schemas").iterdir()}
    assert committed == schemas_run()


@pytest.mark.parametrize(
    "path", sorted((ROOT / "profiles").rglob("*.yaml")), ids=lambda path: str(path.relative_to(ROOT))
)
def test_a_file_of_the_repository_is_as_the_schema_of_its_modeline_says(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    modeline = MODELINE.match(text)
    assert modeline is not None
    schema = (path.parent / modeline.group(1)).resolve()
    assert schema.parent == ROOT / "schemas"
    assert problems(schema.name, YAML(typ="safe").load(text)) == []


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"description": "x" * 512},
        {"description": "x" * 600 + "${city}"},
        {"about": "x" * 139, "email": "x" * 128},
        {"address": "", "description": "", "email": "", "websites": [], "webhook": {}},
        {"websites": ["https://a.example", "http://b.example/${slug}"]},
        {"websites": ["${site}"]},
        {"webhook": {"url": "https://a.example", "verify_token": SECRET}},
        {"webhook": {"url": "${hook}", "verify_token": {"file": "WEBHOOK_A"}}},
        *({"picture": path} for path in PICTURES),
        *({"industry": code} for code in INDUSTRIES),
    ],
)
def test_what_a_profile_at_meta_may_say(fields: dict[str, object]) -> None:
    assert problems("profile.meta.schema.json", profile(**fields)) == []
    assert problems("profile.schema.json", profile(**fields)) == []


LONG, LINK = "x" * 513, "https://a.example/" + "x" * 239


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"description": LONG}, f"profile.description: '{LONG}' is too long"),
        ({"about": "x" * 140}, f"profile.about: '{'x' * 140}' is too long"),
        ({"address": "x" * 257}, f"profile.address: '{'x' * 257}' is too long"),
        ({"email": "x" * 129}, f"profile.email: '{'x' * 129}' is too long"),
        ({"about": ""}, "profile.about: '' should be non-empty"),
        ({"about": None}, "profile.about: None is not of type 'string'"),
        ({"websites": ["https://a.example"] * 3}, f"profile.websites: {['https://a.example'] * 3} is too long"),
        ({"websites": [LINK]}, f"profile.websites.0: '{LINK}' is too long"),
        ({"websites": ["ftp://a"]}, r"profile.websites.0: 'ftp://a' does not match '^(https?://|\\$\\{)'"),
        ({"industry": "BAKERY"}, f"profile.industry: 'BAKERY' is not one of {list(INDUSTRIES)}"),
        ({"industry": ""}, f"profile.industry: '' is not one of {list(INDUSTRIES)}"),
        (
            {"picture": "logo.gif"},
            r"profile.picture: 'logo.gif' does not match '\\.([Pp][Nn][Gg]|[Jj][Pp][Ee]?[Gg])$'",
        ),
        (
            {"colour": "red"},
            "profile: Additional properties are not allowed ('colour' was unexpected)",
        ),
        ({"webhook": {"url": "https://a.example"}}, "profile.webhook: 'verify_token' is a required property"),
        ({"webhook": {"verify_token": SECRET}}, "profile.webhook: 'url' is a required property"),
        ({"webhook": ""}, "profile.webhook: '' is not of type 'object'"),
        (
            {"webhook": {"url": "http://a.example", "verify_token": SECRET}},
            r"profile.webhook.url: 'http://a.example' does not match '^(https://|\\$\\{)'",
        ),
        (
            {"webhook": {"url": "https://a.example", "verify_token": "hunter2"}},
            "profile.webhook.verify_token: 'hunter2' is not of type 'object'",
        ),
    ],
)
def test_what_a_profile_at_meta_may_not_say(fields: dict[str, object], said: str) -> None:
    assert problems("profile.meta.schema.json", profile(**fields)) == [said]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"number": 493012345678}, "number: 493012345678 is not of type 'string'"),
        ({"number": "030 12345678"}, r"number: '030 12345678' does not match '^\\+[1-9][0-9]{4,14}$'"),
        ({"mode": "off"}, "mode: 'off' is not one of ['managed', 'observe', 'paused']"),
        ({"vars": {"n": 1}}, "vars.n: 1 is not of type 'string'"),
        ({"extends": "templates/a.yaml"}, "extends: 'templates/a.yaml' is not of type 'array'"),
        ({"phone_number_id": "abc"}, "phone_number_id: 'abc' does not match '^[0-9]{5,25}$'"),
        ({"profil": {}}, ": Additional properties are not allowed ('profil' was unexpected)"),
    ],
)
def test_what_a_profile_may_not_say_around_its_fields(more: dict[str, object], said: str) -> None:
    assert problems("profile.meta.schema.json", {**profile(), **more}) == [said]


def test_a_profile_at_meta_needs_its_id() -> None:
    data = {key: value for key, value in profile().items() if key != "phone_number_id"}
    assert problems("profile.meta.schema.json", data) == [": 'phone_number_id' is a required property"]


def test_the_schema_of_any_profile_takes_any_providers_keys_and_the_widest_limits() -> None:
    data = {"account": "india", "number": "+911234567890", "sid": "HX1", "profile": {"email": "x" * 250}}
    assert problems("profile.schema.json", data) == []
    assert problems("profile.schema.json", profile(colour="red")) == [
        "profile: Additional properties are not allowed ('colour' was unexpected)"
    ]


def test_each_provider_has_its_own_limits_and_is_told_of_its_own_keys() -> None:
    """Two providers: a wrong key is refused by the one that the account names, and not by every alternative."""
    meta = providers()["meta"].traits
    other = replace(
        meta,
        name="other",
        capabilities={
            **{name: Capability(lacking="it has none") for name in FIELD_NAMES},
            "description": Capability(wire="d", limit=256),
            "industry": Capability(wire="i", industries=("RETAIL", "OTHER")),
            "webhook": Capability(wire="w", limit=200),
        },
        options=Sid,
        looking_credential="",
    )
    made = schemas({"meta": meta, "other": other})
    fields = made["profile.other.schema.json"]["properties"]["profile"]["properties"]
    assert list(fields) == ["description", "industry", "webhook"]
    assert (fields["description"]["minLength"], fields["description"]["then"]) == (1, {"maxLength": 256})
    assert fields["industry"]["enum"] == ["RETAIL", "OTHER"]
    assert [error.message for error in Draft202012Validator(fields["webhook"]).iter_errors({})] == [
        "'url' is a required property"
    ]
    accounts = {"a": {"provider": "other"}, "b": {"provider": "other", "sid": "1", "credentials": {"plan_token": {}}}}
    checked = Draft202012Validator(made["settings.schema.json"])
    assert sorted(error.message for error in checked.iter_errors({"version": 1, "accounts": accounts})) == [
        "'sid' is a required property",
        "Additional properties are not allowed ('plan_token' was unexpected)",
    ]


def test_a_template_says_fields_and_variables_and_not_where_they_go() -> None:
    assert problems("template.schema.json", {"vars": {"city": "Berlin"}, "profile": {"about": ""}}) == []
    assert problems("template.schema.json", {"number": "+493012345678"}) == [
        ": Additional properties are not allowed ('number' was unexpected)"
    ]


@pytest.mark.parametrize(
    "data",
    [
        settings(),
        settings(ledger="local", defaults={"industry": "RESTAURANT"}),
        settings(
            policy={
                "first-contact": "deny",
                "same-value": "ask",
                "removed": "deny",
                "bulk": {"profiles": 1},
                "on_drift": "overwrite",
                "empty": "warn",
            }
        ),
        account(concurrency=64, api_version="v24.0", waba_id="102290129340398"),
        account(credentials={"token": {"env": "META_TOKEN"}, "plan_token": {"file": "META_PLAN"}}),
    ],
)
def test_what_settings_may_say(data: dict[str, object]) -> None:
    assert problems("settings.schema.json", data) == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (settings(version=2), "version: 1 was expected"),
        (
            settings(policy={"first_contact": "ask"}),
            "policy: Additional properties are not allowed ('first_contact' was unexpected)",
        ),
        (settings(policy={"clear": "yes"}), f"policy.clear: 'yes' is not one of {[rule.value for rule in Rule]}"),
        (
            settings(policy={"on_drift": "ask"}),
            f"policy.on_drift: 'ask' is not one of {[on.value for on in OnFinding]}",
        ),
        (settings(policy={"bulk": {"percent": 101}}), "policy.bulk.percent: 101 is greater than the maximum of 100"),
        (settings(ledger="paper"), "ledger: 'paper' is not one of ['local', 'git', 'postgres']"),
        (settings(accounts={"a": {"provider": "mta"}}), f"accounts.a.provider: 'mta' is not one of {[*providers()]}"),
        (settings(accounts={"a": {}}), "accounts.a: 'provider' is a required property"),
        (account(endpoint=""), "accounts.bakery.endpoint: '' should be non-empty"),
        (account(concurrency=0), "accounts.bakery.concurrency: 0 is less than the minimum of 1"),
        (account(sid="HX1"), "accounts.bakery: Additional properties are not allowed ('sid' was unexpected)"),
        (
            account(credentials={"token": "hunter2"}),
            "accounts.bakery.credentials.token: 'hunter2' is not of type 'object'",
        ),
        (
            account(credentials={"token": {"env": "A", "file": "B"}}),
            "accounts.bakery.credentials.token: {'env': 'A', 'file': 'B'} has too many properties",
        ),
        (
            account(credentials={"key": {"env": "A"}}),
            "accounts.bakery.credentials: Additional properties are not allowed ('key' was unexpected)",
        ),
    ],
)
def test_what_settings_may_not_say_is_said_of_the_very_key(data: dict[str, object], said: str) -> None:
    assert problems("settings.schema.json", data) == [said]


def keys(schema: Any, *path: str) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """Yield every key that a file may have, with what a schema says of it."""
    for name, found in schema.get("properties", {}).items():
        yield (*path, name), found
        yield from keys(found, *path, name)
    inner = [schema[name] for name in ("items", "additionalProperties", "then") if isinstance(schema.get(name), dict)]
    for part in (*inner, *schema.get("allOf", ())):
        yield from keys(part, *path)


HELD = {name: list(keys(schema)) for name, schema in SCHEMAS.items() if name != "plan.schema.json"}


@pytest.mark.parametrize("name", HELD)
def test_every_key_tells_an_editor_what_it_does(name: str) -> None:
    assert [path for path, found in HELD[name] if len(found.get("description", "")) < 20] == []


@pytest.mark.parametrize("name", HELD)
def test_each_field_has_an_example_and_says_what_empty_means(name: str) -> None:
    parents = (("profile",), ("defaults",))
    fields = [(path[-1], found["description"]) for path, found in HELD[name] if path[:-1] in parents]
    assert bool(fields) is (name != "drift-ignore.schema.json")
    for field, said in fields:
        assert "Example: " in said, field
        assert "to clear it. " in said or "It cannot be cleared. " in said, field
        assert said.endswith("Leave the key out to leave it alone."), field


def test_codes_of_a_choice_have_words() -> None:
    found = {
        path[-1]: (part["enum"], part["enumDescriptions"])
        for parts in HELD.values()
        for path, part in parts
        if "enumDescriptions" in part
    }
    assert {"industry", "mode", "clear", "on_drift", "bulk_read", "ledger"} <= set(found)
    assert all(len(codes) == len(words) for codes, words in found.values())
    assert dict(zip(*found["industry"], strict=True)) == INDUSTRIES
    fields = [part for parts in HELD.values() for path, part in parts if path[-1] == "omit"]
    assert all("enumDescriptions" not in part["items"] for part in fields)


def test_a_clearable_field_says_how_it_is_emptied_and_another_one_that_it_cannot() -> None:
    said = {path[-1]: found["description"] for path, found in HELD["profile.meta.schema.json"] if path[0] == "profile"}
    assert "Write '' to clear it." in said["address"]
    assert "At most 2 links of 256 characters. Write [] to clear it." in said["websites"]
    assert "Write {} to clear it." in said["webhook"]
    assert "It cannot be cleared." in said["about"]
