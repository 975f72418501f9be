"""Many numbers in one call: profiles inside of the list of numbers, and batches of GETs."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from reconciler.sandbox.world import World

WABA = "114503234599312"
NUMBERS = f"/v23.0/{WABA}/phone_numbers"
ABOUT = "whatsapp_business_profile{about}"
SHOWN = {"about": "Hi", "messaging_product": "whatsapp"}
TOKEN = "any"


@pytest.fixture
def numbers(world: World) -> World:
    for name in ("11111", "22222"):
        world.register("meta", name, group=WABA, number="+493012345678")
        world.edit("meta", name, about="Hi")
    return world


def profiles(client: httpx.Client) -> list[Any]:
    rows = client.get(NUMBERS, params={"fields": f"id,{ABOUT}"}).json()["data"]
    return [row["whatsapp_business_profile"] for row in rows]


@pytest.mark.usefixtures("numbers")
def test_a_list_shows_the_profiles_that_are_asked_for_in_it(client: httpx.Client, world: World) -> None:
    assert profiles(client) == [SHOWN, SHOWN]
    assert client.get("/v23.0/11111", params={"fields": ABOUT}).json()["whatsapp_business_profile"] == SHOWN
    bare = client.get("/v23.0/11111", params={"fields": "whatsapp_business_profile"}).json()
    assert bare["whatsapp_business_profile"] == {"messaging_product": "whatsapp"}
    world.faults([{"kind": "edge"}])
    assert profiles(client) == [{"data": [SHOWN]}] * 2


@pytest.mark.usefixtures("numbers")
def test_profiles_in_a_list_are_refused_on_request_and_for_a_number_that_has_none(
    client: httpx.Client, world: World
) -> None:
    world.faults([{"kind": "unexpanded", "times": 1}])
    for _ in range(2):
        error = client.get(NUMBERS, params={"fields": ABOUT}).json()["error"]
        assert (error["code"], "nonexisting field (whatsapp_business_profile)" in error["message"]) == (100, True)
        world.register("meta", "100000000000100", group=WABA)


def batch(client: httpx.Client, *urls: str, **more: str) -> httpx.Response:
    items = [{"method": "GET", "relative_url": url} for url in urls]
    return client.post("/v23.0", data={"batch": json.dumps(items), "access_token": TOKEN, **more})


PROFILE = "whatsapp_business_profile?fields=about"


@pytest.mark.usefixtures("numbers")
def test_a_batch_answers_each_item_in_its_place(client: httpx.Client) -> None:
    urls = (f"11111/{PROFILE}", "100000000000033", "22222?fields=id", "22222/nothing", f"{WABA}/phone_numbers?limit=1")
    found = batch(client, *urls, "100000000000502", include_headers="false").json()
    assert [item["code"] for item in found] == [200, 400, 200, 400, 200, 502]
    assert [set(item) for item in found] == [{"code", "body"}] * 6
    assert json.loads(found[0]["body"]) == {"data": [SHOWN]}
    assert json.loads(found[2]["body"]) == {"id": "22222"}
    assert json.loads(found[1]["body"])["error"]["error_subcode"] == 33
    assert [row["id"] for row in json.loads(found[4]["body"])["data"]] == ["11111"]
    assert [header["name"] for header in batch(client, "22222").json()[0]["headers"]] == ["Content-Type"]


@pytest.mark.usefixtures("numbers")
def test_items_of_a_batch_can_be_left_out_and_a_batch_refused(client: httpx.Client, world: World) -> None:
    world.faults([{"kind": "dropped", "times": 1}])
    first, second = batch(client, "11111", "22222").json()
    assert (first, second["code"]) == (None, 200)
    world.faults([{"kind": "unbatched"}])
    assert batch(client, "11111").json()["error"]["code"] == 100


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"batch": "[{}]"}, "An access token is required to request this resource"),
        ({"batch": "x", "access_token": TOKEN}, "(#100) Param batch must be an array of objects"),
        ({"batch": "[1]", "access_token": TOKEN}, "(#100) Param batch must be an array of objects"),
        ({"access_token": TOKEN}, "(#100) Param batch must be an array of objects"),
        (
            {"batch": json.dumps([{}] * 51), "access_token": TOKEN},
            "(#100) Too many requests in batch message. Maximum batch size is 50",
        ),
    ],
)
def test_what_is_no_batch_is_refused(client: httpx.Client, form: dict[str, str], said: str) -> None:
    assert client.post("/v23.0/", data=form).json()["error"]["message"] == said


@pytest.mark.parametrize("item", [{"method": "POST", "relative_url": "11111"}, {"method": "GET"}])
def test_an_item_that_is_no_read_is_refused(client: httpx.Client, item: dict[str, str]) -> None:
    found = client.post("/v23.0", data={"batch": json.dumps([item]), "access_token": TOKEN}).json()
    assert [one["code"] for one in found] == [400]
