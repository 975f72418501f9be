from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.core.planning.document import PlanDocument
from reconciler.core.planning.written import written_plan
from reconciler.core.safety.approval import read_document
from reconciler.core.safety.gates import report_plan
from reconciler.render.json import dumps, plan_json
from tests.support.cases import Case, cases


@pytest.mark.parametrize("folder", cases("plan"), ids=lambda path: str(path.name))
def test_a_plan_that_is_read_is_the_one_that_was_written(folder: Path) -> None:
    """Each golden plan, whole: with its gates and numbers, which are judged anew."""
    report = Case(folder).plan_report()
    written = dumps(plan_json(report))
    document = read_document(written.encode(), file="plan.json")
    assert isinstance(document, PlanDocument)
    problems: list[str] = []
    again = report_plan(written_plan(document, problems), report.consent)
    assert (problems, dumps(plan_json(again))) == ([], written)
