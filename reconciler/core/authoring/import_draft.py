"""Which numbers to import, and the profile that says what one of them shows.

read_import_request: (`NUMBER` or `NUMBER=KEY`, as typed) → a number to import, or what is wrong with it.
number_example: (a provider) → a number as it is typed for one there.
choose_numbers: (the requests, the account's list) → the numbers to import, or what each one lacks.
draft_profile: (an empty draft, what was read of its number, its source) → the draft that says exactly that.

If an account lists its numbers, the number alone is enough. Elsewhere KEY is what a profile there also needs: the name
of the variable that holds the number's credential, or the id by which the API knows it.

Only a value that `validate` would accept becomes a field; every other one stands beside it, with the reason. A field
that was never set is left out. A field that only the defaults would add is left out by name, so that a plan is empty.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from pydantic import ValidationError

from reconciler.core.authoring.edits import as_written, is_text
from reconciler.core.basics import Diagnostic, Document, error
from reconciler.core.fields import FIELD_NAMES, WEBHOOK_PREFIX, Json, Mode, Picture, SecretRef, Webhook, refusal
from reconciler.core.kinds import is_worth_keeping, to_json
from reconciler.core.numbers import in_full, one_spelling
from reconciler.core.reading.accounts import variable
from reconciler.core.reading.checks import FieldChecker
from reconciler.core.reading.layers import literal
from reconciler.core.reading.lookalikes import digits_lost, number_hint, number_problem
from reconciler.core.reading.parsing import WrittenFields
from reconciler.core.roster import NumberFacts, Roster
from reconciler.core.target import Known, Linked, LiveField, Observed, Opened, Target, Unreadable, WriteOnly
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
        hint = number_hint(key, quotes=False) if digits_lost(key) else ""
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
    """Return a request with what the list says of its number. What was typed counts more."""
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
    """True if `validate` takes the number: one that the API shows is a number, whatever its length."""
    return not number_problem(number) or (traits.shows_number and in_full(number))


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


@dataclass(frozen=True, slots=True)
class ImportDraft:
    """One profile to be written: what its file says, and what the defaults say for it.

    `asides` are fields that are not managed: the name, the known value as text, and why not. `unproven` says that the
    provider does not tell which number the credential opens, and what to do about it. `name` is the business's.
    """

    target: Target
    keys: Mapping[str, str | int] = field(default_factory=dict)
    credentials: Mapping[str, SecretRef] = field(default_factory=dict)
    mode: Mode = Mode.MANAGED
    omit: tuple[str, ...] = ()
    fields: Mapping[str, Json] = field(default_factory=dict)
    asides: tuple[tuple[str, str, str], ...] = ()
    inherited: tuple[str, ...] = ()
    write_only: bool = False
    unproven: str = ""
    name: str = ""
    extends: tuple[str, ...] = ()

    @property
    def managed(self) -> tuple[str, ...]:
        """The fields that the profile manages: its own, and those that the defaults set for it."""
        return tuple(name for name in FIELD_NAMES if name in self.fields or name in self.inherited)

    @property
    def file(self) -> str:
        """The path of its file, below profiles/."""
        return f"{self.target.profile}.yaml"


@dataclass(frozen=True, slots=True)
class DraftSource:
    """What drafting a profile needs to know about its account and its repository."""

    traits: Traits
    options: object = None
    defaults: Mapping[str, object] = field(default_factory=dict)
    pictures: Mapping[str, Picture | str] = field(default_factory=dict)


def draft_profile(draft: ImportDraft, live: Observed, picture: str, *, origin: DraftSource) -> ImportDraft:
    """Return `draft` with the fields that `live` has; `picture` is the path of its picture, below profiles/."""
    fields: dict[str, Json] = {}
    asides: list[tuple[str, str, str]] = []
    omit: list[str] = []
    inherited: list[str] = []
    for name in FIELD_NAMES:
        if not origin.traits.capabilities[name].writable:
            omit += [name] if name in origin.defaults else []
            continue
        data, why = _written(name, live.get(name), picture, origin)
        if data is None:
            omit += [name] if name in origin.defaults else []
        elif data == origin.defaults.get(name):
            inherited.append(name)
        else:
            fields[name] = data
        if why:
            asides.append((name, _known(name, live.get(name), origin.traits), why))
    return ImportDraft(
        target=draft.target,
        keys=draft.keys,
        credentials=draft.credentials,
        mode=Mode.OBSERVE if live.blocked else Mode.MANAGED,
        omit=tuple(omit),
        fields=fields,
        asides=tuple(asides),
        inherited=tuple(inherited),
        write_only=not origin.traits.readable,
        unproven=draft.unproven,
        name=draft.name,
    )


def opened_draft(draft: ImportDraft, opened: Opened | None, traits: Traits) -> ImportDraft:
    """Return `draft` with the id of the number that its credential opens, so that the reviewed file vouches for it.

    `opened` is None where every call names its number.
    """
    if opened is None:
        return draft
    keys = {**draft.keys, **({traits.identity_key: opened.identity} if opened.identity else {})}
    if opened.number:
        return replace(draft, keys=keys)
    which = f"{traits.title} does not say that its {traits.credential} opens {draft.target.number}"
    look = f"look up {traits.identity_key} {opened.identity}" if opened.identity else "compare what it shows"
    return replace(draft, keys=keys, unproven=f"{which}: {look} before the first apply")


def _written(name: str, live: LiveField, picture: str, origin: DraftSource) -> tuple[Json | None, str]:
    """Return the field as it is written, or why it is not; neither if it was never set."""
    match live:
        case WriteOnly():
            return None, "it cannot be read back"
        case Unreadable(reason=reason):
            return None, f"it could not be read: {reason}"
        case Linked():
            raise AssertionError("a link is made a value before it is drafted")
        case Known(value=value):
            if not is_worth_keeping(name, value):
                return None, ""
            if isinstance(value, Webhook) and (origin.traits.capabilities[name].secrets or value.headers):
                return None, "what is secret in it cannot be read back; add it to manage the webhook"
            data = as_written(value, picture=picture)
            return (None, why) if (why := _refused(name, data, origin)) else (data, "")
        case _:
            assert_never(live)


def _refused(name: str, data: Json, origin: DraftSource) -> str:
    """Return why `validate` would not accept a live value, or ""."""
    checker = FieldChecker(
        provider=origin.traits.title,
        capabilities=origin.traits.capabilities,
        variables={},
        pictures=origin.pictures,
        options=origin.options,
    )
    value = checker.check(WrittenFields(name, data, Document(file="", data=None), ("profile", name)))
    if value is None:
        return next(problem.summary for problem in checker.problems if problem.severity == "error")
    return "" if is_text(data) else "it holds half of a character"


def _known(name: str, live: LiveField, traits: Traits) -> str:
    """Return the known value of an unmanaged field as it could be written, on one line that cannot act."""
    if not isinstance(live, Known):
        return ""
    data = to_json(live.value)
    if isinstance(live.value, Webhook):
        secrets = {part: {"env": f"{WEBHOOK_PREFIX}VERIFY"} for part in traits.capabilities[name].secrets}
        headers = {header.name: {"env": _variable(header.name)} for header in live.value.headers}
        data = {"url": live.value.url, **secrets, **({"headers": headers} if headers else {})}
    return literal(json.dumps(data))


def _variable(header: str) -> str:
    return WEBHOOK_PREFIX + re.sub(r"[^A-Z0-9]", "_", header.upper())
