from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.core.basics import Cause
from reconciler.core.planning.document import PlanDocument
from reconciler.core.planning.document_reader import plan_from_document
from reconciler.core.planning.field_plan import UnreadableField
from reconciler.core.planning.plan import Plan
from reconciler.core.safety.approval import read_document
from reconciler.core.safety.gates import PlanReport, report_plan
from reconciler.render.json import dumps, plan_json
from tests.support import planned
from tests.support.cases import Case, cases


@pytest.mark.parametrize("folder", cases("plan"), ids=lambda path: str(path.name))
def test_a_plan_that_is_read_is_the_one_that_was_written(folder: Path) -> None:
    """Each golden plan, whole: with its gates and numbers, which are judged anew."""
    report = Case(folder).plan_report()
    written = dumps(plan_json(report))
    document = read_document(written.encode(), file="plan.json")
    assert isinstance(document, PlanDocument)
    problems: list[str] = []
    again = report_plan(plan_from_document(document, problems), report.consent)
    assert (problems, dumps(plan_json(again))) == ([], written)


def test_why_a_field_could_not_be_read_comes_back_in_its_parts() -> None:
    cause = Cause("the picture cannot be loaded", reason="Not found", code="404", hint="try again")
    unread = UnreadableField("picture", "the picture cannot be loaded", cause)
    document = plan_json(PlanReport(plan=Plan(targets=(replace(planned(), unreadable=(unread,)),))))
    read = read_document(dumps(document).encode(), file="plan.json")
    assert isinstance(read, PlanDocument)
    problems: list[str] = []
    again = plan_from_document(read, problems)
    assert ([one.unreadable for one in again.targets], problems) == ([(unread,)], [])
