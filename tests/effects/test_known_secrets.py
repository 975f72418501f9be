"""Which secrets a run knows, and from when on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.effects.world import Context, KnownSecrets
from tests.support.effects import NOWHERE


@pytest.mark.parametrize(
    ("name", "value", "secret", "called"),
    [
        ("RECONCILER_LEDGER_KEY", "0123456789abcdef" * 4, "0123456789abcdef" * 4, "RECONCILER_LEDGER_KEY"),
        ("RECONCILER_LEDGER_TOKEN", "ours-very-secret", "ours-very-secret", "RECONCILER_LEDGER_TOKEN"),
        ("GITHUB_TOKEN", "ghs_very-secret", "ghs_very-secret", "the token of the CI system"),
        (
            "RECONCILER_LEDGER_REMOTE",
            "ssh://git:very-secret-too@h/o",
            "very-secret-too",
            "the password in RECONCILER_LEDGER_REMOTE",
        ),
        ("HTTPS_PROXY", "http://me:proxys%2Dvery-secret@h:1", "proxys-very-secret", "the password in HTTPS_PROXY"),
        ("all_proxy", "socks5://me:proxys-secret@h:1", "proxys-secret", "the password in all_proxy"),
    ],
)
def test_what_the_environment_holds_for_the_program_is_kept_back(
    name: str, value: str, secret: str, called: str
) -> None:
    context = Context(NOWHERE, {name: value})
    assert context.secrets.without(f"no: {secret}!") == "no: ⟨secret⟩!"
    assert context.secrets.matcher.named_in(secret) == called


def test_a_world_that_is_changed_knows_the_same_secrets() -> None:
    context = Context(NOWHERE, {})
    other = replace(context, environ={"GITHUB_TOKEN": "ghs_very-secret"})
    assert context.secrets is other.secrets
    assert context.secrets.without("ghs_very-secret") == "⟨secret⟩"


def test_the_matcher_is_compiled_once_and_again_only_for_another_secret() -> None:
    known = KnownSecrets()
    known.add("a-secret-of-the-run", "A")
    first = known.matcher
    known.add("a-secret-of-the-run", "B")
    known.add("", "C")
    assert known.matcher is first
    known.add("another-secret-of-it", "D")
    assert known.matcher is not first
    assert known.matcher.named_in("a-secret-of-the-run") == "A"


def test_no_representation_shows_one() -> None:
    context = Context(NOWHERE, {})
    context.secrets.add("a-secret-of-the-run", "A")
    assert "a-secret" not in f"{context.secrets!r} {context!r} {context.secrets.matcher!r}"
