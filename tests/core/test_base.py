from __future__ import annotations

import pytest

from reconciler.core.base import base
from reconciler.core.origin import BaseValue
from reconciler.core.profile import Mode
from tests.support import desired, target

COMMIT = "a" * 40
THERE = target("munich", address="1")


@pytest.mark.parametrize(("field", "value"), [("about", "Old"), ("email", ""), ("address", None)])
def test_a_field_is_what_it_was_or_was_not_managed(field: str, value: str | None) -> None:
    """An empty value is one that was wanted; not managed is no value at all."""
    was = base(COMMIT, [desired(about="Old", email="")], whole=True)
    assert was.value(target().key, field) == BaseValue(value=value)


def test_a_field_is_found_by_target_and_never_by_the_files_name() -> None:
    was = base(COMMIT, [desired(about="Old", to=target("before"))], whole=True)
    assert was.value(target("after").key, "about") == BaseValue(value="Old")
    assert was.value(target(endpoint="https://graph.facebook.com").key, "about") == BaseValue(value=None)


@pytest.mark.parametrize(("mode", "value"), [(Mode.MANAGED, "Old"), (Mode.OBSERVE, None), (Mode.PAUSED, None)])
def test_what_was_only_looked_at_was_not_managed(mode: Mode, value: str | None) -> None:
    was = base(COMMIT, [desired(mode, about="Old")], whole=True)
    assert was.value(target().key, "about") == BaseValue(value=value)


@pytest.mark.parametrize(("whole", "value"), [(True, BaseValue(value=None)), (False, None)])
def test_of_a_target_that_is_missing_nobody_knows_where_a_file_was_broken(
    *, whole: bool, value: BaseValue | None
) -> None:
    was = base(COMMIT, [desired(about="Old")], whole=whole)
    assert was.value(THERE.key, "about") == value
    assert was.value(target().key, "email") == BaseValue(value=None)


def test_of_two_files_for_one_target_nobody_knows_which_counted() -> None:
    was = base(COMMIT, [desired(about="One"), desired(about="Two", to=target("twin"))], whole=True)
    assert (was.whole, was.value(target().key, "about")) == (False, None)
