"""Readers: everything that reads foreign text, as a function that says what is wrong with how it reads one.

readers: (a folder for what is made on the way) → each reader's name, sound texts, and the reader.

A reader returns whether it took the text. It raises nothing of its own, and each rejection says where it is: the file
with its line, or the document with what is wrong in it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from reconciler.core.basics import Diagnostic, EnvironmentProblem, errors_of
from reconciler.core.fields import Picture
from reconciler.core.memory.stored import entry_to_json, loaded, record_from_json, record_to_json
from reconciler.core.provider import Provider
from reconciler.core.reading.accounts import Permissions, accounts
from reconciler.core.reading.acknowledgements import read_acknowledgements
from reconciler.core.reading.cells import row_document
from reconciler.core.reading.resolve import Sources, resolve
from reconciler.core.reading.table import Table, meanings, named_rows, own_columns
from reconciler.core.reports.handover import handover_json, read_handover
from reconciler.core.reports.written_reports import read_apply, read_look
from reconciler.core.safety.approval import ApprovedPlan, approved
from reconciler.core.yaml_documents import Document
from reconciler.effects.files.table import read_table
from reconciler.effects.files.writing import LARGEST_RECORD
from reconciler.effects.files.yaml import read_yaml
from reconciler.effects.ledger.recovery import load_recovery
from reconciler.effects.ledger.tree import Unusable, part_at, path_of
from reconciler.providers import providers
from reconciler.render.json import apply_json, drift_json, plan_json
from reconciler.render.markdown.plan import plan_sheet
from reconciler.render.markdown.sheet import Links
from reconciler.render.pages import plan_page
from tests.contract.stand import Stand
from tests.contract.stands import stands
from tests.figures.replies import read_reply, sound_replies
from tests.support import picture
from tests.support.every_key import FILES
from tests.support.fleet import Fleet

_FILE = "profiles/berlin.yaml"
# As two spreadsheets save it.
_TABLES = (
    (
        b"name,account,number,phone_number_id,extends,vars.city,about,websites\n"
        b"berlin,bakery,+493012345678,106540352242922,templates/one.yaml,Berlin,Hi,https://a.example https://b.example\n"
        b'bonn,bakery,+493012345679,106540352242923,,,"Fresh\nbread",(empty)\n'
    ),
    (
        b"\xef\xbb\xbfname;account;number;phone_number_id;webhook.url;webhook.verify_token;about;\r\n"
        b'"berlin";bakery;\'+493012345678;106540352242922;https://h.co;WEBHOOK_V;"Say ""hi"", or \'=1";\r\n;;;;\r\n'
    ),
)
_TRAITS = {name: provider.traits for name, provider in providers().items()}


class Unplaced(Exception):
    """A rejection that does not say where it is, or what is wrong."""


@dataclass(frozen=True)
class Reader:
    """One reader, with the sound texts that are changed for it."""

    name: str
    sound: tuple[bytes, ...]
    read: Callable[[bytes, Random], bool]
    # Written by people or by a provider, and not by a run of this program.
    foreign: bool = False


def readers(folder: Path) -> Iterator[Reader]:
    """Yield all of them."""
    yield Reader(
        "YAML files", tuple(_yaml(name) for name in FILES if name != "drift-ignore.yaml"), _read_files, foreign=True
    )
    yield Reader("tables of numbers", _TABLES, _read_table)
    yield Reader("drift-ignore files", (_yaml("drift-ignore.yaml"),), _read_ignored)
    for stand in stands().values():
        name = f"replies of {_TRAITS[stand.name].title}"
        yield Reader(name, tuple(sound_replies(stand)), partial(read_reply, _provider(stand)), foreign=True)
    yield from _documents(folder)


def _documents(folder: Path) -> Iterator[Reader]:
    """Yield the readers of documents that earlier runs wrote; the sound ones are what a run of today writes."""
    fleet = Fleet(folder / "shop")
    fleet.profile(about="Bread", websites=["https://bread.example"], address="Main Street 1")
    planned = fleet.plan()
    applied = fleet.apply()
    assert applied.record is not None
    page = plan_page(planned, plan_sheet(planned, Links()), exit_code=2)
    ((key, entry),) = fleet.entries().items()
    record, kept = record_to_json(applied.record), entry_to_json(entry)
    recovery = {"recovery": 1, "record": record, "entries": [kept]}
    yield Reader("plan documents", (_text(plan_json(planned)),), _read_plan)
    yield Reader("ledger entries", (_text(kept),), partial(_read_entry, path_of(key)))
    yield Reader("run records", (_text(record),), _read_record)
    yield Reader("recovery files", (_text(recovery),), partial(_read_recovery, folder / "recovery.json"))
    yield Reader("pages between jobs", (_text(handover_json(page)),), _read_page)
    fleet.edit(key[-1], about="Sold out")
    look = fleet.drift()
    looked = replace(look, plan=replace(look.plan, shard="1/1"))
    sent = replace(applied, plan=replace(applied.plan, shard="1/1"))
    yield Reader("looks of shards", (_text(drift_json(looked)),), partial(_read_result, read_look))
    yield Reader("applies of shards", (_text(apply_json(sent)),), partial(_read_result, read_apply))


def _text(data: Any) -> bytes:
    return json.dumps(data).encode()


def _yaml(name: str) -> bytes:
    """Return a file with every key, as people write it."""
    return "\n".join(_lines(FILES[name], 0)).encode()


def _lines(data: Any, depth: int) -> Iterator[str]:
    indent = "  " * depth
    pairs = data.items() if isinstance(data, dict) else (("-", one) for one in data)
    for key, value in pairs:
        head = f"{indent}{key}" if key == "-" else f"{indent}{key}:"
        if isinstance(value, dict) and value and depth < 2:
            yield head
            yield from _lines(value, depth + 1)
        else:
            yield f"{head} {json.dumps(value)}"


def _placed(problems: Sequence[Diagnostic]) -> None:
    """Raise if an error has no file, no line or no words; a file as a whole has no line."""
    for one in errors_of(problems):
        if not (one.location.file and one.summary and (one.location.line or not one.location.column)):
            raise Unplaced(f"{one}")


def _read_files(content: bytes, _: Random) -> bool:
    """Read a text as the settings, a folder's defaults, a template or a profile: as that of which it has the keys."""
    document = read_yaml(content, _FILE)
    if not isinstance(document, Document):
        _placed(document)
        if not document:
            raise Unplaced("refused without a word")
        return False
    keys = document.data if isinstance(document.data, dict) else {}
    if "accounts" in keys or "version" in keys:
        problems = accounts(document, _TRAITS, permissions=Permissions()).problems
    elif "number" in keys:
        problems = resolve(_beside(), {"berlin": document}).diagnostics
    elif keys.keys() & {"account", "mode"}:
        problems = tuple(replace(_beside(), folders={"": document}).inheritance().problems())
    else:
        beside = _beside()
        shared = {**beside.templates, "templates/one.yaml": document}
        problems = tuple(replace(beside, templates=shared).inheritance().problems())
    _placed(problems)
    return not errors_of(problems)


