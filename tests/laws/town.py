"""A town of five shops at all four providers: what their files ask for, what is live in truth, and what was sent.

Nothing here comes from the program: values stand in the words of the contract suite's stands, and what is live comes
from the sandbox's world and journal.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from reconciler.effects.world import Context
from reconciler.sandbox import pictures
from tests.contract.stand import PICTURES, Said, Sample, Stand
from tests.contract.stands import stands
from tests.support.fleet import Fleet

# Shop and field.
Place = tuple[str, str]


@dataclass(frozen=True)
class Shop:
    """One number: its profile's name, its provider's stand, and which of the stand's shops it is."""

    name: str
    stand: Stand
    index: int = 0

    @property
    def address(self) -> str:
        """Where the sandbox's world keeps it."""
        return self.stand.address(self.index)

    def text(self, fields: Mapping[str, Said], mode: str) -> str:
        """Return its file."""
        head = {"account": self.stand.name, "mode": mode, **self.stand.head(self.index)}
        lines = [f"{key}: {json.dumps(value)}" for key, value in head.items()]
        lines += ["profile:" if fields else "profile: {}"]
        return "\n".join([*lines, *(f"  {name}: {json.dumps(said.yaml)}" for name, said in fields.items())]) + "\n"


_STANDS = stands()
SHOPS: Mapping[str, Shop] = {
    shop.name: shop
    for shop in (
        *(Shop("berlin", _STANDS["meta"]), Shop("munich", _STANDS["meta"], 1), Shop("hamburg", _STANDS["360dialog"])),
        *(Shop("mumbai", _STANDS["kaleyra"]), Shop("delhi", _STANDS["pickyassist"])),
    )
}
_PROVIDERS = ("meta", "360dialog", "kaleyra", "pickyassist")
ENVIRON = {
    **{name: value for one in _PROVIDERS for name, value in _STANDS[one].environ.items() if "SHOP" not in name},
    "D360_API_KEY_HAMBURG": _STANDS["360dialog"].secret,
    "WEBHOOK_SHOP": _STANDS["360dialog"].environ["WEBHOOK_SHOP"],
}


class Write(NamedTuple):
    """One field in a request that changes something; `taken` is None where the answer never came."""

    place: Place
    value: Any
    taken: bool | None
    swallowed: bool


def sample(place: Place) -> Sample:
    """Return what a field of a shop can be."""
    shop, name = place
    return SHOPS[shop].stand.samples[name]


def readable(place: Place) -> bool:
    """Say whether the provider shows a field."""
    return SHOPS[place[0]].stand.readable


@dataclass
class Town(Fleet):
    """The shops' repository. `wanted` is what the files ask for now, and `modes` how each profile is handled."""

    wanted: dict[str, dict[str, Said]] = field(default_factory=lambda: {name: {} for name in SHOPS})
    modes: dict[str, str] = field(default_factory=lambda: dict.fromkeys(SHOPS, "managed"))
    served: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.environ |= ENVIRON
        super().__post_init__()
        world = self.world
        for name, content in PICTURES.items():
            path = self.root / "profiles" / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
            self.served[name] = pictures.keep(world, pictures.reencode(content, declared="image/png"))
        for name in SHOPS:
            self.rewrite(name)

    @property
    def context(self) -> Context:
        """The surroundings of a run, which knows its credentials although it talks to the sandbox."""
        context = super().context
        for name, value in self.environ.items():
            context.secrets.add(value, name)
        return context

    def settings(self, endpoint: str = "sandbox", *, policy: str = "{}", more: str = "") -> None:
        """Write the settings: one account at each provider."""
        accounts = {
            name: {"provider": name, "endpoint": endpoint, "concurrency": 2, **_STANDS[name].account}
            for name in _PROVIDERS
        }
        self.write("reconciler.yaml", f"version: 1\naccounts: {json.dumps(accounts)}\npolicy: {policy}\n{more}")

    def rewrite(self, name: str) -> None:
        """Write a shop's file as it is wanted."""
        self.write(f"{name}.yaml", SHOPS[name].text(self.wanted[name], self.modes[name]))

    def places(self, *modes: str) -> Iterator[tuple[Place, Said]]:
        """Yield every field that the files ask for, of profiles in one of these modes."""
        for name, fields in self.wanted.items():
            if self.modes[name] in modes:
                yield from (((name, one), said) for one, said in fields.items())

    def truth(self) -> dict[str, Mapping[str, Any]]:
        """Return every shop as it is in truth."""
        world = self.world
        return {name: world.state(shop.stand.name, shop.address) for name, shop in SHOPS.items()}

    def as_live(self, place: Place, said: Said) -> Mapping[str, Any]:
        """Return what the world holds of a field when it says this."""
        one = sample(place)
        held = {key: said.world.get(key) for key in {*one.first.world, *one.second.world}}
        if place[1] == "picture" and readable(place):
            held["picture"] = self.served.get(str(said.yaml), said.yaml)
        return held

    def shows(self, truth: Mapping[str, Mapping[str, Any]], place: Place, said: Said) -> bool:
        """Say whether the world holds what a file asks for."""
        held = self.as_live(place, said)
        return {key: truth[place[0]].get(key) for key in held} == held

    def held(self, truth: Mapping[str, Mapping[str, Any]], place: Place) -> Any:
        """Return what the world holds of a field, in a form that can be compared."""
        return json.dumps({key: truth[place[0]].get(key) for key in self.as_live(place, sample(place).first)})

    def outside(self, place: Place, **values: Any) -> None:
        """Change a shop behind the tool's back."""
        shop = SHOPS[place[0]]
        self.world.edit(shop.stand.name, shop.address, **values)

    def lose_the_ledger(self) -> None:
        """Delete the ledger."""
        for path in (self.root / ".reconciler").glob("ledger.sqlite3*"):
            path.unlink()

    def spoil(self, name: str, **fault: Any) -> None:
        """Let something go wrong at one shop."""
        shop = SHOPS[name]
        self.faults({"provider": shop.stand.name, "address": shop.address, **fault})

    def written(self) -> list[Write]:
        """Return every field of every request that could change a profile, oldest first."""
        return [one for entry in self.requests() if entry["method"] != "GET" for one in _fields(entry)]


def _fields(entry: Mapping[str, Any]) -> Iterator[Write]:
    path, body = entry["path"].partition("?")[0], entry["body"]
    if "/upload" in path:
        return
    shop = next(one for one in SHOPS.values() if _is_about(one, path, body))
    faults = entry.get("faults", ())
    taken = None if entry["status"] is None else entry["status"] == 200 and "reply" not in faults
    for name, one in shop.stand.samples.items():
        if set(one.first.wire) <= {*body} and _same_door(shop, one, path):
            found = {key: body[key] for key in one.first.wire}
            yield Write((shop.name, name), found, taken, "swallow" in faults)


def _same_door(shop: Shop, one: Sample, path: str) -> bool:
    return path == one.door.path.replace(shop.stand.address(0), shop.address)


def _is_about(shop: Shop, path: str, body: Mapping[str, Any]) -> bool:
    """Say whether a request is about a shop; a provider with one shop is known by its paths."""
    doors = {one.door.path.replace(shop.stand.address(0), shop.address) for one in shop.stand.samples.values()}
    return path in doors


def demanded(shop: Shop) -> set[str]:
    """Return what the bodies of a shop's calls hold besides fields."""
    return {key for one in shop.stand.samples.values() for key in one.door.demands}


def words(values: Iterable[Any]) -> str:
    """Return values as one text, to be compared."""
    return json.dumps(list(values), sort_keys=True, default=str)
