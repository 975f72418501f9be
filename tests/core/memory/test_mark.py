from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.memory.records import keyed_mark

KEY = b"k" * 32
SECRETS = st.dictionaries(
    st.text(max_size=8), st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=3
)


@given(SECRETS, SECRETS)
def test_the_same_secrets_have_the_same_mark_and_no_others_have(one: dict[str, str], other: dict[str, str]) -> None:
    assert (keyed_mark(one, KEY) == keyed_mark(other, KEY)) is (one == other)
    assert keyed_mark(dict(reversed(one.items())), KEY) == keyed_mark(one, KEY)


@pytest.mark.parametrize("secrets", [{"": "hush"}, {"authorization": "hush"}])
def test_a_mark_tells_nothing_without_the_key(secrets: dict[str, str]) -> None:
    assert keyed_mark(secrets, KEY) != keyed_mark(secrets, b"l" * 32)
    assert "hush" not in keyed_mark(secrets, KEY)
    assert len(keyed_mark(secrets, KEY)) == 64
