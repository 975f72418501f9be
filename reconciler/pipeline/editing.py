"""edit: (profiles, what their files are to say) → the files say it, as far as they then resolve to exactly that.

rollback: the values from before a run go back into the files, to be reviewed and applied like any edit.

accept: entries go to the end of profiles/drift-ignore.yaml, if what is there then still means what it meant.

A file is replaced as a whole, once, and only after its new text was read and resolved. The rest of the file must mean
what it meant before. A value that cannot be written keeps no other from being written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from reconciler.core.authoring.edits import (
    Authored,
    FileChanges,
    LeftOut,
    WantedField,
    accepted_text,
    as_written,
    entry_lines,
    left_out,
)
from reconciler.core.authoring.rolling_back import RollbackReport, objections, rollback
from reconciler.core.basics import Diagnostic, EnvironmentProblem, InvalidInput, Location, error, errors_of
from reconciler.core.fields import Picture, Value
from reconciler.core.memory.runs import RunRecord
from reconciler.core.reading.acknowledgements import Acknowledgement, read_acknowledgements
from reconciler.core.reading.layers import as_inherited, literal, rewritten
from reconciler.core.reading.resolve import Sources, layers_of, resolve
from reconciler.core.reading.suggestions import did_you_mean
from reconciler.core.target import Desired
from reconciler.core.yaml_documents import Document
from reconciler.effects.fetch import FetchKey
from reconciler.effects.files import writing
from reconciler.effects.files.editing import EditableFiles, EditablePlace
from reconciler.effects.files.paths import IGNORED
from reconciler.effects.files.repository import read_repository
from reconciler.effects.files.writing import HINT, find_picture, picture_path, read_record, save_picture
from reconciler.effects.files.yaml import read_yaml
from reconciler.effects.ledger import Ledger
from reconciler.effects.world import Context
from reconciler.pipeline.ledger import choose_ledger
from reconciler.providers import providers

Done = tuple[tuple[Authored, ...], tuple[LeftOut, ...]]
_CHANGED = "the file changed while this ran, and is left alone"
_OTHER = "it says something else besides"
_EMPTY = Document("", {})


def edit(
    context: Context, revisions: Iterable[FileChanges], *, sources: Sources, pictures: Mapping[FetchKey, bytes]
) -> Done:
    """Write each profile's file, and return what is written and what is not; `pictures` are the bytes of live ones."""
    written: list[Authored] = []
    left: list[LeftOut] = []
    files = EditableFiles(context.profiles, sources.providers.values())
    for revision in revisions:
        one = _Editing(context, files, revision.desired, sources, pictures.get(revision.desired.target.key, b""))
        if revision.wanted:
            one.run(revision.wanted)
        written += one.written
        left += (*revision.left, *one.left)
    failed = files.close()
    left += [
        LeftOut(one.profile, one.file, one.field, str(failed[one.file]), failed=True, line=one.line)
        for one in written
        if one.file in failed
    ]
    return tuple(one for one in written if one.file not in failed), tuple(left)


@dataclass(slots=True)
class _Editing:
    """One profile on its way: what is taken into its file, what is not, and the values that it is to give."""

    context: Context
    files: EditableFiles
    desired: Desired
    sources: Sources
    picture: bytes
    written: list[Authored] = field(default_factory=list)
    left: list[LeftOut] = field(default_factory=list)
    values: dict[str, Value] = field(default_factory=dict)
    # The file before the first value is taken into it.
    own: Document = _EMPTY

    def run(self, wanted: Iterable[WantedField]) -> None:
        """Write every wanted value that can be written."""
        asked = [*wanted]
        try:
            place = self.files.open(self.desired)
            read = place if isinstance(place, Diagnostic) else place.document(place.text)
            if isinstance(place, Diagnostic) or (why := self._unsound(read, {})):
                said = _said(place) if isinstance(place, Diagnostic) else why
                self.left = [left_out(self.desired, one.field, f"{_CHANGED}: {said}") for one in asked]
                return
            self.own = read if isinstance(read, Document) else self.own
            for one in asked:
                self._take(place, one)
            if self.written:
                place.save()
        except EnvironmentProblem as problem:
            left = {one.field for one in self.left}
            self.written = []
            self.left += [self._failed(one, problem) for one in asked if one.field not in left]

    def _take(self, place: EditablePlace, one: WantedField) -> None:
        """Take one field more into the text, if that can be; a picture is saved once nothing else is in the way."""
        value, detail = one.value, one.detail
        live = isinstance(value, Picture) and not value.file
        picture = picture_path(self.context.profiles, self.desired.target.profile, self.picture) if live else None
        if picture is not None:
            value, detail = picture, "; ".join(filter(None, (f"saved as {picture.file}", detail)))
        new = place.edited(one.field, self._data(one.field, value))
        read = new if isinstance(new, Diagnostic) else place.document(new)
        if isinstance(new, Diagnostic) or (why := self._unsound(read, {**self.values, one.field: value})):
            self.left.append(left_out(self.desired, one.field, _said(new) if isinstance(new, Diagnostic) else why))
            return
        if picture is not None:
            try:
                save_picture(self.context.profiles, picture, self.picture)
            except EnvironmentProblem as problem:
                self.left.append(self._failed(one, problem))
                return
        self.values[one.field] = value
        target, file, line = self.desired.target, self.desired.file, self.desired.line
        detail = "; ".join(filter(None, (detail, place.remark)))
        self.written.append(Authored(target.profile, file=file, field=one.field, detail=detail, line=line))
        place.take(new)

    def _data(self, name: str, value: Value) -> Any:
        """Return a value as it is written; a link that stays keeps its variables, and a text those that still fit."""
        written: Any = self.own.data
        if isinstance(value, str):
            was, variables = as_inherited(layers_of(self.sources, self.desired.target.profile, self.own), name)
            return rewritten(value, was if isinstance(was, str) else "", variables)
        old, now = written.get("profile", {}).get(name), self.desired.get(name)
        if not isinstance(value, tuple) or not isinstance(old, list) or now is None or not isinstance(now.value, tuple):
            return as_written(value)
        stays = dict(zip(now.value, old, strict=False))
        return [stays.get(link, literal(link)) for link in value]

    def _failed(self, one: WantedField, problem: EnvironmentProblem) -> LeftOut:
        return left_out(self.desired, one.field, str(problem), failed=True)

    def _unsound(self, document: Document | Diagnostic, values: Mapping[str, Value]) -> str:
        """Return why the file must not say that, or nothing: it is wrong then, or says something else besides."""
        if isinstance(document, Diagnostic):
            return _said(document)
        pictures = {value.file: value for value in values.values() if isinstance(value, Picture)}
        sources = replace(self.sources, pictures={**self.sources.pictures, **pictures})
        resolved = resolve(sources, {self.desired.target.profile: document})
        if wrong := errors_of(resolved.diagnostics):
            return f"validate refuses it: {_said(wrong[0])}"
        same = [_meant(one, {}) for one in resolved.desired] == [_meant(self.desired, values)]
        return "" if same else _OTHER


