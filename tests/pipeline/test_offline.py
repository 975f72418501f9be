"""An offline plan: what a pull request edits, without a call, a credential or any variable at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from reconciler.effects.http import client
from tests.pipeline.test_base import applied, at_base, berlin, row_1, row_3
from tests.support.fleet import Fleet
from tests.support.repository import Shop

REAL = "version: 1\naccounts:\n  bakery: {provider: meta, credentials: {token: {env: META_TOKEN}}}\n"
FIRST = (
    "Offline plan: no provider was asked. What is remembered stands in for what is live, "
    "so nothing that was changed elsewhere is seen."
)

MISSED = (
    "notice: no credential of account bakery is here: this run did not look at its 1 profile, "
    "so nothing that was changed elsewhere is seen [no-credential]\n"
    "    to see what is live, set {env: META_TOKEN}"
)


@pytest.fixture
def shop(fleet: Fleet, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shop:
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    return Shop(fleet, capsys)


def offline(shop: Shop, *more: str) -> Any:
    """Plan offline; no call is made."""
    shop.fleet.forget()
    ran = shop.run("plan", "--offline", "--json", *more)
    assert shop.fleet.requests() == []
    return ran


def changes(ran: Any) -> list[tuple[Any, ...]]:
    """Return each change: where it comes from, and what is known of the value before."""
    found = [change for target in ran.json["targets"] for change in target["changes"]]
    return [(one["origin"], one["before_is"], one["before"], one["note"]) for one in found]


def test_it_says_first_what_it_is(shop: Shop) -> None:
    berlin(shop, "One")
    ran = shop.run("plan", "--offline")
    assert (ran.code, ran.out.splitlines()[0]) == (0, FIRST)
    assert offline(shop).json["offline"] is True
    assert shop.run("plan", "--json").json["offline"] is False


def test_it_needs_no_variable_no_secret_and_no_provider(shop: Shop) -> None:
    """The account is a real one; its credential is nowhere, and a connection would fail the test."""
    shop.fleet.write("reconciler.yaml", REAL)
    at_base(shop, "One")
    berlin(shop, "Two")
    command = [sys.executable, "-m", "reconciler", "-C", str(shop.fleet.root), "plan", "--json", "--base", "HEAD"]
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", ".")}
    assert subprocess.run(command, env=environ, capture_output=True, check=False).returncode == 1
    ran = subprocess.run([*command, "--offline"], env=environ, capture_output=True, check=False)
    (target,) = json.loads(ran.stdout)["targets"]
    assert (ran.returncode, ran.stderr, [change["origin"] for change in target["changes"]]) == (0, b"", ["edited"])


def test_without_the_real_accounts_credential_only_the_fallback_plans_it(shop: Shop) -> None:
    """It is what a pull request's job runs: green, and it says what it did not see."""
    shop.fleet.write("reconciler.yaml", REAL)
    berlin(shop, "One")
    assert shop.run("plan").code == 1
    ran = shop.run("plan", "--offline-fallback")
    assert (ran.code, ran.out.split("\n\n")[:2]) == (0, [FIRST, MISSED])
    assert shop.run("plan", "--offline-fallback", "--json", "--detailed-exitcode").json["reasons"] == ["changes"]


