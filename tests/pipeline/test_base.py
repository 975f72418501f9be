"""Where each change comes from, told by a base revision, the ledger and what is live: from the command line on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reconciler.core.memory.records import LedgerEntry, RecordState
from reconciler.effects.ledger import record_entries
from reconciler.effects.ledger.sqlite import LEDGER_FILE, SqliteLedger
from tests.pipeline.test_loop import CAFE, LOGO
from tests.support import record
from tests.support.fleet import Fleet
from tests.support.repository import Shop

WRITE_ONLY = "version: 1\naccounts:\n  bakery: {provider: pickyassist, endpoint: sandbox, application: 12}\n"


@pytest.fixture
def shop(fleet: Fleet, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shop:
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    return Shop(fleet, capsys)


def berlin(shop: Shop, about: str, *, live: str = "") -> str:
    """Write what the profile asks for, and what somebody made of the number."""
    address = shop.fleet.profile(about=about)
    if live:
        shop.fleet.edit(address, about=live)
    return address


def at_base(shop: Shop, about: str) -> None:
    """Commit a profile that was never applied."""
    berlin(shop, about)
    shop.git.commit()


def applied(shop: Shop, about: str) -> None:
    """Commit a profile, and apply it."""
    at_base(shop, about)
    assert shop.apply().code == 0


def row_1(shop: Shop) -> None:
    at_base(shop, "One")
    key = ("meta", "sandbox", berlin(shop, "Two", live="Other"))
    lost = record("about", state=RecordState.UNSETTLED, intent="Lost")
    record_entries(
        SqliteLedger(shop.fleet.root / ".reconciler" / LEDGER_FILE), [LedgerEntry(key=key, records=(lost,))], note="x"
    )


def row_2(shop: Shop) -> None:
    at_base(shop, "One")
    berlin(shop, "One", live="One")


def row_2_edited(shop: Shop) -> None:
    applied(shop, "One")
    berlin(shop, "Two", live="Two")


def row_3(shop: Shop) -> None:
    shop.fleet.write("reconciler.yaml", WRITE_ONLY)
    shop.fleet.write("berlin.yaml", 'account: bakery\nnumber: "+914422334455"\nprofile: {about: One}\n')
    shop.git.commit()
    assert shop.apply().code == 0


def row_4(shop: Shop) -> None:
    applied(shop, "One")
    berlin(shop, "Two")


def row_4_merged(shop: Shop) -> None:
    applied(shop, "One")
    at_base(shop, "Two")


def row_5(shop: Shop) -> None:
    """Merged and never applied, somebody did it by hand, and now it is edited again."""
    applied(shop, "One")
    at_base(shop, "Two")
    berlin(shop, "Three", live="Two")


def row_6(shop: Shop) -> None:
    """The edit of row 5 was stopped, and the next commit asks for nothing new."""
    row_5(shop)
    shop.git.commit()
    assert shop.run("apply", "--base", "HEAD~1").code == 3
    shop.git.commit()


def row_7(shop: Shop) -> None:
    applied(shop, "One")
    berlin(shop, "One", live="Hacked")


def row_8(shop: Shop) -> None:
    applied(shop, "One")
    berlin(shop, "Two", live="Hacked")


def row_9(shop: Shop) -> None:
    shop.git.commit()
    berlin(shop, "One", live="Theirs")


def row_10(shop: Shop) -> None:
    """Newly managed, and the first apply was stopped; the next commit asks for nothing new."""
    row_9(shop)
    shop.git.commit()
    assert shop.run("apply", "--base", "HEAD~1", "-y").code == 3
    shop.git.commit()


def row_11(shop: Shop) -> None:
    at_base(shop, "One")
    berlin(shop, "Two", live="One")


def row_12(shop: Shop) -> None:
    at_base(shop, "One")
    berlin(shop, "Two", live="Theirs")


def row_13(shop: Shop) -> None:
    at_base(shop, "One")
    berlin(shop, "One", live="Theirs")


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (row_1, "unsettled"),
        (row_2, "in sync"),
        (row_2_edited, "already live"),
        (row_3, "assumed"),
        (row_4, "edited"),
        (row_4_merged, "pending"),
        (row_5, "edited"),
        (row_6, "pending"),
        (row_8, "conflict"),
        (row_9, "adopted"),
        (row_10, "adopted"),
        (row_11, "edited"),
        (row_12, "conflict"),
        (row_13, "unrecorded"),
    ],
)
def test_every_row_of_the_table_comes_out_of_the_command_line(
    shop: Shop, made: Callable[[Shop], None], said: str
) -> None:
    made(shop)
    ran = shop.plan()
    assert ran.found == {"berlin.about": said}
    assert (ran.code, ran.json["base"], ran.json["head"]) == (0, shop.git("rev-parse", "HEAD"), ran.json["base"])


def test_drift_is_told_apart_where_a_profile_is_read_for_another_field(shop: Shop) -> None:
    """Row 7. A profile of which nothing moved in the files or the ledger is not read: `drift` looks at it."""
    row_7(shop)
    ran = shop.plan()
    assert (ran.found, [one["status"] for one in ran.json["targets"]]) == ({}, ["not read"])
    shop.fleet.profile(about="One", email="new@shop.example")
    assert shop.plan().found == {"berlin.about": "drifted", "berlin.email": "adopted"}


def test_the_text_says_why_each_change_exists(shop: Shop) -> None:
    at_base(shop, "One")
    berlin(shop, "Two", live="One")
    assert "  ~ about        changed in the files (profiles/berlin.yaml:6)\n" in shop.run("plan", "--base", "HEAD").out


def test_an_older_base_explains_more_than_one_merge(shop: Shop) -> None:
    at_base(shop, "One")
    at_base(shop, "Two")
    berlin(shop, "Two", live="One")
    assert shop.plan("HEAD").found == {"berlin.about": "unrecorded"}
    assert shop.plan("HEAD~1").found == {"berlin.about": "edited"}


def test_a_file_that_was_renamed_is_no_change(shop: Shop) -> None:
    at_base(shop, "One")
    shop.fleet.edit(berlin(shop, "One"), about="One")
    (shop.fleet.root / "profiles" / "berlin.yaml").rename(shop.fleet.root / "profiles" / "mitte.yaml")
    ran = shop.plan()
    assert (ran.found, ran.json["released"]) == ({"mitte.about": "in sync"}, [])


def test_a_changed_template_changes_the_profiles_that_extend_it(shop: Shop) -> None:
    shop.fleet.write("templates/bakery.yaml", "profile: {about: One}\n")
    address = shop.fleet.profile(email="a@b.example")
    text = (shop.fleet.root / "profiles" / "berlin.yaml").read_text()
    shop.fleet.write("berlin.yaml", f"{text}extends: [templates/bakery.yaml]\n")
    shop.git.commit()
    shop.fleet.edit(address, about="One", email="a@b.example")
    shop.fleet.write("templates/bakery.yaml", "profile: {about: Two}\n")
    assert shop.plan().found == {"berlin.about": "edited", "berlin.email": "in sync"}


def test_a_picture_is_compared_with_the_bytes_of_the_base(shop: Shop) -> None:
    picture = shop.fleet.root / "profiles" / "pictures" / "logo.png"
    picture.parent.mkdir()
    picture.write_bytes(LOGO.read_bytes())
    shop.fleet.profile(picture="pictures/logo.png")
    shop.git.commit()
    shop.apply()
    (shop.fleet.root / ".reconciler" / LEDGER_FILE).unlink()
    picture.write_bytes(CAFE.read_bytes())
    assert shop.plan().found == {"berlin.picture": "edited"}


def test_what_is_no_longer_managed_is_listed_and_left_as_it_is(shop: Shop) -> None:
    shop.fleet.profile("berlin", 0, about="One", email="a@b.example")
    gone = shop.fleet.profile("munich", 1, about="One")
    shop.git.commit()
    shop.fleet.profile("berlin", 0, about="One")
    (shop.fleet.root / "profiles" / "munich.yaml").unlink()
    said = f"No longer managed here; live stays as it is:\n  berlin: email\n  munich ({gone}, meta at sandbox): about\n"
    assert said in shop.run("plan", "--base", "HEAD").out
    whole = [(one["profile"], one["fields"], one["whole"]) for one in shop.plan().json["released"]]
    assert whole == [("berlin", ["email"], False), ("munich", ["about"], True)]
    only = shop.plan("HEAD", "berlin").json["released"]
    assert [one["profile"] for one in only] == ["berlin"]


def test_the_ledger_too_knows_what_is_no_longer_managed(shop: Shop) -> None:
    shop.fleet.profile(about="One", email="a@b.example")
    shop.apply()
    shop.fleet.profile(about="One")
    (left,) = shop.run("plan", "--json").json["released"]
    assert (left["profile"], left["fields"], left["whole"]) == ("berlin", ["email"], False)
    shop.apply()
    assert shop.run("plan", "--json").json["released"] == []


def test_what_moves_to_another_account_is_released_there_and_adopted_here(shop: Shop) -> None:
    at_base(shop, "One")
    address = "106540352242000"
    text = (shop.fleet.root / "profiles" / "berlin.yaml").read_text()
    shop.fleet.write("berlin.yaml", text.replace("bakery", "other").replace(f'phone_number_id: "{address}"\n', ""))
    settings = (shop.fleet.root / "profiles" / "reconciler.yaml").read_text()
    other = "  other: {provider: 360dialog, endpoint: sandbox}\n"
    shop.fleet.write("reconciler.yaml", settings.replace("policy:", f"{other}policy:"))
    ran = shop.plan()
    assert ran.found == {"berlin.about": "adopted"}
    assert [(one["provider"], one["whole"]) for one in ran.json["released"]] == [("meta", True)]


@pytest.mark.parametrize("name", ["nope", "-x", "", "0123456789" * 4])
def test_a_base_that_cannot_be_read_explains_less_and_stops_nothing(shop: Shop, name: str) -> None:
    at_base(shop, "One")
    berlin(shop, "Two", live="One")
    ran = shop.plan(name)
    assert (ran.code, ran.json["base"], ran.found) == (0, None, {"berlin.about": "adopted"})
    assert ran.codes == ["base-unreadable", "base-settings"]


def test_a_repository_without_git_has_no_base(shop: Shop) -> None:
    berlin(shop, "One", live="Theirs")
    ran = shop.plan()
    assert (ran.code, ran.json["base"], ran.json["head"], ran.codes[0]) == (0, None, None, "base-unreadable")


@pytest.mark.parametrize("length", [40, 64])
def test_before_a_new_branch_there_is_no_base(shop: Shop, length: int) -> None:
    """It is what a push event says that was before."""
    at_base(shop, "One")
    ran = shop.plan("0" * length)
    assert (ran.code, ran.json["base"], ran.codes) == (0, None, ["no-base"])
    assert ran.found == {"berlin.about": "adopted"}


def test_where_a_profile_of_the_base_was_broken_nobody_knows_whether_it_was_managed(shop: Shop) -> None:
    """What is new in the pull request may have stood in the file that nobody can read."""
    shop.fleet.profile("berlin", 0, about="One")
    shop.fleet.write("munich.yaml", "account: [")
    shop.git.commit()
    first, second = shop.fleet.profile("berlin", 0, about="Two"), shop.fleet.profile("munich", 1, about="Two")
    shop.apply("munich")
    shop.fleet.edit(first, about="One")
    shop.fleet.edit(second, about="Hacked")
    ran = shop.plan()
    assert ran.found == {"berlin.about": "edited", "munich.about": "drifted"}
    assert ran.codes == ["base-broken"]
    shop.git("checkout", "-q", "--orphan", "fresh")
    (shop.fleet.root / "profiles" / "munich.yaml").unlink()
    shop.git.commit()
    shop.fleet.profile("munich", 1, about="Two")
    assert shop.plan().found["munich.about"] == "conflict"


def test_the_base_can_be_named_in_the_environment(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    at_base(shop, "One")
    monkeypatch.setenv("RECONCILER_BASE", "HEAD")
    assert shop.run("plan", "--json").json["base"] == shop.git("rev-parse", "HEAD")


def test_an_apply_is_explained_by_what_was_pushed_before_it(shop: Shop) -> None:
    at_base(shop, "One")
    before = shop.git("rev-parse", "HEAD")
    shop.fleet.edit(berlin(shop, "Two"), about="One")
    shop.git.commit()
    ran = shop.run("apply", "-y", "--base", before, "--json")
    assert (ran.code, ran.found, ran.json["base"]) == (0, {"berlin.about": "edited"}, before)
    assert ran.json["run"]["outcomes"][0]["status"] == "applied"


def test_only_what_asks_for_something_else_than_before_can_be_planned(shop: Shop) -> None:
    for index, name in enumerate(("berlin", "munich", "vienna")):
        shop.fleet.profile(name, index, about="One")
    shop.git.commit()
    shop.fleet.profile("munich", 1, about="Two")
    (shop.fleet.root / "profiles" / "berlin.yaml").rename(shop.fleet.root / "profiles" / "mitte.yaml")
    (shop.fleet.root / "profiles" / "vienna.yaml").unlink()
    shop.fleet.forget()
    ran = shop.plan("HEAD", "--changed-since", "HEAD")
    assert list(ran.found) == ["munich.about"]
    assert [one["profile"] for one in ran.json["released"]] == ["vienna"]
    assert not any("106540352242000" in asked["path"] for asked in shop.fleet.requests())
    assert shop.run("plan", "berlin", "--changed-since", "HEAD").code == 1


def test_that_nothing_changed_is_no_mistake(shop: Shop) -> None:
    """Another selection of which nothing is left is one."""
    at_base(shop, "One")
    ran = shop.run("plan", "--changed-since", "HEAD")
    said = "notice: no profile asks for anything else than it did then [nothing-changed]\n\nNothing is selected.\n"
    assert (ran.code, ran.out) == (0, said)
    berlin(shop, "One")
    shop.fleet.profile(mode="paused", about="One")
    assert shop.run("plan", "--changed-since", "HEAD").code == 3
    (shop.fleet.root / "profiles" / "berlin.yaml").unlink()
    assert shop.run("plan", "--changed-since", "HEAD").code == 3


def test_without_a_known_base_everything_is_planned(shop: Shop) -> None:
    at_base(shop, "One")
    ran = shop.run("plan", "--changed-since", "nope", "--json")
    assert (ran.code, ran.codes, list(ran.found)) == (0, ["base-unreadable"], ["berlin.about"])
