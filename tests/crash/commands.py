"""The commands that write files or memory, each with shops that give it something to do, and the words to type."""

from __future__ import annotations

import io
import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import patch

from PIL import Image

from reconciler.core.basics import EnvironmentProblem
from reconciler.effects.ledger import Batch
from reconciler.effects.ledger.sqlite import LEDGER_FILE, SqliteLedger
from reconciler.sandbox import pictures
from reconciler.sandbox.world import World
from tests.crash import shops

ENVIRON = {"PATH": os.environ.get("PATH", os.defpath)}
# What may stand in .reconciler/ in the end: the ledger, the sandbox, what `recover` reads, what `repair` keeps, and the
# file that tells git to leave all of that alone.
KEPT = (".gitignore", "ledger", "sandbox", "recovery-")


def _shops(root: Path) -> None:
    shops.prepare(root, environ=ENVIRON, ledger="local")


def _import(root: Path) -> Sequence[str]:
    """Two numbers have no file, and one of them shows a picture."""
    _shops(root)
    shops.applied(root, ENVIRON)
    for name in ("munich", "vienna"):
        (root / "profiles" / f"{name}.yaml").unlink()
    _forget(root)
    return ["import", "bakery", "+493012345001=106540352242001", "+493012345002=106540352242002"]


def _adopt(root: Path) -> Sequence[str]:
    """At three shops another party changed a text, and at one of them the picture too."""
    _shops(root)
    shops.applied(root, ENVIRON)
    world = World(root / shops.WORLD)
    world.edit(*shops.NUMBERS["vienna"], address="Elsewhere 1")
    world.edit(*shops.NUMBERS["hamburg"], about="Theirs", email="theirs@else.example")
    world.edit(*shops.NUMBERS["berlin"], about="Theirs", picture=_another_picture(world))
    world.close()
    _forget(root)
    return ["drift", "--adopt"]


def _accept(root: Path) -> Sequence[str]:
    """The same changes are to be accepted."""
    _adopt(root)
    return ["drift", "--accept", "all", "--until", "9999-12-31", "--reason", "Christmas: a campaign"]


def _another_picture(world: World) -> str:
    drawn = io.BytesIO()
    Image.new("RGB", (192, 192), "green").save(drawn, "PNG")
    return pictures.keep(world, pictures.reencode(drawn.getvalue(), declared="image/png"))


def _rollback(root: Path) -> Sequence[str]:
    """The second apply is to be taken back."""
    _shops(root)
    report = shops.applied(root, ENVIRON)
    assert report.record is not None
    _forget(root)
    return ["rollback", report.record.run]


def _recover(root: Path) -> Sequence[str]:
    """An apply could store its intents, and nothing more."""
    _shops(root)
    good, left = SqliteLedger.commit, [1]

    def full(self: SqliteLedger, batch: Batch, *, version: str) -> Any:
        if not left:
            raise EnvironmentProblem("the disk is full")
        left.pop()
        return good(self, batch, version=version)

    with patch.object(SqliteLedger, "commit", full):
        shops.applied(root, ENVIRON)
    (file,) = (root / ".reconciler").glob("recovery-*.json")
    _forget(root)
    return ["recover", str(Path(".reconciler", file.name))]


def _repair(root: Path) -> Sequence[str]:
    """One entry and the last run's record cannot be read."""
    _shops(root)
    shops.applied(root, ENVIRON)
    with closing(sqlite3.connect(root / ".reconciler" / LEDGER_FILE)) as database, database:
        database.execute("UPDATE entry SET body = '{' WHERE address = ?", (shops.NUMBERS["berlin"][1],))
        database.execute("UPDATE run SET body = '[' WHERE rowid = (SELECT max(rowid) FROM run)")
    _forget(root)
    return ["ledger", "repair", "--yes"]


def _forget(root: Path) -> None:
    world = World(root / shops.WORLD)
    world.forget()
    world.close()


COMMANDS: Mapping[str, Callable[[Path], Sequence[str]]] = {
    "import": _import,
    "drift --adopt": _adopt,
    "drift --accept": _accept,
    "rollback": _rollback,
    "recover": _recover,
    "ledger repair": _repair,
}
