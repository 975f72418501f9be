"""write_files: (what was read of numbers, what is to be written) → their files, and what to remember of them.

Pictures come first, then the template, then the profiles: whatever a run has written when it is killed is whole, and
names nothing that is not there. No file is overwritten.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.core.authoring.import_draft import DraftSource, ImportDraft, draft_profile, opened_draft
from reconciler.core.authoring.sharing import ImportShape, extending, shared_fields, table_file, without
from reconciler.core.basics import EnvironmentProblem
from reconciler.core.fields import Picture
from reconciler.core.memory.records import FieldRecord, LedgerEntry, Stamp, record_seen
from reconciler.core.reading.inheritance import Inheritance
from reconciler.core.reports.account_reports import Imported, ImportStatus
from reconciler.core.settings import Account
from reconciler.core.target import Known, Observed, Target, opened_identity
from reconciler.core.traits import Traits
from reconciler.effects.files.picture_files import open_picture
from reconciler.effects.files.writing import create, find_picture, picture_path, save_picture
from reconciler.effects.world import Context
from reconciler.render.csv_table import cell_says, profile_csv
from reconciler.render.profile_yaml import profile_yaml, template_yaml

ImportedNumber = tuple[Imported, LedgerEntry]


@dataclass(frozen=True, slots=True)
class ReadNumber:
    """One number: its draft before anything was read, what it shows, and the bytes of its picture."""

    draft: ImportDraft
    live: Observed
    picture: bytes


@dataclass(frozen=True, slots=True)
class ImportedNumbers:
    """What became of each number, by its target; and the template with the fields that it holds.

    `unshared` is the template that was asked for, and was not written because the numbers share no field.
    """

    numbers: Mapping[Target, ImportedNumber]
    template: str = ""
    shared: tuple[str, ...] = ()
    unshared: str = ""


@dataclass(frozen=True, slots=True)
class _Made:
    """One number with its finished draft, the file of its picture, and what it would inherit."""

    draft: ImportDraft
    live: Observed
    image: Picture | str
    given: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ImportFiles:
    """One account's files. `inheritance` says what a new profile begins with."""

    context: Context
    account: Account
    traits: Traits
    inheritance: Inheritance
    shape: ImportShape
    stamp: Stamp

    def write(self, numbers: Sequence[ReadNumber]) -> ImportedNumbers:
        """Write all files. A number that fails stops no other; raises EnvironmentProblem if the template fails."""
        done: dict[Target, ImportedNumber] = {}
        made: list[_Made] = []
        images: dict[str, str] = {}
        alike = len(numbers) > 1 and len({one.picture for one in numbers}) == 1
        for one in numbers:
            name = self.shape.template if self.shape.template and alike else one.draft.target.profile
            try:
                made.append(self._made(one, self._image(name, one.picture, images)))
            except EnvironmentProblem as problem:
                done[one.draft.target] = self._failed(one.draft, problem)
        common = shared_fields([one.draft for one in made]) if self.shape.template else {}
        if common:
            text = template_yaml(
                common, f"What {len(made)} numbers of {self.account.name} shared when they were imported"
            )
            if not create(self.context.profiles, self.shape.template_file, text.encode()):
                raise EnvironmentProblem(
                    f"{self._shown(self.shape.template_file)} appeared while this ran; nothing else was written"
                )
            made = [replace(one, draft=self._extending(one.draft, [*common])) for one in made]
        done |= self._table(made) if self.shape.table else {one.draft.target: self._file(one) for one in made}
        template = self._shown(self.shape.template_file) if self.shape.template else ""
        if common:
            return ImportedNumbers(done, template, tuple(common))
        return ImportedNumbers(done, unshared=template)

    def _shown(self, relative: str) -> str:
        return f"{self.context.profiles.name}/{relative}"

    def _made(self, one: ReadNumber, image: str) -> _Made:
        draft, live = one.draft, one.live
        given = self.inheritance.given(draft.target.profile, self.account.name)
        picture = open_picture(self.context.profiles, image)
        origin = DraftSource(
            traits=self.traits, options=self.account.options, defaults=given, pictures={image: picture}
        )
        made = draft_profile(opened_draft(draft, live.opened, self.traits), live, image, origin=origin)
        return _Made(made, live, picture, given)

    def _extending(self, draft: ImportDraft, common: Sequence[str]) -> ImportDraft:
        """Return a draft that extends the new template, behind those of its folder: its list replaces the folder's."""
        above = self.inheritance.beginning(draft.target.profile).keys.get("extends", ())
        return extending(draft, common, [*above, self.shape.template_file])

    def _file(self, one: _Made) -> ImportedNumber:
        """Write one number's own file."""
        try:
            text = profile_yaml(one.draft, self.traits)
            written = create(self.context.profiles, one.draft.file, text.encode())
        except EnvironmentProblem as problem:
            return self._failed(one.draft, problem)
        return self._written(one, one.draft.file) if written else self._exists(one, one.draft.file)

    def _table(self, made: Sequence[_Made]) -> dict[Target, ImportedNumber]:
        """Write all numbers into one table."""
        rows = [replace(one, draft=without(one.draft, [*_unsaid(one.draft)], one.given)) for one in made]
        file = table_file(self.account.name)
        if not rows:
            return {}
        try:
            written = create(self.context.profiles, file, profile_csv([one.draft for one in rows]).encode())
        except EnvironmentProblem as problem:
            return {one.draft.target: self._failed(one.draft, problem) for one in rows}
        return {one.draft.target: self._written(one, file) if written else self._exists(one, file) for one in rows}

    def _written(self, one: _Made, file: str) -> ImportedNumber:
        made = one.draft
        imported = Imported(
            number=made.target.number,
            file=self._shown(file),
            name=made.name,
            status=ImportStatus.SKELETON if made.write_only else ImportStatus.WRITTEN,
            fields=made.managed,
            detail=made.unproven,
            asides=() if made.write_only else tuple((name, why) for name, _, why in made.asides),
        )
        entry = LedgerEntry(key=made.target.key, profile=made.target.profile)
        seen = tuple(_seen(made, one.live, one.image, self.stamp))
        return imported, entry.with_records(seen, identity=opened_identity(one.live))

    def _exists(self, one: _Made, file: str) -> ImportedNumber:
        nothing = LedgerEntry(key=one.draft.target.key, profile=one.draft.target.profile)
        return Imported(one.draft.target.number, self._shown(file), ImportStatus.EXISTS), nothing

    def _failed(self, draft: ImportDraft, problem: EnvironmentProblem) -> ImportedNumber:
        nothing = LedgerEntry(key=draft.target.key, profile=draft.target.profile)
        return Imported(draft.target.number, "", ImportStatus.FAILED, detail=str(problem)), nothing

    def _image(self, name: str, content: bytes, images: dict[str, str]) -> str:
        """Save the picture that was read, unless a file holds it, and return its file; "" where there is none."""
        folder = self.context.profiles
        picture = picture_path(folder, name, content)
        if picture is None:
            return ""
        if picture.sha256 not in images:
            there = find_picture(folder, picture)
            if there is None:
                save_picture(folder, picture, content)
            images[picture.sha256] = picture.file if there is None else there.file
        return images[picture.sha256]


def _unsaid(draft: ImportDraft) -> Iterator[str]:
    """Yield the fields whose values no cell can say as they are."""
    yield from (name for name, data in draft.fields.items() if not cell_says(data))


def _seen(made: ImportDraft, live: Observed, file: Picture | str, stamp: Stamp) -> Iterator[FieldRecord]:
    """Yield the record of each managed field: its file says what was read."""
    for name, field in live.fields.items():
        if name in made.managed and isinstance(field, Known):
            shown = field.value
            desired = file if isinstance(shown, Picture) and isinstance(file, Picture) else shown
            yield record_seen(name, desired, shown=shown, stamp=stamp)
