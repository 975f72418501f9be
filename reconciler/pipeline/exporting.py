"""export: (a scope) → what each number shows now, a row for each profile. No ledger is read, nothing is remembered."""

from __future__ import annotations

from dataclasses import replace

from reconciler.core.comparing.kinds import empty
from reconciler.core.planning.identity import identified
from reconciler.core.reports.exported import ExportReport, exported_fields, exported_profiles
from reconciler.core.settings import Rule
from reconciler.core.target import Desired, DesiredField
from reconciler.effects.base import BaseReading
from reconciler.effects.world import Context
from reconciler.pipeline.planning import choose_profiles, open_accounts, read_files, read_live
from reconciler.pipeline.readings import Scope, ignore_picture
from reconciler.providers import provider_traits

_LETS_EMPTY_PASS = (Rule.ALLOW, Rule.WARN)


async def export_run(context: Context, scope: Scope) -> ExportReport:
    """Read the numbers that `scope` means, each field whether a file manages it or not."""
    files = read_files(context, BaseReading())
    profiles = await choose_profiles(context, scope, files)
    traits, fields = provider_traits(), scope.filters.fields
    wanted = replace(profiles, asked=tuple(_everything(one, fields) for one in profiles.asked))
    accounts = open_accounts(context, files, wanted, read_only=True)
    live = await read_live(context, wanted, accounts, files, keep_picture=ignore_picture)
    judged = identified(files.desired, live.targets, {}, traits=traits)
    return ExportReport(
        exported_profiles(profiles.desired, judged, traits, fields),
        (*files.diagnostics, *profiles.diagnostics, *live.diagnostics),
        stopped=not profiles.desired and files.settings.policy.empty not in _LETS_EMPTY_PASS,
    )


def _everything(one: Desired, fields: tuple[str, ...]) -> Desired:
    """Return a profile that manages everything that is wanted, so that all of it is read."""
    names = exported_fields(provider_traits()[one.target.provider], fields)
    return replace(one, fields=tuple(one.get(name) or DesiredField(name=name, value=empty(name)) for name in names))
