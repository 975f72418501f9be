"""initialising: (answers) → a repository that plans: its files, an import, a check, a plan, and what is left to do.

look_around: (the world) → the git repository around the folder, and its remote.
init_run: (the world, the answers) → what was written, what was left alone, and what was found.

A file that is there is left alone. Providers are only read.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from reconciler.core.account_reports import DoctorReport, ImportReport
from reconciler.core.authoring.callers import Callers
from reconciler.core.authoring.forge_files import (
    OWNERS_FILE,
    OWNERS_PLACES,
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
    credential_names,
    first_files,
    lacking_lines,
)
from reconciler.core.authoring.next_steps import Setting, next_steps
from reconciler.core.basics import EnvironmentProblem, InvalidInput, ReconcilerError
from reconciler.core.reading.accounts import variable
from reconciler.core.safety.gates import PlanReport
from reconciler.core.setup_report import InitReport, LeftFile, NotDone
from reconciler.core.traits import Traits
from reconciler.effects.files.writing import create, exists, original
from reconciler.effects.git.clone import find_clone
from reconciler.effects.git.process import Git, Late
from reconciler.effects.git.program import program_callers
from reconciler.effects.git.remote import find_origin
from reconciler.effects.world import Context
from reconciler.pipeline.doctor import doctor_run
from reconciler.pipeline.importing import import_run
from reconciler.pipeline.planning import run_planning
from reconciler.pipeline.readings import Scope
from reconciler.pipeline.validating import new_schemas


@dataclass(frozen=True, slots=True)
class Around:
    """What is around the folder: the `top` of git's repository, or the folder itself, and its remote.

    `folder` is the path from that top, with a slash at its end, or "". `origin` has no credential in it. `callers` name
    this program, if it knows its repository and its commit. `secret_names` are the further variables that may be named.
    """

    top: Path
    folder: str = ""
    in_git: bool = False
    origin: str = ""
    has_settings: bool = False
    callers: Callers | None = None
    secret_names: frozenset[str] = frozenset()


def look_around(context: Context) -> Around:
    """Return what is around the folder; without git, or without a repository, that is the folder alone."""
    git, root = Git(), context.root.resolve()
    found = Around(
        root,
        has_settings=exists(context.root, SETTINGS_FILE),
        callers=program_callers(context.environ),
        secret_names=context.permissions.secret_names,
    )
    try:
        clone = find_clone(root, git, context.environ)
    except (EnvironmentProblem, Late):
        return found
    origin = ""
    with contextlib.suppress(EnvironmentProblem, Late):
        origin = find_origin(context, git).shown
    folder = root.relative_to(clone.top).as_posix()
    return replace(found, top=clone.top, folder="" if folder == "." else f"{folder}/", in_git=True, origin=origin)


async def init_run(context: Context, plan: RepositoryPlan, traits: Traits | None) -> InitReport:
    """Write what is missing, read what can be read, and plan. Raises EnvironmentProblem before anything is written."""
    run = _Init(context, plan, traits, look_around(context))
    if plan.example and run.around.has_settings:
        raise EnvironmentProblem(
            f"{SETTINGS_FILE} is there, and the example would mix with its profiles; use an empty folder"
        )
    files = run.files()
    imported = await run.imported()
    checked = await run.checked()
    planned = await run.planned(checked)
    steps = next_steps(plan, traits, run.setting(imported, files.left))
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
        # What cannot stand in a workflow is refused before anything is written.
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
            return NotDone(_words(problem))

    def setting(self, imported: ImportReport | NotDone, left: Iterable[LeftFile]) -> Setting:
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
            has_workflows=any(workflow_files(self.plan, self.around.folder)),
            foreign=tuple(self._foreign()),
        )

    def _foreign(self) -> Iterator[str]:
        """Yield each workflow that has the name of a caller, and calls another program or none."""
        for one in workflow_files(self.plan, self.around.folder):
            text = ""
            # A link, or a file that cannot be read, calls nothing as far as this program knows.
            with contextlib.suppress(EnvironmentProblem):
                text = original(self.around.top, one.path).decode("utf-8", "replace")
            if self.plan.callers and not is_caller(text, self.plan.callers):
                yield one.path


def _words(problem: ReconcilerError) -> str:
    """Return what stopped a step, in one line for each problem."""
    if isinstance(problem, InvalidInput):
        return "; ".join(one.summary for one in problem.diagnostics)
    return str(problem)
