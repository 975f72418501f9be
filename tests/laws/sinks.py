"""Every sink of foreign text: a report filled with hostile values, what reaches the sink, and the judge of it.

    python -m tests.laws.sinks [--count N] [--seed S]

A new renderer joins by a row of SINKS. Each value goes through each sink; where in the report it stands changes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from random import Random
from typing import Any

from reconciler.core.authoring.edits import accepted_text, as_written, is_text
from reconciler.core.authoring.import_draft import ImportDraft
from reconciler.core.authoring.rolling_back import RollbackReport
from reconciler.core.basics import Diagnostic, EnvironmentProblem, InvalidInput
from reconciler.core.memory.records import Asked, FieldRecord, LedgerEntry, RecordState, Stamp
from reconciler.core.memory.runs import HistoryReport, RunsReport
from reconciler.core.memory.stored import entry_from_json, entry_to_json
from reconciler.core.memory.upkeep import LedgerCheck, LedgerRekey, LedgerRepair
from reconciler.core.reading.acknowledgements import Acknowledgement
from reconciler.core.reports.account_reports import DoctorReport, ImportReport
from reconciler.core.reports.command_reports import ApplyReport, DriftReport, ShowReport, ValidateReport
from reconciler.core.reports.exported import ExportReport
from reconciler.core.reports.fleet import ListReport
from reconciler.core.reports.handover import Handover, handover_json, read_handover
from reconciler.core.reports.setup_report import InitReport
from reconciler.core.safety.decision import Question
from reconciler.core.safety.gates import PlanReport
from reconciler.core.target import Target
from reconciler.effects.files.yaml.editor import edited_file
from reconciler.effects.ledger import Batch
from reconciler.effects.ledger.tree import files, message
from reconciler.forge.port import ForgeResult, WorkflowContext
from reconciler.forge.rules.issue import DriftIssueNews, DriftIssueRoll
from reconciler.forge.rules.labels import AllowedByLabels
from reconciler.forge.rules.merge import NotReviewed, Proposal, ReviewedRun
from reconciler.forge.text import issue, labels, proposal, pull_request
from reconciler.forge.vocabulary import GITLAB
from reconciler.providers import providers
from reconciler.render import exported, pages, problems
from reconciler.render import json as documents
from reconciler.render.markdown.apply import apply_sheet
from reconciler.render.markdown.drift import drift_sheet
from reconciler.render.markdown.plan import plan_sheet, problems_sheet, validate_sheet
from reconciler.render.markdown.sheet import Links, Sheet, fitted
from reconciler.render.profile_yaml import profile_yaml
from reconciler.render.safe_text import without_quick_actions
from reconciler.render.text import apply, causes, doctor, drift, fleet, history, importing, init, ledger, plan, show
from tests.laws import inert
from tests.laws.commands import looked_at, typed
from tests.laws.filled import Filling
from tests.laws.hostile import values

SHORT, LONG = 600, 20_000
_LINKS = Links(inert.HOME, "c" * 40, run=f"{inert.HOME}/actions/runs/12", workflow="drift.yml", applies="apply.yml")
_LINKS_AT_GITLAB = Links(f"{inert.HOME}/-")
_RUN = WorkflowContext(run=12, attempt=2, home=inert.HOME)
_AT_GITLAB = WorkflowContext(run=12, attempt=2, home=f"{inert.HOME}/-", words=GITLAB)
_NOW = "2026-08-02T12:00Z"
_TRAITS = [one.traits for one in providers().values()]
Judge = Callable[[str], Iterator[str]]


@dataclass(frozen=True)
class Sink:
    """Where text comes out: what it is made from, what comes out of it (several texts), and who judges each.

    The short form tries a `share` of its values here: a whole command takes longer than a renderer.
    """

    name: str
    fill: Callable[[Filling], Any]
    shown: Callable[[Any], Iterable[str]]
    judge: Judge
    share: float = 1.0


def _of(kind: type[Any], shown: Callable[[Any], str], judge: Judge, name: str = "") -> Sink:
    return Sink(
        name or f"{kind.__name__} by {shown.__name__}", lambda one: one.make(kind), lambda it: [shown(it)], judge
    )


def _problems_of(name: str, fill: Callable[[Filling], list[str]], *, share: float = 1.0) -> Sink:
    """Return a sink whose texts were judged while they came out."""
    return Sink(name, fill, lambda problems: problems, _says, share)


def _documents(*found: tuple[type[Any], Callable[[Any], Any]]) -> Iterator[Sink]:
    for kind, document in found:
        yield _of(
            kind,
            partial(_dumped, document),
            inert.in_json,
            f"{kind.__name__} as JSON by {getattr(document, '__name__', '')}",
        )


def _record(report: ApplyReport) -> dict[str, Any]:
    return documents.record_json(report) or {}


def _dumped(document: Callable[[Any], Any], it: Any) -> str:
    return documents.dumps(document(it))


def _sheets(*found: tuple[type[Any], Callable[[Any, Links], Sheet]]) -> Iterator[Sink]:
    for kind, sheet in found:
        yield _of(kind, partial(_fitted, sheet), inert.in_markdown, f"{kind.__name__} as Markdown")


def _fitted(sheet: Callable[[Any, Links], Sheet], it: Any) -> str:
    return fitted(sheet(it, _LINKS))


def _problem_texts(found: tuple[Diagnostic, ...]) -> str:
    from reconciler.cli.results import problem_text

    return f"{problem_text(InvalidInput(found))}\n{problem_text(EnvironmentProblem(found[0].summary))}"


def _problems(one: Filling) -> tuple[Diagnostic, ...]:
    return tuple(one.make(Diagnostic) for _ in range(4))


def _page(one: Filling) -> Handover:
    """Return a page as another job hands it over: our own text, and everything else hostile."""
    report = one.make(DriftReport)
    page = pages.drift_page(report, drift_sheet(report, _LINKS), exit_code=one.random.randint(0, 7))
    page = page.model_copy(update={"commit": one.text()})
    found = read_handover(documents.dumps(handover_json(page)).encode())
    assert isinstance(found, Handover), found
    return found


def _bodies(page: Handover, run: WorkflowContext = _RUN) -> Iterator[str]:
    yield pull_request.comment_body(page, run)
    yield issue.failure_body(page, run, now=_NOW)
    for text in (issue.failed_again, issue.applied_comment):
        yield text(page, run, now=_NOW)
    yield issue.closing_comment(run, page=page, now=_NOW)


def _drift_issue(one: Filling) -> Any:
    return _page(one), one.make(DriftIssueRoll), one.make(DriftIssueNews)


def _drift_bodies(made: Any, run: WorkflowContext = _RUN) -> Iterator[str]:
    page, roll, news = made
    yield issue.drift_body(page, run, roll=replace(roll, stays=False), now=_NOW)
    yield issue.news_comment(news, run, page=page, now=_NOW)
    yield issue.turned_comment(roll.turned, run, page=page, now=_NOW)


def _at_gitlab(texts: Iterable[str]) -> Iterator[str]:
    """Yield bodies as the client of GitLab writes them."""
    return map(without_quick_actions, texts)


def _imported(one: Filling) -> list[str]:
    """Write an imported profile's file, and return what it says that it should not."""
    traits = one.random.choice([traits for traits in _TRAITS if traits.readable])
    texts = [text for text in (one.text() for _ in range(6)) if is_text(text)]
    names = ("about", "address", "description", "email")
    fields: dict[str, Any] = {name: as_written(text) for name, text in zip(names, texts, strict=False)}
    fields["websites"] = [as_written(text) for text in texts[4:]]
    number = "+493012345678"
    target = Target("x", "sandbox", "1", account=texts[0] if texts else "a", profile="a/b", number=number)
    asides = tuple((name, one.text(), one.text()) for name in ("picture", "webhook"))
    asides = tuple((name, json.dumps(known), why) for name, known, why in asides)
    keys = {"phone_number_id": texts[-1]} if texts else {}
    made = ImportDraft(target, keys=keys, fields=fields, asides=asides, unproven=one.text(), name=one.text())
    said = {"account": target.account, "number": number, **keys, "profile": fields}
    return [*inert.in_yaml(profile_yaml(made, traits), said)]


