"""importing: what an account's numbers show → new files that say so, and a ledger that knows it was seen.

The plan right after is empty: only what was read is written, and a later edit elsewhere is known to be one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.core.credentials import number_credentials
from reconciler.core.diagnostics import Diagnostic, error
from reconciler.core.draft import Draft, Origin, drafted
from reconciler.core.errors import EnvironmentProblem, InvalidInput
from reconciler.core.import_report import Imported, ImportReport, ImportStatus
from reconciler.core.ledger import FieldRecord, LedgerEntry, Stamp, record_seen
from reconciler.core.parsing import did_you_mean
from reconciler.core.provider import Failure, Provider, Roster
from reconciler.core.requested import Requested, chosen, requested
from reconciler.core.settings import Account
from reconciler.core.target import Desired, DesiredField, Known, Live, Observed, Target, Unreadable
from reconciler.core.value import Picture, empty
from reconciler.effects.authored import create, exists
from reconciler.effects.context import Context
from reconciler.effects.fetch import fetch, read_roster
from reconciler.effects.ledger import remember
from reconciler.effects.lines import lines
from reconciler.effects.pictures import open_picture, read_picture
from reconciler.effects.repository import Repository, read_repository
from reconciler.pipeline.look import Seen, stamps, store, unseen
from reconciler.providers import providers
from reconciler.render.profile_yaml import profile_yaml

_SUFFIX = {"image/jpeg": "jpg", "image/png": "png"}


async def import_run(
    context: Context, account: str, numbers: Sequence[str], *, ledger: str = "", seen: Seen = unseen
) -> ImportReport:
    """Read `numbers` of `account`, or all where it can list them, and write a file for each; overwrites nothing."""
    repository = read_repository(context, providers())
    settings = repository.sound()
    if account not in settings.accounts:
        hint = did_you_mean(account, settings.accounts)
        raise InvalidInput((error("unknown-account", f"unknown account {account!r}", hint=hint),))
    run = _Import(context, repository, settings.accounts[account])
    asked = _sound([requested(n, run.provider.traits, allowed=context.permissions.secret_names) for n in numbers])
    drafts = [run.draft(one) for one in _sound(chosen(asked, await run.roster(), run.provider.traits))]
    there = {draft.target: found for draft in drafts if (found := run.known(draft)) is not None}
    new = [draft for draft in drafts if draft.target not in there]
    wanted = [run.everything(draft) for draft in new]
    memory = store(context, settings, wanted, requested=ledger, remembers=True)
    ways = lines(settings, wanted, providers(), context=context, looking=True)
    served: dict[Target, bytes] = {}
    live = await fetch(wanted, ways, workers=run.workers, seen=seen, served=served.__setitem__)
    stamp = stamps(context)()
    done = [run.written(draft, live[draft.target.key], served.get(draft.target, b""), stamp) for draft in new]
    report = ImportReport(account=account, numbers=(*there.values(), *(one for one, _ in done)))
    try:
        remember(memory, [entry for _, entry in done if entry.records], note=stamp.run)
    except EnvironmentProblem as problem:
        return report.model_copy(update={"unrecorded": str(problem)})
    return report


def _sound(found: Sequence[Requested | Diagnostic]) -> list[Requested]:
    """Return the numbers; raises InvalidInput with everything that is wrong with any of them."""
    wrong = tuple(one for one in found if isinstance(one, Diagnostic))
    if wrong:
        raise InvalidInput(wrong)
    return [one for one in found if isinstance(one, Requested)]


@dataclass(frozen=True, slots=True)
class _Import:
    """One account's numbers on their way into files."""

    context: Context
    repository: Repository
    account: Account

    @property
    def provider(self) -> type[Provider]:
        return providers()[self.account.provider]

    @property
    def workers(self) -> Mapping[str, int]:
        return {self.account.name: self.account.concurrency}

    async def roster(self) -> Roster | None:
        """Return the account's list of numbers, or None where it has none."""
        if self.provider(self.account).roster() is None:
            return None
        nobody = Desired(target=self._target("", "", ""), fields=())
        ways = lines(self.repository.settings, [nobody], providers(), context=self.context, looking=True)
        found = await read_roster(ways[self.account.name])
        if isinstance(found, Failure):
            raise EnvironmentProblem(
                f"the numbers of {self.account.name} cannot be listed: {found.summary}; {found.hint}"
            )
        return found

    def draft(self, one: Requested) -> Draft:
        """Return the profile as far as it is known before anything is read."""
        keys = self.provider.traits.keys.model_validate(one.keys)
        address = self.provider.address(self.account.options, keys, one.number)
        name = f"{self.account.name}/{one.number.removeprefix('+')}"
        return Draft(self._target(address, name, one.number), keys=one.keys, credentials=one.credentials)

    def _target(self, address: str, profile: str, number: str) -> Target:
        account = self.account
        return Target(
            provider=account.provider,
            endpoint=account.endpoint,
            address=address,
            account=account.name,
            profile=profile,
            number=number,
        )

    def known(self, draft: Draft) -> Imported | None:
        """Return why the number is left alone, where it is managed already or a file of that name is there."""
        target = draft.target
        other = next((one for one in self.repository.desired if one.target.key == target.key), None)
        if other is not None:
            return Imported(number=target.number, file=other.file, status=ImportStatus.KNOWN)
        if exists(self.context.profiles, draft.file):
            file = f"{self.context.profiles.name}/{draft.file}"
            return Imported(number=target.number, file=file, status=ImportStatus.EXISTS)
        return None

    def everything(self, draft: Draft) -> Desired:
        """Return a profile that manages everything, so that everything is read."""
        traits = self.provider.traits
        fields = tuple(
            DesiredField(name=name, value=empty(name)) for name, one in traits.capabilities.items() if one.writable
        )
        credentials = number_credentials(draft.target.profile, draft.credentials, traits)
        return Desired(target=draft.target, fields=fields, file=draft.file, credentials=credentials)

    def written(self, draft: Draft, live: Live, picture: bytes, stamp: Stamp) -> tuple[Imported, LedgerEntry]:
        """Write one number's files, and return what is to be remembered of it."""
        nothing = LedgerEntry(key=draft.target.key)
        file = f"{self.context.profiles.name}/{draft.file}"
        if isinstance(live, Unreadable):
            unread = Imported(number=draft.target.number, file="", status=ImportStatus.UNREADABLE, detail=live.reason)
            return unread, nothing
        image = self._picture(draft, picture)
        origin = Origin(
            traits=self.provider.traits,
            options=self.account.options,
            defaults=self.repository.defaults,
            pictures={image: open_picture(self.context.profiles, image)},
        )
        made = drafted(draft, live, image, origin=origin)
        create(self.context.profiles, draft.file, profile_yaml(made, self.provider.traits).encode())
        imported = Imported(
            number=draft.target.number,
            file=file,
            status=ImportStatus.SKELETON if made.write_only else ImportStatus.WRITTEN,
            fields=made.managed,
            asides=() if made.write_only else tuple((name, why) for name, _, why in made.asides),
        )
        return imported, nothing.with_records(tuple(_seen(name, live, origin, image, stamp) for name in made.managed))

    def _picture(self, draft: Draft, content: bytes) -> str:
        """Save the served picture, and return where it lies; nothing where there is none."""
        picture = read_picture(content) if content else ""
        if not isinstance(picture, Picture):
            return ""
        relative = f"pictures/{draft.target.profile}.{_SUFFIX[picture.mime]}"
        create(self.context.profiles, relative, content)
        return relative


def _seen(name: str, live: Observed, origin: Origin, image: str, stamp: Stamp) -> FieldRecord:
    """Return the record of one field that was read: its file says the same."""
    match live.get(name):
        case Known(value=Picture() as shown):
            file = origin.pictures[image]
            return record_seen(name, file if isinstance(file, Picture) else shown, shown=shown, stamp=stamp)
        case Known(value=value):
            return record_seen(name, value, shown=value, stamp=stamp)
        case _:
            raise AssertionError("only what was read is managed")
