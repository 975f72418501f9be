"""trust: (the settings as written, what they are held to) → the settings that count, and every difference said.

Whoever opens a pull request writes its settings too. So the rules, and where credentials go, are taken from the base
revision: what is changed takes effect one merge later than it is written. A base without settings, as before the first
pull request, holds nobody to anything; one that cannot be read opens nothing, and stops nothing either.

That is all there is to accounts: what was merged was reviewed. A rule that is relaxed waits for more, or what it was
relaxed for would pass with the next push: `tighten` holds it to the rules at the last apply.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from reconciler.core.diagnostics import Diagnostic, notice, warning
from reconciler.core.document import Document, Path
from reconciler.core.settings import Account, Policy, Settings
from reconciler.core.stricter import held_to, rule_changes, stricter_of


@dataclass(frozen=True, slots=True)
class NoBase:
    """No base, or one that had no settings yet: they count as they are written now."""


@dataclass(frozen=True, slots=True)
class KnownBase:
    """The settings at the base."""

    settings: Settings


@dataclass(frozen=True, slots=True)
class UnknownBase:
    """There is a base, and nobody can say what its settings were."""


BasePolicy = NoBase | KnownBase | UnknownBase
NO_BASE = NoBase()
_LATER = "one merge later"


@dataclass(frozen=True, slots=True)
class HeldSettings:
    """The settings that count, and what of them is not as written."""

    settings: Settings
    diagnostics: tuple[Diagnostic, ...] = ()


def hold_to_base(written: Settings, footing: BasePolicy, *, document: Document) -> HeldSettings:
    """Return the settings that count, `document` being the file that `written` stands in."""
    match footing:
        case NoBase():
            return HeldSettings(written)
        case KnownBase(settings=base):
            said = _Said(document)
            said.policy(written.policy, base.policy)
            said.ledger(written.ledger, base.ledger)
            held: dict[str, Account] = {}
            for name, account in written.accounts.items():
                was = _same_account(base, account)
                held[name] = _held(account, was)
                said.account(account, held[name], was=was)
            settings = written.model_copy(update={"policy": base.policy, "accounts": held})
            return HeldSettings(settings, tuple(said.found))
        case UnknownBase():
            policy = stricter_of(written.policy, Policy())
            settings = written.model_copy(update={"policy": policy})
            return HeldSettings(settings, tuple(_cautious(written.policy, policy, document)))
        case _:
            assert_never(footing)


def _same_account(base: Settings, account: Account) -> Account | None:
    """Return the account as it is at the base; of one that is another provider's there, nothing is of use."""
    was = base.accounts.get(account.name)
    return was if was is not None and was.provider == account.provider else None


def _held(account: Account, was: Account | None) -> Account:
    """Return the account with what decides where its credentials go, and which, as it was."""
    if was is None:
        return account
    held = {"endpoint": was.endpoint, "host": was.host, "credentials": was.credentials}
    return account.model_copy(update=held)


def _cautious(written: Policy, policy: Policy, document: Document) -> Iterator[Diagnostic]:
    summary = (
        "what the settings were at the base cannot be said, so no rule is laxer here than its default; "
        "accounts count as written"
    )
    later = rule_changes(written, policy).items()
    hint = ", ".join(f"policy.{'.'.join(map(str, path))} counts as {rule}" for path, (_, rule) in later)
    yield warning("base-settings", summary, hint=hint, location=document.at(("policy",)))


@dataclass(slots=True)
class _Said:
    """Collects what is not as it was at the base, and from when on it counts."""

    document: Document
    found: list[Diagnostic] = field(default_factory=list)

    def policy(self, written: Policy, base: Policy) -> None:
        """Say what is relaxed, which the next merge alone does not make count, and what is tightened, which it does."""
        relaxed = rule_changes(written, held_to(written, base))
        for path, (now, then) in rule_changes(written, base).items():
            counts = f"{_LATER}, once an apply of it has finished" if path in relaxed else _LATER
            self._say("later", ("policy",), {path: now}, {path: then}, counts=counts)

    def ledger(self, written: str, base: str) -> None:
        """Say that the memory is kept elsewhere now: an empty one explains nothing, and knows of no apply."""
        counts = "at once, and that ledger may know nothing yet"
        self._say("ledger", (), {("ledger",): written}, {("ledger",): base}, counts=counts)

    def account(self, written: Account, held: Account, *, was: Account | None) -> None:
        """Say where its calls go, and by which credentials, where that is not as written; else what is new of it.

        Nothing holds a new account: that a pull request moves a profile to one must not look like nothing.
        """
        place = ("accounts", written.name)
        if was is None:
            summary = f"{'.'.join(place)} is new here: where its calls go, and by which credentials, counts as written"
            self.found.append(notice("new-account", summary, location=self.document.at_key(place)))
            return
        self._say("later", place, _ways(written), _ways(held), counts=_LATER)
        self._say("account", place, _options(written), _options(was), counts="at once")

    def _say(self, code: str, place: Path, here: Mapping[Path, str], there: Mapping[Path, str], *, counts: str) -> None:
        for path in {**here, **there}:
            now, then = here.get(path, "absent"), there.get(path, "absent")
            if now != then:
                where = (*place, *path)
                name = ".".join(map(str, where))
                summary = f"{name} is {now} here and {then} at the base; what is written here counts {counts}"
                self.found.append(notice(code, summary, location=self.document.at(where)))


def _ways(account: Account) -> dict[Path, str]:
    """Return where an account's calls go, under the key that says so, and its credentials."""
    endpoint: dict[Path, str] = {("endpoint",): account.endpoint} if account.endpoint != account.host else {}
    host: dict[Path, str] = {("host",): account.host}
    return {**endpoint, **host, **{("credentials", name): str(ref) for name, ref in account.credentials.items()}}


def _options(account: Account) -> dict[Path, str]:
    """Return what else the provider takes from an account: its id there, or from where it fetches pictures."""
    options = account.options.model_dump() if account.options is not None else {}
    return {(name,): str(value) for name, value in options.items() if value is not None}
