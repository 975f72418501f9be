"""Holds the sandbox's replies against Meta's own OpenAPI description; every difference is listed here and is one."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012
from ruamel.yaml import YAML

import reconciler.sandbox
from reconciler.sandbox import graph
from reconciler.sandbox.meta_accounts import FILTERS, SORTS
from reconciler.sandbox.world import World

DATA = Path(__file__).parents[1] / "data" / "meta_openapi.yaml"
README = Path(reconciler.sandbox.__path__[0]) / "README.md"
ALL = "about,address,description,email,profile_picture_url,websites,vertical"
PHONE = "106540352242922"
NODE = f"/v23.0/{PHONE}"
PROFILE = f"{NODE}/whatsapp_business_profile"
NUMBERS = "/v23.0/7/phone_numbers"
NO_NUMBERS = "/v23.0/8/phone_numbers"
TEMPLATES = {
    PROFILE: "/{Version}/{Phone-Number-ID}/whatsapp_business_profile",
    NODE: "/{Version}/{Phone-Number-ID}",
    NUMBERS: "/{Version}/{WABA-ID}/phone_numbers",
    NO_NUMBERS: "/{Version}/{WABA-ID}/phone_numbers",
}
RECORDED = "is_pin_enabled,new_name_status,search_visibility,eligibility_for_api_business_global_search"
FULL = {
    "messaging_product": "whatsapp",
    "about": "Fresh bread",
    "address": "Main Street",
    "description": "d" * 256,
    "email": "a@b.example",
    "websites": ["https://e.example", "https://e.example/shop"],
    "vertical": "GROCERY",
}


def closed(node: Any) -> Any:
    """Say no to members that a schema does not list: only so is an unlisted one seen."""
    if isinstance(node, list):
        return [closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    shut = {"additionalProperties": False} if isinstance(node.get("properties"), dict) else {}
    return {**{k: closed(v) for k, v in node.items()}, **shut}


@dataclass(frozen=True)
class Spec:
    """Meta's description, with every object schema closed."""

    document: dict[str, Any]

    def complaints(self, pointer: str, body: Any) -> list[str]:
        """List what a JSON body does wrong by the schema at a pointer, as `path: keyword`."""
        registry: Registry[Any] = Registry().with_resource("urn:meta", DRAFT202012.create_resource(self.document))
        validator = Draft202012Validator(
            {"$ref": f"urn:meta#{pointer}"}, registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER
        )
        return [f"{'/'.join(map(str, e.absolute_path))}: {e.validator}" for e in validator.iter_errors(body)]

    def reply(self, reply: httpx.Response) -> list[str]:
        """List what a reply does wrong by what is described for its path, method and status."""
        template = TEMPLATES[reply.request.url.path].replace("/", "~1")
        operation = f"/paths/{template}/{reply.request.method.lower()}"
        pointer = f"{operation}/responses/{reply.status_code}/content/application~1json/schema"
        return self.complaints(pointer, reply.json())

    def example(self, method: str, path: str, status: str, name: str = "") -> tuple[int, int]:
        """Give status and code of an example of an error."""
        content = self.document["paths"][TEMPLATES[path]][method]["responses"][status]["content"]["application/json"]
        example = content["examples"][name]["value"] if name else content["example"]
        return int(status), example["error"]["code"]


@pytest.fixture(scope="session")
def spec() -> Spec:
    return Spec(closed(YAML(typ="safe", pure=True).load(DATA.read_text())))


@pytest.fixture
def client(client: httpx.Client, world: World) -> httpx.Client:
    """Give a client whose WABA 7 has two numbers."""
    for address in (PHONE, "5"):
        world.register("meta", address, number="+16315555555", group="7")
    return client


@dataclass(frozen=True)
class Call:
    """One request, after another that sets the stage."""

    method: str
    url: str
    body: Any = None
    token: str = "sesame"
    before: dict[str, Any] = field(default_factory=dict)

    def __call__(self, client: httpx.Client) -> httpx.Response:
        """Make both requests; the second's reply counts."""
        if self.before:
            assert client.post(PROFILE, json={"messaging_product": "whatsapp", **self.before}).status_code == 200
        return client.request(self.method, self.url, json=self.body, headers={"Authorization": f"Bearer {self.token}"})


