"""A plan document is foreign: what `plan --out` wrote is read back whole, and everything else is refused in words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.planning.digest import change_digest
from reconciler.core.planning.plan import Plan, TargetStatus
from reconciler.core.safety.approval import LARGEST_PLAN, ApprovedPlan, approved, permit
from reconciler.core.target import Unknown
from tests.support import Assumed, change, picture, planned, target
from tests.support.documents import ANYTHING, PLANS, document, forged, places, resealed
from tests.support.laws import tried

ONE = Plan(targets=(planned(change(before="Old")), planned(to=target("munich", address="1"))))


def problems(content: bytes | str) -> list[str]:
    """Return what is said of a document that must be refused; all of it is about the file and none of it a crash."""
    found = approved(content.encode() if isinstance(content, str) else content, file="plan.json")
    assert isinstance(found, tuple)
    assert {(problem.severity, problem.location.file) for problem in found} == {("error", "plan.json")}
    assert all(problem.hint for problem in found)
    return [problem.summary for problem in found]


def read(plan: Plan) -> ApprovedPlan:
    found = approved(document(plan).encode(), file="plan.json")
    assert isinstance(found, ApprovedPlan), found
    return found


@given(PLANS)
@tried(150)
def test_what_a_plan_wrote_permits_exactly_its_changes(plan: Plan) -> None:
    found = read(plan)
    looked_at = [(p, one) for p, one in plan.changes if not p.offline]
    assert found.permits == {(change_digest(p.target, one), p.target.account) for p, one in looked_at}
    assert found.accepted <= found.permits
    assert found.plan.digest == plan.digest
    assert set(found.profiles) == {planned.target.profile for planned in plan.targets}


def test_what_the_plan_says_is_accepted_is_known_to_be_so() -> None:
    one, other = change(before="Old"), change("email", before="a@b.example")
    plan = Plan(targets=(planned(replace(one, acknowledged="a campaign, until 2026-12-27"), other),))
    assert read(plan).accepted == {permit(target(), one)}
    assert read(plan).permits == {permit(target(), one), permit(target(), other)}


def test_what_was_planned_offline_is_read_and_permits_nothing() -> None:
    """The rest of the plan was made by looking, and is as good as ever."""
    given_up = replace(change("email", before="a@b.example"), acknowledged="until 2026-12-27")
    unlooked = planned(change(before="Old"), given_up, to=target("munich", address="1"), offline=True)
    found = read(Plan(targets=(planned(change()), unlooked)))
    assert found.permits == {permit(target(), change())}
    assert found.accepted == set()
    assert [one.offline for one in found.plan.targets] == [False, True]


@pytest.mark.parametrize("without", ["via", "offline"])
def test_a_document_from_before_either_was_known_is_read(without: str) -> None:
    """What its changes would need besides is not in it, and so is nothing that it permits."""
    data = json.loads(document(ONE))
    one = data["targets"][0]
    del (one["changes"][0] if without == "via" else one)[without]
    assert isinstance(approved(json.dumps(data).encode(), file="plan.json"), ApprovedPlan)


@pytest.mark.parametrize("version", ["2.0", "2.1", "2.17"])
def test_a_document_of_another_minor_version_is_read_as_far_as_its_keys_are_known(version: str) -> None:
    other = {**json.loads(document(ONE)), "format_version": version}
    assert isinstance(approved(json.dumps(other).encode(), file="plan.json"), ApprovedPlan)
    assert problems(json.dumps({**other, "later": 1})) == ["unknown key later"]


def test_what_else_decides_where_a_change_goes_is_permitted_with_it_alone() -> None:
    here, other = (change(via={"credential": f"{{env: D360_{name}}}"}) for name in "AB")
    found = read(Plan(targets=(planned(here),)))
    assert found.permits == {permit(target(), here)}
    assert not found.permits & {permit(target(), other), permit(target(), change())}


def test_a_profile_without_changes_is_named_too_and_each_only_once() -> None:
    assert read(ONE).profiles == {"berlin", "munich"}
    assert read(Plan(targets=(planned(), planned()))).profiles == {"berlin"}


@pytest.mark.parametrize("status", [one for one in TargetStatus if one is not TargetStatus.PLANNED])
def test_what_would_not_have_been_sent_is_not_permitted(status: TargetStatus) -> None:
    assert read(Plan(targets=(planned(change(), status=status),))).permits == frozenset()


def test_an_incomplete_plan_permits_what_it_holds() -> None:
    unread = planned(to=target("munich", address="1"), status=TargetStatus.UNREADABLE, reason="no reply")
    plan = Plan(targets=(planned(change()), unread))
    assert not plan.complete
    assert len(read(plan).permits) == 1


def test_each_kind_of_value_is_read_back() -> None:
    plan = Plan(
        targets=(planned(change(before=Assumed(value="Old", since="now")), change("picture", after=picture(grid="A"))),)
    )
    about, photo = (one for _, one in read(plan).plan.changes)
    assert (about.before, about.before_value, photo.after) == (Assumed(value="Old", since="now"), "Old", picture())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is not JSON"),
        (b"\xff\xfe", "it is not JSON"),
        (b"\xef\xbb\xbf{}", "it is not JSON"),
        (b'{"format_version": "1.0"', "it is not JSON"),
        (b'{"format_version": "1.0", "exit_code": NaN}', "it is not JSON"),
        (b'{"format_version": "1.0", "exit_code": -Infinity}', "it is not JSON"),
        (b'{"exit_code": ' + b"9" * 5000 + b"}", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b"[]", "it is no JSON object, and a plan is one"),
        (b'"plan"', "it is no JSON object, and a plan is one"),
        (b'{"digest": 1, "digest": 2}', "the key 'digest' stands twice in one place"),
        (b'{"a": [{"b": 1, "\\u0062": 2}]}', "the key 'b' stands twice in one place"),
        (b"{}", "its format has no version, and this program reads '2.0'"),
        (b'{"format_version": 1.0}', "its format has no version, and this program reads '2.0'"),
        *(
            (
                f'{{"format_version": "{version}"}}'.encode(),
                f"its format has version '{version}', and this program reads '2.0'",
            )
            for version in ("1.0", "20.0", "2", "2.", "2.x", "2.00000", "2.0 ")
        ),
    ],
    ids=range(21),
)
def test_what_is_no_plan_is_refused(content: bytes, said: str) -> None:
    assert problems(content) == [said]


def test_what_is_larger_than_any_plan_is_not_even_read() -> None:
    assert problems(bytes(LARGEST_PLAN + 1)) == ["it is larger than 128 MiB, and no plan is"]


def dropped(key: str) -> Callable[[Any], None]:
    return lambda data: data.pop(key)


def put(value: Any, *place: Any) -> Callable[[Any], None]:
    def edit(data: Any) -> None:
        for key in place[:-1]:
            data = data[key]
        data[place[-1]] = value

    return edit


CHANGE = ("targets", 0, "changes", 0)
NOT_A_VALUE = "'berlin': 'about' is not a field, or what stands there is not a value of it"
ALTERED = "'berlin': it was altered: the digest of about is not that of the change"


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (dropped("digest"), ["digest is missing"]),
        (put(1, "surprise"), ["unknown key surprise"]),
        (put(1, *CHANGE, "surprise"), ["unknown key targets[0].changes[0].surprise"]),
        (put("no", "complete"), ["complete should be true or false"]),
        (put(7, "targets", 1, "account"), ["targets[1].account should be text"]),
        (put("\ud800", "targets", 1, "status"), ["targets[1].status should be what `plan --out` writes there"]),
        (put({}, "targets"), ["targets should be a list"]),
        (put([], "summary"), ["summary should be an object"]),
        (put(None, *CHANGE), ["targets[0].changes[0] should be an object"]),
        (put(1.5, *CHANGE, "source", "line"), ["targets[0].changes[0].source.line should be a whole number"]),
        (
            put("asumed", *CHANGE, "before_is"),
            ["targets[0].changes[0].before_is should be 'known', 'assumed' or 'unknown'"],
        ),
        (put(1, "x" * 200), ["unknown key " + "x" * 80]),
        (put("Newer", *CHANGE, "after"), [ALTERED]),
        (put("Older", *CHANGE, "before"), [ALTERED]),
        (put("assumed", *CHANGE, "before_is"), [ALTERED]),
        (put("email", *CHANGE, "field"), ["'berlin': it was altered: the digest of email is not that of the change"]),
        (put("0" * 64, *CHANGE, "digest"), [ALTERED]),
        (put({"credential": "{env: D360_A}"}, *CHANGE, "via"), [ALTERED]),
        (put({"credential": 1}, *CHANGE, "via"), ["targets[0].changes[0].via.credential should be text"]),
        (put("https://graph.facebook.com", "targets", 0, "endpoint"), [ALTERED]),
        (put("1", "targets", 0, "address"), [ALTERED]),
        (put("0" * 64, "digest"), ["it was altered: its digest is not that of its changes"]),
        (put([], "targets", 0, "changes"), ["it was altered: its digest is not that of its changes"]),
        (put("observed", "targets", 0, "status"), ["it was altered: its digest is not that of its changes"]),
        (put(["New"], *CHANGE, "after"), [NOT_A_VALUE]),
        (put(None, *CHANGE, "after"), [NOT_A_VALUE]),
        (put(None, *CHANGE, "before"), [NOT_A_VALUE]),
        (put("unknown", *CHANGE, "before_is"), [NOT_A_VALUE]),
        (put("name", *CHANGE, "field"), [NOT_A_VALUE.replace("about", "name")]),
        (
            put(True, "offline"),
            ["it is an offline plan, which says nothing of what is live, so it cannot be applied"],
        ),
    ],
)
def test_a_document_that_was_changed_is_refused_and_told_what_of_it(
    edit: Callable[[Any], None], said: list[str]
) -> None:
    data = json.loads(document(ONE))
    edit(data)
    assert problems(json.dumps(data)) == said


PHOTO = Plan(targets=(planned(change("picture", after=picture()), change("webhook", before=Unknown())),))


@pytest.mark.parametrize(
    "value",
    [
        {**json.loads(document(PHOTO))["targets"][0]["changes"][0]["after"], "grid": "AAAA"},
        {**json.loads(document(PHOTO))["targets"][0]["changes"][0]["after"], "size": 2048.0},
        {"file": "../../etc/passwd"},
        "pictures/logo.png",
        {"url": "https://hooks.example"},
    ],
)
def test_a_picture_is_written_in_one_way_only(value: Any) -> None:
    text = resealed(forged(document(PHOTO), ("targets", 0, "changes", 0, "after"), value))
    assert problems(text)[0] == "'berlin': 'picture' is not a field, or what stands there is not a value of it"


@pytest.mark.parametrize(
    "value",
    [
        {"url": "https://x.example", "headers": {}},
        {"url": "https://x.example", "verify_token": "secret"},
        {"url": "https://x.example", "verify_token": {"env": "WEBHOOK_A", "file": ""}},
        {"url": 1},
        {},
        "https://x.example",
    ],
)
def test_a_webhook_is_written_in_one_way_only(value: Any) -> None:
    text = resealed(forged(document(PHOTO), ("targets", 0, "changes", 1, "after"), value))
    assert "'berlin': 'webhook' is not a field, or what stands there is not a value of it" in problems(text)


def test_of_very_many_problems_the_first_ten_are_said() -> None:
    data = json.loads(document(ONE)) | dict.fromkeys(map(str, range(25)), 0)
    said = problems(json.dumps(data))
    assert said == [*(f"unknown key {number}" for number in range(10)), "and 15 more problems"]


def test_problems_never_repeat_what_stands_in_the_document() -> None:
    """A value may be a person's address, or a secret that somebody put in the wrong place."""
    data = json.loads(document(ONE))
    data["held"] = {"about": "sesame"}
    data["targets"][0]["changes"][0]["origin"] = "sesame"
    assert "sesame" not in " ".join(problems(json.dumps(data)))


