"""resolve: (profile documents, templates, defaults, what providers can do) → desired profiles, and diagnostics.

Resolver does the same for one profile after the other.
Inheritance is one idea, told in `inheritance`: the nearest writing of a field replaces the others. A profile with an
error yields no Desired. Every error of every file is reported: a wrong key hides no other mistake.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Final

from reconciler.core.basics import Diagnostic, Location, Model, error, errors_of, warning
from reconciler.core.comparing.spellings import is_in_full, one_spelling
from reconciler.core.fields import FIELD_NAMES, Picture, SecretRef
from reconciler.core.provider import Provider
from reconciler.core.reading.accounts import Permissions, WrittenCredentials, number_credentials
from reconciler.core.reading.checks import ANY_PROVIDER, FieldChecker
from reconciler.core.reading.duplicates import AddressClaim, duplicates, reported_once, shared_values, unused_variables
from reconciler.core.reading.inheritance import Inheritance, SharedDocuments
from reconciler.core.reading.layers import Layer, ProfileDocument, layer, mentioned, omitted
from reconciler.core.reading.lookalikes import number_hint, number_problem
from reconciler.core.reading.parsing import Parsed, WrittenField, parse, parse_partly
from reconciler.core.reading.suggestions import key_elsewhere
from reconciler.core.settings import Account, Settings
from reconciler.core.target import Desired, DesiredField, Target
from reconciler.core.yaml_documents import Document

_STAND_INS: Final = {"account": "", "number": ""}
NO_PICTURES: Final[Mapping[str, Picture | str]] = {}


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything that resolving a profile needs besides its file: documents by name, pictures by their written path.

    The pictures are those that the settings, the folders' defaults and the templates name.
    """

    settings: Settings
    settings_document: Document
    providers: Mapping[str, type[Provider]]
    templates: Mapping[str, Document] = field(default_factory=dict)
    pictures: Mapping[str, Picture | str] = field(default_factory=dict)
    permissions: Permissions = field(default_factory=Permissions)
    # An account or a file that is wrong is reported in its own place, and not again as missing where it is named.
    broken_accounts: Mapping[str, str] = field(default_factory=dict)
    broken_files: Collection[str] = ()
    # The defaults of each folder that has some, by its path below profiles/; that of profiles/ itself is empty.
    folders: Mapping[str, Document] = field(default_factory=dict)

    def inheritance(self) -> Inheritance:
        """Return what profiles begin with."""
        shared = SharedDocuments(self.settings_document, self.folders, self.templates, self.broken_files)
        return Inheritance(shared, {*self.settings.accounts, *self.broken_accounts})


@dataclass(frozen=True, slots=True)
class ResolvedProfile:
    """What one profile's file came to; nothing of it needs the file's document any more.

    `desired` is None if there is an error. `claim` is there as soon as it is known. `unused` are the variables that
    nothing uses, each with its place.
    """

    name: str
    file: str
    desired: Desired | None
    claim: AddressClaim | None
    problems: tuple[Diagnostic, ...] = ()
    unused: tuple[tuple[str, Location], ...] = ()


@dataclass(frozen=True, slots=True)
class Resolved:
    """The sound desired profiles, by profile name, and every diagnostic about all of them."""

    desired: tuple[Desired, ...]
    diagnostics: tuple[Diagnostic, ...]


class Resolver:
    """Resolves profiles one by one, so that no more than one document has to be held, and puts them together."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self._inheritance = sources.inheritance()

    def profile(
        self, name: str, document: Document, pictures: Mapping[str, Picture | str] = NO_PICTURES
    ) -> ResolvedProfile:
        """Return what a profile's document comes to; `pictures` are those that it names."""
        sources = replace(self.sources, pictures={**self.sources.pictures, **pictures}) if pictures else self.sources
        found = _Profile(name, document, sources, self._inheritance)
        desired = found.resolve()
        return ResolvedProfile(name, document.file, desired, found.claim, tuple(found.problems), tuple(found.unused))

    def together(self, profiles: Iterable[ResolvedProfile]) -> Resolved:
        """Return all profiles as one value, whatever their order. Of a sound one, only the desired profile is kept."""
        found: list[Desired] = []
        claims: list[AddressClaim] = []
        odd: list[ResolvedProfile] = []
        for one in profiles:
            found += [one.desired] if one.desired is not None else []
            claims += [one.claim] if one.claim is not None else []
            odd += [one] if one.problems or one.unused else []
        desired = tuple(sorted(found, key=lambda one: one.target.profile))
        claims.sort(key=lambda one: one.target.profile)
        odd.sort(key=lambda one: one.name)
        traits = {name: provider.traits for name, provider in self.sources.providers.items()}
        problems = [("", problem) for problem in self._inheritance.problems()]
        problems += [(one.name, problem) for one in odd for problem in one.problems]
        problems += duplicates(claims)
        problems += unused_variables((one.name, one.unused) for one in odd)
        problems += [("", one) for one in shared_values(desired, traits)]
        named = {name for name, _ in problems}
        files = {one.target.profile: one.place.file for one in claims if one.target.profile in named}
        files |= {one.name: one.file for one in odd}
        return Resolved(desired, reported_once(problems, files))


