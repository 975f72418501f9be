"""`rollback`: what a run changed goes back into the files, and the next apply brings the number back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from reconciler.core.authoring.rolling_back import RollbackReport
from reconciler.core.basics import InvalidInput, Reason
from reconciler.core.memory.runs import RunRecord
from reconciler.core.memory.stored import record_to_json
from reconciler.pipeline.editing import rollback_run
from tests.support.fleet import Fleet

PICTURES = Path(__file__).parents[2] / "profiles" / "pictures"
ADDRESS, NUMBER = "106540352242922", "+493012345678"
HEAD = f'account: bakery\nnumber: "{NUMBER}"\nphone_number_id: "{ADDRESS}"\n'
OLD = f"""\
{HEAD}extends: [templates/shop.yaml]
profile:
  address: 'Torstraße 1'  # until we move
  description: "Rye.\\nCakes."
  websites: [https://a.example/x]  # the shop
"""
NEW = f"""\
{HEAD}extends: [templates/shop.yaml]
profile:
  address: 'Weg 2'  # until we move
  description: Bread
  websites: []  # the shop
"""


@pytest.fixture
def shop(fleet: Fleet) -> Fleet:
    """A shop that was applied once, changed in its files and applied again."""
    fleet.write("templates/shop.yaml", "profile: {about: Fresh bread}\n")
    fleet.write("berlin.yaml", OLD)
    fleet.apply()
    return fleet


def changed(fleet: Fleet, text: str = NEW) -> RunRecord:
    """Apply another text of the file, and return the record of that run."""
    fleet.write("berlin.yaml", text)
    fleet.clock.seconds += 60
    record = fleet.apply().record
    assert record is not None
    return record


def saved(fleet: Fleet, record: RunRecord, **more: Any) -> str:
    """Save a record to a file."""
    path = fleet.root / "run.json"
    path.write_text(json.dumps({**record_to_json(record), **more}), encoding="utf-8")
    return str(path)


def rolled_back(fleet: Fleet, name: str) -> RollbackReport:
    return rollback_run(fleet.context, name)


def file(fleet: Fleet) -> str:
    return (fleet.root / "profiles" / "berlin.yaml").read_text(encoding="utf-8")


def left(report: RollbackReport) -> dict[str, str]:
    return {one.field: one.reason for one in report.left}


@pytest.mark.parametrize("by_name", [True, False])
def test_the_files_say_again_what_was_there_and_the_next_apply_sends_it(shop: Fleet, by_name: bool) -> None:
    before = dict(shop.live(ADDRESS))
    record = changed(shop)
    assert shop.live(ADDRESS) != before
    report = rolled_back(shop, record.run if by_name else saved(shop, record))
    assert [one.field for one in report.written] == ["address", "description", "websites"]
    assert (report.left, report.already, report.run) == ((), 0, record.run)
    assert report.reasons == frozenset()
    assert file(shop) == NEW.replace("Weg 2", "Torstraße 1").replace("Bread\n", "|-\n    Rye.\n    Cakes.\n").replace(
        "[]", "[https://a.example/x]"
    )
    assert shop.plan().reasons == {Reason.CHANGES}
    shop.apply()
    assert shop.live(ADDRESS) == before


def test_a_second_rollback_finds_everything_as_it_was(shop: Fleet) -> None:
    record = changed(shop)
    rolled_back(shop, record.run)
    before = file(shop)
    report = rolled_back(shop, record.run)
    assert (report.written, report.left, report.already, file(shop)) == ((), (), 3, before)
    assert report.reasons == frozenset()


def test_what_came_from_a_template_is_written_into_the_profiles_own_file(shop: Fleet) -> None:
    shop.write("templates/shop.yaml", "profile: {about: Fresh rolls}\n")
    record = changed(shop, OLD)
    report = rolled_back(shop, record.run)
    assert [(one.field, one.detail) for one in report.written] == [
        ("about", "overrides profiles/templates/shop.yaml:1")
    ]
    assert file(shop) == OLD + "  about: Fresh bread\n"


def test_what_was_changed_since_and_what_cannot_be_written_is_named(shop: Fleet) -> None:
    more = "  industry: RESTAURANT\n  webhook: {url: 'https://hooks.example/wa', verify_token: {env: WEBHOOK_VERIFY}}\n"
    record = changed(shop, NEW + more)
    shop.write("berlin.yaml", (NEW + more).replace("Weg 2", "Weg 3"))
    report = rolled_back(shop, record.run)
    assert [one.field for one in report.written] == ["description", "websites"]
    assert {name: why.partition(";")[0] for name, why in left(report).items()} == {
        "industry": "validate refuses it: industry cannot be cleared at Meta",
        "address": "it was changed since that run, and is left alone",
        "webhook": "a webhook is put back by hand, for its secrets are in no record",
    }
    assert report.reasons == {Reason.INCOMPLETE}
    assert "address: 'Weg 3'  # until we move" in file(shop)


def test_a_profile_that_is_gone_is_named(shop: Fleet) -> None:
    record = changed(shop)
    shop.profile("munich", 1, about="Fresh bread")
    (shop.root / "profiles" / "berlin.yaml").unlink()
    report = rolled_back(shop, record.run)
    assert {(one.profile, one.file, one.reason) for one in report.left} == {
        ("berlin", "", "no profile is applied to its number any more")
    }
    assert report.reasons == {Reason.INCOMPLETE}


def test_a_picture_is_put_back_where_a_file_holds_its_bytes(shop: Fleet) -> None:
    """What a provider shows is its own rendering, which a file holds where it was imported or adopted."""
    (shop.root / "profiles" / "pictures").mkdir()
    for name in ("logo.png", "cafe.png"):
        shutil.copy(PICTURES / name, shop.root / "profiles" / "pictures" / name)
    changed(shop, OLD + "  picture: pictures/logo.png\n")
    record = changed(shop, OLD + "  picture: pictures/cafe.png\n")
    told = left(rolled_back(shop, record.run))["picture"]
    assert told == "no file in profiles/ holds what was there, a picture of 640 × 640 pixels"
    shop.drift()
    kept = shop.root / "profiles" / "pictures" / "kept.jpg"
    kept.write_bytes(_served(shop, "logo.png"))
    report = rolled_back(shop, record.run)
    assert [one.field for one in report.written] == ["picture"]
    assert "  picture: pictures/kept.jpg\n" in file(shop)


def _served(fleet: Fleet, name: str) -> bytes:
    from reconciler.sandbox.pictures import reencode

    return reencode((fleet.root / "profiles" / "pictures" / name).read_bytes(), declared="image/png")


def test_a_run_that_sent_nothing_is_not_rolled_back(shop: Fleet) -> None:
    record = changed(shop)
    report = rolled_back(shop, saved(shop, record, outcomes=[]))
    assert (report.written, report.left, report.already) == ((), (), 0)
    assert report.reasons == {Reason.INCOMPLETE}


def refused(fleet: Fleet, name: str) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as problem:
        rolled_back(fleet, name)
    return [(one.summary, one.hint) for one in problem.value.diagnostics]


def test_a_record_with_what_no_apply_writes_changes_nothing(shop: Fleet) -> None:
    record = changed(shop)
    (outcome,) = record_to_json(record)["outcomes"]
    fields = [{**field, "field": "../reconciler"} for field in outcome["fields"]] * 4
    name = saved(shop, record, outcomes=[{**outcome, "fields": fields}])
    found = refused(shop, name)
    assert len(found) == 10
    hint = "name the file that `apply --record FILE` wrote, or a run that `reconciler history` lists"
    assert found[0] == (f"{name}: '../reconciler' of 'berlin': there is no such field", hint)
    assert file(shop) == NEW


def test_an_unknown_run_is_refused_with_the_known_ones(shop: Fleet) -> None:
    record = changed(shop)
    asked = record.run[:-1] + "x"
    ((summary, hint),) = refused(shop, asked)
    assert summary == f"'{asked}' is no file, and no run that the ledger knows"
    assert hint.startswith("did you mean local-")


def test_without_any_run_it_says_so(fleet: Fleet) -> None:
    fleet.profile(about="Fresh bread")
    assert refused(fleet, "12") == [("'12' is no file, and no run that the ledger knows", "no run is recorded there")]
    ((summary, _),) = refused(fleet, "run.json")
    assert summary == "it cannot be read: No such file or directory"


def test_files_that_are_wrong_are_said_first(shop: Fleet) -> None:
    record = changed(shop)
    shop.write("berlin.yaml", NEW + "  motto: none\n")
    assert refused(shop, record.run)[0][0] == "unknown field 'motto'"


def test_a_text_with_the_only_use_of_a_variable_is_put_back(fleet: Fleet) -> None:
    text = f"{HEAD}vars: {{city: Berlin}}\nprofile:\n  about: Bread in ${{city}}  # the line\n"
    fleet.write("berlin.yaml", text)
    fleet.apply()
    record = changed(fleet, text.replace("Bread in", "Rolls in"))
    report = rollback_run(fleet.context, saved(fleet, record))
    assert (report.left, report.reasons) == ((), frozenset())
    assert (fleet.root / "profiles" / "berlin.yaml").read_text(encoding="utf-8") == text
