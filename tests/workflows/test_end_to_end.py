"""The whole way of a change, through the shipped workflows: proposed, planned, merged, applied, looked at again.

What people see at GitHub at the end is held against the files in golden/. To write those anew and read the difference:

    REWRITE_CASES=1 pytest tests/workflows/test_end_to_end.py
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest

from reconciler.forge.rules.comment import NOTE_END
from tests.support.fleet import Fleet
from tests.support.github import BOT
from tests.workflows.hosted import CALLERS, LOOKS, SECRETS, SETTINGS, VERSION, WRITES, Hosted, hosted

UPGRADE = "e" * 40
GOLDEN = Path(__file__).parent / "golden"
BERLIN, HAMBURG = "106540352242000", "106540352242001"


@pytest.fixture
def shop(tmp_path: Path, tool: Path) -> Iterator[Hosted]:
    """A repository of two profiles at GitHub; nothing has been applied yet."""
    with hosted(tmp_path, tool) as found:
        yield found


def same(text: str, name: str, *, shop: Hosted) -> None:
    """Hold what people see against its golden file."""
    path, plain = GOLDEN / f"{name}.md", shop.plain(text).rstrip("\n") + "\n"
    if os.environ.get("REWRITE_CASES"):
        path.write_text(plain, encoding="utf-8")
    assert plain == path.read_text(encoding="utf-8")


def comment(shop: Hosted, number: int) -> str:
    """Return the only comment of a pull request."""
    (said,) = shop.github.said(number)
    assert said.author == BOT
    return said.body


def issue(shop: Hosted) -> tuple[int, str]:
    """Return the only issue: its number and body."""
    (found,) = (thread for thread in shop.github.repository.threads.values() if thread.pull is None)
    assert (found.author, found.open) == (BOT, True)
    return found.number, found.body or ""


def credentials(shop: Hosted) -> set[str]:
    """Return what opened the provider, as it keeps it, since somebody last looked."""
    used = {asked["credential"] for asked in shop.world.journal()}
    shop.world.forget()
    return used


def nothing_tells_a_secret(shop: Hosted) -> None:
    """Look for every secret in what the runs kept, in what stands at GitHub and in the ledger."""
    archives = [ZipFile(path) for path in shop.runner.artifacts.rglob("*.zip")]
    kept = [archive.read(name).decode() for archive in archives for name in archive.namelist()]
    told = [remark.body for remark in shop.github.repository.remarks.values()]
    told += [thread.body or "" for thread in shop.github.repository.threads.values()]
    text = "\n".join([*kept, *told, shop.bare("log", "-p", "reconciler-ledger")])
    assert len(kept) > 5
    assert [secret for secret in shop.runner.secrets.values() if secret in text] == []


def upgrade(shop: Hosted) -> None:
    """Push another commit of the tool to main, as Dependabot does; what runs next is that one's."""
    shop.runner.tools = {UPGRADE: shop.runner.tools[VERSION]}
    for path in (shop.git.root / ".github" / "workflows").iterdir():
        path.write_text(path.read_text().replace(VERSION, UPGRADE))
    shop.commit("upgrade")
    shop.git("push", "-q", "origin", "main")
    shop.world.forget()
    # It changes no profile: no reviewer of the environment is asked, and no provider called.
    ran = shop.apply(shop.git("rev-parse", "HEAD"), before=shop.git("rev-parse", "HEAD^"))
    assert ran.jobs == {"review": "success"}, ran.log
    assert "no apply is owed" in ran.log
    assert shop.world.journal() == []
    changed = shop.git("show", "--numstat", "--format=", "HEAD").splitlines()
    assert changed == [f"1\t1\t.github/workflows/{name}.yml" for name in ("apply", "drift", "gates", "plan")]


