from __future__ import annotations

import io
from collections.abc import Callable
from urllib.parse import quote

import httpx
import pytest
from PIL import Image

from reconciler.sandbox.pictures import NotAPictureError, reencode
from reconciler.sandbox.world import World

PHONE = "106540352242922"
PROFILE = f"/v23.0/{PHONE}/whatsapp_business_profile"
Upload = Callable[[bytes, str], str]


def opened(client: httpx.Client, length: int, *, owner: str = "app", version: str = "v23.0") -> str:
    query = f"file_name=p.png&file_length={length}&file_type=image/png"
    session = client.post(f"/{version}/{owner}/uploads?{query}").json()["id"]
    return f"/{version}/{session}"


def send(client: httpx.Client, session: str, content: bytes, *, offset: int | None = 0) -> httpx.Response:
    headers = {"Authorization": "OAuth sesame"} | ({} if offset is None else {"file_offset": str(offset)})
    return client.post(session, content=content, headers=headers)


def set_picture(client: httpx.Client, handle: str) -> httpx.Response:
    return client.post(PROFILE, json={"messaging_product": "whatsapp", "profile_picture_handle": handle})


def picture_url(client: httpx.Client) -> str:
    [profile] = client.get(PROFILE, params={"fields": "profile_picture_url"}).json()["data"]
    return str(profile["profile_picture_url"])


@pytest.mark.parametrize("owner", ["app", "636685196"])
def test_a_session_is_opened_for_an_app(client: httpx.Client, owner: str) -> None:
    session = opened(client, 3, owner=owner)
    assert session.startswith("/v23.0/upload:MT")
    assert "==?sig=AR" in session, "the id carries a query of its own"
    assert client.get(session).json() == {"id": session.removeprefix("/v23.0/"), "file_offset": 0}


def test_an_app_is_a_number(client: httpx.Client) -> None:
    assert client.post("/v23.0/mine/uploads?file_length=3&file_type=image/png").status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "",
        "file_length=3",
        "file_length=0&file_type=image/png",
        "file_length=x&file_type=image/png",
        "file_length=3&file_type=image/gif",
        "file_length=99999999999&file_type=image/png",
    ],
)
def test_a_session_needs_a_length_and_a_type(client: httpx.Client, query: str) -> None:
    reply = client.post(f"/v23.0/app/uploads?{query}")
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, 100)


def test_offsets_are_strings_since_v25(client: httpx.Client) -> None:
    assert client.get(opened(client, 3, version="v25.0")).json()["file_offset"] == "0"


def test_bytes_arrive_piece_by_piece(client: httpx.Client) -> None:
    session = opened(client, 6)
    assert send(client, session, b"abc").json()["file_offset"] == 3
    assert client.get(session).json()["file_offset"] == 3
    handle = send(client, session, b"def", offset=3).json()["h"]
    assert handle.startswith("4::aW")
    assert client.get(session).json()["file_offset"] == 6
    assert send(client, session, b"", offset=6).json() == {"h": handle}, "a lost answer can be had again"


@pytest.mark.parametrize("offset", [None, 1, 2, 4, -1])
def test_bytes_at_the_wrong_offset_are_refused(client: httpx.Client, offset: int | None) -> None:
    session = opened(client, 6)
    send(client, session, b"abc")
    reply = send(client, session, b"def", offset=offset)
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, 100)
    assert client.get(session).json()["file_offset"] == 3


def test_an_offset_in_the_query_does_not_count(client: httpx.Client) -> None:
    reply = send(client, opened(client, 3) + "&file_offset=0", b"abc", offset=None)
    assert reply.status_code == 400


def test_too_many_bytes_are_refused(client: httpx.Client) -> None:
    session = opened(client, 3)
    assert send(client, session, b"abcd").json()["error"]["code"] == 100
    assert client.get(session).json()["file_offset"] == 0


def test_a_session_is_addressed_verbatim(client: httpx.Client) -> None:
    session = opened(client, 3)
    path, _, query = session.partition("?")
    unknown = [
        path,
        f"{path}?sig=ARwrong",
        f"{path}A?{query}",
        path.replace("upload:", "upload%3A") + f"?{query}",
        path.replace("=", "%3D") + f"?{query}",
        "/v23.0/" + quote(session.removeprefix("/v23.0/"), safe=""),
    ]
    for url in unknown:
        reply = send(client, url, b"abc")
        assert reply.json()["error"]["code"] == 100, url
        assert reply.json()["error"]["error_subcode"] == 33, url
    assert send(client, session, b"abc").json()["h"]


def test_the_token_of_an_upload_is_in_its_header(client: httpx.Client) -> None:
    session = opened(client, 3) + "&access_token=sesame"
    assert client.post(session, content=b"abc", headers={"file_offset": "0", "Authorization": ""}).status_code == 401
    assert client.post(session, content=b"abc", headers={"file_offset": "0"}).json()["h"], "Bearer works too"


def test_an_upload_that_was_cut_is_resumed(client: httpx.Client, world: World) -> None:
    world.faults([{"kind": "upload_cut", "bytes": 4, "times": 1}])
    session = opened(client, 6)
    cut = send(client, session, b"abcdef")
    assert cut.status_code == 500
    assert (cut.json()["error"]["code"], cut.json()["error"]["is_transient"]) == (2, True)
    offset = client.get(session).json()["file_offset"]
    assert offset == 4
    assert send(client, session, b"ef", offset=offset).json()["h"]


