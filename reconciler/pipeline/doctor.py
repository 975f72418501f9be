"""doctor: the accounts, examined one by one: credentials, numbers, ledger, clock. It writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciler.core.basics import EnvironmentProblem, count, errors_of
from reconciler.core.fields import Mode, SecretRef, Webhook
from reconciler.core.planning.identity import identified
from reconciler.core.reports.account_reports import (
    NOT_THERE,
    AccountCheck,
    CredentialCheck,
    CredentialState,
    DoctorReport,
    NumberCheck,
    NumberState,
    WebhookCheck,
    seconds_ahead,
)
from reconciler.core.roster import Roster
from reconciler.core.settings import Account
from reconciler.core.target import SANDBOX, Desired, Observed, Unreadable
from reconciler.core.traits import Traits
from reconciler.effects.credentials import by_account, proof_credential, shared
from reconciler.effects.fetch import Examined, examine, probe
from reconciler.effects.files.repository import Repository, read_repository
from reconciler.effects.http.accounts import connect_accounts
from reconciler.effects.ledger import Snapshot
from reconciler.effects.secrets import MissingSecret, UnusableSecret, issued
from reconciler.effects.signals import run_in_thread
from reconciler.effects.world import Context
from reconciler.pipeline.examined import (
    checked_number,
    checked_webhook,
    judged,
    no_number,
    proved,
    unless_other,
    unseen_number,
)
from reconciler.pipeline.ledger import open_ledger
from reconciler.providers import provider_traits, providers


async def doctor_run(context: Context, *, requested: str = "") -> DoctorReport:
    """Examine what a run needs, with the ledger that is `requested`; one account's problem hides none of another's."""
    repository = read_repository(context, providers())
    found, problem = "", ""
    snapshot = Snapshot("", {})
    try:
        ledger = open_ledger(context, repository.settings, (), requested=requested, remembers=False)
        snapshot = await run_in_thread(ledger.read, hurry=ledger.hurry)
        found = _memory(snapshot, requested or repository.settings.ledger)
    except EnvironmentProblem as wrong:
        problem = str(wrong)
    together = shared(repository.desired, repository.settings.accounts, provider_traits(), context)
    examination = _Examination(context, repository, by_account(repository.desired), snapshot)
    accounts = [await examination.account(account) for account in repository.settings.accounts.values()]
    return DoctorReport(
        profiles=len(repository.names),
        errors=len(errors_of(repository.diagnostics)),
        ledger=found,
        ledger_problem=problem,
        clock=seconds_ahead(context.now(), examination.dates),
        shared=tuple(problem.summary for problem in together),
        accounts=tuple(accounts),
    )


def _memory(ledger: Snapshot, name: str) -> str:
    """Return what is to be said of a ledger that can be read."""
    remembered = sum(entry.managed for entry in ledger.entries.values())
    writing = "".join(f"; run {lease.run} is writing" for lease in ledger.leases)
    form = f"; {ledger.form}" if ledger.form else ""
    return f"{name}, {count(remembered, 'number')} remembered{writing}{form}"


@dataclass(frozen=True, slots=True)
class _Examination:
    """One examination of the accounts; `dates` are the times that servers sent with their replies."""

    context: Context
    repository: Repository
    profiles: Mapping[str, list[Desired]]
    memory: Snapshot
    dates: list[str] = field(default_factory=list)

    async def account(self, account: Account) -> AccountCheck:
        """Examine one account with each of its credentials."""
        traits = providers()[account.provider].traits
        profiles = self.profiles.get(account.name, [])
        awake = [one for one in profiles if one.mode is not Mode.PAUSED]
        apart = [unseen_number(one, "paused") for one in profiles if one.mode is Mode.PAUSED]
        roster: Roster | None = None
        bulk: tuple[str, ...] = ()
        if not traits.readable:
            credentials = [self._unchecked(account, traits)]
            numbers = [unseen_number(one, f"{traits.title} has no read") for one in awake]
        elif traits.credential_per_number:
            credentials, numbers = await self._apart(account, traits, awake)
        else:
            credentials, numbers, examined = await self._together(account, traits, awake)
            roster, bulk = examined.roster, examined.bulk
        return AccountCheck(
            name=account.name,
            provider=account.provider,
            endpoint=account.endpoint,
            readable=traits.readable,
            credentials=tuple(credentials),
            numbers=(*numbers, *apart, *self._in_no_file(roster or {}, profiles)),
            webhooks=await self._webhooks(account, awake),
            listed=None if roster is None else len(roster),
            bulk=bulk,
            unlisted=self._unlisted(account, traits) if roster is None else "",
        )

    async def _webhooks(self, account: Account, profiles: Sequence[Desired]) -> tuple[WebhookCheck, ...]:
        """Ask each address to which the files would have messages delivered, before it is set there."""
        named: dict[str, list[str]] = {}
        for one in profiles:
            hook = one.get("webhook")
            if hook is not None and isinstance(hook.value, Webhook) and hook.value.url:
                named.setdefault(hook.value.url, []).append(one.target.profile)
        # The sandbox delivers nothing, so the addresses there may be of no machine.
        answers = {} if account.endpoint == SANDBOX else await probe(tuple(named), self.context)
        return tuple(checked_webhook(url, names, answers.get(url)) for url, names in named.items())

    def _unlisted(self, account: Account, traits: Traits) -> str:
        """Say why the account has no list of its numbers, and what would give it one."""
        if providers()[account.provider](account).roster() is not None:
            return "not read, so numbers that are in no file are not known"
        if not traits.group_option:
            return f"none: {traits.title} has no call that lists an account's numbers"
        return f"not asked for: write `{traits.group_option}` into the account, and {traits.title} lists its numbers"

    def _unchecked(self, account: Account, traits: Traits) -> CredentialCheck:
        """Say of a write-only account's credential whether it is there, and no more."""
        ref = account.credentials.get(traits.credential)
        detail = f"{traits.title} has no read, so only an apply tells"
        there = CredentialCheck(name=traits.credential, source=str(ref), state=CredentialState.UNCHECKED, detail=detail)
        return self._absent(account, traits.credential, [ref] if ref is not None else []) or there

    def _absent(
        self, account: Account, name: str, refs: Sequence[SecretRef], *, instead: str = ""
    ) -> CredentialCheck | None:
        """Return the check of a credential that is set nowhere, or None if it is set.

        `instead` is the credential that is used where this one, which is optional, is not set.
        """
        why, source = "", " or ".join(map(str, refs))
        for ref in refs:
            try:
                issued(ref, self.context)
            except UnusableSecret as problem:
                return CredentialCheck(name, source, CredentialState.UNUSABLE, detail=str(problem))
            except MissingSecret as problem:
                why = str(problem)
            else:
                return None
        if account.endpoint == SANDBOX:
            return CredentialCheck(name=name, source=source, state=CredentialState.NOT_NEEDED, detail="at the sandbox")
        if instead:
            why = f"and need not be: {instead} is used for looking then"
            return CredentialCheck(name=name, source=source, state=CredentialState.NOT_SET, detail=why)
        return CredentialCheck(name=name, source=source, state=CredentialState.MISSING, detail=why)

    async def _apart(
        self, account: Account, traits: Traits, profiles: Sequence[Desired]
    ) -> tuple[list[CredentialCheck], list[NumberCheck]]:
        """Examine each number with its own credential."""
        absent = {
            one.target.profile: said
            for one in profiles
            if (said := self._absent(account, f"{traits.credential} of {one.target.profile}", one.credentials))
        }
        missing = {name for name, said in absent.items() if said.state in NOT_THERE}
        there = [one for one in profiles if one.target.profile not in missing]
        found = await self._examined(account, there, bulk=False)
        checks = []
        for one in profiles:
            name = one.target.profile
            alone = Examined({name: found.found[name]} if name in found.found else {})
            source = " or ".join(map(str, one.credentials))
            checks.append(absent.get(name) or judged(f"{traits.credential} of {name}", source, alone))
        own = self._identified(found, profiles)
        numbers = (checked_number(one, own, "its credential is missing") for one in profiles)
        return checks, [unless_other(number, found) for number in numbers]

    def _identified(self, found: Examined, profiles: Sequence[Desired]) -> Examined:
        """Return the replies without those of another number: each credential must open its own profile's."""
        live = {one.target.key: found.found.get(one.target.profile) for one in profiles}
        read = {key: one for key, one in live.items() if isinstance(one, Observed | Unreadable)}
        found_own = identified(self.repository.desired, read, self.memory.entries, traits=provider_traits())
        named = {one.target.profile: found_own[one.target.key] for one in profiles if one.target.key in found_own}
        return replace(found, found={**found.found, **named})

    async def _together(
        self, account: Account, traits: Traits, profiles: Sequence[Desired]
    ) -> tuple[list[CredentialCheck], list[NumberCheck], Examined]:
        """Examine all numbers with the first credential that is accepted, and try the others with one number."""
        proof = proof_credential(account, traits)
        lacking = [said for name, ref in proof.items() if (said := self._absent(account, name, [ref]))]
        if any(said.state in NOT_THERE for said in lacking):
            why = f"no call is made without the {lacking[0].name}"
            return (
                [*self._untried(account, traits, why), *lacking],
                [unseen_number(one, why) for one in profiles],
                Examined(),
            )
        checks: list[CredentialCheck] = []
        best: Examined | None = None
        for name in filter(None, (traits.looking_credential, traits.credential)):
            ref, main = account.credentials.get(name), name == traits.credential
            instead = "" if main else traits.credential
            absent = self._absent(account, name, [ref] if ref is not None else [], instead=instead)
            if absent is not None and (ref is not None or main):
                checks.append(absent)
            if absent is not None and not (main and best is None and absent.state is CredentialState.NOT_NEEDED):
                # There is nothing to try it with. An account that needs no credential is tried once.
                continue
            only = replace(account, credentials={traits.credential: ref, **proof} if ref is not None else proof)
            seen = best is not None and best.accepted
            found = await self._examined(only, profiles[:1] if seen else profiles, bulk=not seen)
            if absent is None:
                checks.append(judged(name, str(ref), found, option=traits.group_option))
            best = best if seen else found
        examined = best or Examined()
        checks += lacking or [proved(name, str(ref), examined) for name, ref in proof.items()]
        return checks, [checked_number(one, examined, "no credential was accepted") for one in profiles], examined

    def _untried(self, account: Account, traits: Traits, why: str) -> Iterator[CredentialCheck]:
        """Yield a check for each credential that is not tried."""
        for name in filter(None, (traits.looking_credential, traits.credential)):
            if (ref := account.credentials.get(name)) is not None:
                there = CredentialCheck(name=name, source=str(ref), state=CredentialState.UNCHECKED, detail=why)
                instead = traits.credential if name == traits.looking_credential else ""
                yield self._absent(account, name, [ref], instead=instead) or there

    async def _examined(self, account: Account, profiles: Sequence[Desired], *, bulk: bool) -> Examined:
        settings = replace(self.repository.settings, accounts={account.name: account})
        unnamed = [] if providers()[account.provider].traits.credential_per_number else [no_number(account)]
        accounts = connect_accounts(settings, [*profiles, *unnamed], providers(), context=self.context, read_only=True)
        if account.name not in accounts:
            return Examined()
        found = await examine(accounts[account.name], profiles, workers=account.concurrency, bulk=bulk)
        self.dates.extend(found.dates)
        return found

    def _in_no_file(self, roster: Roster, profiles: Iterable[Desired]) -> Iterable[NumberCheck]:
        """Yield the numbers that the account lists and no profile means; a file that is wrong may mean one."""
        meant = {one.target.address for one in profiles}
        where = "it is in no file that is sound" if errors_of(self.repository.diagnostics) else "it is in no file"
        for address, facts in sorted(roster.items()):
            if address not in meant:
                blocked = facts.blocked or ("it is not registered" if facts.unregistered else "")
                state = NumberState.BLOCKED if blocked else NumberState.UNSEEN
                yield NumberCheck(number=facts.number, state=state, detail=blocked or where)
