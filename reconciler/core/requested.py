"""requested: (`NUMBER` or `NUMBER=KEY`, as typed) → a number to import, or what is wrong with it.

Where an account lists its numbers, the number alone says which. Elsewhere KEY says what a profile there must say
besides: the name of the variable that holds the number's credential, or the id by which the API knows it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from reconciler.core.contact import number_problem
from reconciler.core.credentials import variable
from reconciler.core.diagnostics import Diagnostic, error
from reconciler.core.provider import NumberFacts, Roster
from reconciler.core.secret import SecretRef, refusal
from reconciler.core.traits import Traits


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """A number that is to be imported, and what its profile must say besides."""

    number: str
    keys: Mapping[str, str | int] = field(default_factory=dict)
    credentials: Mapping[str, SecretRef] = field(default_factory=dict)


def read_import_request(text: str, traits: Traits, *, allowed: Collection[str] = ()) -> ImportRequest | Diagnostic:
    """Read one argument; `allowed` are names of variables that the environment permits besides the provider's."""
    number, _, key = text.partition("=")
    if reason := number_problem(number):
        return error("number", f"number {reason}", hint='write it in full: "+493012345678"')
    if not key:
        return ImportRequest(number)
    if traits.credential_per_number:
        ref = SecretRef(env=key)
        if key == f"{variable(traits)}S":
            hint = f"name one variable, or leave it out: {number} is then looked up in {key} by its profile's name"
            return error("secret-name", f"{key} holds the credentials of many numbers", hint=hint)
        if refused := refusal(ref, traits.env_prefix, allowed=allowed):
            return error("secret-name", refused, hint=f"after the = stands the name of a variable, for {number}")
        return ImportRequest(number, credentials={traits.credential: ref})
    return _with_key(number, key, traits)


def _with_key(number: str, key: str, traits: Traits) -> ImportRequest | Diagnostic:
    names = list(traits.keys.model_fields)
    if not names:
        return error("unknown-key", f"{number}: at {traits.title} a number needs nothing after it")
    try:
        found = traits.keys.model_validate_strings({names[0]: key})
    except ValidationError:
        return error("wrong-value", f"{number}: what stands after the = is no {names[0]}")
    return ImportRequest(number, keys=found.model_dump(exclude_none=True))


def choose_numbers(
    asked: Sequence[ImportRequest], roster: Roster | None, traits: Traits
) -> list[ImportRequest | Diagnostic]:
    """Return the numbers to import: those that are asked for, or all that `roster` lists where nobody asks."""
    if not asked and roster is None:
        key = _key_name(traits)
        hint = f"write each as +493012345678{f'={key}' if key else ''}"
        return [error("no-numbers", f"{traits.title} cannot list the account's numbers, so name them", hint=hint)]
    listed = {facts.number: ImportRequest(facts.number, keys=facts.keys) for _, facts in _usable(roster or {}, traits)}
    found = {one.number: one if one.keys or one.credentials else listed.get(one.number, one) for one in asked}
    return [_lacking(one, traits) or one for one in (found if asked else listed).values()]


def unusable(roster: Roster | None, traits: Traits) -> list[NumberFacts]:
    """Return the lines of the list that no profile could mean: no number, keys that cannot be, or a number's second."""
    sound = {id(facts) for _, facts in _usable(roster or {}, traits)}
    return [facts for facts in (roster or {}).values() if id(facts) not in sound]


def _usable(roster: Roster, traits: Traits) -> Iterator[tuple[str, NumberFacts]]:
    seen: set[str] = set()
    for address, facts in roster.items():
        if facts.number not in seen and not number_problem(facts.number) and _fits(facts.keys, traits):
            seen.add(facts.number)
            yield address, facts


def _fits(keys: Mapping[str, str], traits: Traits) -> bool:
    try:
        traits.keys.model_validate(keys)
    except ValidationError:
        return False
    return True


def _key_name(traits: Traits) -> str:
    """Return what stands after the number for people to read, or nothing where it needs nothing."""
    if traits.credential_per_number:
        return f"{variable(traits)}_BERLIN"
    return next((name.upper() for name, info in traits.keys.model_fields.items() if info.is_required()), "")


def _lacking(one: ImportRequest, traits: Traits) -> Diagnostic | None:
    """Return what a number still needs that no list told, or None."""
    needed = [name for name, info in traits.keys.model_fields.items() if info.is_required() and name not in one.keys]
    if not needed:
        return None
    summary = f"{one.number} is not in the account's list, and its {needed[0]} is not known"
    hint = f"write {one.number}={needed[0].upper()}, or let the account list its numbers"
    return error("missing-key", summary, hint=hint)
