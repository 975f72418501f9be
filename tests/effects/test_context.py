from __future__ import annotations

import asyncio
import os
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from reconciler.effects.world import Context, make_memory

ROOT = Path("/shop")


def test_every_place_lies_below_the_repository() -> None:
    context = Context(ROOT)
    assert (context.profiles, context.memory, context.world) == (
        Path("/shop/profiles"),
        Path("/shop/.reconciler"),
        Path("/shop/.reconciler/sandbox.sqlite3"),
    )


def test_git_leaves_the_memory_of_this_machine_alone(tmp_path: Path) -> None:
    memory = Context(tmp_path).memory
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    make_memory(memory)
    (memory / "ledger.sqlite3").touch()
    told = subprocess.run(["git", "status", "--porcelain"], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert told.stdout == ""


def test_a_folder_that_is_there_stays_as_it_is_and_nothing_else_is_taken_for_one(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    make_memory(tmp_path / "mine")
    assert [*(tmp_path / "mine").iterdir()] == []
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        make_memory(tmp_path / "file")


def test_the_environment_is_the_machines_as_it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("META_TOKEN", "EAAG")
    context = Context(ROOT)
    monkeypatch.setenv("META_TOKEN", "changed")
    assert context.environ["META_TOKEN"] == "EAAG"
    assert set(context.environ) == set(os.environ)


@pytest.mark.parametrize(
    ("endpoints", "names", "allowed"),
    [
        ("", "", (set(), set())),
        ("http://127.0.0.1:8080", "SHOP_TOKEN", ({"http://127.0.0.1:8080"}, {"SHOP_TOKEN"})),
        (
            "https://a.example, https://b.example/",
            "A,B C",
            ({"https://a.example", "https://b.example"}, {"A", "B", "C"}),
        ),
        ("http://evil.example ftp://x sandbox", " , ", (set(), set())),
    ],
)
def test_only_the_environment_gives_permissions(endpoints: str, names: str, allowed: tuple[set[str], set[str]]) -> None:
    environ = {"RECONCILER_ALLOW_ENDPOINT": endpoints, "RECONCILER_ALLOW_ENV": names}
    found = Context(ROOT, environ).permissions
    assert (set(found.endpoints), set(found.secret_names)) == allowed
    assert Context(ROOT, {}).permissions == Context(ROOT, dict.fromkeys(environ, "")).permissions


def test_a_timestamp_is_utc_to_the_second() -> None:
    berlin = datetime(2026, 8, 2, 11, 30, 59, 999_999, tzinfo=timezone(timedelta(hours=2)))
    assert Context(ROOT, now=lambda: berlin).timestamp() == "2026-08-02T09:30:59Z"


def test_without_a_clock_of_the_tests_it_is_the_machines() -> None:
    context = Context(ROOT)
    before = datetime.now(UTC)
    assert before <= context.now() <= datetime.now(UTC)
    assert context.monotonic() <= context.monotonic()
    assert 0 <= context.chance() < 1

    async def slept() -> None:
        await context.sleep(0)

    asyncio.run(slept())
    context.log("The log of a bare context is silent.")


def test_a_warning_is_said_also_where_the_log_is_not_shown() -> None:
    log: list[str] = []
    warnings: list[str] = []
    Context(ROOT, log=log.append, warnings=warnings.append).warn("Waiting")
    assert (log, warnings) == ([], ["Waiting"])


def test_without_a_place_of_its_own_a_warning_goes_to_the_log() -> None:
    log: list[str] = []
    Context(ROOT, log=log.append).warn("Waiting")
    assert log == ["Waiting"]
