"""Canaries: no credential reaches a person or a file, however a provider spells it and wherever it is shown.

Every number's live description, and every refusal, holds one credential in one spelling. Then every read is refused
with one. `--long` tries every credential in every spelling, the short form a diagonal of that table.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from reconciler.core.memory.stored import entry_to_json
from reconciler.core.reports.handover import handover_json
from reconciler.core.scrubbing import MARK
from reconciler.effects.signals import Stop
from reconciler.effects.world import Context
from reconciler.pipeline.apply import ApplyRequest, apply_run
from reconciler.pipeline.doctor import doctor_run
from reconciler.pipeline.drift import drift_run
from reconciler.pipeline.editing import rollback_run
from reconciler.pipeline.exporting import export_run
from reconciler.pipeline.history import history_run, runs_run
from reconciler.pipeline.importing import import_run
from reconciler.pipeline.ledger import ledger_check_run
from reconciler.pipeline.readings import Scope
from reconciler.pipeline.showing import plan_run, show_run
from reconciler.render.exported import export_csv, export_json, export_notes
from reconciler.render.json import apply_json, drift_json, plan_json, record_json
from reconciler.render.markdown.apply import apply_sheet
from reconciler.render.markdown.drift import drift_sheet
from reconciler.render.markdown.plan import plan_sheet
from reconciler.render.markdown.sheet import Links
from reconciler.render.pages import apply_page, drift_page, plan_page
from reconciler.render.text.apply import apply_text
from reconciler.render.text.doctor import doctor_json, doctor_text
from reconciler.render.text.drift import drift_text
from reconciler.render.text.history import (
    history_json,
    history_text,
    rollback_json,
    rollback_text,
    runs_json,
    runs_text,
)
from reconciler.render.text.importing import import_json, import_text
from reconciler.render.text.ledger import ledger_check_json, ledger_check_text
from reconciler.render.text.plan import plan_text
from reconciler.render.text.show import show_json, show_text
from tests.support.fleet import YES, Fleet
from tests.support.spellings import SPELLINGS

CREDENTIALS = {
    "META_TOKEN": "EAAGm0PX4ZCpsBAKZC/canary+meta",
    "META_PLAN_TOKEN": "EAAJq7Rz9plan'canary&looks",
    "META_APP_SECRET": "9f86d081884c7d659a2feaa0c55ad015",
    "appsecret_proof": "f417aeae4dd0dfef1d1b42e87f6fd88c240844e77b7204592369ea678971a639",
    "D360_API_KEY": "hRk2Qm_D360AK-canary",
    "KALEYRA_API_KEY": "Aca7a3canary0kaleyra1",
    "PICKYASSIST_TOKEN": "picky/assist==canary",
    "WEBHOOK_TOKEN": 'verify"me\\please:canary',
    "WEBHOOK_HEADER": "Basic<canary>header!",
    "RECONCILER_LEDGER_KEY": "0123456789abcdef0123456789abcdefcanary",
    "RECONCILER_LEDGER_TOKEN": "ledger#token%41canary",
    "GITHUB_TOKEN": "ghs_canaryCanaryC4nary",
}
TABLE = [(name, spelling) for name in CREDENTIALS for spelling in SPELLINGS]


def cells(long: bool) -> list[tuple[str, str]]:
    """Return the cells of the table that are tried: all, or each name and each spelling at least once."""
    if long:
        return TABLE
    names = list(CREDENTIALS)
    return [(names[at % len(names)], spelling) for at, spelling in enumerate(SPELLINGS)]


def batches(found: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """Yield as many cells as one fleet has numbers. Each command reads all files of its fleet, so fleets are small."""
    yield from (found[at : at + 8] for at in range(0, len(found), 8))


def planted(fleet: Fleet, name: str, many: list[tuple[str, str]]) -> None:
    """Give each number a live description, and a refusal, with one credential in one spelling."""
    faults = []
    for at, (credential, spelling) in enumerate(many):
        text = f"seen {SPELLINGS[spelling](CREDENTIALS[credential])} there"
        address = fleet.profile(f"{name}/p{at}", at, about="Fresh bread", description="A bakery.")
        fleet.edit(address, description=text)
        body = {"error": {"message": text, "error_user_msg": text, "code": 100, "fbtrace_id": text}}
        faults.append({"kind": "reply", "method": "POST", "path": address, "status": 400, "body": body})
    fleet.faults(*faults)


def refusing(fleet: Fleet, many: list[tuple[str, str]]) -> None:
    """Let every read be refused with one credential in one spelling: all that is said is an error then."""
    faults = []
    for at, (credential, spelling) in enumerate(many):
        text = f"seen {SPELLINGS[spelling](CREDENTIALS[credential])} there"
        body = {"error": {"message": text, "error_user_msg": text, "code": 100, "fbtrace_id": text}}
        address = str(106540352242000 + at)
        faults.append({"kind": "reply", "method": "GET", "path": address, "status": 400, "body": body})
    fleet.faults(*faults)


async def every_command(context: Context, fleet: Fleet, names: list[str]) -> str:
    """Run what there is, and return all that people and files are given of it."""
    links = Links()
    for name, value in CREDENTIALS.items():
        context.secrets.add(value, name)
    planned = await plan_run(context, Scope())
    applied = await apply_run(context, ApplyRequest(Scope(), YES), stop=Stop())
    drifted = await drift_run(context, Scope(), adopt=True)
    exported = await export_run(context, Scope())
    shown = [await show_run(context, Scope((name,))) for name in names]
    asked = await doctor_run(context)
    past, of_one = runs_run(context), [history_run(context, name) for name in names]
    undone = [rollback_run(context, one.run) for one in past.runs]
    numbers = [f"+4930{12345000 + at}={106540352242000 + at}" for at in range(len(names))]
    for name in names:
        (fleet.root / "profiles" / f"{name}.yaml").unlink()
    imported = await import_run(context, "bakery", numbers)
    check = ledger_check_run(context)
    documents = [
        *(plan_json(planned), apply_json(applied), record_json(applied), drift_json(drifted), doctor_json(asked)),
        *(
            import_json(imported),
            export_json(exported),
            runs_json(past),
            ledger_check_json(check),
            *map(show_json, shown),
        ),
        *map(rollback_json, undone),
        *map(history_json, of_one),
        handover_json(plan_page(planned, plan_sheet(planned, links), exit_code=0)),
        handover_json(apply_page(applied, apply_sheet(applied, links), exit_code=0)),
        handover_json(drift_page(drifted, drift_sheet(drifted, links), exit_code=0)),
        *map(entry_to_json, fleet.entries().values()),
    ]
    texts = [
        *(plan_text(planned), apply_text(applied), drift_text(drifted), doctor_text(asked, verbose=True)),
        *(export_csv(exported), export_notes(exported, verbose=True)),
        *(import_text(imported), runs_text(past), ledger_check_text(check, verbose=True)),
        *(show_text(one, width=100) for one in shown),
        *map(rollback_text, undone),
        *map(history_text, of_one),
        *(plan_text(planned, verbose=True), apply_text(applied, verbose=True), drift_text(drifted, verbose=True)),
        *(path.read_text("utf-8") for path in fleet.root.rglob("*") if path.suffix in (".yaml", ".json")),
    ]
    return "\n".join([*texts, *(json.dumps(one, ensure_ascii=False) for one in documents), *fleet.said])


def left(shown: str, secret: str, spelt: str) -> list[str]:
    """Return the pieces of a spelling, and of the secret, that `shown` holds; it is a text without white space."""
    whole = {"".join(spelt.split()), secret}
    return [piece for text in whole for at in range(3, len(text) - 14) if (piece := text[at : at + 11]) in shown]


def test_no_credential_reaches_a_person_or_a_file(
    tmp_path: Path, long: bool, record_property: Callable[[str, object], None]
) -> None:
    record_property("tried", 2 * len(cells(long)))
    for number, many in enumerate(batches(cells(long))):
        for refused in (False, True):
            fleet = Fleet(tmp_path / f"shop{number}{refused}")
            planted(fleet, "bakeries", many)
            if refused:
                refusing(fleet, many)
            names = [f"bakeries/p{at}" for at in range(len(many))]
            shown = asyncio.run(every_command(fleet.context, fleet, names))
            plain = re.sub(r"\s", "", shown)
            found = [
                (credential, spelling, pieces)
                for credential, spelling in many
                if (pieces := left(plain, CREDENTIALS[credential], SPELLINGS[spelling](CREDENTIALS[credential])))
            ]
            assert found == []
            assert MARK in shown
            assert refused or {name for name, _ in many if f"holds {name}" not in shown} == set()