FOLLOWS = {
    "profile written": Call("POST", PROFILE, FULL),
    "profile field too long": Call("POST", PROFILE, {**FULL, "about": "x" * 140}),
    "profile e-mail malformed": Call("POST", PROFILE, {**FULL, "email": "x"}),
    "profile picture unknown": Call("POST", PROFILE, {**FULL, "profile_picture_handle": "4::x"}),
    "profile field unknown": Call("GET", f"{PROFILE}?fields=x"),
    "profile without token": Call("GET", PROFILE, token=""),
    "profile with an expired token": Call("GET", PROFILE, token=graph.EXPIRED_TOKEN),
    "profile without permission": Call("POST", PROFILE, FULL, token=graph.FORBIDDEN_TOKEN),
    "node by default": Call("GET", NODE),
    "node with more fields": Call("GET", f"{NODE}?fields=id,quality_rating,name_status,code_verification_status"),
    "node field unknown": Call("GET", f"{NODE}?fields=x"),
    "webhook set": Call("POST", NODE, {"webhook_configuration": {"override_callback_uri": "https://h.example/"}}),
    "webhook malformed": Call("POST", NODE, {"webhook_configuration": {"override_callback_uri": "h"}}),
    "no numbers": Call("GET", NO_NUMBERS),
    "numbers with unknown filters": Call("GET", f"{NUMBERS}?filtering=["),
    "numbers with an unknown order": Call("GET", f"{NUMBERS}?sort=id"),
    "numbers with a bad limit": Call("GET", f"{NUMBERS}?limit=0"),
}


@pytest.mark.parametrize("call", FOLLOWS.values(), ids=list(FOLLOWS))
def test_replies_are_as_described(client: httpx.Client, spec: Spec, call: Call) -> None:
    assert spec.reply(call(client)) == []


def test_a_profile_is_as_described_once_it_is_unwrapped(client: httpx.Client, spec: Spec) -> None:
    reply = Call("GET", f"{PROFILE}?fields={ALL}", before=FULL)(client)
    [shown] = reply.json()["data"]
    assert set(shown) == set(FULL)
    assert spec.complaints("/components/schemas/WhatsAppBusinessProfile", shown) == []
    assert (
        spec.complaints("/components/schemas/WhatsAppBusinessProfileResponse", {"data": [{"business_profile": shown}]})
        == []
    )


def test_listed_numbers_are_as_described_but_for_their_status(client: httpx.Client, spec: Spec, world: World) -> None:
    client.get(NUMBERS)
    for address in (PHONE, "5"):
        world.edit("meta", address, status="LINKED")
    everything = ",".join(spec.document["components"]["schemas"]["WhatsAppBusinessAccountPhoneNumber"]["properties"])
    live = '[{"field":"account_mode","operator":"EQUAL","value":"LIVE"}]'
    for query in ("", "?limit=1", f"?fields={everything}", "?sort=last_onboarded_time.desc", f"?filtering={live}"):
        assert spec.reply(client.get(f"{NUMBERS}{query}")) == []


# What the description says otherwise, and the facts that outweigh it, is told in the sandbox's README by these names.
BODY_DIFFERENCES = {
    "profile is flat in data[0]": (Call("GET", f"{PROFILE}?fields=about"), "data/0: additionalProperties"),
    "node has is_on_biz_app": (Call("GET", f"{NODE}?fields=is_on_biz_app"), ": additionalProperties"),
    "node has platform_type": (Call("GET", f"{NODE}?fields=platform_type"), ": additionalProperties"),
    "node has webhook_configuration": (Call("GET", f"{NODE}?fields=webhook_configuration"), ": additionalProperties"),
    "node has status": (Call("GET", f"{NODE}?fields=status"), ": additionalProperties"),
    "node has the fields that were recorded": (Call("GET", f"{NODE}?fields={RECORDED}"), ": additionalProperties"),
    "listed number has the fields that were recorded": (
        Call("GET", f"{NUMBERS}?fields={RECORDED}"),
        "data/0: additionalProperties",
    ),
    "status is CONNECTED": (Call("GET", NUMBERS), "data/0/status: enum"),
    "listed number lacks what is not asked for": (Call("GET", f"{NUMBERS}?fields=id"), "data/0: required"),
}
FIELD_DIFFERENCES = {
    "vertical UNDEFINED is read": (Call("GET", f"{PROFILE}?fields=vertical"), "vertical: enum"),
    "vertical MATRIMONY_SERVICE exists": (
        Call("GET", f"{PROFILE}?fields=vertical", before={"vertical": "MATRIMONY_SERVICE"}),
        "vertical: enum",
    ),
    "description may have 512 characters": (
        Call("GET", f"{PROFILE}?fields=description", before={"description": "d" * 512}),
        "description: maxLength",
    ),
}
CODE_DIFFERENCES = {
    "unknown object is 400 with 100/33": (
        Call("GET", "/v23.0/100000000000033/whatsapp_business_profile"),
        (400, 100),
        ("get", PROFILE, "404"),
    ),
    "throttled app is 403 with 4": (
        Call("GET", "/v23.0/100000000000004/whatsapp_business_profile"),
        (403, 4),
        ("get", PROFILE, "429"),
    ),
    "throttled WABA is 400 with 80008": (
        Call("GET", "/v23.0/100000000080008"),
        (400, 80008),
        ("get", NODE, "429", "business_rate_limit"),
    ),
    "missing token is 190": (Call("GET", NODE, token=""), (401, 190), ("get", NODE, "401", "missing_token")),
    "unregistered number is 400": (
        Call("GET", "/v23.0/100000000000100/whatsapp_business_profile"),
        (400, 100),
        ("get", NODE, "422", "phone_not_registered"),
    ),
    "empty about is 500 with 131000": (
        Call("POST", PROFILE, {**FULL, "about": ""}),
        (500, 131000),
        ("post", PROFILE, "400"),
    ),
}
OTHER_DIFFERENCES = (
    *("no fields shows only messaging_product", "other settings are refused with 3", "accounts are not described"),
    "uploads are not described",
)


