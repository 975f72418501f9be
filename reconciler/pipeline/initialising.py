"""initialising: (answers) → a repository that plans: its files, an import, a check, a plan, and what is left to do.

init_run: (the world, the answers) → what was written, what was left alone, and what was found.

A file that is there is left alone. Providers are only read.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from reconciler.core.authoring.forge_files import (
    OWNERS_FILE,
    OWNERS_PLACES,
    PIPELINE_FILE,
    UPDATES_FILE,
    UPDATES_PLACES,
    forge_files,
    is_caller,
    owner_lines,
    workflow_files,
)
from reconciler.core.authoring.new_repository import (
    IGNORE_FILE,
    IGNORED_FOLDER,
    SETTINGS_FILE,
    NewFile,
    RepositoryPlan,
    RunPlace,
    credential_names,
    first_files,
    lacking_lines,
)
from reconciler.core.authoring.next_steps import Setting, next_steps
from reconciler.core.basics import EnvironmentProblem, InvalidInput, ReconcilerError
from reconciler.core.reading.accounts import variable
from reconciler.core.reports.account_reports import DoctorReport, ImportReport
from reconciler.core.reports.setup_report import InitReport, LeftFile, NotDone
from reconciler.core.safety.gates import PlanReport
from reconciler.core.traits import Traits
from reconciler.effects.files.writing import create, exists, original
from reconciler.effects.world import Context
from reconciler.pipeline.doctor import doctor_run
from reconciler.pipeline.importing import import_run
from reconciler.pipeline.planning import run_planning
from reconciler.pipeline.readings import Scope
from reconciler.pipeline.surroundings import Around, look_around, settled_plan, text_there
from reconciler.pipeline.validating import new_schemas

_KEPT_IN_GIT = re.compile(r"^ledger:\s*[\"']?git\b", re.MULTILINE)


async def init_run(context: Context, plan: RepositoryPlan, traits: Traits | None) -> InitReport:
    """Write what is missing, read what can be read, and plan. Raises EnvironmentProblem before anything is written."""
    around = look_around(context)
    plan = settled_plan(plan, around)
    run = _Init(context, plan, traits, around)
    if plan.example and run.around.has_settings:
        raise EnvironmentProblem(
            f"{SETTINGS_FILE} is there, and the example would mix with its profiles; use an empty folder"
        )
    files = run.files()
    imported = await run.imported()
    checked = await run.checked()
    planned = await run.planned(checked)
    steps = next_steps(plan, traits, run.setting(imported, files.left, planned))
    return InitReport(files.written, files.left, files.failed, imported, checked, planned, steps)


@dataclass(frozen=True, slots=True)
class _Files:
    """The files that were written, those that were there, and those that could not be written."""

    written: tuple[NewFile, ...]
    left: tuple[LeftFile, ...]
    failed: tuple[LeftFile, ...]


@dataclass(frozen=True)
class _Init:
    """One new repository on its way into files."""

    context: Context
    plan: RepositoryPlan
    traits: Traits | None
    around: Around

    def files(self) -> _Files:
        """Write every file that is not there. One that cannot be written holds up no other."""
        written: list[NewFile] = []
        left = [LeftFile(SETTINGS_FILE, "is there, and holds the accounts")] if self.around.has_settings else []
        failed: list[LeftFile] = []
        # Values that a workflow cannot hold are refused before anything is written.
        for root, one in tuple(self._wanted()):
            place = self._taken(one) or one.path
            try:
                if place == one.path and create(root, one.path, one.content):
                    written.append(one)
                else:
                    left.append(LeftFile(place, "is there"))
            except EnvironmentProblem as problem:
                failed.append(LeftFile(one.path, str(problem)))
        try:
            if schemas := new_schemas(self.context):
                written.append(
                    NewFile("schemas/", b"", f"{len(schemas)} schemas, with which editors complete and check")
                )
        except EnvironmentProblem as problem:
            failed.append(LeftFile("schemas/", str(problem)))
        return _Files(tuple(written), tuple(left), tuple(failed))

    def _wanted(self) -> Iterator[tuple[Path, NewFile]]:
        """Yield each file with the folder that it belongs below: the repository's own, or the top of git's."""
        for one in first_files(self.plan, self.traits):
            yield self.context.root, one
        for one in forge_files(self.plan, self.around.folder):
            yield self.around.top, one

    def _taken(self, one: NewFile) -> str:
        """Return the file that does the same where the forge also looks, or ""."""
        places: tuple[str, ...] = ()
        if one.path == OWNERS_FILE.get(self.plan.place):
            places = OWNERS_PLACES[self.plan.place]
        if one.path == UPDATES_FILE.get(self.plan.place):
            places = UPDATES_PLACES[self.plan.place]
        return next((place for place in places if exists(self.around.top, place)), "")

    def _lacking(self, left: Iterable[LeftFile]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each file that was there and lacks lines, as it is typed from the folder, with these lines."""
        owners = OWNERS_PLACES.get(self.plan.place, ())
        up = "../" * self.around.folder.count("/")
        for one in left:
            if one.path == IGNORE_FILE:
                root, shown = self.context.root, one.path
                wanted: tuple[str, ...] = (IGNORED_FOLDER,)
            elif one.path in owners:
                root, shown = self.around.top, f"{up}{one.path}"
                wanted = owner_lines(self.plan, self.around.folder)
            elif one.path == PIPELINE_FILE and self._includes_nothing:
                root, shown = self.around.top, f"{up}{one.path}"
                wanted = tuple(line for file in self._workflows for line in file.content.decode().splitlines())
            else:
                continue
            # A link, or a file that cannot be read, is left to the person.
            with contextlib.suppress(EnvironmentProblem):
                text = original(root, one.path).decode("utf-8", "replace")
                if lines := lacking_lines(text, wanted):
                    yield shown, lines

    @cached_property
    def unset(self) -> tuple[str, ...]:
        """The variables of credentials that reading needs and the environment lacks."""
        if self.traits is None:
            return ()
        if self.traits.credential_per_number:
            together = f"{variable(self.traits)}S"
            own = tuple(key for _, _, key in (one.partition("=") for one in self.plan.numbers) if key)
            wanted = own if len(own) == len(self.plan.numbers) else (together,)
            return () if self._is_set(together) else tuple(name for name in wanted if not self._is_set(name))
        names = credential_names(self.traits)
        looking = names.get(self.traits.looking_credential, "")
        main = names[self.traits.credential]
        return () if self._is_set(main) or (looking and self._is_set(looking)) else (main,)

    def _is_set(self, name: str) -> bool:
        return bool(self.context.environ.get(name))

    @property
    def ledger(self) -> str:
        """The store to be used now: this machine's own while there is no remote, else the one of the settings."""
        return "local" if self.plan.place.ledger == "git" and not self.around.origin else ""

    async def imported(self) -> ImportReport | NotDone:
        """Write a file for each number if its values can be read now, or need not be."""
        if self.traits is None:
            return NotDone("")
        if self.traits.readable and self.unset:
            return NotDone(f"{', '.join(self.unset)} is not set")
        if self.ledger:
            return NotDone("the memory is kept at the remote origin, and there is none yet")
        try:
            return await import_run(self.context, self.plan.account, self.plan.numbers)
        except ReconcilerError as problem:
            return NotDone(_words(problem))

    async def checked(self) -> DoctorReport | None:
        """Check the credentials and the numbers; the example has none that could be wrong."""
        return None if self.plan.example else await doctor_run(self.context, requested=self.ledger)

    async def planned(self, checked: DoctorReport | None) -> PlanReport | NotDone:
        """Plan, unless there is nothing to be planned."""
        if checked is not None and not checked.profiles:
            return NotDone("there is no profile yet")
        try:
            scope = Scope(ledger=self.ledger)
            return (await run_planning(self.context, scope, read_only=True)).report
        except ReconcilerError as problem:
            return NotDone(_words(problem), _wrong_files(problem))

    def setting(
        self, imported: ImportReport | NotDone, left: Iterable[LeftFile], planned: PlanReport | NotDone
    ) -> Setting:
        """Return what the next steps depend on."""
        waits = bool(imported.why) if isinstance(imported, NotDone) else bool(imported.reasons)
        return Setting(
            folder=str(self.context.root.resolve()),
            elsewhere=self.context.root != Path(),
            in_git=self.around.in_git,
            has_remote=bool(self.around.origin),
            unset=self.unset,
            import_waits=waits,
            lacking=tuple(self._lacking(left)),
            has_workflows=any(self._workflows),
            foreign=tuple(self._foreign()),
            wrong=planned.files if isinstance(planned, NotDone) else (),
            other_ledger=self._other_ledger(),
            branch=self.around.branch,
            server=self.around.server if self.plan.place is RunPlace.GITHUB else "",
        )

    @property
    def _workflows(self) -> tuple[NewFile, ...]:
        return tuple(workflow_files(self.plan, self.around.folder))

    @property
    def _includes_nothing(self) -> bool:
        """True if a pipeline was there to which an `include` can be added at its end: its stages are the usual ones."""
        text = text_there(self.around.top, PIPELINE_FILE)
        return bool(text) and re.search(r"^[\"']?(?:include|stages)\b|^---|^\.\.\.", text or "", re.MULTILINE) is None

    def _foreign(self) -> Iterator[str]:
        """Yield each workflow that has the name of a caller, calls another program or none, and is to be edited."""
        for one in () if self.plan.place is RunPlace.GITLAB and self._includes_nothing else self._workflows:
            text = text_there(self.around.top, one.path)
            if self.plan.callers and text is not None and not is_caller(text, self.plan.callers):
                yield one.path

    def _other_ledger(self) -> bool:
        """True if the settings were there, and keep the memory elsewhere than the jobs do."""
        text = text_there(self.context.root, SETTINGS_FILE) if self.around.has_settings else None
        return self.plan.place.ledger == "git" and bool(text) and _KEPT_IN_GIT.search(text or "") is None


def _words(problem: ReconcilerError) -> str:
    """Return what stopped a step: each problem, and the file that it is in."""
    if isinstance(problem, InvalidInput):
        return "; ".join(f"{one.location.file}: {one.summary}".removeprefix(": ") for one in problem.diagnostics)
    return str(problem)


def _wrong_files(problem: ReconcilerError) -> tuple[str, ...]:
    found = problem.diagnostics if isinstance(problem, InvalidInput) else ()
    return tuple(dict.fromkeys(one.location.file for one in found if one.location.file))