@pytest.mark.parametrize("required", [True, False], ids=["as it was reviewed", "as it is then"])
def test_a_change_goes_all_the_way(shop: Hosted, required: bool, *, long: bool) -> None:
    if not required and not long:
        pytest.skip("what differs is held by test_conditions.py; --long runs it")

    # A person starts the first apply by hand.
    ran = shop.apply_by_hand()
    assert ran.jobs == {"review": "success", "apply": "success", "report": "success"}, ran.log
    assert shop.live(BERLIN)["about"] == "Fresh bread in Berlin"
    shop.world.forget()

    # A pull request is planned; the plan asks for a label, for it empties an address.
    before = shop.bare("rev-parse", "main")
    if required:
        shop.call(replace(CALLERS, require_reviewed=True))
    shop.fleet.profile("berlin", 0, about="Fresh bread in Berlin, every day", address="")
    number = shop.propose("longer-hours")
    ran = shop.plan(number)
    assert ran.jobs == {"plan": "success", "comment": "success"}, ran.log
    same(comment(shop, number), "comment-after-plan", shop=shop)
    assert credentials(shop) == {LOOKS}
    assert shop.live(BERLIN)["about"] == "Fresh bread in Berlin"

    # It is labelled, merged and applied, and the same comment says what became of it.
    shop.github.label(number, "allow-clear", by="bob")
    commit = shop.merge(number)
    ran = shop.apply(commit, before=before)
    assert ran.jobs == {"review": "success", "apply": "success", "report": "success"}, ran.log
    # Before a reviewer of production is asked, the job that asks no provider has shown what will be sent.
    assert "#### Will be sent" in ran.summaries["review"]
    assert "`Fresh bread in Berlin`**`, every day`**" in ran.summaries["review"]
    assert shop.live(BERLIN)["about"] == "Fresh bread in Berlin, every day"
    assert WRITES in credentials(shop)
    assert (shop.runner.artifacts / str(shop.runner.last) / "reconciler-reviewed.zip").exists() == required
    same(comment(shop, number), "comment-after-apply", shop=shop)
    assert [one for one in shop.github.repository.threads.values() if one.pull is None] == []

    # The team upgrades the tool: the commit in four files, and nothing else, in none of which a setting is lost.
    upgrade(shop)

    # A number is edited elsewhere: one issue says so.
    shop.edit(HAMBURG, about="Sold out!")
    ran = shop.look()
    assert ran.jobs == {"drift": "success", "issue": "success"}, ran.log
    found, body = issue(shop)
    same(body, "issue-of-drift", shop=shop)

    # It is kept: the proposal holds what is live, and changes nothing else. The second look opens no second issue.
    ran = shop.look(adopt=True)
    assert (issue(shop)[0], shop.github.said(found)) == (found, [])
    assert ran.jobs == {"drift": "success", "issue": "success", "adopt": "success", "propose": "success"}, ran.log
    proposal = max(shop.github.repository.threads)
    thread = shop.github.repository.threads[proposal]
    assert thread.pull is not None
    assert (thread.pull.head_ref, thread.pull.base_ref) == ("reconciler/adopt", "main")
    assert shop.bare("diff", "--name-only", "main", "reconciler/adopt") == "profiles/hamburg.yaml"
    assert '"Sold out!"' in shop.bare("show", "reconciler/adopt:profiles/hamburg.yaml")
    same(f"{thread.title}\n\n{thread.body}", "proposal", shop=shop)
    nothing_tells_a_secret(shop)


def test_two_shards_are_looked_at_side_by_side_and_one_issue_says_what_both_found(shop: Hosted) -> None:
    shop.call(replace(CALLERS, shards=2))
    shop.commit("two shards")
    shop.git("push", "-q", "origin", "main")
    ran = shop.look()
    assert ran.jobs == {"shard": "success", "drift": "success", "issue": "success"}, ran.log
    kept = {path.stem for path in (shop.runner.artifacts / str(shop.runner.last)).iterdir()}
    assert kept == {"reconciler-drift", *(f"reconciler-drift-shard-{part}-of-2" for part in (1, 2))}
    _, body = issue(shop)
    # Nothing was ever applied, so that no record says since when the four fields differ.
    assert ("4 differences without a record in 2 profiles" in body, "shard" in body) == (True, False)


def test_two_shards_go_all_the_way_as_one(shop: Hosted, *, long: bool) -> None:
    """One comment, one plan that is sent, one issue: what several jobs did side by side is told as of one."""
    if not long:
        pytest.skip("its parts are held by test_conditions.py, by the look above and in tests/cli; --long runs it")
    before = shop.bare("rev-parse", "main")
    # The numbers show what the files say.
    shop.edit(BERLIN, about="Fresh bread in Berlin", address="Torstraße 1, 10119 Berlin")
    shop.edit(HAMBURG, about="Fresh bread in Hamburg", email="hamburg@goldcrust.example")
    shop.call(replace(CALLERS, shards=2))
    shop.fleet.profile("berlin", 0, about="Fresh bread, every day", address="Torstraße 1, 10119 Berlin")
    shop.fleet.profile("hamburg", 1, about="Fresh bread, every night", email="hamburg@goldcrust.example")
    number = shop.propose("longer-hours")
    ran = shop.plan(number)
    assert ran.jobs == {"shard": "success", "plan": "success", "comment": "success"}, ran.log
    said = comment(shop, number)
    assert "2 changes in 2 profiles" in said
    assert ("berlin" in said, "hamburg" in said, "shard" in said) == (True, True, False)
    assert credentials(shop) == {LOOKS}
    with ZipFile(shop.runner.artifacts / str(shop.runner.last) / "reconciler-plan.zip") as kept:
        assert {"plan.html", "plan.json", "page.json"} <= set(kept.namelist())

    ran = shop.apply(shop.merge(number), before=before)
    jobs = ("review", "plan", "merge", "shard", "report")
    assert ran.jobs == dict.fromkeys(jobs, "success"), ran.log
    # The reviewer of production sees the whole before a shard begins.
    assert "2 changes in 2 profiles" in ran.summaries["merge"]
    assert [shop.live(address)["about"] for address in (BERLIN, HAMBURG)] == [
        "Fresh bread, every day",
        "Fresh bread, every night",
    ]
    assert "2 changes written in 2 profiles" in comment(shop, number)
    assert [one for one in shop.github.repository.threads.values() if one.pull is None] == []

    shop.edit(BERLIN, about="Sold out!")
    shop.edit(HAMBURG, about="Sold out too!")
    ran = shop.look()
    assert ran.jobs == {"shard": "success", "drift": "success", "issue": "success"}, ran.log
    _, body = issue(shop)
    assert ("2 differences in 2 profiles" in body, "shard" in body) == (True, False)