def _edited(one: Filling) -> list[str]:
    """Write hostile values into a file, and return what it says that it should not."""
    old = {"about": "Old", "address": "Old", "websites": ["https://old.example"]}
    text = 'account: a\nprofile:\n  about: Old  # kept\n  address: "Old"\n  websites:\n    - https://old.example\n'
    new: dict[str, Any] = {}
    for name in ("about", "address", "description"):
        value = as_written(one.text())
        if is_text(value):
            new[name] = value
    new["websites"] = [value for value in (as_written(one.text()), as_written(one.text())) if is_text(value)]
    found = edited_file(text, new, file="profiles/x.yaml")
    if isinstance(found, Diagnostic):
        return []
    return [*inert.in_yaml(found, {"account": "a", "profile": {**old, **new}})]


def _accepted(one: Filling) -> list[str]:
    """Accept hostile drift twice, and return what the file says that it should not."""
    text, said = "", list[Any]()
    for _ in range(2):
        profile, reason, value = (one.text().encode("utf-8", "replace").decode() for _ in range(3))
        entry = Acknowledgement(profile, "about", value, reason, date(2027, 1, 1), shown=one.text())
        text = accepted_text(text, [entry])
        said.append({"profile": profile, "field": "about", "value": value, "reason": reason, "until": date(2027, 1, 1)})
    return [*inert.in_yaml(text, {"version": 1, "ignore": said})]


