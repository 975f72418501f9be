"""accounts: (the settings file, the providers) → settings, and every problem in it.

A file picks an entry of a closed list by name and can add none: an endpoint that is neither the provider's own nor the
sandbox must be allowed from outside the repository, and a credential may come only from that provider's variables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from reconciler.core.diagnostics import Diagnostic, error, in_order
from reconciler.core.document import Document, Path
from reconciler.core.model import Model
from reconciler.core.parsing import did_you_mean, dotted, parse, parse_partly
from reconciler.core.provider import Traits
from reconciler.core.secret import SecretRef, refusal
from reconciler.core.settings import Account, AccountDocument, Settings, SettingsDocument
from reconciler.core.target import SANDBOX

_PORTS = {"https": 443, "http": 80}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}\Z")


@dataclass(frozen=True, slots=True)
class Permissions:
    """What the environment, never a file, allows: further endpoints and further names of secrets."""

    endpoints: frozenset[str] = frozenset()
    secret_names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Checked:
    """The settings as far as they are sound, every problem in them, and the names of the accounts that are not."""

    settings: Settings
    problems: tuple[Diagnostic, ...] = ()
    broken: frozenset[str] = frozenset()


def accounts(document: Document, providers: Mapping[str, Traits], *, permissions: Permissions) -> Checked:
    """Check the settings file against the providers' own options, hosts and credential names."""
    parsed = parse_partly(SettingsDocument, document, (), data=document.data, stand_ins={"version": 1, "accounts": {}})
    found: dict[str, Account] = {}
    problems = list(parsed.problems)
    for name, data in parsed.value.accounts.items():
        outcome = _account(_Place(document, ("accounts", name)), data, providers, permissions)
        if isinstance(outcome, Account):
            found[name] = outcome
        else:
            problems.extend(outcome)
    settings = Settings(accounts=found, policy=parsed.value.policy, ledger=parsed.value.ledger)
    return Checked(settings, in_order(problems), frozenset(parsed.value.accounts.keys() - found.keys()))


@dataclass(frozen=True, slots=True)
class _Place:
    document: Document
    path: Path

    def error(self, code: str, summary: str, *, key: str = "", hint: str = "") -> Diagnostic:
        at = self.document.at((*self.path, key)) if key else self.document.at_key(self.path)
        return error(code, summary, hint=hint, location=at)


def _account(
    place: _Place, data: object, providers: Mapping[str, Traits], permissions: Permissions
) -> Account | tuple[Diagnostic, ...]:
    name = str(place.path[-1])
    parsed = parse_partly(AccountDocument, place.document, place.path, data=data, stand_ins={"provider": ""})
    written = parsed.value
    problems = [*parsed.problems, *_name(place, name)]
    traits = providers.get(written.provider)
    if traits is None:
        if "provider" not in parsed.wrong:
            summary, hint = f"unknown provider {written.provider!r}", did_you_mean(written.provider, providers)
            problems.append(place.error("unknown-provider", summary, key="provider", hint=hint))
        return tuple(problems)
    options = _options(place, written, traits)
    endpoint = _endpoint(place, written.endpoint, traits, permissions)
    problems += _credentials(place, written.credentials, traits, permissions)
    if not parsed.wrong & {"endpoint", "credentials"}:
        problems += _missing(place, written, traits)
    for part in (options, endpoint):
        problems += part if isinstance(part, tuple) else ()
    if problems or isinstance(options, tuple) or isinstance(endpoint, tuple):
        return tuple(problems)
    return Account(
        name=name,
        provider=written.provider,
        endpoint=endpoint,
        concurrency=written.concurrency,
        credentials=written.credentials,
        options=options,
    )


def _name(place: _Place, name: str) -> Iterable[Diagnostic]:
    if not _NAME.match(name):
        hint = "use lower-case letters, digits, '.', '_' and '-'"
        yield place.error("account-name", f"{name!r} cannot be the name of an account", hint=hint)


def _missing(place: _Place, written: AccountDocument, traits: Traits) -> Iterable[Diagnostic]:
    if traits.credential not in written.credentials and written.endpoint != SANDBOX:
        hint = f"write `credentials: {{{traits.credential}: {{env: {traits.env_prefix}{traits.credential.upper()}}}}}`"
        summary = f"{dotted((*place.path, 'credentials', traits.credential))} is missing"
        yield place.error("missing-key", summary, key="credentials", hint=hint)


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
    if endpoint == SANDBOX:
        return endpoint
    origin = _origin(endpoint)
    if origin is None:
        summary = f"{dotted((*place.path, 'endpoint'))} must be {SANDBOX!r} or an origin such as https://host[:port]"
        hint = "no path, no query, no user; plain http only for 127.0.0.1, [::1] and localhost"
        return (place.error("endpoint", summary, key="endpoint", hint=hint),)
    if origin not in traits.hosts and origin not in permissions.endpoints:
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
    if not host or port == 0 or not bare or not (parts.scheme == "https" or plain_ok):
        return None
    shown = f"[{host}]" if ":" in host else host
    default = port in (None, _PORTS[parts.scheme])
    return f"{parts.scheme}://{shown}{'' if default else f':{port}'}"


def allowed_endpoints(text: str) -> frozenset[str]:
    """Return the origins that `RECONCILER_ALLOW_ENDPOINT` (separated by spaces or commas) allows."""
    return frozenset(origin for part in re.split(r"[\s,]+", text) if (origin := _origin(part)))


def _credentials(
    place: _Place, credentials: Mapping[str, SecretRef], traits: Traits, permissions: Permissions
) -> Iterable[Diagnostic]:
    known = [key for key in (traits.credential, traits.looking_credential) if key]
    for key, ref in credentials.items():
        path = (*place.path, "credentials", key)
        at = place.document.at(path)
        if key not in known:
            summary, hint = f"unknown credential {key!r}", did_you_mean(key, known)
            yield error("unknown-key", summary, hint=hint, location=place.document.at_key(path))
        elif bool(ref.env) == bool(ref.file):
            yield error("secret", f"{key} must be {{env: NAME}} or {{file: NAME}}", location=at)
        elif reason := refusal(ref, traits.env_prefix, allowed=permissions.secret_names):
            hint = "other names must be allowed from outside the repository: RECONCILER_ALLOW_ENV=NAME"
            yield error("secret-name", reason, hint=hint, location=at)
