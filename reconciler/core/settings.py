"""Accounts and rules, as written in profiles/reconciler.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field

from reconciler.core.basics import Model
from reconciler.core.fields import SecretRef
from reconciler.core.traits import BulkRead


class Rule(StrEnum):
    """What a gate does when it is tripped."""

    ALLOW = "allow"
    WARN = "warn"
    ASK = "ask"
    DENY = "deny"


class OnFinding(StrEnum):
    """What apply does with a change that no review covers."""

    REPORT = "report"
    OVERWRITE = "overwrite"


class SelfLabel(StrEnum):
    """Whether an author's own label counts; the laxer answer comes first, as in the rules."""

    ALLOW = "allow"
    DENY = "deny"


class OnPlaceholder(StrEnum):
    """What `validate` makes of a text that was left to be filled in; the laxer answer comes first, as in the rules."""

    ALLOW = "allow"
    WARN = "warn"
    DENY = "deny"


# Strict models take no text for an enum; YAML has nothing else.
RuleSetting = Annotated[Rule, Field(strict=False)]
FindingSetting = Annotated[OnFinding, Field(strict=False)]
SelfLabelSetting = Annotated[SelfLabel, Field(strict=False)]
PlaceholderSetting = Annotated[OnPlaceholder, Field(strict=False)]


@dataclass(frozen=True, slots=True)
class Bulk:
    """How many profiles one run may change: more than `profiles` *and* `percent`, or more than `never_above`, stops."""

    profiles: int = 5
    percent: int = 30
    never_above: int = 100


@dataclass(frozen=True, slots=True)
class Policy:
    """The gates, each a key of the same name, what happens to findings, and whose labels count."""

    bulk: Bulk = Bulk()
    clear: Rule = Rule.ASK
    webhook: Rule = Rule.ASK
    first_contact: Rule = Rule.ASK
    same_value: Rule = Rule.WARN
    removed: Rule = Rule.WARN
    last_look: Rule = Rule.ALLOW
    empty: Rule = Rule.DENY
    on_drift: OnFinding = OnFinding.REPORT
    on_conflict: OnFinding = OnFinding.REPORT
    on_unrecorded: OnFinding = OnFinding.REPORT
    self_label: SelfLabel = SelfLabel.DENY
    placeholders: OnPlaceholder = OnPlaceholder.WARN


# The rules by the names that code has for them, and how each is written in a file.
WRITTEN_RULES: Final[Mapping[str, str]] = {
    one.name: {"first_contact": "first-contact", "same_value": "same-value", "last_look": "last-look"}.get(
        one.name, one.name
    )
    for one in fields(Policy)
}
_DEFAULT = Policy()


class BulkDocument(Model):
    """How many profiles one run may change: more than `profiles` *and* `percent`, or more than `never_above`, stops."""

    profiles: int = Field(default=_DEFAULT.bulk.profiles, ge=0)
    percent: int = Field(default=_DEFAULT.bulk.percent, ge=0, le=100)
    never_above: int = Field(default=_DEFAULT.bulk.never_above, ge=0)

    @property
    def value(self) -> Bulk:
        """The limits that are written."""
        return Bulk(profiles=self.profiles, percent=self.percent, never_above=self.never_above)


class PolicyDocument(Model):
    """The policy as written: a gate is a key of exactly its own name."""

    bulk: BulkDocument = BulkDocument()
    clear: RuleSetting = Field(default=_DEFAULT.clear, description="When a field becomes empty.")
    webhook: RuleSetting = Field(
        default=_DEFAULT.webhook, description="When customers' messages are delivered elsewhere."
    )
    first_contact: RuleSetting = Field(
        default=_DEFAULT.first_contact,
        alias=WRITTEN_RULES["first_contact"],
        description="When what this tool did not write is replaced.",
    )
    same_value: RuleSetting = Field(
        default=_DEFAULT.same_value,
        alias=WRITTEN_RULES["same_value"],
        description="When profiles that differed all become the same.",
    )
    removed: RuleSetting = Field(default=_DEFAULT.removed, description="When a profile is not watched any more.")
    last_look: RuleSetting = Field(
        default=_DEFAULT.last_look, alias=WRITTEN_RULES["last_look"], description="When anything is sent at all."
    )
    empty: RuleSetting = Field(default=_DEFAULT.empty, description="When there is nothing to look at.")
    on_drift: FindingSetting = _DEFAULT.on_drift
    on_conflict: FindingSetting = _DEFAULT.on_conflict
    on_unrecorded: FindingSetting = _DEFAULT.on_unrecorded
    self_label: SelfLabelSetting = Field(
        default=_DEFAULT.self_label,
        description="Whether the author of a pull request may open a gate with a label.",
    )
    placeholders: PlaceholderSetting = Field(
        default=_DEFAULT.placeholders, description="When a text was left to be filled in, as {{ city }} or TODO: is."
    )

    @property
    def value(self) -> Policy:
        """The policy that is written."""
        return Policy(
            bulk=self.bulk.value,
            clear=self.clear,
            webhook=self.webhook,
            first_contact=self.first_contact,
            same_value=self.same_value,
            removed=self.removed,
            last_look=self.last_look,
            empty=self.empty,
            on_drift=self.on_drift,
            on_conflict=self.on_conflict,
            on_unrecorded=self.on_unrecorded,
            self_label=self.self_label,
            placeholders=self.placeholders,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One set of credentials at one provider. `options` is an instance of the provider's own options model.

    `host` is the provider's own origin that the account uses. `endpoint` is where its calls go: the host, the sandbox,
    or an endpoint that the environment allows.
    """

    name: str
    provider: str
    endpoint: str
    host: str = ""
    concurrency: int
    credentials: Mapping[str, SecretRef]
    options: Any = None
    bulk_read: BulkRead = BulkRead.AUTO


class AccountDocument(Model):
    """An account as written; a provider's own keys are checked against its options model."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)

    provider: str
    host: str = Field(default="", min_length=1)
    endpoint: str = Field(default="", min_length=1)
    concurrency: int = Field(default=16, ge=1, le=64)
    bulk_read: Annotated[BulkRead, Field(strict=False)] = BulkRead.AUTO
    credentials: dict[str, SecretRef] = Field(default_factory=dict)
    # Fields that its profiles begin with; what each of them says is checked in those profiles.
    defaults: dict[str, Any] = Field(default_factory=dict)


class SettingsDocument(Model):
    """profiles/reconciler.yaml as written."""

    version: Literal[1]
    # Accounts are checked one by one, so that one that is not a mapping does not hide the others.
    accounts: dict[str, Any]
    ledger: Literal["local", "git", "postgres"] = "local"
    policy: PolicyDocument = PolicyDocument()
    defaults: dict[str, Any] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings with every account checked against its provider."""

    accounts: Mapping[str, Account]
    policy: Policy
    ledger: str = "local"
