"""Accounts and rules, as written in profiles/reconciler.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from reconciler.core.basics import Model
from reconciler.core.fields import SecretRef


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
    """Whether an author's own label counts, the laxer answer first, as with the rules."""

    ALLOW = "allow"
    DENY = "deny"


# Strict models take no text for an enum; YAML has nothing else.
RuleSetting = Annotated[Rule, Field(strict=False)]
FindingSetting = Annotated[OnFinding, Field(strict=False)]
SelfLabelSetting = Annotated[SelfLabel, Field(strict=False)]


class Bulk(Model):
    """How many profiles one run may change: more than `profiles` *and* `percent`, or more than `never_above`, stops."""

    profiles: int = Field(default=5, ge=0)
    percent: int = Field(default=30, ge=0, le=100)
    never_above: int = Field(default=100, ge=0)


class Policy(Model):
    """The gates, each a key of the same name, what happens to findings, and whose labels count."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)

    bulk: Bulk = Bulk()
    clear: RuleSetting = Field(default=Rule.ASK, description="When a field becomes empty.")
    webhook: RuleSetting = Field(default=Rule.ASK, description="When customers' messages are delivered elsewhere.")
    first_contact: RuleSetting = Field(
        default=Rule.ASK, alias="first-contact", description="When what this tool did not write is replaced."
    )
    same_value: RuleSetting = Field(
        default=Rule.WARN, alias="same-value", description="When profiles that differed all become the same."
    )
    removed: RuleSetting = Field(default=Rule.WARN, description="When a profile's file is gone.")
    empty: RuleSetting = Field(default=Rule.DENY, description="When there is nothing to look at.")
    on_drift: FindingSetting = OnFinding.REPORT
    on_conflict: FindingSetting = OnFinding.REPORT
    on_unrecorded: FindingSetting = OnFinding.REPORT
    self_label: SelfLabelSetting = Field(
        default=SelfLabel.DENY, description="Whether the author of a pull request may open a gate with a label."
    )


class PolicyDocument(Policy):
    """The policy as written: a gate is a key of exactly its own name."""

    model_config = ConfigDict(populate_by_name=False)


class Account(Model):
    """One set of credentials at one provider. `options` is an instance of the provider's own options model.

    `host` is the provider's own origin that the account uses, `endpoint` what its calls go to: that, the sandbox, or
    what the environment allows besides.
    """

    name: str
    provider: str
    endpoint: str
    host: str = ""
    concurrency: int
    credentials: Mapping[str, SecretRef]
    options: Any = None


class AccountDocument(Model):
    """An account as written; a provider's own keys are checked against its options model."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)

    provider: str
    host: str = Field(default="", min_length=1)
    endpoint: str = Field(default="", min_length=1)
    concurrency: int = Field(default=16, ge=1, le=64)
    credentials: dict[str, SecretRef] = Field(default_factory=dict)


class SettingsDocument(Model):
    """profiles/reconciler.yaml as written."""

    version: Literal[1]
    # What stands in an account is checked one by one, so that one that is no mapping does not hide the others.
    accounts: dict[str, Any]
    ledger: Literal["local", "git"] = "local"
    policy: PolicyDocument = PolicyDocument()
    defaults: dict[str, Any] = Field(default_factory=dict)


class Settings(Model):
    """The settings with every account checked against its provider."""

    accounts: Mapping[str, Account]
    policy: Policy
    ledger: str = "local"
