"""What has one cause is one group: by cause, account and fields, whatever the calls and the numbers are called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from reconciler.core.basics import Cause, Diagnostic, Location, error, notice, warning
from reconciler.core.memory.runs import FieldOutcome, FieldStatus, Outcome
from reconciler.core.planning.field_plan import UnreadableField
from reconciler.core.planning.plan import TargetPlan, TargetStatus
from reconciler.core.reports.causes import by_note, by_problem, causes_json, unread_groups, unsent_groups
from tests.support import planned, target

EXPIRED = Cause("Session has expired", code="190/463", hint="make a new one", credential="META_TOKEN")


def unread(name: str, cause: Cause | None = EXPIRED, *, account: str = "shops", reason: str = "") -> TargetPlan:
    where = replace(target(name, address=f"10000-{name}", number=f"+4930-{name}"), account=account)
    why = reason or (cause.text() if cause is not None else "")
    return replace(planned(to=where, status=TargetStatus.UNREADABLE, reason=why), cause=cause)


def without(one: TargetPlan, *fields: UnreadableField) -> TargetPlan:
    return replace(one, status=TargetStatus.PLANNED, reason="", cause=None, unreadable=fields)


def profiles(*found: TargetPlan) -> list[tuple[str, ...]]:
    return [group.profiles for group in unread_groups(found)]


def test_one_cause_is_one_group_whatever_its_calls_are_called() -> None:
    found = [unread(f"p{n}", replace(EXPIRED, trace=f"T{n}")) for n in range(300)]
    (group,) = unread_groups(found)
    assert (group.account, len(group.profiles), group.credentials, group.fields) == ("shops", 300, ("META_TOKEN",), ())
    assert group.cause == replace(EXPIRED, credential="")
    assert [one.cause.trace for one in group.members][:2] == ["T0", "T1"]


@pytest.mark.parametrize("part", ["message", "reason", "hint"])
def test_a_text_that_names_the_number_makes_no_cause_of_its_own(part: str) -> None:
    def of(name: str) -> TargetPlan:
        return unread(name, replace(EXPIRED, **{part: f"10000-{name} of +4930-{name} does not exist"}))

    (group,) = unread_groups([of("a"), of("b")])
    assert getattr(group.cause, part) == "… of … does not exist"


def test_a_short_address_is_not_looked_for_in_texts() -> None:
    found = [replace(one, target=replace(one.target, address="HTTP")) for one in [unread("a", Cause("HTTP 502"))]]
    assert unread_groups(found)[0].cause == Cause("HTTP 502")


@pytest.mark.parametrize(
    "other",
    [
        unread("b", replace(EXPIRED, code="190")),
        unread("b", account="others"),
        without(unread("b"), UnreadableField("picture", "Session has expired", EXPIRED)),
        unread("b", None, reason="it was not read"),
    ],
)
def test_another_cause_another_account_or_another_part_is_another_group(other: TargetPlan) -> None:
    assert profiles(unread("a"), other, unread("c")) == [("a", "c"), ("b",)]


def test_numbers_with_credentials_of_their_own_share_a_cause_and_name_them_all() -> None:
    (group,) = unread_groups([unread(name, replace(EXPIRED, credential=f"KEY_{name}")) for name in "abc"])
    assert group.credentials == ("KEY_a", "KEY_b", "KEY_c")


def test_fields_of_one_profile_that_one_cause_stopped_stand_together() -> None:
    down, gone = Cause("HTTP 502"), Cause("it is gone")
    fields = [UnreadableField(n, c.message, c) for n, c in (("about", down), ("picture", gone), ("email", down))]
    found = unread_groups([without(unread(name), *fields) for name in "ab"])
    assert [(group.fields, group.profiles) for group in found] == [
        (("about", "email"), ("a", "b")),
        (("picture",), ("a", "b")),
    ]


def failed(name: str, *fields: tuple[str, FieldStatus, Cause | None, str]) -> Outcome:
    found = tuple(FieldOutcome(field, status, detail=said, cause=cause) for field, status, cause, said in fields)
    return Outcome(target=target(name), fields=found)


def test_what_failed_and_what_was_not_sent_for_it_are_told_by_cause() -> None:
    small = Cause("Meta refused the picture", code="100/2388103")
    outcomes = [
        failed(
            name,
            ("picture", FieldStatus.FAILED, small, small.text()),
            ("about", FieldStatus.APPLIED, small, "seen"),
            ("email", FieldStatus.NOT_SENT, None, "picture was not taken"),
            ("address", FieldStatus.NOT_SENT, None, ""),
        )
        for name in ("ulm", "kiel")
    ]
    found = [(group.status, group.fields, group.cause.message, group.profiles) for group in unsent_groups(outcomes)]
    both = ("ulm", "kiel")
    assert found == [
        ("failed", ("picture",), "Meta refused the picture", both),
        ("not sent", ("email",), "picture was not taken", both),
    ]


def test_a_document_holds_each_group_with_every_profile() -> None:
    assert causes_json(unread_groups([unread("a"), unread("b")])) == [
        {
            "cause": {"message": "Session has expired", "reason": "", "code": "190/463", "hint": "make a new one"},
            "status": "not read",
            "account": "shops",
            "credentials": ["META_TOKEN"],
            "fields": [],
            "profiles": ["a", "b"],
        }
    ]


def test_a_remark_is_told_once_with_all_that_it_is_made_of() -> None:
    a, b = planned(to=target("a")), planned(to=target("b"))
    assert by_note([(a, "x"), (b, "y"), (b, "x")]) == (("x", (a, b)), ("y", (b,)))


def test_a_remark_that_differs_only_in_the_number_is_one() -> None:
    a, b = planned(to=target("a")), planned(to=target("b"))
    notes = [(one, f"whether it opens +4930{n}: it names {n} in 3 places") for one, n in ((a, 12345), (b, 67890))]
    assert by_note(notes) == (("whether it opens …: it names … in 3 places", (a, b)),)
    assert by_note(notes[:1]) == ((notes[0][1], (a,)),)


def at(found: Diagnostic, file: str) -> Diagnostic:
    return replace(found, location=Location(file, 3, 1))


def test_a_mistake_in_many_files_is_one_problem_with_its_places() -> None:
    unknown = error("unknown-account", "unknown account 'shop'", hint="did you mean shops?")
    found = [at(unknown, f"{n}.yaml") for n in range(400)]
    found.insert(1, at(error("other", "something else"), "x.yaml"))
    assert [(g.first.code, len(g.members), g.further) for g in by_problem(found)] == [
        ("unknown-account", 400, 0),
        ("other", 1, 0),
    ]


def test_a_mistake_in_few_files_is_told_at_each_in_order() -> None:
    files = [
        at(error("twice", "the same"), "a.yaml"),
        at(error("other", "x"), "b.yaml"),
        at(error("twice", "the same"), "c.yaml"),
        at(error("twice", "the same"), "d.yaml"),
    ]
    assert [group.members for group in by_problem(files)] == [(one,) for one in files]


def test_problems_that_ask_for_different_things_are_not_told_as_one() -> None:
    found = [error("unknown-key", "unknown key abuot", hint=f"did you mean {n % 2}?") for n in range(8)]
    assert [len(group.members) for group in by_problem(found)] == [4, 4]


@pytest.mark.parametrize("make", [warning, notice])
def test_of_warnings_of_one_kind_ten_are_told_and_the_others_are_counted(
    make: Callable[[str, str], Diagnostic],
) -> None:
    found = [make("placeholder", f"text {n}") for n in range(12)]
    assert [group.further for group in by_problem(found)] == [0] * 9 + [2]
    assert [group.further for group in by_problem(found[:10])] == [0] * 10


def test_no_error_goes_untold() -> None:
    assert len(by_problem(error("long", f"text {n}") for n in range(40))) == 40
