"""What only all profiles together show: two that claim one number, values that several share, what none of them uses.

duplicates: what each profile lays claim to → an error for each that claims the same as an earlier one.
shared_values: (the profiles, what providers can do) → a warning for each value that only one number should have.
unused_variables: (the variables that each profile does not use) → a warning for each.
reported_once: (problems, each with a profile's name) → the problems, each once.
bind_profiles: (profiles, their accounts) → the profiles, each field with its bindings.

Two profiles with one claim would undo each other's work in each run. If no call names the number (360dialog, Picky
Assist), the credential decides which number is written to, so it is a claim as well.

A target says where a profile belongs. A binding is something else that decides where a value goes: that credential, or
the account's address from which a provider fetches a value. An approval covers the bindings too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.core.basics import Diagnostic, Location, error, in_order, warning
from reconciler.core.comparing.spellings import is_same_number, one_spelling
from reconciler.core.fields import SecretRef, Webhook, canonical_url
from reconciler.core.reading.table import is_table
from reconciler.core.settings import Account
from reconciler.core.target import SANDBOX, Binding, Desired, Target
from reconciler.core.traits import Traits

# As many profiles as a person reads.
_MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class AddressClaim:
    """The claims of one profile, whose number stands at `place`; `channel` comes from the provider.

    `secret` is the place of its credential, None where the account itself is shared. `remedy` is what a second profile
    of one credential can be given instead. `identity` is the number's id at the provider, where the file says it and no
    call does.
    """

    target: Target
    place: Location
    secret: SecretRef | None = None
    channel: str | None = None
    remedy: str = ""
    identity: str = ""

    @property
    def credential(self) -> str:
        """The name of its credential's place."""
        return str(self.secret) if self.secret is not None else f"account {self.target.account}"

    @staticmethod
    def claimed_secret(own: Sequence[SecretRef], account: Account, traits: Traits) -> SecretRef | None:
        """Return the place of a profile's credential: its own, else its account's. At the sandbox there may be none."""
        return own[0] if own else account.credentials.get(traits.credential)

    def rights(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """Yield each thing that no other profile may claim: where it counts, with its kind, and its name there."""
        provider, endpoint, address = self.target.key
        # A number, and a credential, is the same at any of the provider's hosts.
        realm = endpoint if endpoint == SANDBOX else ""
        yield (provider, realm, "address"), address
        yield (provider, realm, "number"), one_spelling(self.target.number)
        if self.identity:
            yield (provider, realm, "identity"), self.identity
        if self.channel is not None:
            yield (provider, realm, "credential", self.channel), self.credential

    def right_name(self, kind: str) -> str:
        """Return the name for people of the right of this `kind`."""
        match kind:
            case "address":
                # Not "address": a profile has a field of that name.
                return f"the same number at {self.target.provider} ({self.target.address})"
            case "number":
                return f"the same number ({self.target.number})"
            case "identity":
                return f"the same number (id {self.identity})"
            case _:
                named = f"{self.credential}{f', channel {self.channel}' if self.channel else ''}"
                return f"the same credential ({named}), which decides the number that is written to"


def duplicates(claims: Iterable[AddressClaim]) -> Iterator[tuple[str, Diagnostic]]:
    """Yield an error, once, for each profile that claims the same as an earlier one."""
    first: dict[tuple[str, ...], dict[str, AddressClaim]] = {}
    for claim in claims:
        for where, name in claim.rights():
            other = first.setdefault(where, {}).setdefault(name, claim)
            if other is not claim:
                kind = where[2]
                what = claim.right_name(kind)
                spelled = _spelled(claim.target.number, other.target.number)
                summary = f"{claim.target.profile} and {other.target.profile} are {what}{spelled}"
                hint = f"keep one of {_shown(claim.place)} and {_shown(other.place)}"
                if kind == "credential":
                    summary = f"{claim.target.profile} and {other.target.profile} use {what}"
                    hint = claim.remedy
                yield claim.target.profile, error("same-target", summary, hint=hint, location=claim.place)
                break


def _shown(place: Location) -> str:
    """Return the file of a profile, and its line if it is a row of a table."""
    return str(replace(place, column=0)) if is_table(place.file) else place.file


def _spelled(number: str, other: str) -> str:
    """Say that two texts are one number, where a reader cannot see it."""
    return f": {number} and {other} are one number" if number != other and is_same_number(number, other) else ""


def shared_values(desired: Iterable[Desired], traits: Mapping[str, Traits]) -> Iterator[Diagnostic]:
    """Yield a warning for each webhook that several numbers have, where the provider asks for another one for each."""
    users: dict[tuple[str, str, str], list[Desired]] = {}
    for one in desired:
        for field in one.fields:
            if traits[one.target.provider].capabilities[field.name].unique and isinstance(field.value, Webhook):
                key = (one.target.provider, field.name, canonical_url(field.value.url))
                users.setdefault(key, []).append(one)
    for (provider, name, url), found in users.items():
        if len(found) > 1:
            title, fact = traits[provider].title, traits[provider].capabilities[name].fact
            named = ", ".join(one.target.profile for one in found[:_MOST_NAMES])
            more = f" and {len(found) - _MOST_NAMES} more" if len(found) > _MOST_NAMES else ""
            summary = f"{len(found)} numbers of {title} have one {name}, {url}: {named}{more}"
            example = f"{url.rstrip('/')}/NAME ({fact} in providers/APIS.md)"
            hint = f"{title} wants another address for each number, such as {example}"
            source = found[0].get(name)
            yield warning("shared-webhook", summary, hint=hint, location=source.source if source else None)


def unused_variables(
    profiles: Iterable[tuple[str, Sequence[tuple[str, Location]]]],
) -> Iterator[tuple[str, Diagnostic]]:
    """Yield a warning for each variable that is not used; one is enough where an edited template left many of them.

    Each profile comes with the variables that it does not use, and their places.
    """
    having: dict[str, list[tuple[str, Location]]] = {}
    for profile, unused in profiles:
        for name, at in unused:
            having.setdefault(name, []).append((profile, at))
    for name, found in having.items():
        hint = f"write ${{{name}}} in a text field or a link, or remove it"
        many = len(found) > _MOST_NAMES
        summary = f"the variable {name!r} is not used{f' in {len(found)} profiles' if many else ''}"
        for profile, at in found:
            where = found[0][1] if many else at
            yield profile, warning("unused-variable", summary, hint=hint, location=where)


def reported_once(problems: Iterable[tuple[str, Diagnostic]], files: Mapping[str, str]) -> tuple[Diagnostic, ...]:
    """Report a problem of a template or a default once, with the profiles that have it."""
    found: dict[tuple[object, ...], tuple[Diagnostic, dict[str, None]]] = {}
    for name, problem in problems:
        found.setdefault(problem.order, (problem, {}))[1][name] = None
    return in_order(_attributed(problem, [*names], files) for problem, names in found.values())


def _attributed(problem: Diagnostic, names: Sequence[str], files: Mapping[str, str]) -> Diagnostic:
    if "" in names:
        return problem
    hint, more = problem.hint, len(names) - _MOST_NAMES
    if len(names) > 1 or problem.location.file != files[names[0]]:
        listed = ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
        # A hint of several lines has one for each reading.
        between = "\n" if "\n" in hint else "; " if hint else ""
        hint = f"{hint}{between}found for {listed}"
    return replace(problem, hint=hint, profile=names[0] if len(names) == 1 else "")


def bind_profiles(
    desired: Iterable[Desired], accounts: Mapping[str, Account], *, traits: Mapping[str, Traits]
) -> tuple[Desired, ...]:
    """Return the profiles with the bindings of each field; most have none, because the target says it all."""
    found = ((one, accounts[one.target.account]) for one in desired)
    return tuple(_routed(one, account, traits[account.provider]) for one, account in found)


def _routed(desired: Desired, account: Account, traits: Traits) -> Desired:
    credential = tuple(_credential(desired, account, traits))
    ways = {field.name: (*credential, *_option(field.name, account, traits)) for field in desired.fields}
    if not any(ways.values()):
        return desired
    fields = tuple(replace(field, via=ways[field.name]) for field in desired.fields)
    return replace(desired, fields=fields)


def _credential(desired: Desired, account: Account, traits: Traits) -> Iterator[Binding]:
    """Yield the places where the credential may be, if the credential decides which number is written to."""
    own = account.credentials.get(traits.credential)
    refs = desired.credentials or (() if own is None else (own,))
    if desired.channel is not None and refs:
        yield Binding(name="credential", value=" or ".join(map(str, refs)))


def _option(field: str, account: Account, traits: Traits) -> Iterator[Binding]:
    """Yield the option of the account without which the field cannot be sent."""
    name = traits.capabilities[field].needs
    value = getattr(account.options, name, None) if name else None
    if value is not None:
        yield Binding(name=name, value=str(value))
