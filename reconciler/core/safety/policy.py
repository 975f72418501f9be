"""Which rules count: those of the base hold the ones that a pull request writes.

stricter_of: (two policies) → the stricter rule of each gate, the lower of two numbers, and only licences of both.
hold_to_last_apply: (the policy that counts by the base, the last apply's) → the stricter of both, and what differs.
hold_to_base: (the settings as written, the base's) → the settings that count, and a diagnostic for every difference.

The author of a pull request writes its settings too. So the rules, and where credentials go, are taken from the base
revision: a change takes effect one merge later than it is written. A base without settings, as before the first pull
request, holds nothing. A base that cannot be read opens nothing, and stops nothing either.

For accounts that is all, because a merged change was reviewed: where credentials go is no part of the last apply. Nor
are the rules on whose labels count and on placeholders: files are checked before a last apply is looked for.

A relaxed rule waits for more. A change that a gate stopped stays pending, and for the next push the rules that were
relaxed along with it are the base's. So a relaxed rule counts only after an apply has finished at a commit that had it:
every change that was pending there was held against the rules before. An apply that failed half way, or crashed, had
passed its gates, and counts as well.

The record of the last apply is foreign: every party that may write to the ledger can have forged it. It makes rules
stricter than the base's, and never laxer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

from reconciler.core.basics import Diagnostic, notice, to_dict, warning
from reconciler.core.settings import (
    WRITTEN_RULES,
    Account,
    Bulk,
    OnFinding,
    OnPlaceholder,
    Policy,
    Rule,
    SelfLabel,
    Settings,
)
from reconciler.core.yaml_documents import Document, Path

# The rules that differ, as they are in one policy and in the other, by their place below `policy`.
RuleChanges = Mapping[Path, tuple[str, str]]
_RULES = tuple(Rule)
_FINDINGS = (OnFinding.OVERWRITE, OnFinding.REPORT)
_LABELS = tuple(SelfLabel)
_PLACEHOLDERS = tuple(OnPlaceholder)


def stricter_of(one: Policy, other: Policy) -> Policy:
    """Return the policy that stops everything that one of the two would stop."""
    return Policy(**{name: _strict(getattr(one, name), getattr(other, name)) for name in WRITTEN_RULES})


def held_to(policy: Policy, other: Policy) -> Policy:
    """Return `policy` with no gate or finding laxer than in `other`; what only the base decides stays."""
    strict = stricter_of(policy, other)
    return replace(strict, self_label=policy.self_label, placeholders=policy.placeholders)


def rules(policy: Policy) -> dict[Path, str]:
    """Return every rule and number as it is written, by its place below `policy`."""
    found: dict[Path, str] = {}
    for name, written in WRITTEN_RULES.items():
        value = getattr(policy, name)
        if isinstance(value, Bulk):
            found |= {(written, part): str(number) for part, number in to_dict(value).items()}
        else:
            found[(written,)] = str(value)
    return found


def rule_changes(policy: Policy, counts: Policy) -> RuleChanges:
    """Return each rule of `policy` that differs in the policy that `counts`."""
    now, then = rules(policy), rules(counts)
    return {path: (rule, then[path]) for path, rule in now.items() if rule != then[path]}


def _strict(one: Any, other: Any) -> Any:
    match one, other:
        case Bulk(), Bulk():
            return Bulk(
                profiles=min(one.profiles, other.profiles),
                percent=min(one.percent, other.percent),
                never_above=min(one.never_above, other.never_above),
            )
        case Rule(), Rule():
            return max(one, other, key=_RULES.index)
        case SelfLabel(), SelfLabel():
            return max(one, other, key=_LABELS.index)
        case OnPlaceholder(), OnPlaceholder():
            return max(one, other, key=_PLACEHOLDERS.index)
        case _:
            return max(one, other, key=_FINDINGS.index)


@dataclass(frozen=True, slots=True)
class NoBase:
    """No base, or one that had no settings yet: the settings count as written."""


@dataclass(frozen=True, slots=True)
class KnownBase:
    """The settings at the base."""

    settings: Settings


@dataclass(frozen=True, slots=True)
class UnknownBase:
    """There is a base, and its settings cannot be read."""


BasePolicy = NoBase | KnownBase | UnknownBase
NO_BASE = NoBase()
_LATER = "one merge later"


@dataclass(frozen=True, slots=True)
class HeldSettings:
    """The settings that count, and how they differ from what is written."""

    settings: Settings
    diagnostics: tuple[Diagnostic, ...] = ()


def hold_to_base(written: Settings, base_policy: BasePolicy, *, document: Document) -> HeldSettings:
    """Return the settings that count; `document` is the file of `written`."""
    match base_policy:
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
            settings = replace(written, policy=base.policy, accounts=held)
            return HeldSettings(settings, tuple(said.found))
        case UnknownBase():
            policy = stricter_of(written.policy, Policy())
            settings = replace(written, policy=policy)
            return HeldSettings(settings, tuple(_cautious(written.policy, policy, document)))
        case _:
            assert_never(base_policy)


def _same_account(base: Settings, account: Account) -> Account | None:
    """Return the account at the base; one of another provider there is of no use."""
    was = base.accounts.get(account.name)
    return was if was is not None and was.provider == account.provider else None


def _held(account: Account, was: Account | None) -> Account:
    """Return the account with its endpoint, host and credentials as they were."""
    if was is None:
        return account
    return replace(account, endpoint=was.endpoint, host=was.host, credentials=was.credentials)


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
    """Collects the differences from the base, each with the time from which the new value counts."""

    document: Document
    found: list[Diagnostic] = field(default_factory=list)

    def policy(self, written: Policy, base: Policy) -> None:
        """Report relaxed rules, which need a finished apply besides the merge, and tightened ones, which do not."""
        relaxed = rule_changes(written, held_to(written, base))
        for path, (now, then) in rule_changes(written, base).items():
            counts = f"{_LATER}, once an apply of it has finished" if path in relaxed else _LATER
            self._say("later", ("policy",), {path: now}, {path: then}, counts=counts)

    def ledger(self, written: str, base: str) -> None:
        """Report that the memory is kept elsewhere: an empty ledger explains nothing, and knows of no apply."""
        counts = "at once, and that ledger may know nothing yet"
        self._say("ledger", (), {("ledger",): written}, {("ledger",): base}, counts=counts)

    def account(self, written: Account, held: Account, *, was: Account | None) -> None:
        """Report where its calls go, with which credentials, and its other news, if that is not as written.

        Nothing holds a new account, so it is always reported: a pull request may move a profile to one.
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
    """Return the account's other options for its provider: its id there, or where pictures are fetched from."""
    options = account.options.model_dump() if account.options is not None else {}
    return {(name,): str(value) for name, value in options.items() if value is not None}


