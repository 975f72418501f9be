from __future__ import annotations

import pytest

from reconciler.core.fields import Value, Webhook
from reconciler.core.target import Action, Assumed, Before, Known, Unknown
from tests.support import change, picture

HOOK = Webhook(url="https://hooks.example/a")


@pytest.mark.parametrize(
    ("before", "after", "action"),
    [
        (Known(value=""), "New", Action.SET),
        (Known(value="Old"), "New", Action.REPLACE),
        (Known(value="Old"), "", Action.CLEAR),
        (Known(value=()), ("https://a.example",), Action.SET),
        (Known(value=("https://b.example",)), ("https://a.example",), Action.REPLACE),
        (Known(value=("https://b.example",)), (), Action.CLEAR),
        (Known(value=""), picture(), Action.SET),
        (Known(value=picture("b")), picture(), Action.REPLACE),
        (Known(value=Webhook(url="")), HOOK, Action.SET),
        (Known(value=HOOK), Webhook(url=""), Action.CLEAR),
        (Assumed(value="Old", since="2026-08-02"), "New", Action.REPLACE),
        (Assumed(value="", since="2026-08-02"), "New", Action.SET),
        (Unknown(), "New", Action.SET),
        (Unknown(), "", Action.CLEAR),
    ],
)
def test_a_change_sets_replaces_or_clears(before: Before, after: Value, action: Action) -> None:
    assert change(before=before, after=after).action is action


@pytest.mark.parametrize(
    ("before", "value"),
    [
        (Known(value="Old"), "Old"),
        (Known(value=""), ""),
        (Assumed(value="Old", since="2026-08-02"), "Old"),
        (Unknown(), None),
    ],
)
def test_the_value_before_is_told_as_far_as_anything_is_known_of_it(before: Before, value: Value | None) -> None:
    assert change(before=before).before_value == value


@pytest.mark.parametrize(
    ("field", "after", "classes"),
    [
        ("about", "New", ()),
        ("about", "", ("clear",)),
        ("webhook", HOOK, ("webhook",)),
        ("webhook", Webhook(url=""), ("clear", "webhook")),
    ],
)
def test_a_change_names_the_gates_that_it_alone_concerns(field: str, after: Value, classes: tuple[str, ...]) -> None:
    assert change(field, before="Old", after=after).classes == classes
