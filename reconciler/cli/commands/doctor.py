"""`reconciler doctor`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import click

from reconciler.cli.invocation import Common
from reconciler.cli.options import common, flag

if TYPE_CHECKING:
    from reconciler.forge.rules.finding import SetupReport


@click.command("doctor")
@flag("--github", "at_github", is_flag=True, help="Check the repository's settings at GitHub instead. It only looks.")
@flag("--gitlab", "at_gitlab", is_flag=True, help="Check the project's settings at GitLab instead. It only looks.")
@common
def command(common: Common, *, at_github: bool, at_gitlab: bool) -> int:
    """Check the credentials, numbers, ledger and clock. Whether an account may write is never tried."""
    from reconciler.cli.output import emit
    from reconciler.cli.running import run_shown
    from reconciler.core.basics import exit_code
    from reconciler.pipeline.doctor import doctor_run
    from reconciler.render.json import dumps
    from reconciler.render.text.doctor import doctor_json, doctor_text

    if at_github and at_gitlab:
        raise click.UsageError("--github and --gitlab are about two places: take one")
    if at_github:
        return _at_github(common)
    if at_gitlab:
        return _at_gitlab(common)
    report = run_shown(common, lambda context, _: doctor_run(context))
    emit(dumps(doctor_json(report)) if common.json else doctor_text(report, verbose=common.verbose))
    return exit_code(report.reasons)


def _at_github(common: Common) -> int:
    """Check environments, secrets by name, rules and labels, and say what mends each."""
    from reconciler.forge.github.repository_settings import SettingsClient
    from reconciler.forge.runs.setup import settings_place, setup_run

    context = common.context()

    async def look() -> SetupReport:
        async with SettingsClient(settings_place(context), context=context) as client:
            return await setup_run(context, client)

    return _told(common, look)


def _at_gitlab(common: Common) -> int:
    """Check the include, the default branch, environments, labels and the schedule, and say what mends each."""
    from reconciler.forge.gitlab.project_settings import ProjectSettingsClient
    from reconciler.forge.runs.project import project_place, project_run

    context, place = project_place(common.context())

    async def look() -> SetupReport:
        async with ProjectSettingsClient(place, context=context) as client:
            return await project_run(context, client)

    return _told(common, look)


def _told(common: Common, look: Callable[[], Awaitable[SetupReport]]) -> int:
    """Print what a look at a forge found, and return how that ends."""
    import asyncio

    from reconciler.cli.output import emit
    from reconciler.core.basics import Reason, exit_code
    from reconciler.effects.signals import interruptible
    from reconciler.forge.exchange import ForgeProblem
    from reconciler.forge.text.setup import setup_json, setup_text
    from reconciler.render.json import dumps

    try:
        report = asyncio.run(interruptible(lambda _: look()))
    except ForgeProblem as problem:
        # The forge could not be asked, and so nothing is known to be wrong there.
        problem.exit_code = exit_code({Reason.INCOMPLETE})
        raise
    emit(dumps(setup_json(report)) if common.json else setup_text(report))
    return exit_code(report.reasons)