def _ledger(one: Filling) -> list[LedgerEntry]:
    """Return an entry in which everything that can be text is hostile."""
    stamp = one.make(Stamp)
    sent = FieldRecord("about", RecordState.SETTLED, stamp, sent=one.text(), shown=one.text())
    asked = FieldRecord("address", RecordState.SETTLED, stamp, asked=Asked(one.text(), stamp, one.text()))
    key = (one.text(), one.text(), one.text())
    return [LedgerEntry(key, profile=one.text(), records=(sent, asked), identity=one.text())]


def _ledger_files(made: list[LedgerEntry]) -> Iterator[str]:
    batch = Batch(made[0].profile, tuple(made))
    for path, content in files(batch, first=True).items():
        yield path
        yield (content or b"").decode()
    yield message(batch).decode()


def _same_again(one: Filling) -> list[str]:
    made = _ledger(one)
    again = [entry_from_json(json.loads(json.dumps(entry_to_json(one)))) for one in made]
    return (
        [] if [one.key for one in again] == [one.key for one in made] else ["the ledger holds another target's entry"]
    )


def _says(problems: str) -> Iterator[str]:
    """Yield what was found before: the text is the problem."""
    yield from [problems] if problems else []


SINKS: tuple[Sink, ...] = (
    *(
        _of(kind, text, inert.in_terminal)
        for kind, text in (
            *((PlanReport, plan.plan_text), (ApplyReport, apply.apply_text), (DriftReport, drift.drift_text)),
            *(
                (DriftReport, drift.adopting_text),
                (ValidateReport, plan.validate_text),
                (Question, apply.question_text),
            ),
            *((DoctorReport, doctor.doctor_text), (ImportReport, importing.import_text), (InitReport, init.init_text)),
            *((ExportReport, exported.export_csv), (ExportReport, exported.export_notes)),
            *((HistoryReport, history.history_text), (RunsReport, history.runs_text)),
            *((RollbackReport, history.rollback_text), (ForgeResult, pull_request.told_text)),
            *((Proposal, proposal.proposed_text), (AllowedByLabels, labels.allowed_text)),
        )
    ),
    _of(ListReport, lambda it: fleet.list_text(it, width=100, wide=True), inert.in_terminal, "ListReport, wide"),
    _of(ListReport, lambda it: fleet.list_text(it, width=40), inert.in_terminal, "ListReport, narrow"),
    _of(ShowReport, lambda it: show.show_text(it, width=100), inert.in_terminal, "ShowReport by show"),
    _of(PlanReport, lambda it: plan.plan_text(it, verbose=True), inert.in_terminal, "PlanReport, verbose"),
    _of(DriftReport, lambda it: drift.drift_text(it, verbose=True), inert.in_terminal, "DriftReport, verbose"),
    _of(ApplyReport, lambda it: apply.apply_text(it, verbose=True), inert.in_terminal, "ApplyReport, verbose"),
    _of(DoctorReport, lambda it: doctor.doctor_text(it, verbose=True), inert.in_terminal, "DoctorReport, verbose"),
    _of(LedgerRepair, lambda it: ledger.ledger_repair_text(it, verbose=True), inert.in_terminal, "LedgerRepair"),
    _of(LedgerRekey, ledger.ledger_rekey_text, inert.in_terminal),
    _of(LedgerCheck, lambda it: ledger.ledger_check_text(it, verbose=True), inert.in_terminal, "LedgerCheck"),
    _of(
        NotReviewed,
        lambda it: pull_request.reviewed_text(it, commit=it.why, file=it.why),
        inert.in_terminal,
        "NotReviewed",
    ),
    _of(
        ReviewedRun,
        lambda it: pull_request.reviewed_text(it, commit="c", file=it.run.path),
        inert.in_terminal,
        "ReviewedRun",
    ),
    Sink(
        "a problem",
        _problems,
        lambda it: [_problem_texts(it), causes.diagnostics_text(it, verbose=True)],
        inert.in_terminal,
    ),
    Sink("a folder", Filling.text, lambda it: [init.demo_opening(it), init.demo_ending(it)], inert.in_terminal),
    Sink("a recovery", Filling.text, lambda it: [history.recovered_text(1, 2, file=it)], inert.in_terminal),
    *_documents(
        *((PlanReport, documents.plan_json), (ApplyReport, documents.apply_json), (DriftReport, documents.drift_json)),
        *((ShowReport, show.show_json), (ListReport, fleet.list_json), (ValidateReport, documents.validate_json)),
        *((DoctorReport, doctor.doctor_json), (ImportReport, importing.import_json)),
        (ExportReport, exported.export_json),
        *((HistoryReport, history.history_json), (RunsReport, history.runs_json)),
        *((RollbackReport, history.rollback_json), (LedgerCheck, ledger.ledger_check_json)),
        *((LedgerRepair, ledger.ledger_repair_json), (LedgerRekey, ledger.ledger_rekey_json)),
        *((ForgeResult, pull_request.told_json), (Proposal, proposal.proposed_json)),
        *((AllowedByLabels, labels.allowed_json), (Handover, handover_json)),
        *((InitReport, lambda it: init.init_json(it, None)), (ApplyReport, _record)),
        (NotReviewed, lambda it: pull_request.reviewed_json(it, commit=it.why)),
    ),
    *_sheets(
        (PlanReport, plan_sheet),
        (ApplyReport, apply_sheet),
        (DriftReport, drift_sheet),
        (ValidateReport, validate_sheet),
    ),
    Sink("problems as Markdown", _problems, lambda it: [fitted(problems_sheet(it, _LINKS))], inert.in_markdown),
    Sink("problems as SARIF", _problems, lambda it: [problems.sarif_text(it, folder=it[0].summary)], inert.in_json),
    Sink("problems as JUnit", _problems, lambda it: [problems.junit_text(it, (it[0].summary,))], inert.in_xml),
    Sink("problems as annotations", _problems, lambda it: [pages.commands(it, folder="a/")], inert.in_command),
    _of(AllowedByLabels, labels.allowed_markdown, inert.in_markdown, "AllowedByLabels as Markdown"),
    Sink("a comment and a failure", _page, _bodies, inert.in_body),
    Sink("a drift issue", _drift_issue, _drift_bodies, inert.in_body),
    Sink("a note at GitLab", _page, lambda it: _at_gitlab(_bodies(it, _AT_GITLAB)), inert.in_gitlab, 0.3),
    Sink(
        "an issue at GitLab", _drift_issue, lambda it: _at_gitlab(_drift_bodies(it, _AT_GITLAB)), inert.in_gitlab, 0.3
    ),
    Sink(
        "labels at GitLab",
        lambda one: one.make(AllowedByLabels),
        lambda it: _at_gitlab([labels.allowed_markdown(it, words=GITLAB)]),
        inert.in_gitlab,
        0.3,
    ),
    Sink(
        "a merge request",
        lambda one: [one.text() for _ in range(9)],
        lambda it: _at_gitlab([proposal.pull_text(it, "", checked=True, links=_LINKS_AT_GITLAB, words=GITLAB)]),
        inert.in_gitlab,
        0.3,
    ),
    # A line of any text may stand first in a body.
    Sink("a body at GitLab", Filling.text, lambda it: _at_gitlab([it]), inert.no_quick_action),
    Sink(
        "a proposal",
        lambda one: [one.text() for _ in range(9)],
        lambda it: [proposal.pull_text(it, "", checked=True, links=_LINKS)],
        inert.in_markdown,
    ),
    Sink("a proposal's commit", lambda one: [one.text()], lambda it: [proposal.commit_message(it)], inert.in_git),
    Sink("titles", Filling.text, lambda it: [issue.drift_title(it), issue.failure_title(it)], inert.in_git),
    Sink(
        "labels as outputs",
        lambda one: one.make(AllowedByLabels),
        lambda it: [labels.allowed_outputs(replace(it, given=()))],
        inert.in_outputs,
    ),
    _problems_of("import's YAML", _imported),
    _problems_of("adopt's and rollback's YAML", _edited),
    _problems_of("accepted drift's YAML", _accepted),
    Sink("the ledger in git", _ledger, _ledger_files, inert.in_git),
    _problems_of("the ledger, read again", _same_again),
    _problems_of("what is typed, through each command", typed, share=0.2),
    _problems_of("files and replies, through each command", looked_at, share=0.2),
)


