"""accounts: (the settings file, the providers) → settings, and every problem in it.

WrittenCredentials: references to credentials, as written → the problems with them.
number_credentials: (a profile, its references, its provider) → where the number's own credential may be.

A file picks an entry of a closed list by name and can add none. An endpoint that is neither the provider's own nor the
sandbox must be allowed from outside the repository, and a credential may come only from that provider's variables.

A file names the place of a credential, never the credential, and only under its own provider's names. If a provider has
one credential for each number, a profile that names none is looked up under a name made of its own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from reconciler.core.basics import Diagnostic, Model, error, in_order
from reconciler.core.fields import MemberRef, SecretRef, permitted, refusal
from reconciler.core.reading.parsing import dotted, parse, parse_partly
from reconciler.core.reading.suggestions import did_you_mean
from reconciler.core.settings import Account, AccountDocument, Settings, SettingsDocument
from reconciler.core.target import SANDBOX
from reconciler.core.traits import BulkRead, Traits
from reconciler.core.yaml_documents import Document, Path

_PORTS = {"https": 443, "http": 80}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_FOLDERS = ("templates", "pictures")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}\Z")


@dataclass(frozen=True, slots=True)
class Permissions:
    """What the environment, and never a file, allows: further endpoints and further names of secrets."""

    endpoints: frozenset[str] = frozenset()
    secret_names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Checked:
    """The sound settings, every problem in the file, and the wrong accounts, each with its provider.

    A profile of a wrong account is still checked against its provider; the provider is empty if it is not known.
    """

    settings: Settings
    problems: tuple[Diagnostic, ...] = ()
    broken: Mapping[str, str] = field(default_factory=dict)


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
    settings = Settings(accounts=found, policy=parsed.value.policy.value, ledger=parsed.value.ledger)
    broken = {name: _provider(data, providers) for name, data in parsed.value.accounts.items() if name not in found}
    return Checked(settings, in_order(problems), broken)


def _provider(data: object, providers: Mapping[str, Traits]) -> str:
    named = data.get("provider") if isinstance(data, dict) else None
    return named if isinstance(named, str) and named in providers else ""


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
    problems = [*parsed.problems, *_name(place, name), *_reserved(place, name)]
    traits = providers.get(written.provider)
    if traits is None:
        if "provider" not in parsed.wrong:
            summary, hint = f"unknown provider {written.provider!r}", did_you_mean(written.provider, providers)
            problems.append(place.error("unknown-provider", summary, key="provider", hint=hint))
        return tuple(problems)
    options = _options(place, written, traits)
    host = _host(place, written, traits, parsed.wrong)
    endpoint = _endpoint(place, written.endpoint, traits, permissions)
    refs = WrittenCredentials(document=place.document, path=(*place.path, "credentials"), refs=written.credentials)
    problems += refs.of_account(traits, permissions.secret_names)
    problems += _bulk(place, written, traits)
    if not parsed.wrong & {"endpoint", "credentials"}:
        problems += _missing(place, written, traits)
    for part in (options, host, endpoint):
        problems += part if isinstance(part, tuple) else ()
    if problems or isinstance(options, tuple) or isinstance(host, tuple) or isinstance(endpoint, tuple):
        return tuple(problems)
    return Account(
        name=name,
        provider=written.provider,
        endpoint=endpoint or host,
        host=endpoint if endpoint in traits.hosts else host,
        concurrency=written.concurrency,
        bulk_read=written.bulk_read,
        credentials=written.credentials,
        options=options,
    )


def _bulk(place: _Place, written: AccountDocument, traits: Traits) -> Iterable[Diagnostic]:
    """Yield what keeps the account's numbers from being read as it wants."""
    if written.bulk_read not in traits.bulk_ways:
        summary, ways = f"{traits.title} has no way to {written.bulk_read} reads", ", ".join(traits.bulk_ways)
        yield place.error("no-bulk-read", summary, key="bulk_read", hint=f"write one of {ways}")
    elif written.bulk_read is BulkRead.EXPAND and not (written.model_extra or {}).get(traits.group_option):
        summary = f"the list that holds the profiles is that of a {traits.group_option}, and the account has none"
        hint = f"write `{traits.group_option}` into the account"
        yield place.error("no-bulk-read", summary, key="bulk_read", hint=hint)


def _name(place: _Place, name: str) -> Iterable[Diagnostic]:
    if not _NAME.match(name):
        hint = "use lower-case letters, digits, '.', '_' and '-'"
        yield place.error("account-name", f"{name!r} cannot be the name of an account", hint=hint)


def _reserved(place: _Place, name: str) -> Iterable[Diagnostic]:
    """An account's name is the folder that its numbers are imported to, and some folders may not hold profiles."""
    if name in _FOLDERS:
        yield place.error("account-name", f"an account cannot be named {name!r}: that folder of profiles/ is taken")