def test_a_gate_is_red_before_the_merge_until_a_label_counts_and_the_apply_judges_again(shop: Hosted) -> None:
    before = shop.bare("rev-parse", "main")
    # The numbers show what the files say.
    shop.edit(BERLIN, about="Fresh bread in Berlin", address="Torstraße 1, 10119 Berlin")
    shop.github.person("cat", "write")
    shop.fleet.profile("berlin", 0, about="Fresh bread in Berlin", address="")
    number = shop.propose("no-address")
    shop.github.pushed(shop.bare("rev-parse", f"refs/pull/{number}/head"), by="bob", branch="no-address")
    assert shop.plan(number).green
    shop.world.forget()

    # The account that pushed labels it itself.
    shop.github.label(number, "allow-clear", by="bob")
    ran = shop.gates(number)
    assert ran.jobs == {"gates": "failure"}, ran.log
    why = "allow-clear of bob does not count: bob put it on, and pushed the last commit"
    assert why in ran.log
    assert why in ran.summaries["gates"]
    # What is below it is the plan as before.
    note, planned, below = comment(shop, number).partition(NOTE_END)
    same(note + planned, "note-of-gates", shop=shop)
    assert below.startswith("\n### WhatsApp profiles:")

    # Another person does.
    shop.github.unlabel(number, "allow-clear", by="bob")
    shop.github.label(number, "allow-clear", by="cat")
    ran = shop.gates(number)
    assert ran.jobs == {"gates": "success"}, ran.log
    assert "Each gate in the way has a label that counts." in comment(shop, number)
    assert why not in comment(shop, number)
    # The check asked no provider.
    assert shop.world.journal() == []

    # The label goes after the check was green, and the apply stops all the same.
    shop.github.unlabel(number, "allow-clear", by="cat")
    ran = shop.apply(shop.merge(number), before=before)
    assert ran.jobs == {"review": "success", "apply": "failure", "report": "success"}, ran.log
    assert shop.live(BERLIN)["address"] == "Torstraße 1, 10119 Berlin"


def test_a_second_folder_has_environments_turns_artifacts_a_ledger_and_a_branch_of_its_own(shop: Hosted) -> None:
    """Production stands at the top of the repository, and staging in a folder below it."""
    staging = replace(
        CALLERS,
        name="staging",
        directory="shops/staging",
        plan_environment="staging-plan",
        production_environment="staging",
        drift_environment="staging-plan",
        proposals_environment="staging-proposals",
    )
    shop.secrets = {"staging-plan": SECRETS["profiles-plan"], "staging": SECRETS["profiles-production"]}
    shop.call(staging)
    fleet = Fleet(shop.git.root / "shops" / "staging")
    fleet.write("reconciler.yaml", SETTINGS.format(endpoint=shop.endpoint))
    fleet.profile("hamburg", 1, about="Staged bread")
    number = shop.propose("staging")
    ran = shop.plan(number)
    assert ran.jobs == {"plan": "success", "comment": "success"}, ran.log
    assert '"key":"shops/staging"' in comment(shop, number)
    assert "Staged bread" in comment(shop, number)
    shop.merge(number)
    assert shop.apply_by_hand().green
    assert shop.live(HAMBURG)["about"] == "Staged bread"
    # The folder at the top was neither read nor applied.
    assert "about" not in shop.live(BERLIN)
    shop.edit(HAMBURG, about="Sold out!")
    ran = shop.look(adopt=True)
    assert ran.jobs == {"drift": "success", "issue": "success", "adopt": "success", "propose": "success"}, ran.log
    assert issue(shop)[1].count('"key":"shops/staging"') == 1, ran.log
    branches = shop.bare("for-each-ref", "--format=%(refname:short)", "refs/heads").split()
    assert {"reconciler-ledger-shops%2Fstaging", "reconciler/adopt-shops-staging"} < set(branches)
    assert (
        shop.bare("diff", "--name-only", "main", "reconciler/adopt-shops-staging")
        == "shops/staging/profiles/hamburg.yaml"
    )
    kept = {path.stem for path in shop.runner.artifacts.rglob("*.zip")}
    assert kept == {
        f"reconciler-{what}-shops-staging" for what in ("plan", "apply", "drift", "adopted", "adopted-page")
    }


