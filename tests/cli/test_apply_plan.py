"""`plan --out` and `apply PLAN.json` by command: what was reviewed is sent, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.fleet import Fleet
from tests.support.repository import Ran, Shop

Run = Callable[..., Ran]


@pytest.fixture
def run(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> Run:
    return Shop(fleet, capsys).run


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tmp_path / "plan.json")


def test_an_approved_plan_is_the_yes(fleet: Fleet, run: Run, file: str) -> None:
    address = fleet.profile(about="Fresh bread")
    run("plan", "--out", file)
    applied = run("apply", file)
    assert (applied.code, applied.last) == (0, "1 change applied")
    assert fleet.live(address)["about"] == "Fresh bread"
    again = run("apply", file)
    assert (again.code, again.last) == (0, "Nothing was written: there was nothing to write.")


def test_what_changed_in_the_files_since_stops_the_run_and_is_listed(fleet: Fleet, run: Run, file: str) -> None:
    fleet.profile("berlin", 0, about="Fresh bread")
    fleet.profile("munich", 1, about="More bread")
    run("plan", "--out", file)
    fleet.profile("munich", 1, about="Free bread!")
    fleet.forget()
    ran = run("apply", file, "--auto-approve")
    assert (ran.code, fleet.requests("POST")) == (3, [])
    assert ran.out.split("Not in the approved plan:\n\n")[1] == (
        "profiles/munich.yaml (+493012345001, account bakery)\n"
        "  ≠ about\n"
        "      approved:\n"
        '        - "Hey there! I am using WhatsApp."\n'
        '        + "More bread"\n'
        "      now:\n"
        '        - "Hey there! I am using WhatsApp."\n'
        '        + "Free bread!"\n\n'
        "Nothing was written: 1 change is not in the approved plan: plan again, and have that plan approved.\n"
    )


def test_what_changed_elsewhere_since_stops_the_run_and_json_lists_it(fleet: Fleet, run: Run, file: str) -> None:
    address = fleet.profile(about="Fresh bread")
    run("plan", "--out", file)
    fleet.edit(address, about="Hacked")
    ran = run("apply", file, "--json", "--allow", "first-contact")
    found = json.loads(ran.out)
    assert (ran.code, found["exit_code"], found["reasons"], found["run"]) == (3, 3, ["stopped"], None)
    (one,) = found["unapproved"]
    assert (one["profile"], one["elsewhere"], one["now"]["before"]) == ("berlin", [], "Hacked")
    assert one["approved"]["before"] == "Hey there! I am using WhatsApp."


def test_drift_that_the_approved_plan_shows_as_left_alone_is_left_alone_unless_its_flag_says_otherwise(
    fleet: Fleet, run: Run, file: str
) -> None:
    address = fleet.profile(about="Fresh bread")
    run("apply", "-y")
    fleet.edit(address, about="Hacked")
    run("plan", "--out", file)
    for arguments in (("apply", "-y"), ("apply", file)):
        assert (run(*arguments).code, fleet.live(address)["about"]) == (0, "Hacked")
    ran = run("apply", file, "--allow", "drifted")
    assert (ran.code, fleet.live(address)["about"]) == (0, "Fresh bread")


def test_drift_that_the_approved_plan_shows_as_sent_is_sent(fleet: Fleet, run: Run, file: str) -> None:
    fleet.settings(policy="{on_drift: overwrite}")
    address = fleet.profile(about="Fresh bread")
    run("apply", "-y")
    fleet.edit(address, about="Hacked")
    assert run("plan", "--out", file).last == "1 change in 1 profile will be sent"
    assert (run("apply", file).code, fleet.live(address)["about"]) == (0, "Fresh bread")


def test_an_approved_plan_leaves_accepted_drift_alone(fleet: Fleet, run: Run, file: str) -> None:
    fleet.settings(policy="{on_drift: overwrite}")
    address = fleet.profile(about="Fresh bread")
    run("apply", "-y")
    fleet.edit(address, about="Merry Christmas")
    live = json.loads(run("drift", "--json").out)["drifted"][0]["before_hash"]
    entry = f'{{profile: berlin, field: about, value: "{live}", reason: a campaign, until: 2999-12-27}}'
    fleet.write("drift-ignore.yaml", f"version: 1\nignore:\n  - {entry}\n")
    run("plan", "--out", file)
    for arguments in (("apply", "-y"), ("apply", file), ("apply", file, "--allow", "bulk")):
        ran = run(*arguments)
        assert (ran.code, fleet.live(address)["about"]) == (0, "Merry Christmas")
        assert "accepted: a campaign, until 2999-12-27; only --allow drifted sends it" in ran.out
    # Nor once its day has passed: the plan that was approved said that it is left alone.
    fleet.write("drift-ignore.yaml", f"version: 1\nignore:\n  - {entry.replace('2999', '2020')}\n")
    ran = run("apply", file)
    assert (ran.code, fleet.live(address)["about"]) == (0, "Merry Christmas")
    assert "it was accepted when the plan was approved, and is no longer: plan again" in ran.out
    assert (run("apply", file, "--allow", "drifted").code, fleet.live(address)["about"]) == (0, "Fresh bread")


def test_an_approved_plan_opens_no_gate(fleet: Fleet, run: Run, file: str) -> None:
    fleet.profile(webhook={"url": "https://hooks.example/wa", "verify_token": {"env": "WEBHOOK_VERIFY"}})
    run("plan", "--out", file)
    ran = run("apply", file)
    assert (ran.code, ran.last) == (3, "Nothing was written: the gate webhook stopped it.")
    assert run("apply", file, "--allow", "webhook").code == 0


def test_only_the_profiles_of_the_plan_are_looked_at_and_those_that_are_gone_are_said(
    fleet: Fleet, run: Run, file: str
) -> None:
    fleet.profile("berlin", 0, about="Fresh bread")
    fleet.profile("munich", 1, about="More bread")
    run("plan", "--out", file)
    (fleet.root / "profiles" / "munich.yaml").unlink()
    later = fleet.profile("hamburg", 2, about="Even more bread")
    ran = run("apply", file)
    assert (ran.code, ran.last) == (0, "1 change applied")
    assert "In the approved plan, and no longer in the files: munich." in ran.out
    assert not any(later in entry["path"] for entry in fleet.requests())


def test_a_plan_of_which_no_profile_is_left_is_no_success(fleet: Fleet, run: Run, file: str) -> None:
    """And above all it does not mean every profile."""
    fleet.profile("berlin", 0, about="Fresh bread")
    run("plan", "--out", file)
    (fleet.root / "profiles" / "berlin.yaml").unlink()
    fleet.profile("munich", 1, about="More bread")
    fleet.forget()
    assert (run("apply", file).code, fleet.requests()) == (3, [])


def test_a_folder_of_the_same_name_is_not_meant(fleet: Fleet, run: Run, file: str) -> None:
    fleet.profile("berlin", 0, about="Fresh bread")
    run("plan", "--out", file)
    inner = fleet.profile("berlin/mitte", 1, about="More bread")
    run("apply", file)
    assert not any(inner in entry["path"] for entry in fleet.requests())


def test_another_account_is_another_plan(fleet: Fleet, run: Run, file: str) -> None:
    fleet.profile(about="Fresh bread")
    run("plan", "--out", file)
    path = fleet.root / "profiles" / "reconciler.yaml"
    path.write_text(path.read_text().replace("  bakery:", "  cafe: {provider: meta, endpoint: sandbox}\n  bakery:"))
    shop = fleet.root / "profiles" / "berlin.yaml"
    shop.write_text(shop.read_text().replace("account: bakery", "account: cafe"))
    fleet.forget()
    ran = run("apply", file)
    assert (ran.code, fleet.requests("POST")) == (3, [])
    assert 'approved for the account "bakery", and now it is "cafe"' in ran.out


def test_a_plan_that_was_altered_is_refused_before_anything_is_read(fleet: Fleet, run: Run, file: str) -> None:
    fleet.profile(about="Fresh bread")
    run("plan", "--out", file)
    path = Path(file)
    path.write_text(path.read_text().replace("Fresh bread", "Free bread!"))
    fleet.forget()
    ran = run("apply", file, "--auto-approve")
    assert (ran.code, ran.out, fleet.requests()) == (1, "", [])
    assert ran.err == (
        f"{file}: error: 'berlin': it was altered: the digest of about is not that of the change [plan-document]\n"
        "    plan again with `plan --out FILE`, and have that plan approved\n"
        "More of this: reconciler explain plan-document\n\n1 error; nothing was done.\n"
    )


def test_a_plan_that_is_not_there_ends_with_1_and_in_json_as_json(run: Run) -> None:
    assert run("apply", "nowhere.json").code == 1
    assert json.loads(run("apply", "nowhere.json", "--json").out)["diagnostics"][0]["code"] == "plan-unreadable"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("a.json", "b.json"), "a.json is an approved plan and says itself what it is of: name nothing beside it"),
        (("berlin", "a.json"), "a.json is an approved plan and says itself what it is of: name nothing beside it"),
        (("a.json", "--resend", "webhook"), "no plan holds what --resend sends: leave it out, or apply without a plan"),
    ],
)
def test_what_cannot_stand_beside_a_plan_is_a_mistake_in_the_command_line(
    run: Run, arguments: tuple[str, ...], said: str
) -> None:
    ran = run("apply", *arguments)
    assert (ran.code, ran.out) == (64, "")
    assert said in ran.err