def _missing(place: _Place, written: AccountDocument, traits: Traits) -> Iterable[Diagnostic]:
    needed = not traits.credential_per_number and written.endpoint != SANDBOX
    if needed and traits.credential not in written.credentials:
        hint = f"write `credentials: {{{traits.credential}: {{env: {variable(traits)}}}}}`"
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


def _host(
    place: _Place, written: AccountDocument, traits: Traits, wrong: frozenset[str]
) -> str | tuple[Diagnostic, ...]:
    """Return the origin that the account names, which is one of its provider's own."""
    names = {origin.removeprefix("https://"): origin for origin in traits.hosts}
    choice = f"it is one of {', '.join(names)}, without https://"
    if written.host and written.host not in names:
        summary = f"{written.host!r} is not a host of {traits.title}, and a file cannot make it one"
        return (place.error("host", summary, key="host", hint=choice),)
    if written.host and written.endpoint not in ("", SANDBOX):
        hint = "leave one of them out"
        return (place.error("host", "`host` and `endpoint` both say where the calls go", key="host", hint=hint),)
    if traits.must_choose_host and not wrong & {"host", "endpoint"} and not (written.host or written.endpoint):
        summary = f"{dotted((*place.path, 'host'))} is missing"
        return (place.error("missing-key", summary, hint=choice),)
    return names.get(written.host, traits.hosts[0])


def _endpoint(place: _Place, endpoint: str, traits: Traits, permissions: Permissions) -> str | tuple[Diagnostic, ...]:
    """Return the endpoint that the account's calls go to; "" if that is its host."""
    if endpoint in ("", SANDBOX):
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
    """Return the endpoint as scheme://host[:port], or None if it is anything else."""
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
    """Return the origins in `RECONCILER_ALLOW_ENDPOINT`, which separates them by spaces or commas."""
    return frozenset(origin for part in re.split(r"[\s,]+", text) if (origin := _origin(part)))


@dataclass(frozen=True, slots=True)
class WrittenCredentials:
    """The references at `path` of a document, by the credential's name."""

    document: Document
    path: Path
    refs: Mapping[str, SecretRef]

    def of_account(self, traits: Traits, allowed: Collection[str]) -> Iterator[Diagnostic]:
        """Yield what is wrong with them in an account; `allowed` are further names that the environment permits."""
        if traits.credential_per_number and self.refs:
            summary = f"{traits.title} has one {traits.credential} for each number, and none for an account"
            hint = f"move it into the profile, or set {variable(traits)}_<PROFILE> in the environment"
            yield error("credentials", summary, hint=hint, location=self.document.at_key(self.path))
        yield from self._problems(traits, allowed)

    def of_profile(self, traits: Traits, allowed: Collection[str]) -> Iterator[Diagnostic]:
        """Yield what is wrong with them in a profile."""
        if self.refs and not traits.credential_per_number:
            summary = f"at {traits.title} credentials belong to the account, not to a profile"
            hint = "move them to the account in profiles/reconciler.yaml"
            yield error("credentials", summary, hint=hint, location=self.document.at_key(self.path))
        yield from self._problems(traits, allowed)

    def _problems(self, traits: Traits, allowed: Collection[str]) -> Iterator[Diagnostic]:
        known = traits.account_credentials
        for key, ref in self.refs.items():
            path = (*self.path, key)
            at = self.document.at(path)
            if key not in known:
                summary, hint = f"unknown credential {key!r}", did_you_mean(key, known)
                yield error("unknown-key", summary, hint=hint, location=self.document.at_key(path))
            elif bool(ref.env) == bool(ref.file):
                yield error("secret", f"{key} must be {{env: NAME}} or {{file: NAME}}", location=at)
            elif traits.credential_per_number and ref.env == f"{variable(traits)}S":
                summary = f"{ref.env} holds the credentials of many numbers, and one is wanted here"
                hint = "leave `credentials` out: the profile's own member of it is found by the profile's name"
                yield error("secret-name", summary, hint=hint, location=at)
            elif reason := refusal(ref, traits.env_prefix, allowed=allowed):
                yield error("secret-name", reason, hint=permitted(ref), location=at)


def variable(traits: Traits) -> str:
    """Return the beginning of the environment variables of a provider's credential: `D360_API_KEY`."""
    return f"{traits.env_prefix}{traits.credential.upper()}"


def number_credentials(profile: str, refs: Mapping[str, SecretRef], traits: Traits) -> tuple[SecretRef, ...]:
    """Return where the credential of `profile` may be, in the order of looking; nothing if its account has one.

    It is the reference in the profile; else `D360_API_KEY_<PROFILE>`, then the profile's member of `D360_API_KEYS`.
    """
    if not traits.credential_per_number:
        return ()
    if traits.credential in refs:
        return (refs[traits.credential],)
    own = re.sub(r"[^A-Z0-9]", "_", profile.upper())
    return (
        SecretRef(env=f"{variable(traits)}_{own}"),
        MemberRef(env=f"{variable(traits)}S", member=profile),
    )
