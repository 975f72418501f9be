"""Writing a profile as Graph takes it, for whoever speaks it: one call for its fields, and the webhook last.

Facts M-5, M-13 and D-4 in APIS.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reconciler.core.fields import Picture, Webhook, to_json
from reconciler.core.provider import Exchange, Step, Write
from reconciler.core.target import Change
from reconciler.providers.graph import WRITE_KEYS, succeeded
from reconciler.providers.graph_uploads import Uploads, uploaded


def steps(
    changes: tuple[Change, ...], path: str, uploads: Uploads, webhook: Callable[[Webhook], Exchange[None]]
) -> tuple[Step, ...]:
    """Return the steps that send `changes`: the fields to `path`, after the picture's upload, then the webhook."""
    fields = tuple(change for change in changes if change.field != "webhook")
    found = [Step(tuple(change.field for change in fields), _send(fields, path, uploads))] if fields else []
    hooks = (change.after for change in changes if isinstance(change.after, Webhook))
    return (*found, *(Step(("webhook",), webhook(hook)) for hook in hooks))


def _send(changes: tuple[Change, ...], path: str, uploads: Uploads) -> Exchange[None]:
    body: dict[str, Any] = {"messaging_product": "whatsapp"}
    for change in changes:
        value = change.after
        sent = (yield from uploaded(value, uploads)) if isinstance(value, Picture) else to_json(value)
        body[WRITE_KEYS[change.field]] = sent
    succeeded((yield Write("POST", path, body, repeatable=True)))
