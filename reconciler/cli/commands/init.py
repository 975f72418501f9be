"""`reconciler init`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.cli.invocation import Common
from reconciler.cli.options import common, flag

if TYPE_CHECKING:
    from reconciler.core.authoring.new_repository import RepositoryPlan
    from reconciler.core.traits import Traits


@click.command("init")
@flag("--provider", metavar="NAME", default="", help="The provider of the numbers: meta, 360dialog, …")
@flag("--account", metavar="NAME", default="", help="What the account is called in the files.  [default: shops]")
@flag("--waba-id", metavar="ID", default="", help="Meta's id of the WhatsApp account: with it the numbers are listed.")
@flag("--host", metavar="HOST", default="", help="The provider's host, where it has several.")
@flag("--option", "options", metavar="NAME=VALUE", multiple=True, help="A further key of the account, such as sid=HX….")
@flag("--number", "numbers", metavar="NUMBER[=KEY]", multiple=True, help="A number, as for import.")
@flag("--public-pictures", "pictures", metavar="URL", default="", help="Where all can read profiles/, if they can.")
@flag("--runs-at", "place", metavar="PLACE", default="", help="Where it runs: github, gitlab, cron or none.")
@flag("--owner", "owners", metavar="OWNER", multiple=True, help="@user or @org/team that reviews the profiles.")
@flag("--rules-owner", "guardians", metavar="OWNER", multiple=True, help="The same for accounts, rules and workflows.")
@flag("--tool", metavar="OWNER/NAME@COMMIT", default="", help="The tool that workflows call.  [default: this program]")
@flag(
    "--shards",
    type=int,
    default=None,
    help="In how many jobs side by side workflows work on the profiles.  [default: 1]",
)
@flag("--sandbox", is_flag=True, help="Begin with an example in the sandbox. No account is needed.")
@common
def command(
    common: Common,
    *,
    provider: str,
    account: str,
    waba_id: str,
    host: str,
    options: tuple[str, ...],
    numbers: tuple[str, ...],
    pictures: str,
    place: str,
    owners: tuple[str, ...],
    guardians: tuple[str, ...],
    tool: str,
    shards: int | None,
    sandbox: bool,
) -> int:
    """Begin a repository: settings, profiles, schemas and owners. At a terminal it asks for what no flag says.

    A file that is there is left alone. Providers are only read. It ends with a plan, and with what is left to be done.
    """
    from reconciler.cli.commands.asking import Flags, asked
    from reconciler.cli.output import print_stderr
    from reconciler.core.authoring.new_repository import PICTURE_OPTION
    from reconciler.pipeline.surroundings import look_around
    from reconciler.pipeline.validating import providers_run

    named = (("waba_id", waba_id), (PICTURE_OPTION, pictures))
    more = (*options, *(f"{name}={value}" for name, value in named if value))
    flags = Flags(
        provider, account, host, more, numbers, place, owners, guardians, example=sandbox, tool=tool, shards=shards
    )
    context = common.context()
    try:
        plan, traits = asked(flags, look_around(context), providers_run())
    except click.Abort:
        print_stderr("\nStopped. Nothing was written.")
        return 130
    return _made(common, plan, traits)


def _made(common: Common, plan: RepositoryPlan, traits: Traits | None) -> int:
    """Write the repository, and print what it came to."""
    from reconciler.cli.output import emit
    from reconciler.cli.running import run_shown
    from reconciler.core.basics import exit_code
    from reconciler.core.safety.gates import PlanReport
    from reconciler.pipeline.initialising import init_run
    from reconciler.render.json import dumps, plan_json
    from reconciler.render.text.init import init_json, init_text

    report = run_shown(common, lambda context, _: init_run(context, plan, traits))
    if common.json:
        planned = plan_json(report.planned) if isinstance(report.planned, PlanReport) else None
        emit(dumps(init_json(report, planned)))
    else:
        emit(init_text(report, verbose=common.verbose))
    return exit_code(report.reasons)
