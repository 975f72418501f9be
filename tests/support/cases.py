"""Golden cases: a readable `case.yaml` → the report of a command, made by the real planner.

Each profile of a case says what its file asks for (`files`), what is live (`live`, `unreadable`, `write_only`,
`blocked`, `notes`, `business`) and what is remembered (`ledger`, `unvouched` if no mark fits). An apply adds its
`outcomes`.
`ignore` are accepted live values, as in drift-ignore.yaml, and `today` is the day of the run. `base` is what a
profile's file asked for at the base. A profile that is `gone` has no file any more. `offline` says that no profile, or
that one, was read. `via` are the bindings of a profile's values. `allow` is what the command line of an apply lets
pass. For an apply of an approved plan, `approved` holds the state at the approval.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from reconciler.core.basics import NOWHERE, Diagnostic, Location, Reason, Severity
from reconciler.core.fields import Header, Mode, SecretRef, Value, Webhook
from reconciler.core.memory.records import LedgerEntry, RecordState
from reconciler.core.memory.runs import FieldOutcome, FieldStatus, Outcome, RunRecord
from reconciler.core.planning.acknowledged import acknowledge
from reconciler.core.planning.base import BaseRevision, base
from reconciler.core.planning.noticed import without_skipped
from reconciler.core.planning.plan import Plan, PlanInputs, plan
from reconciler.core.planning.treatment import Consent
from reconciler.core.reading.acknowledgements import Acknowledgement
from reconciler.core.reports.command_reports import ApplyReport, DriftReport, ShowReport
from reconciler.core.roster import Business
from reconciler.core.safety.approval import ApprovedPlan
from reconciler.core.safety.decision import Approval, decide
from reconciler.core.safety.gates import PlanReport, gates, report_plan
from reconciler.core.settings import Policy, PolicyDocument
from reconciler.core.target import Binding, Desired, Live, LiveField, Target, Unreadable, WriteOnly
from tests.support import STAMP, desired, entry, observed, picture, record, target

CASES = Path(__file__).parents[1] / "cases"
Key = tuple[str, str, str]


def cases(command: str) -> list[Path]:
    """Return the folders of a command's cases."""
    return sorted(path.parent for path in (CASES / command).glob("*/case.yaml"))


class Case:
    """One case, read."""

    def __init__(self, source: Path | dict[str, Any]) -> None:
        read = YAML(typ="safe").load(source / "case.yaml") if isinstance(source, Path) else source
        self.data: dict[str, Any] = read
        self.profiles: dict[str, dict[str, Any]] = self.data.get("profiles", {})
        self.targets = {
            name: target(
                name,
                address=str(106540352242921 + index),
                number=f"+4930123456{index:02}",
                endpoint=self.data.get("endpoint", "sandbox"),
            )
            for index, name in enumerate(self.profiles, start=1)
        }

    @property
    def desired(self) -> tuple[Desired, ...]:
        """What the files ask for."""
        return tuple(
            _via(
                desired(Mode(data.get("mode", "managed")), to=self.targets[name], **_values(data.get("files", {}))),
                data.get("via", {}),
            )
            for name, data in self.profiles.items()
            if not data.get("gone")
        )

    @property
    def base(self) -> BaseRevision | None:
        """What the files asked for at the base, where there is one."""
        was = {name: data["base"] for name, data in self.profiles.items() if "base" in data}
        found = [desired(to=self.targets[name], **_values(fields)) for name, fields in was.items()]
        return base("b" * 40, found, whole=True) if found else None

    @property
    def live(self) -> dict[Key, Live]:
        """What was read; nothing of a paused profile."""
        read = {name: data for name, data in self.profiles.items() if data.get("mode") != "paused"}
        return {self.targets[name].key: _live(data) for name, data in read.items()}

    @property
    def entries(self) -> dict[Key, LedgerEntry]:
        """What is remembered."""
        known = {name: data for name, data in self.profiles.items() if "ledger" in data}
        return {self.targets[name].key: _entry(self.targets[name], data) for name, data in known.items()}

    @property
    def plan(self) -> Plan:
        """The plan that the planner makes of it."""
        found = tuple(_diagnostic(d) for d in self.data.get("diagnostics", ()))
        was = self.base
        inputs = PlanInputs(
            self.desired,
            self.live,
            self.entries,
            diagnostics=found,
            base=was,
            head="c" * 40 if was else "",
            offline=self.data.get("offline", False),
            skipped=[self.targets[name].key for name, data in self.profiles.items() if data.get("offline")],
            all_profiles=self.desired,
        )
        accepted = [Acknowledgement(**data) for data in self.data.get("ignore", ())]
        return acknowledge(plan(inputs), accepted, today=self.data.get("today", date.min))

    def plan_report(self) -> PlanReport:
        """Return what `plan` shows."""
        return report_plan(self.plan, self.consent)

    @property
    def consent(self) -> Consent:
        """What the settings of the case, and the command line of an apply, let pass."""
        policy = PolicyDocument.model_validate(self.data.get("policy", {})).value
        return Consent(policy, frozenset(self.data.get("allow", ())))

    def drift_report(self) -> DriftReport:
        """Return what `drift` shows."""
        made, consent = self.plan, self.consent
        tripped = gates(made, consent.policy, sending=())
        plan, unasked = without_skipped(made)
        said, lost = self.data.get("unrecorded", ""), self.data.get("no_apply", False)
        report = DriftReport(plan=plan, consent=consent, unasked=unasked, tripped=tripped, unrecorded=said)
        return replace(report, remembered=len(self.entries), no_apply=lost)

    def show_report(self) -> ShowReport:
        """Return what `show` shows of the first profile."""
        (one, *_), made = self.desired, self.plan
        key = one.target.key
        return ShowReport(desired=one, live=self.live.get(key), entry=self.entries.get(key), planned=made.targets[0])

    def apply_report(self) -> ApplyReport:
        """Return what `apply` shows; where it was stopped there is no record."""
        shown, stopped = self.plan_report(), self.data.get("stopped", "")
        if "approved" in self.data:
            return self._refused(shown)
        outcomes = tuple(self._outcome(name, data) for name, data in self.data.get("outcomes", {}).items())
        run = RunRecord(
            run=STAMP.run,
            commit=STAMP.commit,
            started="2026-08-02T09:30:00Z",
            finished="2026-08-02T09:30:02Z",
            digest=shown.plan.digest,
            outcomes=outcomes,
        )
        return ApplyReport(
            plan=shown.plan,
            consent=shown.consent,
            tripped=shown.tripped,
            outcomes=outcomes,
            stopped=stopped,
            record=None if stopped else run,
            unrecorded=self.data.get("unrecorded", ""),
        )

    def _refused(self, shown: PlanReport) -> ApplyReport:
        """Return the end of an apply of a plan that was made when all was as `approved` says."""
        approved = ApprovedPlan(plan=Case(self.data["approved"]).plan)
        decision = decide(shown.plan, Policy(), approval=Approval(plan=approved))
        return ApplyReport(
            plan=shown.plan,
            consent=shown.consent,
            tripped=decision.tripped,
            stopped=decision.stopped,
            unapproved=decision.unapproved,
            gone=tuple(name for name in approved.profiles if name not in self.profiles),
        )

    def _outcome(self, name: str, data: Mapping[str, Any]) -> Outcome:
        fields = tuple(
            FieldOutcome(field=field, status=FieldStatus(status), detail=detail)
            for field, (status, detail) in (
                (f, (w, "") if isinstance(w, str) else w) for f, w in data["fields"].items()
            )
        )
        return Outcome(
            target=self.targets[name],
            fields=fields,
            detail=data.get("detail", ""),
            skipped=data.get("skipped", False),
            reasons=tuple(Reason(reason) for reason in data.get("reasons", ())),
        )


