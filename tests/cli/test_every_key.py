"""Every key of every file with every type of value: each command ends, and each rejection has its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.cli import main
from tests.support.every_key import FILES, Cell, cells, declared, keys
from tests.support.fleet import Fleet
from tests.support.repository import Shop

ROOT = Path(__file__).parents[2]
CELLS = tuple(cells())
SOUND = Cell("", (), "")
# The long form takes minutes, so its parts are tests of their own, which several workers share.
PARTS = 4
COMMANDS = (
    ("validate",),
    ("plan",),
    ("apply", "-y"),
    ("drift",),
    ("doctor",),
    ("show", "meta"),
    ("export",),
    ("history",),
    ("import", "bakery"),
    ("rollback", "run-1"),
)
SCHEMA = {
    "reconciler.yaml": "settings",
    "defaults.yaml": "defaults",
    "templates/one.yaml": "template",
    "drift-ignore.yaml": "drift-ignore",
    "meta.yaml": "profile.meta",
    "dialog.yaml": "profile.360dialog",
    "kaleyra.yaml": "profile.kaleyra",
    "picky.yaml": "profile.pickyassist",
}


def test_the_repository_with_every_key_is_sound(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    SOUND.write(fleet.root / "profiles")
    assert (main(["-C", str(fleet.root), "validate"]), capsys.readouterr().err) == (0, "")


def test_each_key_that_a_file_may_have_is_among_them() -> None:
    for file, name in SCHEMA.items():
        schema = json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))
        there = {*keys(FILES[file])}
        # A secret stands in a variable or in a file, so `file` takes the place of an `env` that is there.
        wanted = {(*key[:-1], "env") if key[-1] == "file" else key for key in declared(schema)}
        assert [key for key in sorted(wanted) if not any(same(key, one) for one in there)] == [], file


def same(declared_key: tuple[str, ...], key: tuple[str, ...]) -> bool:
    """Say whether a key is the declared one, where `*` is a name that people choose."""
    return len(declared_key) == len(key) and all(a in ("*", b) for a, b in zip(declared_key, key, strict=True))


def chosen(*, long: bool) -> tuple[Cell, ...]:
    """Return all cells, or some of them: those of the defaults, which were forgotten once, and each eighty-third."""
    return CELLS if long else (*(one for one in CELLS if one.place == ("defaults",)), *CELLS[::83])


@pytest.mark.parametrize("part", range(PARTS))
def test_no_value_of_any_key_breaks_a_command(
    part: int,
    fleet: Fleet,
    capsys: pytest.CaptureFixture[str],
    long: bool,
    record_property: Callable[[str, object], None],
) -> None:
    """Each value goes to `validate` and to one command more, or to three in the long form: each key meets them all."""
    more = 3 if long else 1
    found = [*enumerate(chosen(long=long))][part::PARTS]
    record_property("tried", len(found) * (1 + more))
    for number, cell in found:
        cell.write(fleet.root / "profiles")
        others = (COMMANDS[1 + (number + at) % (len(COMMANDS) - 1)] for at in range(more))
        for command in (COMMANDS[0], *others):
            code, said = ended(fleet, capsys, command)
            assert code in range(7), (str(cell), command, code)
            if command == ("validate",):
                assert (code == 0) == (not said), (str(cell), said)
                assert all(placed(one, cell) for one in said), (str(cell), said)
        for path in (fleet.root / "profiles" / "bakery").glob("*"):
            path.unlink()


@pytest.mark.parametrize("part", range(PARTS))
def test_no_value_at_the_base_breaks_the_change_that_mends_it(
    part: int, fleet: Fleet, capsys: pytest.CaptureFixture[str], long: bool
) -> None:
    shop = Shop(fleet, capsys)
    for cell in ((*chosen(long=False), *CELLS[::5]) if long else chosen(long=False)[:PARTS])[part::PARTS]:
        cell.write(fleet.root / "profiles")
        shop.git.commit(str(cell))
        SOUND.write(fleet.root / "profiles")
        shop.git.commit("Mended")
        ran = shop.plan("HEAD~1")
        assert ran.code == 0, (str(cell), ran.out)
        if cell.place == ("defaults",) and cell.value != "{}":
            (said,) = [one for one in ran.json["diagnostics"] if one["code"] == "base-broken"]
            assert said["hint"].startswith("profiles/reconciler.yaml:"), said


def ended(fleet: Fleet, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]) -> tuple[int, list[Any]]:
    """Run a command; return its code and its errors. A traceback fails the test."""
    code = main(["-C", str(fleet.root), *command, "--json"])
    document = json.loads(capsys.readouterr().out)
    return code, [one for one in document.get("diagnostics", ()) if one["severity"] == "error"]


def placed(error: Any, cell: Cell) -> bool:
    """Say whether an error has its file and its line; a file that is empty has no line."""
    return bool(error["location"]["file"] and (error["location"]["line"] or not cell.place))
