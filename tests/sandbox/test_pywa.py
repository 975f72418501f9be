"""A client that others wrote for Meta's API does all of its work on a profile at the sandbox, over a socket."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image
from pywa.client import WhatsApp
from pywa.errors import WhatsAppError
from pywa.types.others import Industry, Pagination

from reconciler.sandbox.application import create_app
from reconciler.sandbox.serve import running
from reconciler.sandbox.world import Number, World

PHONES = [str(106540352242922 + at) for at in range(7)]
WABA = "114503234599312"


@pytest.fixture
def wa(path: Path) -> Iterator[WhatsApp]:
    """Give pywa's client with its address of the API pointed to a sandbox that has an account of seven numbers."""
    numbers = [Number("meta", phone, f"+49301234567{at}", WABA) for at, phone in enumerate(PHONES)]
    with running(create_app(path, numbers=numbers)) as url, httpx.Client() as session:
        made = WhatsApp(phone_id=PHONES[0], token="sesame", waba_id=WABA, app_id="7", session=session)
        session.base_url = httpx.URL(f"{url}/v23.0")
        yield made


@pytest.fixture
def jpeg() -> bytes:
    """Draw a picture of the type that pywa says of bytes."""
    out = io.BytesIO()
    Image.new("RGB", (900, 700), (200, 30, 30)).save(out, "JPEG")
    return out.getvalue()


def test_pywa_reads_updates_and_clears_every_field(wa: WhatsApp, jpeg: bytes) -> None:
    untouched = wa.get_business_profile()
    assert (untouched.about, untouched.industry) == ("Hey there! I am using WhatsApp.", Industry.UNDEFINED)
    assert wa.update_business_profile(
        about="Fresh bread",
        address="Main Street 1",
        description="Brötchen & more",
        email="hello@bakery.example",
        profile_picture=jpeg,
        industry=Industry.GROCERY,
        websites=["https://bakery.example", "https://bakery.example/shop"],
    ).success
    full = wa.get_business_profile()
    assert (full.about, full.address, full.description) == ("Fresh bread", "Main Street 1", "Brötchen & more")
    assert (full.email, full.industry) == ("hello@bakery.example", Industry.GROCERY)
    assert full.websites == ("https://bakery.example/", "https://bakery.example/shop")
    assert wa.update_business_profile(address=None, description=None, email=None, websites=None).success
    cleared = wa.get_business_profile()
    assert (cleared.about, cleared.industry) == ("Fresh bread", Industry.GROCERY)
    assert (cleared.address, cleared.description, cleared.email, cleared.websites) == (None, None, None, None)


def test_pywa_uploads_a_picture_that_is_served(wa: WhatsApp, jpeg: bytes) -> None:
    assert wa.update_business_profile(profile_picture=jpeg).success
    url = wa.get_business_profile().profile_picture_url
    assert url is not None
    served = Image.open(io.BytesIO(httpx.get(url, trust_env=False).content))
    assert (served.format, served.size) == ("JPEG", (640, 640))


def test_pywa_sets_and_clears_the_webhook(wa: WhatsApp) -> None:
    application = {"application": "https://app.example.com/webhook"}
    assert wa.override_phone_callback_url("https://bakery.example/in", "sesame-open").success
    set_to = wa.get_business_phone_number().webhook_configuration
    assert set_to == {"phone_number": "https://bakery.example/in", **application}
    assert wa.delete_phone_callback_url().success
    assert wa.get_business_phone_number().webhook_configuration == application


def test_pywa_lists_numbers_over_pages_and_back(wa: WhatsApp) -> None:
    page = wa.get_business_phone_numbers(pagination=Pagination(limit=3))
    met = [[number.id for number in page]]
    while page.has_next:
        page = page.next()
        met.append([number.id for number in page])
    assert met == [PHONES[:3], PHONES[3:6], PHONES[6:]]
    assert [number.id for number in page.previous()] == PHONES[3:6]
    assert page[0].display_phone_number == "+49 30 12345676"


def test_pywa_reads_the_account_and_a_number(wa: WhatsApp, world: World) -> None:
    account = wa.get_business_account()
    assert (account.id, account.timezone_id, account.ownership_type) == (WABA, "138", "SELF")
    number = wa.get_business_phone_number(phone_id=PHONES[1])
    assert (number.id, number.platform_type, number.throughput) == (PHONES[1], "CLOUD_API", {"level": "STANDARD"})
    assert world.members("meta", WABA) == PHONES


def test_pywa_understands_every_refusal(wa: WhatsApp) -> None:
    """As its own error, with Graph's code: never as text that is no JSON."""
    calls: dict[str, Callable[[], object]] = {
        "about": lambda: wa.update_business_profile(about=""),
        "vertical": lambda: wa.update_business_profile(industry=Industry.UNDEFINED),
        "name": lambda: wa.update_display_name("Bakery"),
        "account": lambda: wa.update_business_account_settings(disable_marketing_messages_on_cloud_api=True),
        "edge": wa.get_commerce_settings,
        "message": lambda: wa.send_message("+493012345678", "Bread"),
        "media": lambda: wa.upload_media(b"x", mime_type="image/png", filename="p.png"),
        "delete": lambda: wa.delete_media("7"),
    }
    told = {}
    for name, call in calls.items():
        with pytest.raises(WhatsAppError) as refused:
            call()
        told[name] = refused.value.code
    asked = dict.fromkeys(calls, 100)
    assert told == {**asked, "about": 131000, "name": 3, "account": 3}
