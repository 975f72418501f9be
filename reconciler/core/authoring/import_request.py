"""Which numbers to import.

read_import_request: (`NUMBER` or `NUMBER=KEY`, as typed) → a number to import, or what is wrong with it.
number_example: (a provider) → a number as it is typed for one there.
choose_numbers: (the requests, the account's list) → the numbers to import, or what each one lacks.
unusable: (the account's list) → its rows that no profile could mean.

If an account lists its numbers, the number alone is enough. Elsewhere KEY is what a profile there also needs: the name
of the variable that holds the number's credential, or the id by which the API knows it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import ValidationError

from reconciler.core.basics import Diagnostic, error
from reconciler.core.comparing.spellings import is_in_full, one_spelling
from reconciler.core.fields import SecretRef, refusal
from reconciler.core.reading.accounts import variable
from reconciler.core.reading.lookalikes import has_lost_digits, number_hint, number_problem
from reconciler.core.roster import NumberFacts, Roster
from reconciler.core.traits import Traits


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """A number that is to be imported, and the keys that its profile also needs.

    `name` is that of the business, as far as the account's list tells it.
    """

    number: str
    keys: Mapping[str, str | int] = field(default_factory=dict)
    credentials: Mapping[str, SecretRef] = field(default_factory=dict)
    name: str = ""


def read_import_request(text: str, traits: Traits, *, allowed: Collection[str] = ()) -> ImportRequest | Diagnostic:
    """Read one argument; `allowed` are further names of variables that the environment permits."""
    number, _, key = text.partition("=")
    if not _is_number(number, traits):
        return error("number", f"number {number_problem(number)}", hint=number_hint(number, quotes=False))
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
        hint = number_hint(key, quotes=False) if has_lost_digits(key) else ""
        return error("wrong-value", f"{number}: what stands after the = is no {names[0]}", hint=hint)
    return ImportRequest(number, keys=found.model_dump(exclude_none=True))


def choose_numbers(
    asked: Sequence[ImportRequest], roster: Roster | None, traits: Traits
) -> list[ImportRequest | Diagnostic]:
    """Return the requested numbers, or all that `roster` lists if there is no request."""
    if not asked and roster is None:
        return [_unlisted(traits)]
    # Where both are known, the file spells a number as the API shows it.
    rows = ((one_spelling(facts.number), facts) for facts in _usable(roster or {}, traits))
    listed = {number: ImportRequest(facts.number, keys=facts.keys, name=facts.business.name) for number, facts in rows}
    numbers = ((one_spelling(one.number), one) for one in asked)
    found = {number: _as_listed(one, listed.get(number, one)) for number, one in numbers}
    return [_lacking(one, traits, roster) or one for one in (found if asked else listed).values()]


def _as_listed(asked: ImportRequest, listed: ImportRequest) -> ImportRequest:
    """Return a request, completed from the list's row of its number. What was typed counts more."""
    return replace(asked, name=listed.name) if asked.keys or asked.credentials else listed


def _unlisted(traits: Traits) -> Diagnostic:
    """Return why there is no list of numbers, and what to do."""
    example = number_example(traits)
    if not traits.group_option:
        summary = f"{traits.title} cannot list the account's numbers, so name them"
        return error("no-numbers", summary, hint=f"write each as {example}")
    summary = f"{traits.title} cannot list the account's numbers without its {traits.group_option}"
    hint = f"write `{traits.group_option}` into the account in reconciler.yaml, or name each number as {example}"
    return error("no-numbers", summary, hint=hint)


def unusable(roster: Roster | None, traits: Traits) -> list[NumberFacts]:
    """Return the rows of the list that no profile could mean: no number, unusable keys, or a number's second row."""
    sound = {id(facts) for facts in _usable(roster or {}, traits)}
    return [facts for facts in (roster or {}).values() if id(facts) not in sound]


def _usable(roster: Roster, traits: Traits) -> Iterator[NumberFacts]:
    seen: set[str] = set()
    for facts in roster.values():
        number = one_spelling(facts.number)
        if number not in seen and _is_number(facts.number, traits) and _fits(facts.keys, traits):
            seen.add(number)
            yield facts


def _is_number(number: str, traits: Traits) -> bool:
    """True if `validate` takes the number; where the API shows numbers, their length may be new to this program."""
    return not number_problem(number) or (traits.shows_number and is_in_full(number))


def _fits(keys: Mapping[str, str], traits: Traits) -> bool:
    try:
        traits.keys.model_validate(keys)
    except ValidationError:
        return False
    return True


def number_example(traits: Traits) -> str:
    """Return a number as it is typed for an import, with what a profile at the provider also needs."""
    needed = next((name.upper() for name, info in traits.keys.model_fields.items() if info.is_required()), "")
    key = f"{variable(traits)}_BERLIN" if traits.credential_per_number else needed
    return f"+493012345678{f'={key}' if key else ''}"


def _lacking(one: ImportRequest, traits: Traits, roster: Roster | None) -> Diagnostic | None:
    """Return what a number still needs and the list did not give, or None."""
    needed = [name for name, info in traits.keys.model_fields.items() if info.is_required() and name not in one.keys]
    if not needed:
        return None
    summary = f"the {needed[0]} of {one.number} is not known"
    hint = f"write {one.number}={needed[0].upper()}"
    if roster is not None:
        summary = f"{one.number} is not in the account's list, and its {needed[0]} is not known"
    elif traits.group_option:
        hint += f", or write `{traits.group_option}` into the account in reconciler.yaml, so that it lists its numbers"
    return error("missing-key", summary, hint=hint)