def test_an_answer_lost_after_the_last_byte_can_be_had_again(client: httpx.Client, world: World) -> None:
    world.faults([{"kind": "upload_cut", "bytes": 6, "times": 1}])
    session = opened(client, 6)
    assert send(client, session, b"abcdef").status_code == 500
    assert send(client, session, b"", offset=6).json()["h"]


def test_a_picture_is_served_reencoded(client: httpx.Client, upload: Upload, png: bytes) -> None:
    assert set_picture(client, upload(png, "image/png")).json() == {"success": True}
    served = client.get(picture_url(client))
    assert served.headers["Content-Type"] == "image/jpeg"
    assert served.content != png
    with Image.open(io.BytesIO(served.content)) as picture:
        assert (picture.format, picture.size, picture.mode) == ("JPEG", (640, 640), "RGB")
        left, right = picture.getpixel((10, 320)), picture.getpixel((630, 320))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert min(left) > 240, "what was transparent is white"
    assert right[0] > 150 > right[1]


def test_a_picture_has_another_url_at_each_read_and_the_same_bytes(
    client: httpx.Client, upload: Upload, png: bytes
) -> None:
    set_picture(client, upload(png, "image/png"))
    urls = [picture_url(client) for _ in range(3)]
    assert len(set(urls)) == 3
    assert all(url.startswith("https://pps.whatsapp.net/v/t61.24694-24/") for url in urls)
    assert len({client.get(url).content for url in urls}) == 1
    assert all(parameter in urls[0] for parameter in ("_n.jpg?ccb=11-4&oh=01_", "&oe=", "&_nc_sid=", "&_nc_cat="))


def test_a_picture_needs_no_token(client: httpx.Client, upload: Upload, png: bytes) -> None:
    set_picture(client, upload(png, "image/png"))
    assert client.get(picture_url(client), headers={"Authorization": ""}).status_code == 200


def test_a_picture_url_ends_and_cannot_be_changed(
    client: httpx.Client, world: World, upload: Upload, png: bytes, now: list[float]
) -> None:
    set_picture(client, upload(png, "image/png"))
    url = picture_url(client)
    oe = int(httpx.URL(url).params["oe"], 16)
    assert client.get(url.replace(f"oe={oe:X}", f"oe={oe + 1:X}")).status_code == 403
    assert client.get(url.partition("?")[0]).status_code == 403
    now[0] = oe + 1.0
    assert client.get(url).text == "URL signature expired"
    assert client.get(picture_url(client)).status_code == 200
    world.edit("meta", PHONE, picture="gone_n.jpg")
    assert client.get(picture_url(client)).status_code == 404


def test_over_plain_http_a_picture_is_on_the_same_origin(client: httpx.Client, upload: Upload, png: bytes) -> None:
    set_picture(client, upload(png, "image/png"))
    reply = client.get(f"http://127.0.0.1:8080{PROFILE}?fields=profile_picture_url")
    url = reply.json()["data"][0]["profile_picture_url"]
    assert url.startswith("http://127.0.0.1:8080/v/t61.24694-24/")
    assert client.get(url).status_code == 200


@pytest.mark.parametrize("handle", ["", "4::aW1hZ2U=:AR", "https://e.example/p.png"])
def test_a_handle_that_was_not_given_is_refused(client: httpx.Client, handle: str) -> None:
    reply = set_picture(client, handle)
    assert reply.status_code == 422
    error = reply.json()["error"]
    assert (error["code"], error["message"]) == (100, "The profile picture handle is invalid or expired")


def test_a_handle_is_a_string(client: httpx.Client) -> None:
    body = {"messaging_product": "whatsapp", "profile_picture_handle": 7}
    assert client.post(PROFILE, json=body).status_code == 422


@pytest.mark.parametrize("kind", ["image/jpeg", "application/pdf", "video/mp4"])
def test_bytes_of_another_type_than_declared_are_refused(
    client: httpx.Client, upload: Upload, png: bytes, kind: str
) -> None:
    reply = set_picture(client, upload(png, kind))
    assert (reply.status_code, reply.json()["error"]["code"]) == (400, 100)


def test_bytes_that_are_no_whole_picture_are_refused(client: httpx.Client, upload: Upload, png: bytes) -> None:
    for content in (b"not a picture", png[: len(png) // 2]):
        assert set_picture(client, upload(content, "image/png")).status_code == 400


def test_a_picture_of_more_than_5_mb_is_refused(client: httpx.Client, upload: Upload, png: bytes) -> None:
    padded = png + b"\0" * (5 * 1024 * 1024)
    assert set_picture(client, upload(padded, "image/png")).status_code == 400


def test_a_picture_bomb_is_no_picture(monkeypatch: pytest.MonkeyPatch, png: bytes) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 900 * 700 - 1)
    with pytest.raises(NotAPictureError):
        reencode(png, declared="image/png")


def test_a_small_picture_is_not_enlarged_and_jpg_is_jpeg() -> None:
    out = io.BytesIO()
    Image.new("L", (100, 60), 128).save(out, "JPEG")
    with Image.open(io.BytesIO(reencode(out.getvalue(), declared="image/jpg"))) as picture:
        assert picture.size == (60, 60)