def _meant(desired: Desired, values: Mapping[str, Value]) -> tuple[Desired, dict[str, Value]]:
    """Return what a profile is and wants, wherever it is written; `values` in place of its own."""
    fields = {one.name: one.value for one in desired.fields}
    # A row is read on its own, and so has another line number.
    return replace(desired, fields=(), line=0), {**fields, **values}


def _said(problem: Diagnostic) -> str:
    return "; ".join(filter(None, (problem.summary, *problem.hint.split("\n"))))


# As many problems as a person reads.
_MOST = 10


def rollback_run(context: Context, name: str, *, ledger: str = "") -> RollbackReport:
    """Write the values from before a run into the files; `name` is its record's file, or its own in the ledger."""
    repository = read_repository(context, providers())
    settings = repository.sound()
    is_file = name.endswith(".json") or Path(name).is_file()
    store = choose_ledger(context, settings, requested=ledger, looking=True)
    record = read_record(name) if is_file else _recorded(store, name)
    if wrong := objections(record):
        raise InvalidInput(tuple(error("record", f"{name}: {what}", hint=HINT) for what in wrong[:_MOST]))
    found = rollback(record, repository.desired, find=partial(find_picture, context.profiles))
    written, left = edit(context, found.revisions, sources=repository.sources, pictures={})
    return RollbackReport(
        run=record.run,
        started=record.started,
        written=written,
        left=(*left, *found.strangers),
        already=found.already,
    )


def _recorded(ledger: Ledger, name: str) -> RunRecord:
    """Return the newest run of that name; raises InvalidInput where the ledger knows none."""
    runs = ledger.runs()
    found = next((record for record in runs if record.run == name), None)
    if found is None:
        near = did_you_mean(name, {record.run for record in runs}) if runs else "no run is recorded there"
        summary = f"{name!r} is no file, and no run that the ledger knows"
        raise InvalidInput((error("record", summary, hint=near),))
    return found


def accept(context: Context, entries: Sequence[Acknowledgement]) -> None:
    """Write the entries; raises InvalidInput if the file's form does not allow it, EnvironmentProblem if the disk."""
    folder, shown = context.profiles, f"{context.profiles.name}/{IGNORED}"
    there = writing.exists(folder, IGNORED)
    was = writing.original(folder, IGNORED) if there else b""
    new = accepted_text(was.decode("utf-8"), entries)
    if _entries(new.encode(), shown) != [*_entries(was, shown), *map(_entry, entries)]:
        hint = f"write them under `ignore` by hand:\n{entry_lines(entries).rstrip()}"
        summary = "the entries cannot be put at its end without changing what is there"
        raise InvalidInput((error("not-edited", summary, hint=hint, location=Location(file=shown)),))
    if there:
        writing.replace(folder, IGNORED, new.encode(), was=was)
    elif not writing.create(folder, IGNORED, new.encode()):
        raise EnvironmentProblem(f"{shown} appeared while this ran, and was left alone; run it again")


def _entries(content: bytes, file: str) -> list[tuple[str, ...]]:
    """Return the entries of a file's content."""
    document = read_yaml(content, file) if content else None
    if not isinstance(document, Document):
        return []
    return [_entry(one) for one in read_acknowledgements(document, ()).entries]


def _entry(one: Acknowledgement) -> tuple[str, ...]:
    return (one.profile, one.field, one.value, one.reason, one.until.isoformat())