def test_no_line_to_any_provider_is_made(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("an offline plan made a client")

    monkeypatch.setattr(client.ReadClient, "__init__", never)
    monkeypatch.setenv("RECONCILER_LEDGER_KEY", "short")
    berlin(shop, "One")
    assert offline(shop).code == 0


def test_what_was_sent_and_is_asked_for_still_is_assumed_and_never_in_sync(shop: Shop) -> None:
    applied(shop, "One")
    ran = offline(shop)
    assert (ran.found, ran.code, ran.json["complete"]) == ({"berlin.about": "assumed"}, 0, True)
    text = shop.run("plan", "--offline").out
    assert "in sync" not in text
    assert "      about: assumed, not looked at (remembered since " in text
    assert text.endswith("Nothing to do: 1 assumed (not read).\n")


def test_what_a_run_only_saw_is_not_called_sent(shop: Shop) -> None:
    """Looking records what is in sync, and `history` knows of no run that sent it."""
    berlin(shop, "One", live="One")
    shop.fleet.drift()
    assert shop.fleet.entries()
    text = shop.run("plan", "--offline").out
    assert "      about: assumed, not looked at (remembered since " in text
    assert "sent" not in text


def test_what_was_changed_elsewhere_is_not_seen(shop: Shop) -> None:
    applied(shop, "One")
    berlin(shop, "One", live="Hacked")
    assert offline(shop, "--base", "HEAD").found == {"berlin.about": "assumed"}


def test_an_edit_of_what_was_sent_is_shown_against_it(shop: Shop) -> None:
    applied(shop, "One")
    berlin(shop, "Two")
    assert changes(offline(shop, "--base", "HEAD")) == [("edited", "assumed", "One", "")]
    text = shop.run("plan", "--offline").out
    assert '      - "One"\n      - (assumed: remembered since ' in text
    assert "cannot be read back" not in text


def test_what_was_merged_and_never_applied_is_pending(shop: Shop) -> None:
    applied(shop, "One")
    at_base(shop, "Two")
    assert [origin for origin, *_ in changes(offline(shop, "--base", "HEAD"))] == ["pending"]


def test_without_a_ledger_an_edit_is_shown_against_the_base(shop: Shop) -> None:
    """A CI machine has no memory; the base revision is in every clone."""
    at_base(shop, "One")
    berlin(shop, "Two")
    note = "the value before is the one that the base revision has"
    assert changes(offline(shop, "--base", "HEAD")) == [("edited", "assumed", "One", note)]
    text = shop.run("plan", "--offline", "--base", "HEAD").out
    assert f'      {note}\n      - "One"\n      + "Two"' in text


def test_without_a_ledger_what_is_as_the_base_has_it_is_assumed(shop: Shop) -> None:
    at_base(shop, "One")
    ran = offline(shop, "--base", "HEAD")
    (unchanged,) = ran.json["targets"][0]["unchanged"]
    assert (unchanged["reason"], unchanged["note"]) == ("assumed", "as the base revision has it")


def test_without_a_ledger_and_a_base_everything_is_newly_managed(shop: Shop) -> None:
    berlin(shop, "One")
    assert changes(offline(shop)) == [("adopted", "unknown", None, "")]
    text = shop.run("plan", "--offline").out
    assert "newly managed: it was not looked at, and nothing is remembered of it" in text


def test_a_field_that_is_new_in_a_known_profile_is_unrecorded_without_a_base(shop: Shop) -> None:
    applied(shop, "One")
    shop.fleet.profile(about="One", email="a@b.example")
    assert offline(shop).found == {"berlin.about": "assumed", "berlin.email": "unrecorded"}
    text = shop.run("plan", "--offline").out
    assert "  ≠ email        it was not looked at, and nothing is remembered of it (profiles/berlin.yaml:" in text
    assert text.splitlines()[-1] == "Nothing will be sent · 1 left for a person (1 unrecorded)"
    assert offline(shop, "--base", "HEAD").found == {"berlin.about": "assumed", "berlin.email": "adopted"}


def test_a_run_that_never_knew_is_said_to(shop: Shop) -> None:
    row_1(shop)
    assert changes(offline(shop, "--base", "HEAD"))[0][:3] == ("unsettled", "unknown", None)


def test_what_can_never_be_read_is_as_it_always_is(shop: Shop) -> None:
    row_3(shop)
    assert offline(shop, "--base", "HEAD").found == {"berlin.about": "assumed"}


def test_an_observed_profile_is_shown_apart_and_a_paused_one_left_out(shop: Shop) -> None:
    shop.fleet.profile("berlin", 0, mode="observe", about="One")
    shop.fleet.profile("munich", 1, mode="paused", about="One")
    text = shop.run("plan", "--offline").out
    assert "Only observed, never applied:" in text
    assert "live: (not looked at)" in text
    assert "paused in its file" in text


def test_a_broken_file_is_an_error_as_anywhere(shop: Shop) -> None:
    shop.fleet.write("berlin.yaml", "account: nobody\n")
    assert shop.run("plan", "--offline").code == 1


def test_a_ledger_that_cannot_be_read_explains_less_and_stops_nothing(shop: Shop) -> None:
    """As for a pull request from a fork, whose token may not even read the branch."""
    at_base(shop, "One")
    berlin(shop, "Two")
    ledger = shop.fleet.root / ".reconciler" / "ledger.sqlite3"
    ledger.parent.mkdir(exist_ok=True)
    ledger.write_text("not a database, and far too long to be taken for the beginning of one" * 20)
    ran = offline(shop, "--base", "HEAD")
    assert (ran.code, [change[:3] for change in changes(ran)]) == (0, [("edited", "assumed", "One")])
    assert [problem["code"] for problem in ran.json["diagnostics"]] == ["ledger-unreadable"]
    assert shop.run("plan").code == 1
