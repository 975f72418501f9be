from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.core.fields import SecretRef, refusal

NO_VARIABLE = "this is not the name of an environment variable"
NO_FILE = "this is not the name of a file in the secrets directory"
FOREIGN = "is not a name that may be read here: only names that begin with META_ are"


@pytest.mark.parametrize(
    ("ref", "reason"),
    [
        (SecretRef(env="META_TOKEN"), None),
        (SecretRef(env="META_"), None),
        (SecretRef(file="META_token.v2-x"), None),
        (SecretRef(env="EXTRA"), None),
        (SecretRef(file="EXTRA"), None),
        (SecretRef(env="meta_token"), f"this {FOREIGN}"),
        (SecretRef(env="KALEYRA_API_KEY"), f"KALEYRA_API_KEY {FOREIGN}"),
        (SecretRef(env="WEBHOOK_VERIFY"), f"WEBHOOK_VERIFY {FOREIGN}"),
        (SecretRef(env="GEZDGNBVGY3TQOJQ"), f"this {FOREIGN}"),
        (SecretRef(env="EAAGm0PX4ZCps_BA"), f"this {FOREIGN}"),
        (SecretRef(file="shadow"), f"this {FOREIGN}"),
        (SecretRef(env="META-TOKEN"), NO_VARIABLE),
        (SecretRef(env="META_TOKEN\n"), NO_VARIABLE),
        (SecretRef(env="META_TÖKEN"), NO_VARIABLE),
        (SecretRef(env="1META"), NO_VARIABLE),
        (SecretRef(env="a=b"), NO_VARIABLE),
        (SecretRef(file="META_/../../etc/passwd"), NO_FILE),
        (SecretRef(file="../META_x"), NO_FILE),
        (SecretRef(file=".META_x"), NO_FILE),
        (SecretRef(file="META_x\n"), NO_FILE),
        (SecretRef(), NO_FILE),
    ],
)
def test_only_names_with_the_prefix_or_allowed_ones_may_be_read(ref: SecretRef, reason: str | None) -> None:
    assert refusal(ref, "META_", allowed={"EXTRA", "META-TOKEN", "a=b"}) == reason


@settings(max_examples=50)
@given(st.text(min_size=9))
def test_a_refusal_does_not_repeat_what_may_be_a_secret(text: str) -> None:
    """Somebody may have written the secret itself instead of its name."""
    assert refusal(SecretRef(env=f"s3cret{text}"), "META_") in (NO_VARIABLE, f"this {FOREIGN}")


def test_a_reference_is_shown_as_it_is_written() -> None:
    assert [str(SecretRef(env="A")), str(SecretRef(file="b"))] == ["{env: A}", "{file: b}"]
    assert [SecretRef(env="A").name, SecretRef(file="b").name] == ["A", "b"]
