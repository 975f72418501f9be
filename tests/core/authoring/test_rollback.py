"""What of a run is put back into the files: what it sent, where the files still ask for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.authoring.edits import Authored, LeftOut
from reconciler.core.authoring.rolling_back import Rollback, RollbackReport, objections, rollback
from reconciler.core.basics import Reason
from reconciler.core.fields import Picture, SecretRef, Value, Webhook
from reconciler.core.memory.runs import FieldOutcome, FieldStatus, Outcome, RunRecord
from reconciler.core.target import Assumed, Before, Desired, DesiredField, Target
from tests.support import Unknown, change, desired, picture, target
from tests.support.planning import wanted

HOOK = Webhook(url="https://new.example/wa", verify_token=SecretRef(env="WEBHOOK_VERIFY"))


def did(
    field: str = "about",
    *,
    before: Value | Before = "Old",
    after: Value = "New",
    status: FieldStatus = FieldStatus.APPLIED,
) -> FieldOutcome:
    """Return what became of one field."""
    return FieldOutcome.of(change(field, before=before, after=after), status)


def record(*fields: FieldOutcome, to: Target | None = None) -> RunRecord:
    """Return the record of a run that wrote to one target."""
    outcomes = (Outcome(target=to or target(), fields=fields),)
    return RunRecord(run="12", commit="", started="2026-08-02", finished="", digest="", outcomes=outcomes)


def found(run: RunRecord, *profiles: Desired, held: Picture | None = None) -> Rollback:
    """Return what is to be done; the only picture below profiles/ is the one that is `held`."""

    def find(asked: Picture) -> Picture | None:
        return held if held is not None and held.sha256 == asked.sha256 else None

    return rollback(run, profiles, find=find)


def verdict(run: RunRecord, profile: Desired, held: Picture | None = None) -> Any:
    """Return the one value that is put back, with what is said of it; or why it is not."""
    (one,) = found(run, profile, held=held).revisions
    assert one.desired is profile
    if one.left:
        (left,) = one.left
        assert (one.wanted, left.file, left.failed) == ((), profile.file, False)
        return left.reason
    (again,) = one.wanted
    return again.value, again.detail


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (FieldStatus.APPLIED, ""),
        (FieldStatus.ACKNOWLEDGED, ""),
        (FieldStatus.UNCONVERGED, "what that run sent had not shown when it ended"),
        (FieldStatus.UNKNOWN, "whether what that run sent arrived was not known when it ended"),
    ],
)
def test_what_was_sent_is_put_back_and_what_is_not_certain_is_said(status: FieldStatus, told: str) -> None:
    assert verdict(record(did(status=status)), desired(about="New")) == ("Old", told)


@pytest.mark.parametrize("status", [FieldStatus.FAILED, FieldStatus.NOT_SENT, FieldStatus.LEFT_ALONE])
def test_what_was_not_sent_is_not_spoken_of(status: FieldStatus) -> None:
    run = record(did(status=status))
    assert found(run, desired(about="New")) == Rollback((), (), 0)
    assert found(run) == Rollback((), (), 0)


def test_what_the_files_say_already_is_only_counted() -> None:
    assert found(record(did()), desired(about="Old")) == Rollback((), (), 1)


def test_what_was_changed_since_is_left_alone() -> None:
    assert verdict(record(did()), desired(about="Newer")) == "it was changed since that run, and is left alone"


def test_a_field_that_is_not_managed_any_more_is_named() -> None:
    assert verdict(record(did()), desired(email="a@b.example")) == "the profile does not manage it any more"


@pytest.mark.parametrize(
    "elsewhere", [{"address": "1"}, {"endpoint": "https://graph.facebook.com"}, {"number": "+4930"}, {"profile": "ulm"}]
)
def test_a_profile_is_known_by_what_it_is_applied_to_and_not_by_its_name(elsewhere: dict[str, str]) -> None:
    run = record(did(), did("email", status=FieldStatus.FAILED), to=replace(target(), **elsewhere))
    made = found(run, desired(about="New"))
    same = not {"address", "endpoint"} & elsewhere.keys()
    assert [one.desired.target.profile for one in made.revisions] == (["berlin"] if same else [])
    told = [] if same else [("berlin", "", "about", "no profile is applied to its number any more")]
    assert [(one.profile, one.file, one.field, one.reason) for one in made.strangers] == told


def test_what_was_never_known_is_named() -> None:
    assert verdict(record(did(before=Unknown())), desired(about="New")) == "what was there before is not known"


def test_what_was_assumed_is_put_back_and_said_to_be() -> None:
    before = Assumed(value="Sent", since="2026-08-01", run="11")
    told = "as it was last sent, for it cannot be read back"
    assert verdict(record(did(before=before)), desired(about="New")) == ("Sent", told)


@pytest.mark.parametrize(("name", "before", "after"), [("about", "", "New"), ("websites", (), ("https://a.example",))])
def test_what_was_empty_is_put_back_empty(name: str, before: Value, after: Value) -> None:
    """Whether the provider lets it be cleared shows when the file is resolved."""
    assert verdict(record(did(name, before=before, after=after)), wanted({name: after})) == (before, "")


@pytest.mark.parametrize(
    ("before", "told"),
    [
        (Webhook(url="https://old.example/wa"), "it was https://old.example/wa"),
        (Webhook(url=""), "there was none"),
    ],
)
def test_a_webhook_is_named_to_be_put_back_by_hand(before: Webhook, told: str) -> None:
    said = verdict(record(did("webhook", before=before, after=HOOK)), desired(webhook=HOOK))
    assert said == f"a webhook is put back by hand, for its secrets are in no record; {told}"


def test_a_picture_is_put_back_where_a_file_holds_it() -> None:
    old, new = picture("a", file="pictures/old.png"), picture("b", grid="x")
    run = record(did("picture", before=replace(old, file=""), after=new))
    assert verdict(run, desired(picture=new), old) == (old, "")
    told = "no file in profiles/ holds what was there, a picture of 640 × 640 pixels"
    assert verdict(run, desired(picture=new)) == told


def test_links_are_told_by_what_they_mean_and_spelled_as_the_files_have_them() -> None:
    after = ("https://a.example", "https://b.example")
    run = record(
        did("websites", before=("https://b.example/", "https://c.example/"), after=("https://a.example/", after[1]))
    )
    assert verdict(run, desired(websites=after)) == (("https://b.example", "https://c.example/"), "")


def test_a_value_that_comes_from_elsewhere_is_said_to_be_overridden() -> None:
    field = DesiredField("about", "New", "profiles/templates/shop.yaml", line=4, column=3)
    profile = replace(desired(), fields=(field,))
    assert verdict(record(did()), profile) == ("Old", "overrides profiles/templates/shop.yaml:4")


def test_half_of_a_character_cannot_stand_in_a_file() -> None:
    assert verdict(record(did(before="half \ud83d")), desired(about="New")) == "it held half of a character"


# What no apply would have written


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"field": "motto"}, "'motto' of 'berlin': there is no such field"),
        ({"field": "../../etc"}, "'../../etc' of 'berlin': there is no such field"),
        ({"before": 7}, "'about' of 'berlin': what it says of before and after are no values of it"),
        ({"before": None}, "'about' of 'berlin': what it says of before and after are no values of it"),
        ({"after": ["New"]}, "'about' of 'berlin': what it says of before and after are no values of it"),
        ({"after": None}, "'about' of 'berlin': what it says of before and after are no values of it"),
        ({"before_is": "sure"}, "'about' of 'berlin': what it says of before and after are no values of it"),
        ({"before_is": "unknown"}, "'about' of 'berlin': what it says of before and after are no values of it"),
    ],
)
def test_what_is_no_value_of_a_field_is_objected_to(wrong: dict[str, Any], told: str) -> None:
    assert objections(record(replace(did(), **wrong))) == (told,)


def test_a_field_that_stands_twice_is_objected_to() -> None:
    assert objections(record(did(), did("email"), did())) == ("'about' of 'berlin' stands twice",)


def test_what_an_apply_writes_is_not_objected_to() -> None:
    fields = (
        did(),
        did("websites", before=(), after=("https://a.example",)),
        did("picture", before=picture("a", file=""), after=picture("b")),
        did("webhook", before=Webhook(url=""), after=HOOK),
        did("email", before=Unknown(), after="a@b.example"),
        did("address", before=Assumed(value="", since=""), after="Weg 1", status=FieldStatus.LEFT_ALONE),
    )
    assert objections(record(*fields)) == ()


# How it ends


def ended(**more: Any) -> set[Reason]:
    return {*RollbackReport(run="12", started="", **more).reasons}


def test_how_a_rollback_ends() -> None:
    written = Authored(profile="berlin", file="profiles/berlin.yaml", field="about")
    left = LeftOut(profile="berlin", file="profiles/berlin.yaml", field="about", reason="why")
    assert ended(written=(written,)) == set()
    assert ended(already=1) == set()
    assert ended() == {Reason.INCOMPLETE}
    assert ended(written=(written,), left=(left,)) == {Reason.INCOMPLETE}
    assert ended(written=(written,), left=(left, replace(left, failed=True))) == {Reason.ERROR}