def _beside() -> Sources:
    """Return what a profile is read with."""
    pictures = defaultdict[str, Picture | str](lambda: "is not there", {"logo.png": picture()})
    return Sources(_SOUND, _SETTINGS, providers(), _TEMPLATES, pictures)


def _read_table(content: bytes, _: Random) -> bool:
    table = read_table(content, "profiles/shops.csv")
    if not isinstance(table, Table):
        _placed(table)
        return False
    rows, problems = named_rows(table, "shops")
    meant = meanings(table, own_columns(providers().values()))
    read = {name: row_document(table, row, meant) for name, row in rows}
    resolved = resolve(_beside(), {name: document for name, (document, _) in read.items()})
    found = (*problems, *meant.problems, *(one for _, wrong in read.values() for one in wrong), *resolved.diagnostics)
    _placed(found)
    return not errors_of(found)


def _read_ignored(content: bytes, _: Random) -> bool:
    document = read_yaml(content, "profiles/drift-ignore.yaml")
    problems = read_acknowledgements(document, ("meta",)).problems if isinstance(document, Document) else document
    _placed(problems)
    return not errors_of(problems)


def _document(name: str) -> Document:
    found = read_yaml(_yaml(name), f"profiles/{name}")
    assert isinstance(found, Document)
    return found


_SETTINGS, _TEMPLATE = _document("reconciler.yaml"), _document("templates/one.yaml")
_TEMPLATES = {"templates/one.yaml": _TEMPLATE, "templates/two.yaml": _document("templates/two.yaml")}
_SOUND = accounts(_SETTINGS, _TRAITS, permissions=Permissions()).settings


def _provider(stand: Stand) -> Provider:
    named = next(one for one in _SOUND.accounts.values() if one.provider == stand.name)
    return providers()[stand.name](named)


def _read_plan(content: bytes, _: Random) -> bool:
    found = approved(content, file="plan.json")
    if not isinstance(found, ApprovedPlan):
        _placed(found)
    return isinstance(found, ApprovedPlan)


def _read_entry(path: str, content: bytes, _: Random) -> bool:
    try:
        part_at(path, content)
    except Unusable as problem:
        return not _worded(str(problem))
    return True


def _read_record(content: bytes, _: Random) -> bool:
    data = loaded(content, "record", most=LARGEST_RECORD)
    if isinstance(data, str):
        return not _worded(data)
    try:
        record_from_json(data)
    except ValueError as problem:
        return not _worded(str(problem))
    return True


def _read_recovery(file: Path, content: bytes, _: Random) -> bool:
    file.write_bytes(content)
    try:
        load_recovery(file)
    except EnvironmentProblem as problem:
        return not _worded(str(problem), file.name)
    return True


def _read_result(read: Callable[..., object], content: bytes, _: Random) -> bool:
    found = read(content, file="result.json")
    if isinstance(found, tuple):
        _placed(found)
    return not isinstance(found, tuple)


def _read_page(content: bytes, _: Random) -> bool:
    found = read_handover(content)
    return not (isinstance(found, str) and _worded(found))


def _worded(why: str, where: str = "") -> bool:
    """Raise if a rejection has no words, or does not say where it is."""
    if not why or where not in why:
        raise Unplaced(why or "refused without a word")
    return True
