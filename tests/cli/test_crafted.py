"""Files of the largest size, made to take long: no command needs many times what a plain file of that size costs."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from reconciler.cli import main
from reconciler.core.yaml_documents import Document
from reconciler.effects.files.yaml import _read_closely
from reconciler.effects.files.yaml.source import LIMIT
from tests.support.crafted import Files, crafted, plain
from tests.support.fleet import Fleet

# Seconds of the processor are compared with each other, so a busy machine or a slow one changes nothing.
MOST_TIMES = 20
COMMANDS = (
    ("validate",),
    ("plan",),
    ("drift",),
    ("show", "berlin"),
    ("apply", "-y"),
    ("import", "bakery"),
    ("doctor",),
)
# In the short form: what once took the square of its size, and one of each kind.
CHOSEN = (
    "one variable often in a text",
    "one variable in many links",
    "many undeclared in a text",
    "many undeclared in links",
    "one wrong template often",
    "unknown keys",
    "unknown fields",
    "accepted drift",
    "address of underscores",
    "address of dots",
    "link of joiners",
    "hashes in a bracket",
)


def allowed(size: int) -> float:
    """Return the seconds that a command may take on files of this size: many times what ruamel.yaml takes."""
    text = plain(size)["berlin.yaml"]
    began = time.process_time()
    assert isinstance(_read_closely(text, "profiles/berlin.yaml", ()), Document)
    return MOST_TIMES * (time.process_time() - began)


def cost(fleet: Fleet, files: Files, command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> float:
    """Return the seconds of the processor that a command takes on these files."""
    for name, text in files.items():
        assert len(text.encode()) <= LIMIT, name
        fleet.write(name, text)
    began = time.process_time()
    assert main(["-C", str(fleet.root), *command]) in range(7)
    took = time.process_time() - began
    capsys.readouterr()
    for name in files:
        (fleet.root / "profiles" / name).unlink()
    return took


def test_no_file_of_a_size_takes_many_times_what_a_plain_one_does(
    fleet: Fleet, capsys: pytest.CaptureFixture[str], long: bool, record_property: Callable[[str, object], None]
) -> None:
    size = LIMIT if long else LIMIT // 4
    made = crafted(size)
    record_property("tried", len(made) * len(COMMANDS) if long else len(CHOSEN))
    # Modules that are imported by the first command count for none.
    cost(fleet, plain(1000), ("validate",), capsys)
    most = allowed(size)
    for name in made if long else CHOSEN:
        for command in COMMANDS if long else COMMANDS[:1]:
            assert cost(fleet, made[name], command, capsys) < most, (name, command)


def test_a_live_value_of_many_lines_is_shown_in_that_time(
    fleet: Fleet, capsys: pytest.CaptureFixture[str], long: bool
) -> None:
    size, lines = (LIMIT, 50_000) if long else (LIMIT // 4, 12_500)
    most = allowed(size)
    address = fleet.profile(description="Bread")
    fleet.plan()
    texts = ("".join(f"line {number}\n" for number in range(lines)), "Bread\n" * lines, "\n" * lines)
    for text in texts if long else texts[:1]:
        fleet.edit(address, description=text)
        for command in (("show", "berlin"), ("plan",), ("drift",))[: 3 if long else 2]:
            began = time.process_time()
            assert main(["-C", str(fleet.root), *command]) in range(7)
            took = time.process_time() - began
            assert took < most, (text[:20], command)
            capsys.readouterr()
