"""marks: (profiles, the environment) → a mark of each webhook's secrets, where the key and all of them are at hand."""

from __future__ import annotations

from collections.abc import Iterable

from reconciler.core.basics import error
from reconciler.core.errors import InvalidInput
from reconciler.core.fields import Webhook
from reconciler.core.memory.records import KEY_BYTES, keyed_mark
from reconciler.core.target import Desired
from reconciler.effects.context import Context
from reconciler.effects.secrets import MissingSecret, secret

KEY = "RECONCILER_LEDGER_KEY"


def marks(desired: Iterable[Desired], context: Context) -> dict[tuple[str, str, str], str]:
    """Return the marks by target; raises InvalidInput for a key that is too short to keep anything."""
    key = context.environ.get(KEY, "").encode()
    if not key:
        return {}
    if len(key) < KEY_BYTES:
        summary = f"{KEY} has {len(key)} bytes, {KEY_BYTES - len(key)} fewer than the {KEY_BYTES} that it must have"
        raise InvalidInput((error("ledger-key", summary, hint="make one with: openssl rand -hex 32"),))
    found = {one.target.key: _mark(one, key, context) for one in desired}
    return {target: made for target, made in found.items() if made}


def _mark(one: Desired, key: bytes, context: Context) -> str:
    field = one.get("webhook")
    if field is None or not isinstance(field.value, Webhook) or not field.value.named_secrets:
        return ""
    try:
        secrets = {name: secret(ref, context) for name, ref in field.value.named_secrets.items()}
    except MissingSecret:
        # As in a pull request's job: nothing can be told, and nothing is.
        return ""
    return keyed_mark(secrets, key)
