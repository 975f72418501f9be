"""needed_secrets: (accounts, profiles, what providers are) → the secrets that runs at a forge need, by name. PURE.

secret_findings: (an environment, those names, the names that are there) → which are missing, or at the wrong place.
shared_findings: (the names that every workflow of the repository can use) → which of them must not be there.

Only names are known: no forge shows a secret's value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from reconciler.core.authoring.github_commands import LEDGER_KEY_NAME, key_command, secret_command, unset_command
from reconciler.core.fields import SecretRef, Webhook
from reconciler.core.reading.accounts import variable
from reconciler.core.settings import Account, Settings
from reconciler.core.target import SANDBOX, Desired
from reconciler.core.traits import Traits
from reconciler.forge.repository_answers import Hidden, Names
from reconciler.forge.rules.finding import SetupFinding, SetupState, unseen_finding

# One JSON object of names and secrets, for those that no called workflow passes on by name.
TOGETHER: Final = "RECONCILER_SECRETS"
_LOOK: Final = ("META_PLAN_TOKEN", "META_TOKEN", "META_APP_SECRET", "D360_API_KEYS")
_WRITE: Final = (*_LOOK, "KALEYRA_API_KEY", "PICKYASSIST_TOKEN", "WEBHOOK_VERIFY")


class SecretUse(StrEnum):
    """What a run does with a secret, by the workflow that is called."""

    PLAN = "plan"
    APPLY = "apply"
    DRIFT = "drift"


# What each called workflow passes on by name.
PASSED: Final[Mapping[SecretUse, tuple[str, ...]]] = {
    SecretUse.PLAN: _LOOK,
    SecretUse.APPLY: _WRITE,
    SecretUse.DRIFT: _LOOK,
}
# What happens without a secret, where that is no error.
_WITHOUT: Final = {
    SecretUse.PLAN: "; its numbers are planned offline",
    SecretUse.DRIFT: "; drift leaves its numbers out",
}


@dataclass(frozen=True, slots=True)
class NeededSecret:
    """One secret, by its name, and for what people know it. `writes` says that it can change a number."""

    name: str
    whose: str
    work: frozenset[SecretUse]
    writes: bool = False


def needed_secrets(
    settings: Settings, desired: Iterable[Desired], traits: Mapping[str, Traits]
) -> tuple[NeededSecret, ...]:
    """Return each secret once. Accounts in the sandbox need none, and what is in a file is at no forge."""
    profiles = tuple(desired)
    found: dict[str, NeededSecret] = {}
    for account in settings.accounts.values():
        if account.endpoint == SANDBOX:
            continue
        mine = [one for one in profiles if one.target.account == account.name]
        for one in (*_of_account(account, mine, traits[account.provider]), *_of_webhooks(mine)):
            known = found.setdefault(one.name, one)
            writes = known.writes or one.writes
            found[one.name] = NeededSecret(one.name, known.whose, known.work | one.work, writes=writes)
    return tuple(found.values())


def _of_account(account: Account, mine: Sequence[Desired], kind: Traits) -> Iterator[NeededSecret]:
    whose = f"account {account.name}"
    reads = frozenset({SecretUse.PLAN, SecretUse.DRIFT}) if kind.readable else frozenset()
    if kind.credential_per_number:
        # Without a reference of its own, a number's key is a member of the one variable for all.
        own = [one.credentials[0] for one in mine if len(one.credentials) == 1]
        together = SecretRef(env=f"{variable(kind)}S")
        for ref in (*own, *((together,) if len(own) < len(mine) or not mine else ())):
            yield from _named(ref, whose, reads | {SecretUse.APPLY}, writes=True)
        return
    looking = account.credentials.get(kind.looking_credential) if kind.looking_credential else None
    main = account.credentials.get(kind.credential)
    yield from _named(looking, whose, reads)
    yield from _named(main, whose, frozenset({SecretUse.APPLY}) | (frozenset() if looking else reads), writes=True)
    if kind.proof is not None:
        yield from _named(account.credentials.get(kind.proof.credential), whose, reads | {SecretUse.APPLY})


def _of_webhooks(mine: Iterable[Desired]) -> Iterator[NeededSecret]:
    for one in mine:
        for field in one.fields:
            for ref in field.value.secrets if isinstance(field.value, Webhook) else ():
                yield from _named(ref, f"the webhook of {one.target.profile}", frozenset({SecretUse.APPLY}))


def _named(
    ref: SecretRef | None, whose: str, work: frozenset[SecretUse], *, writes: bool = False
) -> Iterator[NeededSecret]:
    if ref is not None and ref.env:
        yield NeededSecret(ref.env, whose, work, writes=writes)


def secret_findings(
    environment: str, work: SecretUse, needed: Sequence[NeededSecret], there: Names | Hidden, *, marks: bool
) -> Iterator[SetupFinding]:
    """Yield what is to be said of the secrets of one environment; with `marks` the ledger has a key."""
    if isinstance(there, Hidden):
        yield unseen_finding(environment, there, "secrets in it")
        return
    mine = [one for one in needed if work in one.work]
    held = [one.name for one in mine if one.name in there]
    for one in mine:
        if one.name not in there:
            yield _absent(environment, work, one, there)
    writes = work is not SecretUse.PLAN
    if marks and writes and LEDGER_KEY_NAME not in there:
        said = f"it has no {LEDGER_KEY_NAME}: each account that may push can forge the memory"
        yield SetupFinding(environment, SetupState.MISSING, said, key_command((environment,)))
    if held or (marks and writes and LEDGER_KEY_NAME in there):
        names = [*held, *((LEDGER_KEY_NAME,) if writes and LEDGER_KEY_NAME in there else ())]
        yield SetupFinding(environment, SetupState.OK, f"it has {', '.join(names)}")
    if not writes:
        yield from _too_much(environment, mine, needed, there)


def _absent(environment: str, work: SecretUse, one: NeededSecret, there: Names) -> SetupFinding:
    """Return what is to be said of a secret that an environment does not have under its name."""
    if TOGETHER in there:
        said = f"{one.name} ({one.whose}) may be a member of {TOGETHER}, whose content GitHub never shows"
        return SetupFinding(environment, SetupState.UNSEEN, said)
    passed = one.name in PASSED[work]
    how = "" if passed else f": no workflow passes it on by name, so it belongs into {TOGETHER} as a member"
    without = _WITHOUT.get(work, "")
    said = f"it has no {one.name} ({one.whose}){how}{without}"
    state = SetupState.NOT_SET if without else SetupState.MISSING
    return SetupFinding(environment, state, said, secret_command(one.name if passed else TOGETHER, environment))


def _too_much(
    environment: str, mine: Sequence[NeededSecret], needed: Sequence[NeededSecret], there: Names
) -> Iterator[SetupFinding]:
    """Yield each secret that plans need not have: every person who can push a branch can use it."""
    writing = [one.name for one in needed if one.writes and one not in mine]
    for name in (*writing, LEDGER_KEY_NAME):
        if name in there:
            what = "marks the memory" if name == LEDGER_KEY_NAME else "writes"
            said = f"it has {name}, which {what}: each branch's workflow can use it"
            yield SetupFinding(environment, SetupState.WRONG, said, unset_command(name, environment=environment))


def shared_findings(
    needed: Iterable[NeededSecret], repository: Names | Hidden, organization: Names | Hidden
) -> Iterator[SetupFinding]:
    """Yield what is to be said of the secrets that belong to no environment. Each branch's workflow can use them."""
    about = "repository secrets"
    names = {one.name for one in needed} | {LEDGER_KEY_NAME, TOGETHER}
    wrong = False
    for whose, there in (("repository", repository), ("organization", organization)):
        if isinstance(there, Hidden):
            # A person's own repository has no organization, and GitHub says so with a 404.
            if whose == "repository" or there.status != 404:
                yield unseen_finding(about, there, f"secrets of the {whose}")
                wrong = True
            continue
        for name in sorted(names.intersection(there)):
            wrong = True
            said = f"{name} is a secret of the {whose}: each branch's workflow can use it; an environment must have it"
            yield SetupFinding(about, SetupState.WRONG, said, unset_command(name) if whose == "repository" else "")
    if not wrong:
        yield SetupFinding(about, SetupState.OK, "no credential of an account is one")
