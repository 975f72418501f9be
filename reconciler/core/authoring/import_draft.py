"""draft_profile: (an empty draft, what was read of its number, its source) → the draft that says exactly that.

opened_draft: (a draft, the number that its credential opens) → the draft with that number's id.
profile_names: (the numbers to import, their account, which names are taken) → the name of each number's profile.

Only a value that `validate` would accept becomes a field; every other one stands beside it, with the reason. A field
that was never set is left out. A field that only the defaults would add is left out by name, so that a plan is empty.

A number whose business is known is named after it, as people speak of it. A name that several have, or a file has
already, goes with the number, which is unique. The names are plain: every file system keeps them as they are, and
people can type them.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from reconciler.core.authoring.edits import as_written, is_text
from reconciler.core.authoring.import_request import ImportRequest
from reconciler.core.comparing.kinds import is_worth_keeping, to_json
from reconciler.core.fields import FIELD_NAMES, WEBHOOK_PREFIX, Json, Mode, Picture, SecretRef, Webhook
from reconciler.core.reading.checks import FieldChecker
from reconciler.core.reading.inheritance import FOLDER_DEFAULTS
from reconciler.core.reading.layers import literal
from reconciler.core.reading.parsing import WrittenField
from reconciler.core.target import Known, Linked, LiveField, Observed, Opened, Target, Unreadable, WriteOnly
from reconciler.core.traits import Traits
from reconciler.core.yaml_documents import Document


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
    value = checker.check(WrittenField(name, data, Document(file="", data=None), ("profile", name)))
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


# Letters that do not fall apart into a plain letter and an accent.
_PLAIN = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "\u0131": "i"})
_LONGEST = 40
# Names that Windows keeps for devices, whatever their suffix; and that of a folder's defaults.
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
_RESERVED = frozenset({*_DEVICES, FOLDER_DEFAULTS.removesuffix(".yaml")})


def profile_names(numbers: Sequence[ImportRequest], account: str, taken: Callable[[str], bool]) -> tuple[str, ...]:
    """Return a name for each of `numbers`, in their order; no two are the same, and none is taken if that can be."""
    often = Counter(_slug(one.name) for one in numbers)
    given: list[str] = []
    for one in numbers:
        wanted = [f"{account}/{name}" for name in _candidates(one, alone=often[_slug(one.name)] == 1)]
        free = (name for name in wanted if name not in given and not taken(name))
        given.append(next(free, wanted[-1]))
    return tuple(given)


def _candidates(one: ImportRequest, *, alone: bool) -> Iterator[str]:
    """Yield what a number's profile may be called, the best first."""
    slug, digits = _slug(one.name), one.number.removeprefix("+")
    if slug and alone and slug not in _RESERVED:
        yield slug
    if slug:
        yield f"{slug}-{digits}"
    yield digits


def _slug(name: str) -> str:
    """Return a name in small plain letters, digits and hyphens, not too long; "" if it has none of these."""
    bare = unicodedata.normalize("NFKD", name).casefold().translate(_PLAIN)
    plain = "".join(char for char in bare if not unicodedata.combining(char))
    words = re.sub(r"[^a-z0-9]+", "-", re.sub(r"(?<=[a-z])['\u2019](?=[a-z])", "", plain)).strip("-")
    return words if len(words) <= _LONGEST else words[: _LONGEST + 1].rpartition("-")[0] or words[:_LONGEST]
