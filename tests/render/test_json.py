from __future__ import annotations

import json
from dataclasses import replace

import pytest

from reconciler.core.basics import Cause, Location, Reason, exit_code, to_dict
from reconciler.core.comparing.difference import Became, Detail
from reconciler.core.fields import SecretRef, Webhook
from reconciler.core.memory.runs import FieldOutcome, FieldStatus, Outcome
from reconciler.core.planning.digest import change_digest
from reconciler.core.planning.document import ChangeDocument, PlanDocument, TargetDocument
from reconciler.core.planning.field_plan import UnchangedField, UnreadableField
from reconciler.core.planning.origin import SameReason
from reconciler.core.planning.plan import Plan, TargetStatus
from reconciler.core.reports.command_reports import ApplyReport, DriftReport, ShowReport, ValidateReport
from reconciler.core.safety.gates import PlanReport, Tripped
from reconciler.core.settings import Rule
from reconciler.core.target import Assumed, Before, Known, Linked, Live, Origin, Unknown, Unreadable, WriteOnly
from reconciler.render.json import apply_json, drift_json, dumps, plan_json, record_json, validate_json
from reconciler.render.text.show import show_json
from tests.support import change, desired, observed, picture, planned, target

HOOK = Webhook(url="https://hooks.example/wa", verify_token=SecretRef(env="WEBHOOK_VERIFY"))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Torstraße 👩‍🍳", r'"Torstra\u00dfe \ud83d\udc69\u200d\ud83c\udf73"'),
        ("\x1b[31m\x7f\x9b", r'"\u001b[31m\u007f\u009b"'),
        ("\u202e\u2028\ud800", r'"\u202e\u2028\ud800"'),
        ("::error::x ##[error] ###[", r'"::error::x ##\u005berror] ###\u005b"'),
        ("\\##[\\\x7f", r'"\\##\u005b\\\u007f"'),
    ],
)
def test_a_text_is_plain_ascii_that_no_runner_obeys_and_reads_back_as_it_was(text: str, written: str) -> None:
    document = dumps({"text": text})
    assert document == f'{{\n  "text": {written}\n}}'
    assert json.loads(document) == {"text": text}


def test_keys_are_in_order_whatever_order_they_were_put_in() -> None:
    assert dumps({"b": 1, "a": [True, None]}) == '{\n  "a": [\n    true,\n    null\n  ],\n  "b": 1\n}'


def test_a_change_is_everything_that_there_is_to_know_of_it() -> None:
    via, before = {"credential": "{env: D360_A}"}, ("https://a.example/",)
    one = replace(
        change("websites", before=before, after=("https://b.example",), note="a note", via=via),
        details=(Detail("[0]", Became.CHANGED, before="https://a.example/", after="https://b.example"),),
        source=Location(file="profiles/berlin.yaml", line=6, column=3),
    )
    (listed,) = plan_json(PlanReport(plan=Plan(targets=(planned(one),))))["targets"]
    assert listed == {
        "provider": "meta",
        "endpoint": "sandbox",
        "address": "106540352242922",
        "account": "bakery",
        "profile": "berlin",
        "number": "+493012345678",
        "file": "profiles/berlin.yaml",
        "status": "planned",
        "reason": "",
        "changes": [
            {
                "field": "websites",
                "action": "replace",
                "origin": "edited",
                "classes": [],
                "before": ["https://a.example/"],
                "before_is": "known",
                "before_since": None,
                "before_run": None,
                "before_sensitive": {},
                "after": ["https://b.example"],
                "after_sensitive": {},
                "details": [
                    {
                        "path": "[0]",
                        "became": "changed",
                        "before": "https://a.example/",
                        "after": "https://b.example",
                        "came_from": "",
                        "pieces": (),
                        "note": "",
                    }
                ],
                "note": "a note",
                "acknowledged": "",
                "via": {"credential": "{env: D360_A}"},
                "source": {"file": "profiles/berlin.yaml", "line": 6, "column": 3},
                "digest": change_digest(target(), one),
                "treatment": "will be sent",
            }
        ],
        "not_applied": [],
        "unchanged": [],
        "unreadable": [],
        "notes": [],
        "offline": False,
        "cause": None,
    }


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (Known(value="Brot"), {"before": "Brot", "before_is": "known", "before_since": None}),
        (Known(value=""), {"before": "", "before_is": "known", "before_since": None}),
        (
            Assumed(value="Brot", since="2026-08-02T09:30:00Z"),
            {"before": "Brot", "before_is": "assumed", "before_since": "2026-08-02T09:30:00Z"},
        ),
        (Unknown(), {"before": None, "before_is": "unknown", "before_since": None}),
    ],
)
def test_what_was_there_before_says_how_sure_it_is(before: Before, said: dict[str, object]) -> None:
    report = PlanReport(plan=Plan(targets=(planned(change(before=before)),)))
    (listed,) = plan_json(report)["targets"][0]["changes"]
    assert {key: listed[key] for key in said} == said


def test_what_stands_for_a_secret_is_marked_in_the_shape_of_its_value() -> None:
    one = change("webhook", before=HOOK, after=Webhook(url="https://new.example"))
    (listed,) = plan_json(PlanReport(plan=Plan(targets=(planned(one),))))["targets"][0]["changes"]
    assert (listed["before"], listed["before_sensitive"]) == (
        {"url": "https://hooks.example/wa", "verify_token": {"env": "WEBHOOK_VERIFY"}},
        {"verify_token": True},
    )
    assert (listed["after"], listed["after_sensitive"]) == ({"url": "https://new.example"}, {})
    assert listed["classes"] == ["webhook"]


