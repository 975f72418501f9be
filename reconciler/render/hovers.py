"""What an editor shows at a key: what it does, an example, and what it means to leave it out or empty.

hovered: (a schema) → the same with such a text at every key that people write, and words beside the codes of a choice.
field_hover: (a field, what a provider makes of it) → the text of that field.

Editors read the words of a choice from `enumDescriptions`, which validators pass over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from reconciler.core.fields import INDUSTRIES, FieldSpec, Mode, ValueKind
from reconciler.core.settings import OnFinding, Rule
from reconciler.core.traits import BulkRead, Capability

_EXAMPLES: Final = {
    "about": "Fresh bread in ${city}, every day from six",
    "address": "Torstraße 1, 10119 Berlin",
    "description": "Sourdough, rye and cakes since 1911",
    "email": "berlin@goldcrust.example",
    "industry": "RESTAURANT",
    "websites": "[https://goldcrust.example/berlin]",
    "picture": "pictures/logo.png",
    "webhook": "{url: https://hooks.goldcrust.example/wa}",
}
# How an empty value of each kind is written.
_EMPTY: Final = {ValueKind.URLS: "[]", ValueKind.WEBHOOK: "{}"}

# By the last keys of a path. The longest that fits is taken.
_HOVERS: Final = {
    "version": "The version of this file's form: always 1.",
    "account": "The name of an account in reconciler.yaml, whose credential opens this number. Example: bakery.",
    "number": 'The phone number in full and in quotes: "+493012345678".',
    "phone_number_id": "The id under which the API knows the number, in quotes. `reconciler import` looks it up. "
    'Example: "106540352242922".',
    "extends": "Templates below profiles/, such as [templates/bakery.yaml]. Later ones win, and this file over all. "
    "Leave it out to take only the defaults of reconciler.yaml.",
    "vars": "Values for ${name} in text fields and links. Example: {city: Berlin}.",
    "omit": "Fields of templates and defaults to leave out here. Example: [webhook]. They are then left alone.",
    "mode": "Leave it out for `managed`. `observe` only reads and shows the number, `paused` leaves it alone.",
    "profile": "The managed fields. Leave a key out to leave that field alone; write an empty value to clear it.",
    "defaults": "Fields that all profiles begin with, or those of this account. Templates and a profile's file win.",
    "credentials": "Where the secrets are that open the account, never the secrets themselves. "
    "Example: {token: {env: META_TOKEN}}. Leave it out in the sandbox.",
    "env": "The name of an environment variable that holds the secret. Example: META_TOKEN.",
    "file": "The path of a file that holds the secret, as a secret that is mounted into a container.",
    "webhook.url": "The address that is called with customers' messages. It begins with https://.",
    "verify_token": "The secret that Meta sends back when it checks the address. Example: {env: WEBHOOK_VERIFY}.",
    "headers": "HTTP headers that it is called with, by name; what they hold is a secret. "
    "Example: {x-shop: {env: WEBHOOK_SHOP}}.",
    "accounts": "One set of credentials at one provider each, by a name of your own. "
    'Example: {bakery: {provider: meta, waba_id: "102290129340398"}}.',
    "provider": "Whose API the account is at.",
    "concurrency": "How many numbers are read or written at the same time. Lower it if the provider asks to wait.",
    "waba_id": "The id of the WhatsApp Business Account, in quotes. With it the account's numbers can be listed, which "
    "`import` needs without numbers, and a look at many numbers takes a hundredth of the calls.",
    "application": "The id of the channel whose profile this is. Leave it out if the token has one channel.",
    "send": "What a call says about where it goes.",
    "policy": "The gates, and what apply does with what it did not expect. Leave it out for the defaults.",
    "bulk": "How many profiles one run may change. More than `profiles` and `percent` together asks a reviewer.",
    "bulk.profiles": "So many profiles may change whatever part of all they are.",
    "bulk.percent": "So much of all profiles may change, in percent, whatever their number is.",
    "bulk.never_above": "More profiles than these ask a reviewer, whatever part of all they are.",
    "ignore": "Live values that are accepted until a day. `reconciler drift --accept` writes them.",
    "ignore.profile": "The name of a profile, as `reconciler list` shows it. Example: shops/berlin.",
    "ignore.field": "The field whose live value is accepted.",
}

_CHOICES: Final[tuple[Mapping[str, str], ...]] = (
    INDUSTRIES,
    {
        Mode.MANAGED: "The file is applied.",
        Mode.OBSERVE: "Only read and shown, and never written.",
        Mode.PAUSED: "Left alone: neither read nor written.",
    },
    {
        Rule.ALLOW: "It passes.",
        Rule.WARN: "It passes with a warning.",
        Rule.ASK: "A reviewer's label, --allow or a typed yes lets it pass.",
        Rule.DENY: "Nothing lets it pass but this rule.",
    },
    {OnFinding.REPORT: "It is shown and left alone.", OnFinding.OVERWRITE: "The file's value is sent."},
    {
        BulkRead.AUTO: "Whichever way saves calls or time.",
        BulkRead.EXPAND: "With the account's list, a hundred numbers in a call.",
        BulkRead.BATCH: "Fifty reads in a request.",
        BulkRead.SINGLE: "One by one.",
    },
    {
        "local": "In .reconciler/, for one machine.",
        "git": "On a branch of the repository, for a team.",
        "postgres": "In a database, for many writers.",
    },
)


def field_hover(spec: FieldSpec, capability: Capability) -> str:
    """Return what a field is, an example, how much fits, and what an empty value does."""
    links = f" {capability.items} links of" if spec.kind is ValueKind.URLS else ""
    limit = f" At most{links} {capability.limit} characters." if capability.limit else ""
    empty = _EMPTY.get(spec.kind, "''")
    cleared = f"Write {empty} to clear it." if capability.clearable else "It cannot be cleared."
    return f"{spec.title} Example: {_EXAMPLES[spec.name]}.{limit} {cleared} Leave the key out to leave it alone."


def hovered(schema: dict[str, Any], path: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a schema, of the key at `path`, with a text at it and at every key below it."""
    found = _inside(schema, path)
    names = (".".join(path[-2:]), *path[-1:])
    told = next((_HOVERS[name] for name in names if name in _HOVERS), None)
    return {**found, "description": told} if told is not None else found


def _inside(schema: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    """Return a schema with texts at the keys below it, and words beside the codes of a choice."""
    found = {key: _part(key, part, path) for key, part in schema.items()}
    words = _words(found.get("enum"))
    return {**found, "enumDescriptions": words} if words else found


def _part(key: str, part: Any, path: tuple[str, ...]) -> Any:
    match key, part:
        case "properties", dict():
            return {name: hovered(inner, (*path, name)) for name, inner in part.items()}
        case "items", dict():
            return _inside(part, path)
        case (("additionalProperties" | "then"), dict()):
            return _inside(part, ())
        case "allOf", list():
            return [_inside(one, ()) for one in part]
        case _:
            return part


def _words(choice: object) -> list[str]:
    """Return the words of a choice, in its order, or none where a code has no word."""
    if not isinstance(choice, list):
        return []
    known = next((one for one in _CHOICES if set(choice) <= set(one)), {})
    return [known[code] for code in choice] if known else []