@pytest.mark.parametrize(("call", "complaint"), BODY_DIFFERENCES.values(), ids=list(BODY_DIFFERENCES))
def test_a_body_differs(client: httpx.Client, spec: Spec, call: Call, complaint: str) -> None:
    reply = call(client)
    assert reply.status_code == 200
    assert complaint in spec.reply(reply)


@pytest.mark.parametrize(("call", "complaint"), FIELD_DIFFERENCES.values(), ids=list(FIELD_DIFFERENCES))
def test_a_profile_field_differs(client: httpx.Client, spec: Spec, call: Call, complaint: str) -> None:
    [shown] = call(client).json()["data"]
    assert spec.complaints("/components/schemas/WhatsAppBusinessProfile", shown) == [complaint]


@pytest.mark.parametrize(("call", "ours", "example"), CODE_DIFFERENCES.values(), ids=list(CODE_DIFFERENCES))
def test_a_refusal_differs(
    client: httpx.Client, spec: Spec, call: Call, ours: tuple[int, int], example: tuple[str, ...]
) -> None:
    reply = call(client)
    assert (reply.status_code, reply.json()["error"]["code"]) == ours
    assert spec.example(*example) != ours
    assert spec.complaints("/components/schemas/GraphAPIError", reply.json()) == [], "its form is as described"


def test_no_fields_shows_less_than_described(client: httpx.Client, spec: Spec) -> None:
    parameters = spec.document["paths"][TEMPLATES[PROFILE]]["get"]["parameters"]
    [fields] = [parameter for parameter in parameters if parameter.get("name") == "fields"]
    assert "default fields will be returned (messaging_product, about" in " ".join(fields["description"].split())
    assert client.get(PROFILE).json() == {"data": [{"messaging_product": "whatsapp"}]}


def test_every_other_setting_is_described_and_refused(client: httpx.Client, spec: Spec) -> None:
    described = set(spec.document["components"]["schemas"]["PhoneNumberStatusUpdateRequest"]["properties"])
    described.remove("webhook_configuration")
    assert described
    for setting in described:
        assert client.post(NODE, json={setting: "x"}).json()["error"]["code"] == 3


def test_filters_and_orders_are_the_described_ones(client: httpx.Client, spec: Spec) -> None:
    operation = spec.document["paths"][TEMPLATES[NUMBERS]]["get"]
    told = {parameter["name"]: parameter for parameter in operation["parameters"] if "name" in parameter}
    example = operation["responses"]["400"]["content"]["application/json"]["example"]["error"]["message"]
    assert client.get(f"{NUMBERS}?filtering=[").json()["error"]["message"] == example
    assert told["sort"]["schema"]["enum"] == list(SORTS)
    assert told["filtering"]["description"].strip().endswith(f"Supported fields: {', '.join(FILTERS)}")


def test_accounts_are_not_described(spec: Spec) -> None:
    assert [path for path in spec.document["paths"] if "WABA" in path] == [TEMPLATES[NUMBERS]]


def test_uploads_are_not_described(spec: Spec) -> None:
    assert not [path for path in spec.document["paths"] if "upload" in path]


def test_the_readme_tells_every_difference() -> None:
    told = README.read_text()
    listed = [*BODY_DIFFERENCES, *FIELD_DIFFERENCES, *CODE_DIFFERENCES, *OTHER_DIFFERENCES]
    assert [name for name in listed if name not in told] == []


def test_the_readme_tells_every_magic_id_and_token_and_fault() -> None:
    from reconciler.sandbox.faults import KINDS
    from reconciler.sandbox.meta_nodes import QUIRKS

    told = README.read_text()
    listed = [*QUIRKS, *KINDS, graph.INVALID_TOKEN, graph.EXPIRED_TOKEN, graph.FORBIDDEN_TOKEN]
    assert [name for name in listed if f"`{name}`" not in told] == []