def tried(sink: Sink, count: int, seed: str) -> dict[str, Any]:
    """Let so many values through a sink; return what was found, the first of each kind with its texts."""
    filling = Filling(values(seed, 0, count), Random(f"{sink.name} {seed}"))
    found: list[dict[str, Any]] = []
    while len(filling.used) < count:
        begin = len(filling.used)
        try:
            made = sink.fill(filling)
            problems = [problem for text in sink.shown(made) for problem in sink.judge(text)]
        except Exception as broken:  # noqa: BLE001 - each of them is a finding
            problems = [f"it ends with {type(broken).__name__}: {broken}"[:300]]
        if problems:
            found.append({"problems": problems[:5], "texts": [text[:200] for text in filling.used[begin:]][:40]})
    return {"sink": sink.name, "tried": len(filling.used), "failed": len(found), "failures": found[:3]}


def main(arguments: Sequence[str]) -> None:
    """Do what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.laws.sinks")
    parser.add_argument("--count", type=int, default=SHORT, help="so many values through each sink")
    parser.add_argument("--seed", default="0")
    parser.add_argument("--sink", default="", help="only sinks with this in their name")
    asked = parser.parse_args(arguments)
    found = [tried(one, asked.count, asked.seed) for one in SINKS if asked.sink in one.name]
    sys.stdout.write(json.dumps({"seed": asked.seed, "sinks": found}, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