def test_of_two_quick_merges_only_the_newer_one_writes(shop: Hosted) -> None:
    first_base, before = shop.bare("rev-parse", "main"), shop.live(BERLIN)
    shop.fleet.profile("berlin", 0, about="First", address="Torstraße 1, 10119 Berlin")
    first = shop.merge(shop.propose("first"))
    shop.fleet.profile("hamburg", 1, about="Second", email="hamburg@goldcrust.example")
    number = shop.propose("second")
    second = shop.merge(number)

    ran = shop.apply(first, before=first_base)
    older = shop.runner.last
    assert ran.green, ran.log
    assert f"Superseded by {second[:12]}" in ran.log
    assert shop.live(BERLIN) == before

    ran = shop.apply(second, before=first)
    assert ran.green, ran.log
    assert [shop.live(address)["about"] for address in (BERLIN, HAMBURG)] == ["First", "Second"]

    # Somebody repeats the older run: it writes nothing, and says nothing where the newer one did.
    said, ledger = comment(shop, number), shop.bare("rev-parse", "reconciler-ledger")
    ran = shop.apply(first, before=first_base, again=older)
    assert ran.green, ran.log
    assert f"Superseded by {second[:12]}" in ran.log
    assert [shop.live(address)["about"] for address in (BERLIN, HAMBURG)] == ["First", "Second"]
    assert shop.bare("rev-parse", "reconciler-ledger") == ledger
    assert comment(shop, number) == said
    assert [one for one in shop.github.repository.threads.values() if one.pull is None] == []


def test_a_fork_is_planned_from_memory_with_no_secret_and_no_comment(shop: Hosted) -> None:
    shop.fleet.profile("berlin", 0, about="From outside")
    number = shop.propose("outside", author="eve", fork="eve/profiles")
    ran = shop.plan(number, fork=True)
    assert ran.jobs == {"outside": "success"}, ran.log
    assert "From outside" in ran.summaries["outside"]
    assert shop.github.said(number) == []
    assert shop.world.journal() == []


def test_a_merge_queue_is_planned_against_where_it_began_although_the_clone_is_shallow(shop: Hosted) -> None:
    shop.fleet.profile("berlin", 0, about="Queued", address="Torstraße 1, 10119 Berlin")
    number = shop.propose("queued")
    ran = shop.queue(number, base=shop.bare("rev-parse", "main~1"))
    assert ran.jobs == {"plan": "success"}, ran.log
    assert "Queued" in ran.summaries["plan"]
    assert "base-unreadable" not in ran.log
    assert shop.github.said(number) == []


def test_a_mistake_is_shown_at_its_line_and_takes_the_place_of_the_plan_in_the_comment(shop: Hosted) -> None:
    shop.fleet.profile("berlin", 0, about="Short", address="Torstraße 1, 10119 Berlin")
    number = shop.propose("too-long")
    assert shop.plan(number).green
    assert "`Short`" in comment(shop, number)

    shop.fleet.profile("berlin", 0, about="a" * 140, address="Torstraße 1, 10119 Berlin")
    shop.propose_anew(number)
    ran = shop.plan(number)
    assert ran.jobs == {"plan": "failure", "comment": "success"}, ran.log
    assert re.search(r"::error file=profiles/berlin\.yaml,line=6,col=\d+,.*::about is 140 characters", ran.log), ran.log
    assert "about is 140 characters, 1 over" in comment(shop, number)
    assert "`Short`" not in comment(shop, number)


def test_what_cannot_be_applied_opens_an_issue_that_the_next_apply_closes(shop: Hosted) -> None:
    shop.edit(BERLIN, about="Written by somebody else")
    ran = shop.apply_by_hand()
    assert ran.jobs == {"review": "success", "apply": "failure", "report": "success"}, ran.log
    number, body = issue(shop)
    same(body, "issue-of-apply", shop=shop)

    assert shop.apply_by_hand("first-contact").green
    assert not shop.github.repository.threads[number].open


def test_an_apply_that_died_before_it_could_say_so_is_told_by_another_job(shop: Hosted) -> None:
    shop.github.trouble(403, "Resource not accessible by integration", path="/pulls", times=99)
    before = shop.bare("rev-parse", "main~1")
    ran = shop.apply(shop.bare("rev-parse", "main"), before=before)
    assert ran.jobs == {"review": "failure", "report": "success"}, ran.log
    _, body = issue(shop)
    assert f"/actions/runs/{shop.runner.last}" in body