def _diagnostic(data: dict[str, Any]) -> Diagnostic:
    location = Location(**data["location"]) if "location" in data else NOWHERE
    return Diagnostic(**{**data, "severity": Severity(data["severity"]), "location": location})


def _via(one: Desired, ways: Mapping[str, str]) -> Desired:
    via = tuple(Binding(name=name, value=value) for name, value in ways.items())
    return replace(one, fields=tuple(replace(field, via=via) for field in one.fields))


def _live(data: Mapping[str, Any]) -> Live:
    unreadable = data.get("unreadable", {})
    if isinstance(unreadable, str):
        return Unreadable(reason=unreadable)
    fields: dict[str, Value | LiveField] = {
        **_values(data.get("live", {})),
        **{name: Unreadable(reason=reason) for name, reason in unreadable.items()},
        **{name: WriteOnly() for name in data.get("write_only", ())},
    }
    read = observed(data.get("blocked", ""), notes=tuple(data.get("notes", ())), **fields)
    return replace(read, business=Business(**data.get("business", {})))


def _entry(to: Target, profile: Mapping[str, Any]) -> LedgerEntry:
    records = (
        record(
            name,
            state=RecordState(data.get("state", "settled")),
            attempts=data.get("attempts", 0),
            **_values({key: data[key] for key in ("sent", "shown", "intent", "before") if key in data}, field=name),
        )
        for name, data in profile["ledger"].items()
    )
    vouched = not profile.get("unvouched", False)
    return entry(*(replace(one, vouched=vouched) for one in records), to=to)


def _values(fields: Mapping[str, Any], *, field: str = "") -> dict[str, Any]:
    return {name: _value(field or name, data) for name, data in fields.items()}


def _value(name: str, data: Any) -> Value:
    match name, data:
        case "websites", list():
            return tuple(data)
        case "picture", dict():
            return picture(data["mark"], file=data.get("file", ""))
        case "webhook", dict():
            token = SecretRef(**data["verify_token"]) if "verify_token" in data else None
            headers = data.get("headers", {})
            found = tuple(Header(name=key, secret=SecretRef(**ref) if ref else None) for key, ref in headers.items())
            return Webhook(url=data.get("url", ""), verify_token=token, headers=found)
        case _:
            return str(data)
