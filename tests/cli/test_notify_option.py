"""`--notify`: a chat hears of what people should know, and no result is changed by it."""

from __future__ import annotations

import json

import pytest

from reconciler.cli import main
from tests.support.fleet import Fleet
from tests.support.sockets import Server, reply


@pytest.fixture
def drifted(fleet: Fleet) -> Fleet:
    """A profile that was edited elsewhere."""
    address = fleet.profile(about="Fresh bread")
    fleet.apply()
    fleet.edit(address, about="Fresh rolls")
    return fleet


def run(fleet: Fleet, *words: str) -> int:
    return main(["-C", str(fleet.root), *words])


def heard(chat: Server) -> list[str]:
    return [json.loads(one.body)["text"] for one in chat.heard]


def point_at(chat: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECONCILER_NOTIFY_URL", f"{chat.origin}/services/secret")
    monkeypatch.setenv("RECONCILER_ALLOW_NOTIFY", chat.origin)


def test_drift_is_told_once_and_adopting_it_is_not(drifted: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(lambda _: reply(b"ok")) as chat:
        point_at(chat, monkeypatch)
        assert run(drifted, "drift", "--notify", "slack", "--detailed-exitcode") == 2
        assert run(drifted, "drift", "--notify", "slack", "--adopt") == 0
        assert run(drifted, "drift", "--notify", "slack") == 0
        found = heard(chat)
    assert found == ["WhatsApp profiles: 1 field in 1 profile differs from what was applied: berlin."]


def test_a_chat_that_fails_is_said_and_changes_no_code(
    drifted: Fleet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Server(lambda _: reply(b"", status=404)) as chat:
        point_at(chat, monkeypatch)
        assert run(drifted, "drift", "--json", "--notify", "slack", "--detailed-exitcode") == 2
    out, err = capsys.readouterr()
    assert json.loads(out)["exit_code"] == 2
    said = f"The chat was not told: 127.0.0.1:{chat.port} answered HTTP 404. The result is not changed by that.\n"
    assert err == said


def test_a_command_that_was_stopped_and_a_crash_are_told(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    fleet.profile(about="Fresh bread")
    with Server(lambda _: reply(b"ok")) as chat:
        point_at(chat, monkeypatch)
        with monkeypatch.context() as broken:
            broken.setattr("reconciler.pipeline.drift.without_skipped", lambda _: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                run(fleet, "drift", "--notify", "slack")
        (fleet.root / "profiles" / "berlin.yaml").write_text("account: nothing\n")
        assert run(fleet, "apply", "-y", "--notify", "slack") == 1
        found = heard(chat)
    assert found == [
        "WhatsApp profiles: drift was stopped before it had a result (exit code 1).",
        "WhatsApp profiles: apply was stopped before it had a result (exit code 1).",
    ]


def test_what_is_no_chat_is_a_wrong_word(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(fleet, "drift", "--notify", "irc") == 64
    assert "a chat is one of slack, teams, json" in capsys.readouterr().err


def test_a_quiet_look_shows_life_and_a_watcher_that_fails_changes_nothing(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet.profile(about="Fresh bread")
    fleet.apply()
    with Server(lambda _: reply(b"", status=404)) as watcher:
        point_at(watcher, monkeypatch)
        assert run(fleet, "drift", "--notify", "slack", "--heartbeat", "RECONCILER_NOTIFY_URL") == 0
        assert [json.loads(one.body)["kind"] for one in watcher.heard] == ["drift"]
    assert "The heartbeat was not sent: 127.0.0.1:" in capsys.readouterr().err
    assert run(fleet, "drift", "--heartbeat", "https://watch.example/secret-path") == 64
    assert "secret-path" not in capsys.readouterr().err
