"""parse, parse_partly: (model, document, path) → a value of the model | diagnostics.

WrittenField, Complaints: a field as it is written somewhere, and the problems that checks find in fields.

This is the one place where pydantic's errors become ours. They carry the input, so only their place and kind are used:
the text of a file must never be repeated from here into a log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, Generic, TypeVar, get_args

from pydantic import ValidationError

from reconciler.core.basics import Diagnostic, Location, Model, error, warning
from reconciler.core.fields import SecretRef
from reconciler.core.reading.lookalikes import ALL_DIGITS, has_lost_digits, number_hint
from reconciler.core.reading.suggestions import Suggest, did_you_mean
from reconciler.core.yaml_documents import Document, Path

M = TypeVar("M", bound=Model)

_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "list_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
}
NULL_HINT = "leave the key out to leave the field unmanaged, or write an empty value ('', [] or {}) to clear it"


@dataclass(frozen=True, slots=True)
class Parsed(Generic[M]):
    """The usable part of a file: for the keys in `wrong`, `value` has defaults or stand-ins."""

    value: M
    problems: tuple[Diagnostic, ...] = ()
    wrong: frozenset[str] = frozenset()


def name_of(data: object) -> str:
    """Name the type of `data` in YAML's words."""
    match data:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int():
            return "a number"
        case float():
            return "a decimal number"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case _:
            return "a date"


def parse(
    model: type[M],
    document: Document,
    path: Path,
    *,
    data: object,
    known: Iterable[str] = (),
    suggest: Suggest = did_you_mean,
) -> M | tuple[Diagnostic, ...]:
    """Check `data`, which stands at `path` of `document`, against `model`; `known` are further keys to suggest."""
    found = _validated(model, document, path, data=data, known=tuple(known), suggest=suggest)
    return tuple(problem for _, problem in found) if isinstance(found, list) else found


def parse_partly(
    model: type[M],
    document: Document,
    path: Path,
    *,
    data: object,
    stand_ins: Mapping[str, Any],
    suggest: Suggest = did_you_mean,
) -> Parsed[M]:
    """Check as `parse` does, but keep the right keys, so that one wrong key does not hide the mistakes in the others.

    `stand_ins` are values for the keys that have no default. In data that is not a mapping, every key is wrong.
    """
    found = _validated(model, document, path, data=data, known=(), suggest=suggest)
    if not isinstance(found, list):
        return Parsed(found)
    wrong = frozenset(str(loc[0]) for loc, _ in found) if isinstance(data, dict) else frozenset(_names(model))
    right = {key: value for key, value in data.items() if key not in wrong} if isinstance(data, dict) else {}
    return Parsed(model.model_validate({**stand_ins, **right}), tuple(problem for _, problem in found), wrong)


def type_error(document: Document, path: Path, *, data: object, wanted: str, hint: str = "") -> Diagnostic:
    """Return the error for a value of the wrong type at `path`; a hint to quote a scalar replaces `hint`."""
    at, plain = document.at(path), document.source_of(path)
    if data is None:
        return replace(_null(path, plain, hint=hint), location=at)
    if wanted == "text" and plain:
        # A phone number in quotes would still be wrong without its plus, and an id without the digits that it lost.
        known = path == ("number",) or has_lost_digits(plain)
        hint = number_hint(plain) if known else f'write it in quotes: "{plain}"'
    what = dotted(path) or "the file"
    return error("wrong-type", f"{what} must be {wanted}, not {name_of(data)}", hint=hint, location=at)


def dotted(path: Path) -> str:
    """Return a path as people write it: `profile.websites[1]`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _above_fields(path: Path) -> int:
    """Return how many parts of a path stand above the field's name: `profile`, or `accounts.NAME.defaults`."""
    return 3 if path[:1] == ("accounts",) else 1


def _null(path: Path, plain: str, *, hint: str) -> Diagnostic:
    if not path:
        return error("null", "the file is empty", hint=hint)
    nothing = f" (nothing stands after the {'dash' if isinstance(path[-1], int) else 'colon'})"
    is_field = len(path) == 1 + _above_fields(path) and path[0] in ("profile", "defaults", "accounts")
    hint = hint or (NULL_HINT if is_field else "write a value there, or leave it out")
    return error("null", f"{dotted(path)} is null{'' if plain else nothing}", hint=hint)


def _validated(
    model: type[M], document: Document, path: Path, *, data: object, known: tuple[str, ...], suggest: Suggest
) -> M | list[tuple[Path, Diagnostic]]:
    """Return the model, or each problem with its place in `data`."""
    if data is None and not path:
        needed = " and ".join(info.alias or name for name, info in model.model_fields.items() if info.is_required())
        return [
            ((), error("null", "the file is empty", hint=f"write {needed}, or delete it", location=document.at(())))
        ]
    found: list[tuple[Path, Diagnostic]] = []
    value: M | None = None
    try:
        value = model.model_validate(data)
    except ValidationError as problem:
        for item in problem.errors(include_url=False, include_input=True, include_context=True):
            keys = (*known, *_keys(model, item["loc"]))
            wanted = _described(model, item["loc"])
            # A cell has no quotes of its own.
            wanted = wanted.removesuffix(", in quotes") if document.row else wanted
            found.append((item["loc"], _diagnostic(document, path, item, keys, wanted=wanted, suggest=suggest)))
    said = {loc for loc, _ in found}
    found += [
        ((key,), type_error(document, (*path, key), data=None, wanted=""))
        for key in _nulls(model, data)
        if (key,) not in said
    ]
    return value if value is not None and not found else found