# As much of a commit's name as people compare.
_SHORT = 12
_CODE = "last-apply"


@dataclass(frozen=True, slots=True)
class KnownRules:
    """The last apply that passed its gates was at `commit`, with this policy."""

    commit: str
    policy: Policy


@dataclass(frozen=True, slots=True)
class UnknownRules:
    """There was an apply, and the rules of its commit cannot be known; `why` is the reason."""

    why: str


LastApply = KnownRules | UnknownRules


@dataclass(frozen=True, slots=True)
class HeldPolicy:
    """The policy that counts, and how it differs from the one by the base."""

    policy: Policy
    diagnostics: tuple[Diagnostic, ...] = ()


def hold_to_last_apply(policy: Policy, last: LastApply, *, base_policy: BasePolicy, document: Document) -> HeldPolicy:
    """Return what counts of `policy`, which `base_policy` left; `document` is the file that it is written in now."""
    match last:
        case KnownRules():
            counts = held_to(policy, last.policy)
            where = "at the base" if isinstance(base_policy, KnownBase) else "here"
            return HeldPolicy(counts, tuple(_each(rule_changes(policy, counts), last, where=where, document=document)))
        case UnknownRules():
            counts = held_to(policy, Policy())
            return HeldPolicy(counts, tuple(_together(rule_changes(policy, counts), last, document)))
        case _:
            assert_never(last)


def _each(found: RuleChanges, last: KnownRules, *, where: str, document: Document) -> Iterator[Diagnostic]:
    for path, (rule, then) in found.items():
        summary = (
            f"{_name(path)} is {rule} {where} and {then} at the last apply ({last.commit[:_SHORT]}); "
            "what is written counts after the next apply that finishes"
        )
        yield notice(_CODE, summary, location=document.at(("policy", *path)))


def _together(found: RuleChanges, last: UnknownRules, document: Document) -> Iterator[Diagnostic]:
    """Yield why the rules are not known, if that makes a difference."""
    if found:
        summary = f"the rules at the last apply are not known, so none is laxer here than its default: {last.why}"
        hint = ", ".join(f"{_name(path)} counts as {rule}" for path, (_, rule) in found.items())
        yield notice(_CODE, summary, hint=hint, location=document.at(("policy",)))


def _name(path: Path) -> str:
    return ".".join(map(str, ("policy", *path)))
