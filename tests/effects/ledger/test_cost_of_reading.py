"""What reading a ledger holds in memory: nothing twice, and what a store brings in pieces."""

from __future__ import annotations

import gc
import json
import tracemalloc
from dataclasses import replace
from pathlib import Path

from reconciler.core.fields import Picture
from reconciler.core.memory.records import LedgerEntry
from reconciler.core.memory.stored import entry_from_json, entry_to_json
from reconciler.effects.ledger import Ledger
from tests.support import picture
from tests.support.stores import STORES, commit, entries, remembered

_NUMBERS = 400
# A number with an about line and a link: the texts alone are 350 bytes of it.
_MOST_HELD = 1_400


def many() -> list[LedgerEntry]:
    """Return what one run remembers of as many numbers."""
    links = (remembered(f"1{n:08}", about=f"Bread {n}", websites=(f"https://{n}.example",)) for n in range(_NUMBERS))
    return list(links)


def test_what_entries_share_is_held_once(store: str, tmp_path: Path, ledger: Ledger) -> None:
    """The run that wrote them, the provider, the name of a field, and a value that was sent and shown."""
    stored = many()
    commit(ledger, *stored)
    reader = STORES[store](tmp_path)
    # What is imported or made once is no entry's.
    STORES[store](tmp_path).read()
    gc.collect()
    tracemalloc.start()
    try:
        found = reader.read()
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found.entries == entries(*stored)
    assert held / _NUMBERS < _MOST_HELD


def test_a_logo_of_many_numbers_is_held_once() -> None:
    """Its grid is 16 KB, as it was sent and as it is served, in the entry of each number."""
    logo = replace(picture(), grid="QUJD" * 4096)
    sent = remembered("100000001", picture=logo)
    shown = tuple(replace(one, shown=replace(logo, file="", size=7)) for one in sent.records)
    text = json.dumps(entry_to_json(replace(sent, records=shown)))
    found = [entry_from_json(json.loads(text)) for _ in range(3)]
    values = [value for one in found for value in (one.records[0].sent, one.records[0].shown)]
    grids = [value.grid for value in values if isinstance(value, Picture)]
    assert (len(grids), len(set(map(id, grids)))) == (6, 1)