def resolve(sources: Sources, profiles: Mapping[str, Document]) -> Resolved:
    """Resolve every profile, by its name."""
    resolver = Resolver(sources)
    return resolver.together(resolver.profile(name, document) for name, document in profiles.items())


@cache
def _remedy(provider: type[Provider], *, alone: bool) -> str:
    """Return what helps two profiles of one credential; `alone` says that each may have its own already."""
    own = f"its own {' or '.join(provider.traits.keys.model_fields) or provider.traits.credential}"
    return f"give one of them {'another credential under `credentials`' if alone else own}"


def layers_of(sources: Sources, profile: str, document: Document) -> tuple[Layer, ...]:
    """Return the layers of a sound profile, the nearest last: that of its own document."""
    inheritance = sources.inheritance()
    begun = inheritance.beginning(profile)
    parsed = parse_partly(ProfileDocument, document, (), data=begun.of(document.data), stand_ins=_STAND_INS)
    above = inheritance.above(begun, parsed.value.account, parsed.value.extends)
    return tuple(one for one in (*above, layer(document, parsed)) if one is not None)


@dataclass(slots=True)
class _Profile:
    """One profile on its way from its document to the desired profile."""

    name: str
    document: Document
    sources: Sources
    inheritance: Inheritance
    problems: list[Diagnostic] = field(default_factory=list)
    claim: AddressClaim | None = None
    unused: Sequence[tuple[str, Location]] = ()

    def resolve(self) -> Desired | None:
        """Return the desired profile, or None after adding the problems to `problems`."""
        data, suggest, begun = self.document.data, self.inheritance.suggest, self.inheritance.beginning(self.name)
        written = begun.of(data)
        parsed = parse_partly(ProfileDocument, self.document, (), data=written, stand_ins=_STAND_INS, suggest=suggest)
        own = layer(self.document, parsed, suggest)
        self.problems += own.problems
        mine = data if isinstance(data, dict) else {}
        if "account" in mine and "account" not in parsed.wrong:
            self.problems += self.inheritance.unknown_account(self.document, parsed.value.account)
        if "extends" in mine:
            self.problems += self.inheritance.unknown_templates(self.document, parsed.value.extends)
        account = self.sources.settings.accounts.get(parsed.value.account)
        provider = self._provider(parsed.value.account, account)
        credentials = self._credentials(parsed, provider)
        self.claim = self._claim(parsed, account, provider, credentials)
        above = self.inheritance.above(begun, parsed.value.account, parsed.value.extends)
        layers = [found for found in (*above, own) if found is not None]
        whole = begun.whole and "omit" not in parsed.wrong and None not in above and all(one.whole for one in layers)
        self.problems += omitted(self.document, parsed.value.omit, own, suggest)
        fields = self._fields(layers, provider, account, omit=parsed.value.omit, whole=whole)
        sound = whole and not any(errors_of(one.problems) for one in layers)
        if sound and not any(one.fields.keys() - set(parsed.value.omit) for one in layers):
            summary = "the profile manages no field"
            self.problems.append(warning("nothing-managed", summary, location=self.document.at(())))
        if self.claim is None or not sound or errors_of(self.problems):
            return None
        return Desired(
            target=self.claim.target,
            fields=fields,
            mode=parsed.value.mode,
            file=self.document.file,
            line=self.document.row,
            credentials=credentials,
            channel=self.claim.channel,
            identity=self.claim.identity,
            keys=tuple((parsed.value.model_extra or {}).items()),
        )

    def _provider(self, name: str, account: Account | None) -> type[Provider] | None:
        """Return the provider, even for an account that is wrong in other ways."""
        return self.sources.providers.get(account.provider if account else self.sources.broken_accounts.get(name, ""))

    def _credentials(self, parsed: Parsed[ProfileDocument], provider: type[Provider] | None) -> tuple[SecretRef, ...]:
        if provider is None:
            return ()
        refs = parsed.value.credentials
        written = WrittenCredentials(self.document, ("credentials",), refs)
        self.problems += written.of_profile(provider.traits, self.sources.permissions.secret_names)
        return number_credentials(self.name, refs, provider.traits)

    def _claim(
        self,
        parsed: Parsed[ProfileDocument],
        account: Account | None,
        provider: type[Provider] | None,
        credentials: tuple[SecretRef, ...],
    ) -> AddressClaim | None:
        sound = "number" not in parsed.wrong and self._is_number(parsed.value.number, provider)
        keys = self._keys(parsed, provider)
        if account is None or provider is None or keys is None or not sound:
            return None
        number = parsed.value.number
        target = Target(
            provider=account.provider,
            endpoint=account.endpoint,
            # Either spelling of a number is the same number, in the ledger as at the provider.
            address=provider.address(account, keys, one_spelling(number)),
            account=account.name,
            profile=self.name,
            number=number,
        )
        secret = AddressClaim.claimed_secret(credentials, account, provider.traits)
        identity = str(getattr(keys, provider.traits.identity_key, "")) if provider.traits.identity_key else ""
        place, remedy = self.document.at(("number",)), _remedy(provider, alone=bool(credentials))
        return AddressClaim(target, place, secret, provider.channel(account, keys), remedy, identity)

    def _is_number(self, number: str, provider: type[Provider] | None) -> bool:
        """Say what is wrong with the number; True if it can be one, even where its length is new to its country."""
        reason = number_problem(number)
        if not reason:
            return True
        summary, at = f"number {reason}", self.document.at(("number",))
        if provider is not None and provider.traits.shows_number and is_in_full(number):
            hint = f"it is right if {provider.traits.title} shows it so; a plan compares the two"
            self.problems.append(warning("number", summary, hint=hint, location=at))
            return True
        self.problems.append(
            error("number", summary, hint=number_hint(number, cell=self.document.row > 0), location=at)
        )
        return False

    def _keys(self, parsed: Parsed[ProfileDocument], provider: type[Provider] | None) -> Model | None:
        """Return the provider's own keys; while the provider is unknown, a key of any provider may be right."""
        extra = dict(parsed.value.model_extra or {})
        known = ProfileDocument.model_fields
        if provider is None:
            theirs = {key for one in self.sources.providers.values() for key in one.traits.keys.model_fields}
            for key in extra.keys() - theirs:
                hint, at = self.inheritance.suggest(key, (*known, *sorted(theirs))), self.document.at_key((key,))
                self.problems.append(error("unknown-key", f"unknown key {key}", hint=hint, location=at))
            return None
        everyone = self.sources.providers.values()
        suggest = partial(key_elsewhere, providers=everyone, here=provider, suggest=self.inheritance.suggest)
        keys = parse(provider.traits.keys, self.document, (), data=extra, known=known, suggest=suggest)
        if isinstance(keys, tuple):
            self.problems += keys
            return None
        return keys

    def _fields(
        self,
        layers: Sequence[Layer],
        provider: type[Provider] | None,
        account: Account | None,
        *,
        omit: Collection[str],
        whole: bool,
    ) -> tuple[DesiredField, ...]:
        every = {raw.name: raw for one in layers for raw in one.raws()}
        written = {name: raw for name, raw in every.items() if name not in omit}
        checker = FieldChecker(
            provider=provider.traits.title if provider else "",
            capabilities=provider.traits.capabilities if provider else ANY_PROVIDER,
            variables={name: text for one in layers for name, text in one.variables.items()},
            options=account.options if account else None,
            pictures=self.sources.pictures,
            secret_names=self.sources.permissions.secret_names,
            knows_all=whole,
            placeholders=self.sources.settings.policy.placeholders,
            suggest=self.inheritance.suggest,
        )
        found = tuple(
            DesiredField(name, value, at.file, at.line, at.column, checker.capabilities[name].limit)
            for name in FIELD_NAMES
            if name in written and (value := checker.check(written[name])) is not None
            for at in (written[name].location,)
        )
        self.problems += checker.problems
        if whole:
            self._note_what_changes_nothing(layers, every, omit, used=checker.used)
        return found

    def _note_what_changes_nothing(
        self,
        layers: Sequence[Layer],
        every: Mapping[str, WrittenField],
        omit: Collection[str],
        *,
        used: Collection[str],
    ) -> None:
        """Note each `omit` of a field that nothing sets, and the variables of this file that nothing uses."""
        for name in dict.fromkeys(omit):
            if name in FIELD_NAMES and name not in every:
                at = self.document.at(("omit", [*omit].index(name)))
                self.problems.append(
                    warning("not-needed", f"nothing sets {name}, so `omit` changes nothing", location=at)
                )
        unchecked = [raw.data for raw in every.values() if raw.name not in FIELD_NAMES or raw.name in omit]
        # A variable counts as used if a template asks for it, even if the profile overrides that field.
        unchecked += [data for one in layers for data in one.overridden(every)]
        unused = layers[-1].variables.keys() - set(used) - mentioned(unchecked)
        self.unused = [(name, self.document.at_key(("vars", name))) for name in sorted(unused)]
