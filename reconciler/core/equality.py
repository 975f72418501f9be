"""equality: (field, one value, another) → the same, different, or cannot tell.

Equality of canonical JSON *is* the diff; Python's own would call 1 and True the same. Both sides are canonicalised
here, at the border, so that a provider's spelling never shows up as a change. Pictures are compared by hash and then
by likeness, because providers serve re-encoded bytes. A webhook is compared by its URL and the names of its headers:
its token can never be read back, and what a header holds is a secret.
"""

from __future__ import annotations

from enum import StrEnum

from reconciler.core.likeness import Likeness, compare_pictures
from reconciler.core.secret import SecretRef
from reconciler.core.value import Picture, Value, Webhook, canonical_json, canonical_url, is_empty, to_json


class Equality(StrEnum):
    """The answer to "are these the same?"; only pictures can leave it open."""

    SAME = "same"
    DIFFERENT = "different"
    CANNOT_TELL = "cannot tell"


_BY_LIKENESS = {
    Likeness.SAME: Equality.SAME,
    Likeness.DIFFERENT: Equality.DIFFERENT,
    Likeness.CANNOT_TELL: Equality.CANNOT_TELL,
}


def equality(one: Value, other: Value) -> Equality:
    """Compare two values of one field as a customer would see them."""
    match one, other:
        case Picture(), Picture():
            return _pictures(one, other)
        case Webhook(), Webhook():
            return _exact(_readable(one), _readable(other))
        case tuple(), tuple():
            return _exact(tuple(map(canonical_url, one)), tuple(map(canonical_url, other)))
        case _:
            return Equality.SAME if is_empty(one) and is_empty(other) else _exact(one, other)


def same(one: Value, other: Value) -> bool:
    """Say whether two values are known to be the same."""
    return equality(one, other) is Equality.SAME


def _readable(webhook: Webhook) -> tuple[str, ...]:
    """Return what of a webhook a provider shows to everybody: its URL and the names of its headers (RFC 9110: no case).

    What stands in a header, and the token, are secrets.
    """
    return (canonical_url(webhook.url), *sorted(header.name.lower() for header in webhook.headers))


def identical(one: Value, other: Value) -> bool:
    """Say whether two values that we wrote are the same, "did we change it?".

    Pictures are compared by their bytes alone, webhooks with the references to their secrets.
    """
    match one, other:
        case Picture(), Picture():
            return one.sha256 == other.sha256
        case Webhook(), Webhook():
            return same(one, other) and _secrets(one) == _secrets(other)
        case _:
            return same(one, other)


def _secrets(webhook: Webhook) -> tuple[SecretRef | None, dict[str, SecretRef | None]]:
    return webhook.verify_token, {header.name.lower(): header.secret for header in webhook.headers}


def _pictures(one: Picture, other: Picture) -> Equality:
    if one.sha256 == other.sha256:
        return Equality.SAME
    verdict = _BY_LIKENESS[compare_pictures(one.grid, other.grid)]
    # A see-through picture is put on a ground of the provider's choice, which is not documented (fact M-15).
    unsure = verdict is Equality.DIFFERENT and (one.alpha or other.alpha)
    return Equality.CANNOT_TELL if unsure else verdict


def _exact(one: Value, other: Value) -> Equality:
    same_text = canonical_json(to_json(one)) == canonical_json(to_json(other))
    return Equality.SAME if same_text else Equality.DIFFERENT