def test_a_picture_is_told_by_its_hash_and_not_by_its_pixels() -> None:
    one = change("picture", before="", after=picture(grid="AAAA", alpha=True))
    (listed,) = plan_json(PlanReport(plan=Plan(targets=(planned(one),))))["targets"][0]["changes"]
    assert listed["after"] == {
        "sha256": "a" * 64,
        "mime": "image/png",
        "size": 2048,
        "width": 640,
        "height": 640,
        "file": "pictures/logo.png",
    }


def test_gates_are_listed_with_their_profiles() -> None:
    gate = Tripped(gate="clear", rule=Rule.ASK, summary="why", hint="how", profiles=("berlin", "munich"))
    document = plan_json(PlanReport(plan=Plan(targets=()), tripped=(gate,)))
    assert document["gates"] == [
        {"gate": "clear", "rule": "ask", "summary": "why", "hint": "how", "profiles": ["berlin", "munich"]}
    ]


def test_an_apply_says_the_plan_what_became_of_it_and_the_record() -> None:
    failed = FieldOutcome(field="about", status=FieldStatus.FAILED, detail="refused")
    outcome = Outcome(target=target(), fields=(failed,), reasons=(Reason.PARTLY,))
    report = ApplyReport(plan=Plan(targets=(planned(change()),)), outcomes=(outcome,), unrecorded="the disk is full")
    document = apply_json(report)
    assert (document["unrecorded"], document["stopped"], document["run"]) == ("the disk is full", "", None)
    assert document["exit_code"] == exit_code(report.reasons)
    assert record_json(report) is None


def test_drift_lists_what_it_could_not_read_and_what_it_could_not_write_apart() -> None:
    blocked = planned(change(origin=Origin.DRIFTED), status=TargetStatus.BLOCKED, reason="on the app")
    partly = replace(planned(), unreadable=(UnreadableField(field="about", reason="no reply"),))
    unread = planned(status=TargetStatus.UNREADABLE, reason="no reply")
    document = drift_json(DriftReport(plan=Plan(targets=(blocked, partly, unread))))
    assert [target["status"] for target in document["blocked"]] == ["blocked"]
    assert [target["status"] for target in document["unreadable"]] == ["planned", "unreadable"]
    assert [found["field"] for found in document["drifted"]] == ["about"]


CAUSE = Cause("No", reason="Too long.", code="100", trace="AYMX", hint="shorten it")


def test_a_plan_holds_the_parts_of_a_reason_and_the_trace_with_them() -> None:
    partly = replace(planned(), unreadable=(UnreadableField(field="about", reason="no", cause=CAUSE),))
    unread = replace(planned(status=TargetStatus.UNREADABLE, reason="no"), cause=CAUSE)
    first, second = plan_json(PlanReport(plan=Plan(targets=(partly, unread))))["targets"]
    assert first["unreadable"][0]["cause"] == second["cause"] == to_dict(CAUSE)
    assert (first["cause"], to_dict(CAUSE)["trace"]) == (None, "AYMX")


@pytest.mark.parametrize(
    ("live", "said"),
    [
        (observed(about="Brot"), {"known": "Brot"}),
        (observed(about=WriteOnly()), {"write_only": True}),
        (observed(about=Unreadable(reason="no reply")), {"unreadable": "no reply", "cause": None}),
        (observed(about=Linked(url="https://x.whatsapp.net/")), {"unreadable": "it was not read", "cause": None}),
        (observed(), {"unreadable": "the reply does not say", "cause": None}),
        (Unreadable(reason="no token"), {"unreadable": "no token", "cause": None}),
        (Unreadable.of(CAUSE), {"unreadable": "No: Too long. [100] (shorten it)", "cause": to_dict(CAUSE)}),
        (None, {"unreadable": "it was not read", "cause": None}),
    ],
)
def test_what_is_live_is_never_taken_for_empty(live: Live | None, said: dict[str, object]) -> None:
    report = ShowReport(desired=desired(about="Fresh bread"), live=live, entry=None, planned=planned())
    assert show_json(report)["fields"]["about"]["live"] == said


def test_a_validation_without_problems() -> None:
    assert validate_json(ValidateReport(profiles=2, diagnostics=())) == {
        "format_version": "2.0",
        "profiles": 2,
        "diagnostics": [],
        "reasons": [],
        "exit_code": 0,
    }


def test_what_is_written_has_the_keys_that_the_document_declares() -> None:
    document = plan_json(PlanReport(plan=Plan(targets=(planned(change()),))))
    target = document["targets"][0]
    # A plan of the whole fleet is of no shard, and says nothing of shards.
    assert set(document) == set(PlanDocument.model_fields) - {"fields", "shard", "selection", "program"}
    assert set(target) == set(TargetDocument.model_fields) - {"business", "line"}
    assert set(target["changes"][0]) == set(ChangeDocument.model_fields) - {"by_memory", "before_doubt"}
    assert PlanDocument.model_validate(json.loads(dumps(document))).digest == document["digest"]


def test_what_only_unvouched_memory_says_has_a_key_of_its_own() -> None:
    kept = UnchangedField("email", SameReason.ASSUMED, by_memory=True)
    one = replace(planned(replace(change(), by_memory=True)), unchanged=(kept,))
    document = json.loads(dumps(plan_json(PlanReport(plan=Plan(targets=(one,))))))
    (target_document,) = document["targets"]
    assert (target_document["changes"][0]["by_memory"], target_document["unchanged"][0]["by_memory"]) == (True, True)
    assert PlanDocument.model_validate(document).targets[0].changes[0].by_memory
