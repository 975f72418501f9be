from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.core.fields import Mode, SecretRef
from reconciler.core.planning.base import base
from reconciler.core.planning.origin import BaseValue
from reconciler.core.target import Desired, Target
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


def was_target() -> Target:
    return target("berlin")


def keyed(*names: str, profile: str = "berlin") -> Desired:
    """Return a profile whose number has a credential of its own, in one of these variables."""
    found = desired(about="Old", to=target(profile))
    return replace(found, credentials=tuple(SecretRef(env=name) for name in names))


def test_another_credential_may_be_another_numbers_and_is_said() -> None:
    was = base(COMMIT, [keyed("D360_BERLIN"), desired(about="Old", to=THERE)], whole=True)
    (found,) = was.accessed([keyed("D360_MUNICH", "D360_ALL"), desired(about="New", to=THERE)])
    # A pull request's plan may be without any of the two, and so see no difference: a notice would be no comment.
    assert (found.severity, found.code, found.location.file) == ("warning", "credential", "profiles/berlin.yaml")
    assert found.summary == (
        "the credential of berlin is {env: D360_MUNICH} or {env: D360_ALL} here and {env: D360_BERLIN} at the base"
    )


def test_a_number_that_moves_to_another_account_is_a_warning() -> None:
    was = base(COMMIT, [desired(about="Old"), desired(about="Old", to=THERE)], whole=True)
    moved = desired(about="Old", to=replace(target(), account="other"))
    (told,) = was.accessed([moved, desired(about="Old", to=THERE), desired(about="New", to=target("ulm", address="9"))])
    assert (told.severity, told.code, told.location.file) == ("warning", "account-moved", "profiles/berlin.yaml")
    assert told.summary == f"berlin moves from account {target().account} to other"


def test_a_profile_that_moves_to_another_account_asks_for_the_same_and_is_not_unmoved() -> None:
    """Its calls go with another credential, so it is read."""
    was = base(COMMIT, [desired(about="Old")], whole=True)
    moved = desired(about="Old", to=replace(target(), account="other"))
    assert was.asked(moved)
    assert [was.unmoved(one) for one in (moved, desired(about="Old"), desired(about="New"))] == [False, True, False]


def test_another_spelling_of_the_number_is_no_change_of_it() -> None:
    mexico = replace(was_target(), number="+5216641633345")
    was = base(COMMIT, [replace(keyed("D360_BERLIN"), channel="", target=mexico)], whole=True)
    now = replace(keyed("D360_BERLIN"), channel="", target=replace(mexico, number="+526641633345"))
    assert list(was.renumbered([now])) == []


@pytest.mark.parametrize("channel", ["", "12"])
def test_a_changed_number_that_is_reached_as_before_is_said(channel: str) -> None:
    """No call names the number there, so the write goes where the earlier ones went."""
    was = base(COMMIT, [replace(keyed("D360_BERLIN"), channel=channel)], whole=True)
    moved = replace(was_target(), number="+493099999999", address="+493099999999")
    now = replace(keyed("D360_BERLIN"), channel=channel, target=moved)
    (found,) = was.accessed([now])
    assert (found.severity, found.code, found.location.file) == ("warning", "number-changed", "profiles/berlin.yaml")
    assert found.summary == f"berlin has the number +493099999999 here and {was_target().number} at the base"
    assert found.hint == "no call names the number; its credential is the same, so writes go to the same number"


@pytest.mark.parametrize(
    "now",
    [
        replace(keyed("D360_MUNICH"), channel="", target=THERE),
        replace(keyed("D360_BERLIN"), channel="7", target=THERE),
        replace(keyed("D360_BERLIN"), channel=None, target=THERE),
        replace(keyed("D360_BERLIN"), channel="", target=replace(THERE, account="other")),
        replace(keyed("D360_BERLIN", profile="renamed"), channel=""),
    ],
)
def test_a_number_that_is_reached_otherwise_is_another_number(now: Desired) -> None:
    was = base(COMMIT, [replace(keyed("D360_BERLIN"), channel="")], whole=True)
    assert list(was.renumbered([now])) == []


def test_of_the_same_credential_or_a_new_number_there_is_nothing_to_say() -> None:
    was = base(COMMIT, [keyed("D360_BERLIN")], whole=True)
    new = replace(keyed("D360_MUNICH"), target=THERE)
    assert list(was.rekeyed([keyed("D360_BERLIN", profile="renamed"), new])) == []


@pytest.mark.parametrize(
    ("now", "asked"),
    [
        (keyed("D360_BERLIN"), True),
        (keyed("D360_BERLIN", profile="renamed"), True),
        (keyed("D360_MUNICH"), False),
        (replace(keyed("D360_BERLIN"), mode=Mode.OBSERVE), False),
        (replace(keyed("D360_BERLIN"), fields=()), False),
        (replace(keyed("D360_BERLIN"), target=THERE), False),
    ],
)
def test_a_profile_asks_for_the_same_in_whatever_file(now: Desired, *, asked: bool) -> None:
    assert base(COMMIT, [keyed("D360_BERLIN")], whole=True).asked(now) is asked


def test_of_two_files_for_one_target_nobody_knows_which_counted() -> None:
    was = base(COMMIT, [desired(about="One"), desired(about="Two", to=target("twin"))], whole=True)
    assert (was.whole, was.value(target().key, "about")) == (False, None)
