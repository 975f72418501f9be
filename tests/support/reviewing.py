"""A small chain of shops that people edit in the files and elsewhere, and the required outcome of an approved plan.

The oracle knows nothing of plans: it compares the raw fields of the files with the raw fields of the sandbox's world.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.support.fleet import Fleet

SETTINGS = """\
version: 1
accounts:
  bakery: {provider: meta, endpoint: sandbox}
  cafe: {provider: meta, endpoint: sandbox}
  india: {provider: kaleyra, endpoint: sandbox, sid: HX1}
policy: {empty: allow}
"""
# Few values, so that two people often mean the same; an empty one clears. What is only written cannot be cleared.
POOL: dict[str, list[Any]] = {
    "about": ["Fresh bread", "Fresh cake", "Closed"],
    "address": ["", "Main Street 1", "Side Street 2"],
    "email": ["", "a@b.example", "c@d.example"],
    "websites": [[], ["https://a.example"], ["https://a.example", "https://b.example/x"]],
}
WIRE = {"about": "about", "address": "address", "email": "contact_email"}
NOT_FIELDS = {"messaging_product", "wa_number"}

Where = tuple[str, str]
# Which account sends it, what is seen before (None if it cannot be read), and what comes.
Move = tuple[str, Any, Any]


@dataclass
class Shop:
    """One number and its file."""

    number: str
    address: str
    name: str
    provider: str = "meta"
    account: str = "bakery"
    mode: str = "managed"
    there: bool = True
    fields: dict[str, Any] = field(default_factory=dict)

    def text(self) -> str:
        """Return the file."""
        key = f'phone_number_id: "{self.address}"\n' if self.provider == "meta" else ""
        head = f'account: {self.account}\nnumber: "{self.number}"\n{key}mode: {self.mode}\n'
        return f"{head}profile: {json.dumps(self.fields)}\n"


@dataclass
class Reviewed:
    """What was approved: the profiles of the plan, and each move as the plan showed it."""

    names: frozenset[str]
    moves: dict[Where, Move]


class Chain:
    """Two shops: one that can be read, and one that cannot."""

    def __init__(self, root: Path, seed: int) -> None:
        self.random = Random(seed)
        self.fleet = Fleet(root)
        self.fleet.write("reconciler.yaml", SETTINGS)
        self.world = self.fleet.world
        self.shops = [
            Shop("+493012345000", "106540352242000", "berlin"),
            Shop("+912266123456", "HX1/+912266123456", "mumbai", provider="kaleyra", account="india"),
        ]
        for shop in self.shops:
            shop.fields = {name: self.random.choice(self._pool(shop, name)) for name in self._names(shop)}
            self._write(shop)

    def edit_files(self) -> None:
        """Edit each file or not, mostly its fields."""
        for shop in self.shops:
            match self.random.random():
                case chance if chance < 0.45:
                    name = self.random.choice(self._names(shop))
                    # In half of the cases, the file gets the value that is live already.
                    here = self.seen(shop).get(name)
                    common = here in self._pool(shop, name) and self.random.random() < 0.5
                    shop.fields[name] = here if common else self.random.choice(self._pool(shop, name))
                case chance if chance < 0.5:
                    shop.mode = self.random.choice(("observe", "paused"))
                case chance if chance < 0.55:
                    self._path(shop).unlink(missing_ok=True)
                    shop.name = shop.name.removesuffix("2") if shop.name.endswith("2") else f"{shop.name}2"
                case chance if chance < 0.65 and shop.provider == "meta":
                    self._unmanage(shop)
            self._write(shop)

    def _unmanage(self, shop: Shop) -> None:
        """Take something of a shop away; not of the one that cannot be read: no memory of it would be left."""
        match self.random.choice(("field", "account", "file")):
            case "field" if len(shop.fields) > 1:
                shop.fields.pop(self.random.choice(sorted(shop.fields)))
            case "account":
                shop.account = "cafe" if shop.account == "bakery" else "bakery"
            case _:
                shop.there = False

    def edit_live(self) -> None:
        """Edit a number elsewhere or not, now and then to what its file says."""
        shop = self.shops[0]
        for name in self.random.sample(list(POOL), self.random.choice((0, 0, 1))):
            wanted = shop.fields.get(name)
            value = wanted if wanted is not None and self.random.random() < 0.5 else self.random.choice(POOL[name])
            self.world.edit("meta", shop.address, **{name: value or None})

    def begin(self) -> None:
        """Let the chain be managed again, with something to do in it."""
        for shop in self.shops:
            shop.mode, shop.there = "managed", True
            for name in self.random.sample(self._names(shop), 2):
                shop.fields[name] = self.random.choice(self._pool(shop, name))
        self.edit_live()
        self.edit_files()

    def seen(self, shop: Shop) -> dict[str, Any]:
        """Return what is live; of what can only be written, what was sent, and None where nothing was."""
        state = self.world.state(shop.provider, shop.address)
        if shop.provider == "meta":
            return {name: state.get(name) or ([] if name == "websites" else "") for name in POOL}
        return {name: state.get(wire) for name, wire in WIRE.items()}

    def review(self) -> Reviewed:
        """Approve what there is to do now."""
        here = [shop for shop in self.shops if shop.there]
        return Reviewed(frozenset(shop.name for shop in here), self.moves(frozenset(shop.name for shop in here)))

    def moves(self, names: frozenset[str]) -> dict[Where, Move]:
        """Return what the files of these names ask for that is not so."""
        found: dict[Where, Move] = {}
        for shop in self.shops:
            if shop.there and shop.name in names and shop.mode == "managed":
                live = self.seen(shop)
                for name, value in shop.fields.items():
                    if _plain(value) != _plain(live[name]):
                        found[shop.address, name] = (shop.account, _plain(live[name]), _plain(value))
        return found

    def sent(self) -> dict[Where, Any]:
        """Return every field of every request that is not a read."""
        found: dict[Where, Any] = {}
        names = {wire: name for name, wire in WIRE.items()}
        for entry in self.world.journal():
            if entry["method"] != "GET":
                india = entry["method"] == "PUT"
                to = f"HX1/{entry['body']['wa_number']}" if india else entry["path"].split("/")[2]
                found |= {
                    (to, names.get(key, key)): _plain(value)
                    for key, value in entry["body"].items()
                    if key not in NOT_FIELDS
                }
        return found

    def _names(self, shop: Shop) -> list[str]:
        return list(POOL if shop.provider == "meta" else WIRE)

    def _pool(self, shop: Shop, name: str) -> list[Any]:
        return [value for value in POOL[name] if value or shop.provider == "meta"]

    def _path(self, shop: Shop) -> Path:
        return self.fleet.root / "profiles" / f"{shop.name}.yaml"

    def _write(self, shop: Shop) -> None:
        if shop.there:
            self.fleet.write(f"{shop.name}.yaml", shop.text())
        else:
            self._path(shop).unlink(missing_ok=True)


def _plain(value: Any) -> Any:
    """Return a raw value for comparing: nothing is nothing, and a link may end in a slash or not (fact M-6)."""
    return [link.rstrip("/") for link in value] if isinstance(value, list) else value
