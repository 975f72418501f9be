"""check_webhook: (a webhook as written, the provider's capability) → its value | findings.

No secret ever stands in a file: tokens and header values are references, and only to names that are meant for webhooks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import urlsplit

from reconciler.core.fields import WEBHOOK_PREFIX, Header, SecretRef, Webhook, permitted, refusal
from reconciler.core.reading.parsing import Complaints, WrittenField
from reconciler.core.reading.suggestions import Suggest, did_you_mean
from reconciler.core.traits import Capability, UrlRule

# The names that a header may have (RFC 9110, a token).
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}\Z")


def check_webhook(
    raw: WrittenField,
    capability: Capability,
    *,
    complaints: Complaints,
    link: Callable[[WrittenField], str | None],
    allowed: Collection[str],
    suggest: Suggest = did_you_mean,
) -> Webhook | None:
    """Return the webhook; `link` checks its address, `allowed` are names of secrets that the environment permits."""
    if not isinstance(raw.data, dict):
        complaints.wrong_type(raw, "a mapping with `url`")
        return None
    known = ("url", *capability.parts)
    for key in sorted(raw.data.keys() - set(known)):
        complaints.unknown_key(raw.part(key, None), suggest(key, known))
    url = _address(raw.part("url", raw.data.get("url")), capability, complaints, link, given="url" in raw.data)
    token = None
    if "verify_token" in capability.secrets or ("verify_token" in known and "verify_token" in raw.data):
        token = _secret(raw.part("verify_token", raw.data.get("verify_token")), complaints, allowed)
    written = raw.data.get("headers", {}) if "headers" in known else {}
    headers = _headers(raw.part("headers", written), complaints, allowed)
    return None if url is None else Webhook(url=url, verify_token=token, headers=headers)


def _address(
    address: WrittenField,
    capability: Capability,
    complaints: Complaints,
    link: Callable[[WrittenField], str | None],
    *,
    given: bool,
) -> str | None:
    if not given:
        complaints.error(address, "missing-key", f"{address.title} is missing")
        return None
    url = link(address)
    if url is not None and capability.url_rule is UrlRule.PLAIN_HOST and not _is_plain(url):
        hint = f"use a host of letters, digits and hyphens, and port 443 ({capability.fact} in providers/APIS.md)"
        complaints.error(address, "url", f"{address.title} may have {capability.url_rule}", hint=hint)
    return url


def _is_plain(url: str) -> bool:
    parts = urlsplit(url)
    return "_" not in (parts.hostname or "") and ":" not in parts.netloc.rpartition("]")[2]


def _headers(raw: WrittenField, complaints: Complaints, allowed: Collection[str]) -> tuple[Header, ...]:
    if not isinstance(raw.data, dict):
        complaints.wrong_type(raw, "a mapping of header names to secrets")
        return ()
    found: dict[str, Header] = {}
    for name in sorted(raw.data):
        part = raw.part(name, raw.data[name])
        if not _HEADER_NAME.match(name):
            complaints.error(part, "header", "this cannot be the name of an HTTP header")
        elif name.lower() in found:
            complaints.error(part, "header", f"{part.title} is the same header as {found[name.lower()].name}")
        elif ref := _secret(part, complaints, allowed):
            found[name.lower()] = Header(name=name, secret=ref)
    return tuple(found.values())


def _secret(raw: WrittenField, complaints: Complaints, allowed: Collection[str]) -> SecretRef | None:
    ref = _reference(raw.data)
    if ref is None:
        key = raw.path[-1]
        name = f"{WEBHOOK_PREFIX}VERIFY"
        how = f"the variable's name, such as {name}" if raw.in_row else f"`{key}: {{env: {name}}}`"
        hint = f"write {how}; a secret never stands in a file"
        what = "is missing" if raw.data is None else "must be {env: NAME} or {file: NAME}"
        complaints.error(raw, "secret", f"{raw.title} {what}", hint=hint)
        return None
    if reason := refusal(ref, WEBHOOK_PREFIX, allowed=allowed):
        complaints.error(raw, "secret-name", reason, hint=permitted(ref))
        return None
    return ref


def _reference(data: Any) -> SecretRef | None:
    """Return the reference in `data`: exactly one of `env` and `file`, with a name; else None."""
    match data:
        case {"env": str(name), **rest} if name and not rest:
            return SecretRef(env=name)
        case {"file": str(name), **rest} if name and not rest:
            return SecretRef(file=name)
        case _:
            return None
