"""Five shops that were applied once and edited since: what is prepared for every trial, and the truth about it.

Three numbers at Meta, one at 360dialog, and one at Kaleyra that nobody can read. Since the first apply fields were
edited, added and let go in the files, and one was changed elsewhere, which an apply leaves alone.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from reconciler.core.fields import Value
from reconciler.core.reports.command_reports import ApplyReport
from reconciler.core.safety.gates import PlanReport
from reconciler.effects.signals import Stop
from reconciler.effects.world import Context
from reconciler.pipeline.apply import ApplyRequest, apply_run
from reconciler.pipeline.readings import Scope
from reconciler.pipeline.showing import plan_run
from reconciler.sandbox.world import World
from tests.support.fleet import YES

WORLD = Path(".reconciler", "sandbox.sqlite3")
# Provider and address, as the sandbox's world knows a number.
Number = tuple[str, str]
# One field of a number, by the provider's own word for it.
Where = tuple[str, str, str]

SETTINGS = """\
version: 1
accounts:
  bakery: {{provider: meta, endpoint: sandbox, credentials: {{token: {{env: META_TOKEN}}}}}}
  hamburg: {{provider: 360dialog, endpoint: sandbox}}
  india: {{provider: kaleyra, endpoint: sandbox, sid: HX1, credentials: {{api_key: {{env: KALEYRA_API_KEY}}}}}}
ledger: {ledger}
"""
NUMBERS: Mapping[str, Number] = {
    "berlin": ("meta", "106540352242000"),
    "munich": ("meta", "106540352242001"),
    "vienna": ("meta", "106540352242002"),
    "hamburg": ("360dialog", "+494012345678"),
    "mumbai": ("kaleyra", "HX1/+912266123456"),
}
_HEADS = {
    "berlin": 'account: bakery\nnumber: "+493012345000"\nphone_number_id: "106540352242000"\n',
    "munich": 'account: bakery\nnumber: "+493012345001"\nphone_number_id: "106540352242001"\n',
    "vienna": 'account: bakery\nnumber: "+493012345002"\nphone_number_id: "106540352242002"\n',
    "hamburg": 'account: hamburg\nnumber: "+494012345678"\n',
    "mumbai": 'account: india\nnumber: "+912266123456"\n',
}
_HOOK = {"url": "https://hooks.example/old", "verify_token": {"env": "WEBHOOK_VERIFY"}}
_NEW_HOOK = {**_HOOK, "url": "https://hooks.example/new"}
_OLD: Mapping[str, Mapping[str, Any]] = {
    "berlin": {
        "about": "Bread",
        "description": "A bakery in Berlin.",
        "websites": ["https://berlin.example/"],
        "picture": "old.png",
        "webhook": _HOOK,
    },
    "munich": {"about": "Pretzels", "email": "munich@shops.example", "websites": ["https://munich.example/"]},
    "vienna": {"about": "Cake", "address": "Neubaugasse 7", "webhook": _HOOK},
    "hamburg": {"about": "Rolls", "webhook": {"url": "https://hooks.example/old"}},
    "mumbai": {"about": "Naan", "address": "14 Hill Road", "email": "mumbai@shops.example"},
}
_NEW: Mapping[str, Mapping[str, Any]] = {
    "berlin": {
        "about": "Fresh bread",
        "websites": ["https://berlin.example/", "https://shops.example/berlin"],
        "picture": "new.png",
        "webhook": _NEW_HOOK,
    },
    "munich": {
        "about": "Fresh pretzels",
        "address": "Sendlinger Str. 12",
        "email": "munich@shops.example",
        "websites": [],
    },
    "vienna": {"about": "Cake", "address": "Neubaugasse 9", "webhook": _NEW_HOOK, "picture": "new.png"},
    "hamburg": {
        "about": "Fresh rolls",
        "email": "hamburg@shops.example",
        "webhook": {"url": "https://hooks.example/new"},
    },
    "mumbai": {"about": "Fresh naan", "address": "16 Hill Road", "email": "mumbai@shops.example"},
}
# What somebody changed elsewhere since: it stays.
_ELSEWHERE = ("munich", {"email": "somebody@else.example"})
LEFT_ALONE = frozenset({("meta", "106540352242001", "email")})
# By the words of files and ledger; where a provider has no other word, it is the same.
_WIRE = {"kaleyra": {"email": "contact_email"}}
WRITE_ONLY = "kaleyra"


def prepare(root: Path, *, environ: Mapping[str, str], ledger: str) -> None:
    """Make the shops in `root`: applied once, edited since, and nothing of it in the sandbox's journal."""
    from PIL import Image

    profiles = root / "profiles"
    profiles.mkdir(parents=True)
    (profiles / "reconciler.yaml").write_text(SETTINGS.format(ledger=ledger), encoding="utf-8")
    for name, colour in (("old.png", "red"), ("new.png", "blue")):
        Image.new("RGB", (192, 192), colour).save(profiles / name)
    _write(profiles, _OLD)
    report = applied(root, environ)
    assert not report.reasons, report.reasons
    _write(profiles, _NEW)
    shop, fields = _ELSEWHERE
    world = World(root / WORLD)
    world.edit(*NUMBERS[shop], **fields)
    world.forget()
    world.close()


def _write(profiles: Path, shops: Mapping[str, Mapping[str, Any]]) -> None:
    for name, fields in shops.items():
        text = f"{_HEADS[name]}profile: {json.dumps(fields)}\n"
        (profiles / f"{name}.yaml").write_text(text, encoding="utf-8")


def applied(root: Path, environ: Mapping[str, str], *, log: Callable[[str], None] = lambda _: None) -> ApplyReport:
    """Apply in this process, with real time, and yes to everything."""
    context = Context(root=root, environ=environ, log=log)

    async def run() -> ApplyReport:
        return await apply_run(context, ApplyRequest(Scope(), YES), stop=Stop())

    return asyncio.run(run())


def planned(root: Path, environ: Mapping[str, str]) -> PlanReport:
    """Plan in this process."""

    async def run() -> PlanReport:
        return await plan_run(Context(root=root, environ=environ), Scope())

    return asyncio.run(run())


def places(report: PlanReport | ApplyReport) -> list[Where]:
    """Return where a plan would change something, by the ledger's words."""
    return [(planned.target.provider, planned.target.address, change.field) for planned, change in report.plan.changes]


def wanted(report: ApplyReport) -> dict[Where, Value]:
    """Return what a run was to send, by the provider's own words."""
    return {
        (planned.target.provider, planned.target.address, _WIRE.get(planned.target.provider, {}).get(name, name)): value
        for planned, change in report.plan.changes
        for name, value in ((change.field, change.after),)
        if (planned.target.provider, planned.target.address, name) not in LEFT_ALONE
    }


def word(where: Where) -> str:
    """Return the ledger's name of a field."""
    provider, _, name = where
    return next((ours for ours, theirs in _WIRE.get(provider, {}).items() if theirs == name), name)
