"""SetupFinding: what is to be said of one thing that a repository needs at its forge. PURE.

SetupReport: all of them, and how the command ends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from reconciler.core.basics import Reason
from reconciler.forge.repository_answers import Hidden


class SetupState(StrEnum):
    """What is known of one thing. What is `NOT_SET` can be left so."""

    OK = "ok"
    MISSING = "missing"
    WRONG = "wrong"
    NOT_SET = "not set"
    UNSEEN = "cannot tell"


@dataclass(frozen=True, slots=True)
class SetupFinding:
    """One thing: what it is `about`, its state, and in words why; `mends` is the one command that mends it."""

    about: str
    state: SetupState
    detail: str
    mends: str = ""


def unseen_finding(about: str, hidden: Hidden, what: str, *, forge: str = "GitHub") -> SetupFinding:
    """Return that a token may not see `what`, as in "labels". A 404 is also for what is not there."""
    shown = f"{forge} shows this token no {what}" if hidden.status == 404 else f"this token may not see the {what}"
    detail = f"{shown} ({hidden.status}); it needs `{hidden.needs}`"
    return SetupFinding(about, SetupState.UNSEEN, detail)


def optional_finding(finding: SetupFinding) -> SetupFinding:
    """Return a finding about something that can be left as it is."""
    return replace(finding, state=SetupState.NOT_SET) if finding.state is SetupState.MISSING else finding


@dataclass(frozen=True, slots=True)
class SetupReport:
    """The findings about one `repository`, in the order in which people set it up."""

    repository: str
    server: str
    findings: tuple[SetupFinding, ...]

    def counted(self, *states: SetupState) -> int:
        """Return how many things are in one of these states."""
        return sum(one.state in states for one in self.findings)

    @property
    def reasons(self) -> frozenset[Reason]:
        """What is missing or wrong is an error; what could not be seen makes it incomplete."""
        found = {Reason.ERROR} if self.counted(SetupState.MISSING, SetupState.WRONG) else set()
        return frozenset(found | ({Reason.INCOMPLETE} if self.counted(SetupState.UNSEEN) else set()))
