"""One file out of an archive that anybody can have made."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZipFile, ZipInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.forge.rules.merge import one_file_of
from tests.support.conversing import archive

PLAN = b'{"format_version": "1.0"}'
MIB = 1024**2


def read(content: bytes, *, most: int = MIB) -> bytes | str:
    return one_file_of(content, "plan.json", most=most)


def odd(name: str, *, mode: int = 0o100644) -> bytes:
    """Return an archive with the plan and one entry that is odd."""
    held, entry = BytesIO(), ZipInfo(name)
    entry.external_attr = mode << 16
    with ZipFile(held, "w") as opened:
        opened.writestr("plan.json", PLAN)
        opened.writestr(entry, b"/etc/passwd")
    return held.getvalue()


def test_the_plan_is_read_whatever_lies_beside_it() -> None:
    assert read(archive(plan_json=PLAN, page_json=b"{}")) == PLAN
    assert read(odd("page.json", mode=0)) == PLAN


@pytest.mark.parametrize("name", ["../plan.json", "/plan.json", "a/plan.json", "a\\plan.json", "folder/", ".."])
def test_an_archive_with_folders_is_not_used(name: str) -> None:
    assert read(odd(name)) == "it holds folders"


def test_an_archive_with_a_link_is_not_used() -> None:
    assert read(odd("link", mode=0o120777)) == "it holds something that is no plain file"


def test_an_archive_that_is_packed_otherwise_is_not_used() -> None:
    held = BytesIO()
    with ZipFile(held, "w", ZIP_LZMA) as opened:
        opened.writestr("plan.json", PLAN)
    assert read(held.getvalue()) == "it is packed in a way that no upload uses"


def test_there_must_be_exactly_one_plan() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = odd("plan.json")
    assert read(twice) == "it holds 2 files plan.json, and one is needed"
    assert read(archive(page_json=b"{}")) == "it holds 0 files plan.json, and one is needed"


def test_a_plan_beyond_all_measure_is_not_unpacked() -> None:
    held = BytesIO()
    with ZipFile(held, "w", ZIP_DEFLATED) as opened:
        opened.writestr("plan.json", b" " * (2 * MIB))
    assert len(held.getvalue()) < 10_000
    assert read(held.getvalue()) == "its plan.json is larger than 1 MiB"


def test_a_size_that_lies_is_found_out() -> None:
    """Both headers say less than there is: nothing beyond what they say is read, and the checksum does not fit."""
    held = BytesIO()
    with ZipFile(held, "w", ZIP_DEFLATED) as opened:
        opened.writestr("plan.json", b" " * 5_000)
    lying = held.getvalue().replace((5_000).to_bytes(4, "little"), (7).to_bytes(4, "little"))
    assert read(lying) == "it is no sound zip archive"


def test_a_checksum_that_does_not_fit_is_found_out() -> None:
    sound = archive(plan_json=PLAN)
    assert read(sound.replace(PLAN, PLAN.replace(b"1.0", b"9.0"))) == "it is no sound zip archive"


def test_an_archive_with_a_password_is_not_used() -> None:
    sound = bytearray(archive(plan_json=PLAN))
    for start in (sound.index(b"PK\x03\x04") + 6, sound.index(b"PK\x01\x02") + 8):
        sound[start] |= 1
    assert read(bytes(sound)) == "it is no sound zip archive"


@given(content=st.binary(max_size=200))
def test_what_is_no_archive_is_none(content: bytes) -> None:
    assert read(content) == "it is no sound zip archive"


@given(at=st.integers(0, 120), byte=st.integers(0, 255))
def test_a_damaged_archive_gives_the_plan_or_nothing(at: int, byte: int) -> None:
    damaged = bytearray(archive(plan_json=PLAN))
    damaged[at % len(damaged)] = byte
    found = read(bytes(damaged))
    assert found == PLAN or isinstance(found, str)
