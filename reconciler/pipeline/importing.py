"""importing: what an account's numbers show → new files that say so, and a ledger that remembers what was read.

The plan right after is empty: only what was read is written, and a later edit elsewhere is known to be one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from reconciler.core.authoring.import_draft import ImportDraft, profile_names
from reconciler.core.authoring.import_request import ImportRequest, choose_numbers, read_import_request, unusable
from reconciler.core.authoring.sharing import ImportShape, shape_problems
from reconciler.core.basics import Diagnostic, EnvironmentProblem, InvalidInput, Location, error
from reconciler.core.comparing.kinds import empty
from reconciler.core.comparing.spellings import one_spelling
from reconciler.core.fields import SecretRef
from reconciler.core.memory.records import LedgerEntry, Stamp
from reconciler.core.planning.identity import identified
from reconciler.core.progress import Stage
from reconciler.core.provider import Failure, Provider
from reconciler.core.reading.accounts import number_credentials
from reconciler.core.reading.duplicates import AddressClaim, duplicates
from reconciler.core.reading.suggestions import did_you_mean
from reconciler.core.reports.account_reports import Imported, ImportReport, ImportStatus
from reconciler.core.roster import NumberFacts, Roster
from reconciler.core.settings import Account
from reconciler.core.target import Desired, DesiredField, Live, Observed, Target, Unreadable
from reconciler.effects.credentials import shared
from reconciler.effects.fetch import FetchKey, fetch
from reconciler.effects.files.repository import Repository, read_repository
from reconciler.effects.files.writing import exists
from reconciler.effects.http.accounts import CALLS_TO_READ, AccountAccess, connect_accounts, forecast
from reconciler.effects.ledger import Ledger, record_entries
from reconciler.effects.listing import read_roster
from reconciler.effects.signals import run_in_thread
from reconciler.effects.world import Context
from reconciler.pipeline.examined import no_number
from reconciler.pipeline.imported_files import ImportedNumber, ImportedNumbers, ImportFiles, ReadNumber
from reconciler.pipeline.ledger import open_ledger
from reconciler.pipeline.run_ledger import make_stamps
from reconciler.pipeline.validating import new_schemas
from reconciler.providers import provider_traits, providers

_FILES = ImportShape()
_WRITTEN = frozenset({ImportStatus.WRITTEN, ImportStatus.SKELETON})
_REMEDY = "say which is which: NUMBER=KEY"


async def import_run(
    context: Context, account: str, numbers: Sequence[str], *, ledger: str = "", shape: ImportShape = _FILES
) -> ImportReport:
    """Read `numbers` of `account`, or all where it can list them, and write them in a `shape`; overwrites nothing."""
    run = _begin(context, account)
    repository, settings = run.repository, run.repository.settings
    run.refuse_shape(shape)
    asked = _sound(
        [read_import_request(n, run.provider.traits, allowed=context.permissions.secret_names) for n in numbers]
    )
    roster = await run.roster()
    drafts = run.drafts(_sound(choose_numbers(asked, roster, run.provider.traits)))
    there = {draft.target: found for draft in drafts if (found := run.known(draft)) is not None}
    new = [draft for draft in drafts if draft.target not in there]
    run.refuse_duplicates(new)
    wanted = [run.everything(draft) for draft in new]
    together = shared((*repository.desired, *wanted), settings.accounts, provider_traits(), context)
    if together:
        raise InvalidInput(together)
    store = open_ledger(context, settings, wanted, requested=ledger, remembers=True)
    accounts = connect_accounts(settings, wanted, providers(), context=context, read_only=True)
    pictures: dict[Target, bytes] = {}
    read = await run.read(wanted, accounts, pictures)
    live = identified((*repository.desired, *wanted), read, {}, traits=provider_traits())
    stamp = (await make_stamps(context))()
    done, made = run.written(new, live, pictures, shape=shape, stamp=stamp)
    odd = () if asked else tuple(_odd(facts) for facts in unusable(roster, run.provider.traits))
    numbers_now = (*there.values(), *(one for one, _ in done), *odd)
    schemas = _schemas(context) if any(one.status in _WRITTEN for one, _ in done) else ()
    return ImportReport(
        account,
        numbers_now,
        unrecorded=await _unrecorded(store, [entry for _, entry in done], stamp),
        template=made.template,
        shared=made.shared,
        unshared=made.unshared,
        schemas=schemas,
    )


def _begin(context: Context, account: str) -> _Import:
    """Read the repository; raises InvalidInput for a wrong file, or an account that the settings do not have."""
    repository = read_repository(context, providers())
    accounts = repository.sound().accounts
    if account not in accounts:
        hint = did_you_mean(account, accounts)
        raise InvalidInput((error("unknown-account", f"unknown account {account!r}", hint=hint),))
    return _Import(context, repository, accounts[account])


async def _unrecorded(store: Ledger, entries: Sequence[LedgerEntry], stamp: Stamp) -> str:
    """Record what was read; return the problem if that fails, or "". The files are written either way."""
    kept = [entry for entry in entries if entry.records]
    try:
        await run_in_thread(partial(record_entries, store, kept, note=stamp.run), hurry=store.hurry)
    except EnvironmentProblem as problem:
        return str(problem)
    return ""


def _schemas(context: Context) -> tuple[str, ...]:
    """Write the schemas that the new files name to editors, where they are not there yet. All else works without."""
    try:
        return new_schemas(context)
    except EnvironmentProblem as problem:
        context.warn(str(problem))
        return ()


def _odd(facts: NumberFacts) -> Imported:
    detail = "what the account's list says of it is no number, or none of its own"
    return Imported(number=facts.number, file="", status=ImportStatus.UNREADABLE, detail=detail)


def _sound(found: Sequence[ImportRequest | Diagnostic]) -> list[ImportRequest]:
    """Return the numbers; raises InvalidInput with everything that is wrong with any of them."""
    wrong = tuple(one for one in found if isinstance(one, Diagnostic))
    if wrong:
        raise InvalidInput(wrong)
    return [one for one in found if isinstance(one, ImportRequest)]


@dataclass(frozen=True)
class _Import:
    """One account's numbers on their way into files."""

    context: Context
    repository: Repository
    account: Account

    @cached_property
    def managed(self) -> Mapping[tuple[str, str, str], Desired]:
        """The profiles that are there, by what they are applied to."""
        return {one.target.key: one for one in self.repository.desired}

    @property
    def provider(self) -> type[Provider]:
        return providers()[self.account.provider]

    @property
    def workers(self) -> Mapping[str, int]:
        return {self.account.name: self.account.concurrency}

    def refuse_shape(self, shape: ImportShape) -> None:
        """Raise InvalidInput where a file that is to be written is there already, before anything is read."""
        folder = self.context.profiles
        wrong = tuple(shape_problems(shape, self.account.name, partial(exists, folder), folder.name))
        if wrong:
            raise InvalidInput(wrong)

    async def read(
        self, wanted: Sequence[Desired], accounts: Mapping[str, AccountAccess], pictures: dict[Target, bytes]
    ) -> dict[FetchKey, Live]:
        """Return what the numbers show; `pictures` gets the bytes of theirs."""
        targets, clock = [one.target for one in wanted], self.context.monotonic
        note = forecast(accounts, targets, workers=self.workers, calls_each=CALLS_TO_READ).text
        with self.context.progress.stage(Stage.READING, len(targets), clock=clock, note=note) as advance:
            return await fetch(
                wanted,
                accounts,
                workers=self.workers,
                progress=lambda _: advance(),
                keep_picture=pictures.__setitem__,
            )

    async def roster(self) -> Roster | None:
        """Return the account's list of numbers, or None where it has none."""
        if self.provider(self.account).roster() is None:
            return None
        settings, unnamed = self.repository.settings, [no_number(self.account)]
        accounts = connect_accounts(settings, unnamed, providers(), context=self.context, read_only=True)
        found = await read_roster(accounts[self.account.name])
        if isinstance(found, Failure):
            raise EnvironmentProblem(f"the numbers of {self.account.name} cannot be listed: {found.cause.text()}")
        return found

    def drafts(self, numbers: Sequence[ImportRequest]) -> list[ImportDraft]:
        """Return the profiles as far as they are known before anything is read."""

        def taken(name: str) -> bool:
            return exists(self.context.profiles, f"{name}.yaml")

        names = profile_names(numbers, self.account.name, taken)
        return [self._draft(one, name) for one, name in zip(numbers, names, strict=True)]

    def _draft(self, one: ImportRequest, name: str) -> ImportDraft:
        keys = self.provider.traits.keys.model_validate(one.keys)
        address = self.provider.address(self.account, keys, one_spelling(one.number))
        credentials = one.credentials or self._found(name)
        target = self._target(address, name, one.number)
        return ImportDraft(target, keys=one.keys, credentials=credentials, name=one.name)

    def _found(self, profile: str) -> dict[str, SecretRef]:
        """Return the variable that holds a number's own credential: named in its file, the file can be renamed."""
        traits = self.provider.traits
        own = next(iter(number_credentials(profile, {}, traits)), None)
        return {traits.credential: own} if own is not None and self.context.environ.get(own.env) else {}

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

    def known(self, draft: ImportDraft) -> Imported | None:
        """Return why the number is left alone, where it is managed already or a file of that name is there."""
        target = draft.target
        if (other := self.managed.get(target.key)) is not None:
            return Imported(number=target.number, file=other.file, status=ImportStatus.KNOWN)
        if exists(self.context.profiles, draft.file):
            file = f"{self.context.profiles.name}/{draft.file}"
            return Imported(number=target.number, file=file, status=ImportStatus.EXISTS)
        return None

    def refuse_duplicates(self, drafts: Sequence[ImportDraft]) -> None:
        """Raise InvalidInput where a new profile would claim what another one, there or new, does."""
        claims = (*map(self._claimed, self.repository.desired), *map(self._claim, drafts))
        wrong = tuple(problem for _, problem in duplicates(claims))
        if wrong:
            raise InvalidInput(wrong)

    def _claimed(self, one: Desired) -> AddressClaim:
        account = self.repository.settings.accounts[one.target.account]
        secret = AddressClaim.claimed_secret(one.credentials, account, provider_traits()[account.provider])
        return AddressClaim(one.target, one.place, secret, one.channel, identity=one.identity)

    def _claim(self, draft: ImportDraft) -> AddressClaim:
        traits, keys = self.provider.traits, self.provider.traits.keys.model_validate(draft.keys)
        own = number_credentials(draft.target.profile, draft.credentials, traits)
        secret = AddressClaim.claimed_secret(own, self.account, traits)
        place = Location(file=f"{self.context.profiles.name}/{draft.file}")
        return AddressClaim(draft.target, place, secret, self.provider.channel(self.account, keys), _REMEDY)

    def everything(self, draft: ImportDraft) -> Desired:
        """Return a profile that manages everything, so that everything is read."""
        traits = self.provider.traits
        fields = tuple(
            DesiredField(name=name, value=empty(name)) for name, one in traits.capabilities.items() if one.writable
        )
        credentials = number_credentials(draft.target.profile, draft.credentials, traits)
        keys = traits.keys.model_validate(draft.keys)
        return Desired(
            target=draft.target,
            fields=fields,
            file=draft.file,
            credentials=credentials,
            channel=self.provider.channel(self.account, keys),
        )

    def written(
        self,
        drafts: Sequence[ImportDraft],
        live: Mapping[FetchKey, Live],
        pictures: Mapping[Target, bytes],
        *,
        shape: ImportShape,
        stamp: Stamp,
    ) -> tuple[list[ImportedNumber], ImportedNumbers]:
        """Write the files of all numbers, and return what became of each, unread ones too, and what was written."""
        seen = {draft.target: live[draft.target.key] for draft in drafts}
        read = [
            ReadNumber(draft, shown, pictures.get(draft.target, b""))
            for draft in drafts
            if isinstance(shown := seen[draft.target], Observed)
        ]
        traits = self.provider.traits
        files = ImportFiles(self.context, self.account, traits, self.repository.sources.inheritance(), shape, stamp)
        found = files.write(read)
        unread = {target: _unread(target, shown) for target, shown in seen.items() if isinstance(shown, Unreadable)}
        every = {**found.numbers, **unread}
        return [every[draft.target] for draft in drafts], found


def _unread(target: Target, live: Unreadable) -> ImportedNumber:
    imported = Imported(target.number, "", ImportStatus.UNREADABLE, detail=live.reason, cause=live.cause)
    return imported, LedgerEntry(key=target.key, profile=target.profile)
