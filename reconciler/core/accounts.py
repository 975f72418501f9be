"""accounts: (the settings file, the providers) → settings | every problem in it.

A file picks an entry of a closed list by name and can add none: an endpoint that is neither the provider's own nor the
sandbox must be allowed from outside the repository, and a credential may come only from that provider's variables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from reconciler.core.diagnostics import Diagnostic, error
from reconciler.core.document import Document, Path
from reconciler.core.model import Model
from reconciler.core.parsing import did_you_mean, dotted, parse
from reconciler.core.provider import Traits
from reconciler.core.secret import SecretRef, refusal
from reconciler.core.settings import Account, AccountDocument, Settings, SettingsDocument
from reconciler.core.target import SANDBOX

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}\Z")


@dataclass(frozen=True, slots=True)
class Permissions:
    """What the environment, never a file, allows: further endpoints and further names of secrets."""

    endpoints: frozenset[str] = frozenset()
    secret_names: frozenset[str] = frozenset()


def accounts(
    document: Document, providers: Mapping[str, Traits], *, permissions: Permissions
) -> Settings | tuple[Diagnostic, ...]:
    """Check the settings file against the providers' own options, hosts and credential names."""
    parsed = parse(SettingsDocument, document, (), data=document.data)
    if isinstance(parsed, tuple):
        return parsed
    found: dict[str, Account] = {}
    problems: list[Diagnostic] = []
    for name, data in parsed.accounts.items():
        outcome = _account(_Place(document, ("accounts", name)), data, providers, permissions)
        if isinstance(outcome, Account):
            found[name] = outcome
        else:
            problems.extend(outcome)
    if problems:
        return tuple(problems)
    return Settings(accounts=found, policy=parsed.policy, ledger=parsed.ledger)


@dataclass(frozen=True, slots=True)
class _Place:
    document: Document
    path: Path

    def error(self, code: str, summary: str, *, key: str = "", hint: str = "") -> Diagnostic:
        path = (*self.path, key) if key else self.path
        return error(code, summary, hint=hint, location=self.document.at(path))


def _account(
    place: _Place, data: dict[str, Any], providers: Mapping[str, Traits], permissions: Permissions
) -> Account | tuple[Diagnostic, ...]:
    name = str(place.path[-1])
    parsed = parse(AccountDocument, place.document, place.path, data=data)
    if isinstance(parsed, tuple):
        return parsed
    if parsed.provider not in providers:
        hint = did_you_mean(parsed.provider, providers)
        return (place.error("unknown-provider", f"unknown provider {parsed.provider!r}", key="provider", hint=hint),)
    traits = providers[parsed.provider]
    options = _options(place, parsed, traits)
    endpoint = _endpoint(place, parsed.endpoint, traits, permissions)
    problems = [*_names(place, name), *_credentials(place, parsed.credentials, traits, permissions)]
    if traits.credential not in parsed.credentials and parsed.endpoint != SANDBOX:
        hint = f"write `credentials: {{{traits.credential}: {{env: {traits.env_prefix}{traits.credential.upper()}}}}}`"
        problems.append(place.error("missing-key", f"{dotted(place.path)} names no credential", hint=hint))
    for part in (options, endpoint):
        if isinstance(part, tuple):
            problems.extend(part)
    if problems or isinstance(options, tuple) or isinstance(endpoint, tuple):
        return tuple(problems)
    return Account(
        name=name,
        provider=parsed.provider,
        endpoint=endpoint,
        concurrency=parsed.concurrency,
        credentials=parsed.credentials,
        options=options,
    )


def _names(place: _Place, name: str) -> Iterable[Diagnostic]:
    if not _NAME.match(name):
        hint = "use lower-case letters, digits, '.', '_' and '-'"
        yield place.error("account-name", f"{name!r} cannot be the name of an account", hint=hint)


def _options(place: _Place, parsed: AccountDocument, traits: Traits) -> Model | tuple[Diagnostic, ...]:
    return parse(
        traits.options,
        place.document,
        place.path,
        data=dict(parsed.model_extra or {}),
        known=AccountDocument.model_fields,
    )


def _endpoint(place: _Place, endpoint: str, traits: Traits, permissions: Permissions) -> str | tuple[Diagnostic, ...]:
    if not endpoint:
        return traits.hosts[0]
    if endpoint == SANDBOX or endpoint in traits.hosts:
        return endpoint
    origin = _origin(endpoint)
    if origin is None:
        summary = f"{dotted((*place.path, 'endpoint'))} must be {SANDBOX!r} or an origin such as https://host[:port]"
        hint = "no path, no query, no user; plain http only for 127.0.0.1, [::1] and localhost"
        return (place.error("endpoint", summary, key="endpoint", hint=hint),)
    if origin not in permissions.endpoints:
        summary = f"{origin} is not an endpoint of {traits.title}, and a file cannot make it one"
        hint = f"set RECONCILER_ALLOW_ENDPOINT={origin} in the environment if credentials may go there"
        return (place.error("endpoint-not-allowed", summary, key="endpoint", hint=hint),)
    return origin


def _origin(endpoint: str) -> str | None:
    """Return the endpoint as scheme://host[:port], or None when it is anything else."""
    try:
        parts = urlsplit(endpoint.rstrip("/"))
        port, host = parts.port, parts.hostname
    except ValueError:
        return None
    plain_ok = parts.scheme == "http" and host in _LOOPBACK
    bare = not (parts.path or parts.query or parts.fragment or "@" in parts.netloc)
    if not host or not bare or not (parts.scheme == "https" or plain_ok):
        return None
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{f':{port}' if port else ''}"


def allowed_endpoints(text: str) -> frozenset[str]:
    """Return the origins that `RECONCILER_ALLOW_ENDPOINT` (separated by spaces or commas) allows."""
    return frozenset(origin for part in re.split(r"[\s,]+", text) if (origin := _origin(part)))


def _credentials(
    place: _Place, credentials: Mapping[str, SecretRef], traits: Traits, permissions: Permissions
) -> Iterable[Diagnostic]:
    known = [key for key in (traits.credential, traits.looking_credential) if key]
    for key, ref in credentials.items():
        at = place.document.at((*place.path, "credentials", key))
        if key not in known:
            yield error("unknown-key", f"unknown credential {key!r}", hint=did_you_mean(key, known), location=at)
        elif bool(ref.env) == bool(ref.file):
            yield error("secret", f"{key} must be {{env: NAME}} or {{file: NAME}}", location=at)
        elif reason := refusal(ref, traits.env_prefix, allowed=permissions.secret_names):
            hint = "other names must be allowed from outside the repository: RECONCILER_ALLOW_ENV=NAME"
            yield error("secret-name", reason, hint=hint, location=at)