def _nulls(model: type[Model], data: object) -> Iterator[str]:
    """Yield the model's keys that are null: an optional value is left out, never null."""
    if isinstance(data, dict):
        yield from (name for name in _names(model) if name in data and data[name] is None)


@cache
def _names(model: type[Model]) -> tuple[str, ...]:
    return tuple(info.alias or name for name, info in model.model_fields.items())


def _keys(model: type[Model], loc: Path) -> tuple[str, ...]:
    """Return the known keys at `loc`, for "did you mean"."""
    here: Any = model
    for part in loc[:-1]:
        fields = {info.alias or name: info.annotation for name, info in here.model_fields.items()}
        inner = fields.get(part, here)
        here = next((a for a in (inner, *get_args(inner)) if isinstance(a, type) and issubclass(a, Model)), here)
    return _names(here)


# Of the keys of a profile: where what is missing is found.
_FOUND_AT = {
    "account": (
        "it is one of the accounts in profiles/reconciler.yaml; the folder's defaults.yaml can name it for all profiles"
    ),
    "number": "write it as in +493012345678",
    "phone_number_id": "it is the provider's own key of the number; `reconciler import` writes it into what it makes",
}


def _described(model: type[Model], loc: Path) -> str:
    """Return the description of a key of the model."""
    names = {info.alias or name: info.description or "" for name, info in model.model_fields.items()}
    return names.get(str(loc[0]), "") if len(loc) == 1 else ""


def _diagnostic(
    document: Document, base: Path, item: Any, keys: tuple[str, ...], *, wanted: str, suggest: Suggest
) -> Diagnostic:
    path = base + item["loc"]
    at = document.at(path)
    match item["type"]:
        case "extra_forbidden":
            hint = suggest(str(path[-1]), keys)
            return error("unknown-key", f"unknown key {dotted(path)}", hint=hint, location=document.at_key(path))
        case "missing":
            hint = _FOUND_AT.get(str(path[-1]), "") if len(path) == 1 else ""
            return error("missing-key", f"{dotted(path)} is missing", hint=hint, location=at)
        case "model_type" if item["ctx"]["class_name"] == SecretRef.__name__ and item["input"] is not None:
            hint = "write {env: NAME} or {file: NAME}; a secret never stands in a file"
            return error("secret", f"{dotted(path)} must say where the secret is", hint=hint, location=at)
        case kind if kind in _WANTED:
            listed = kind == "list_type" and isinstance(item["input"], str)
            hint = f"put it in brackets, as in `{path[-1]}: [ONE, TWO]`" if listed else ""
            return type_error(document, path, data=item["input"], wanted=_WANTED[kind], hint=hint)
        case "literal_error" | "enum":
            choice = str(item["ctx"]["expected"]).replace("'", "")
            if item["input"] is None:
                return type_error(document, path, data=None, wanted=choice)
            return error("wrong-value", f"{dotted(path)} must be {choice}", location=at)
        case "greater_than_equal":
            return error("wrong-value", f"{dotted(path)} must be {item['ctx']['ge']} or more", location=at)
        case "less_than_equal":
            return error("wrong-value", f"{dotted(path)} must be {item['ctx']['le']} or less", location=at)
        case _ if wanted:
            hint = ALL_DIGITS if has_lost_digits(str(item["input"])) else ""
            return error("wrong-value", f"{dotted(path)} must be {wanted}", hint=hint, location=at)
        case _:
            message = str(item["msg"])
            return error("wrong-value", f"{dotted(path)}: {message[0].lower()}{message[1:]}", location=at)


@dataclass(frozen=True, slots=True)
class WrittenField:
    """One field, or a part of one, as it is written somewhere: in the file, a template or the defaults."""

    name: str
    data: object
    document: Document
    path: Path

    @property
    def location(self) -> Location:
        """The place of the value."""
        return self.document.at(self.path)

    @property
    def in_row(self) -> bool:
        """True if it stands in a cell of a table."""
        return self.document.row > 0

    @property
    def title(self) -> str:
        """The name that people use: `about`, `websites[1]`, `webhook.url`."""
        return dotted(self.path[_above_fields(self.path) :])

    def stands_in(self, document: Document, base: Path) -> bool:
        """Say whether it is written at `base` of this document."""
        return self.document is document and self.path[:-1] == base

    def part(self, key: str | int, data: object) -> WrittenField:
        """Return the part at `key`."""
        return WrittenField(self.name, data, self.document, (*self.path, key))


@dataclass(slots=True)
class Complaints:
    """Collects the problems of fields, each at the place where the field is written."""

    problems: list[Diagnostic] = field(default_factory=list)

    def error(self, raw: WrittenField, code: str, summary: str, *, hint: str = "") -> None:
        """Add an error."""
        self.problems.append(error(code, summary, hint=hint, location=raw.location))

    def warn(self, raw: WrittenField, code: str, summary: str, *, hint: str = "") -> None:
        """Add a warning."""
        self.problems.append(warning(code, summary, hint=hint, location=raw.location))

    def unknown_key(self, raw: WrittenField, hint: str) -> None:
        """Add that `raw` is an unknown key."""
        at = raw.document.at_key(raw.path)
        self.problems.append(error("unknown-key", f"unknown key {raw.title}", hint=hint, location=at))

    def wrong_type(self, raw: WrittenField, wanted: str, *, hint: str = "") -> None:
        """Add that `raw` is not `wanted`; if its author seems to have meant clearing, the hint says how."""
        blank = "[]" if wanted == "a list" else "''" if wanted == "text" else "{}"
        hint = f"to clear it, write {blank}" if raw.data in ("", [], {}) else hint
        self.problems.append(type_error(raw.document, raw.path, data=raw.data, wanted=wanted, hint=hint))