@pytest.mark.parametrize("value", [None, True, 1, 1.5, "x", "\ud800", [], {}], ids=repr)
def test_problems_are_told_without_a_word_of_a_programming_language(value: Any) -> None:
    text = document(ONE)
    for place in places(json.loads(text)):
        found = approved(forged(text, place, value).encode(), file="plan.json")
        said = " ".join(one.summary for one in found) if isinstance(found, tuple) else ""
        assert not re.search(r"tuple|dict|None|\bstr|bool|integer|instance|input", said), said


@given(plan=PLANS, value=ANYTHING, careful=st.booleans(), data=st.data())
@tried(200)
def test_whatever_stands_anywhere_in_a_document_it_is_read_or_refused(
    *, plan: Plan, value: Any, careful: bool, data: st.DataObject
) -> None:
    text = document(plan)
    forgery = forged(text, data.draw(st.sampled_from(list(places(json.loads(text))))), value)
    content = (resealed(forgery) if careful and forgery.startswith("{") else forgery).encode()
    found = approved(content, file="plan.json")
    assert isinstance(found, ApprovedPlan) or all(problem.summary and problem.hint for problem in found)


@given(st.binary(max_size=40) | ANYTHING.map(lambda value: json.dumps(value).encode()))
@tried(200)
def test_no_bytes_at_all_make_it_fail(content: bytes) -> None:
    assert problems(content)
