"""parse: (model, document, path) → a value of the model | diagnostics.

The one place where pydantic's errors become ours. They carry the input, so only their place and kind are used: what
stands in a file must never be repeated from here into a log.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, TypeVar, get_args

from pydantic import ValidationError

from reconciler.core.diagnostics import Diagnostic, error
from reconciler.core.document import Document, Path
from reconciler.core.model import Model

M = TypeVar("M", bound=Model)

_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
}
NULL_HINT = "leave the key out to leave the field unmanaged, or write an empty value ('' or []) to clear it"


def parse(
    model: type[M], document: Document, path: Path, *, data: object, known: Iterable[str] = ()
) -> M | tuple[Diagnostic, ...]:
    """Check `data`, which stands at `path` of `document`, against `model`; `known` are further keys to suggest."""
    try:
        return model.model_validate(data)
    except ValidationError as problem:
        raw = problem.errors(include_url=False, include_input=True, include_context=True)
        return tuple(_diagnostic(document, path, item, (*known, *_keys(model, item["loc"]))) for item in raw)


def name_of(data: object) -> str:
    """Say in YAML's words what `data` is."""
    match data:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case _:
            return "a date"


def quote_hint(document: Document, path: Path) -> str:
    """Return the hint to put the scalar at `path` in quotes, where it was written without."""
    plain = document.plain.get(path)
    return f'write it in quotes: "{plain}"' if plain else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "did you mean …" for the nearest known word, or the list of what is known."""
    names = sorted(set(known))
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else f"known here: {', '.join(names)}"


def type_error(document: Document, path: Path, *, data: object, wanted: str) -> Diagnostic:
    """Return the error for a value of the wrong type at `path`."""
    what = dotted(path) or "the file"
    if data is None:
        return error(
            "null", f"{what} is null (nothing stands after the colon)", hint=NULL_HINT, location=document.at(path)
        )
    hint = quote_hint(document, path) if wanted == "text" else ""
    return error("wrong-type", f"{what} must be {wanted}, not {name_of(data)}", hint=hint, location=document.at(path))


def dotted(path: Path) -> str:
    """Return a path as people write it: `profile.websites[1]`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _keys(model: type[Model], loc: tuple[str | int, ...]) -> tuple[str, ...]:
    """Return the keys that are known where `loc` stands, for "did you mean"."""
    here: Any = model
    for part in loc[:-1]:
        fields = {info.alias or name: info.annotation for name, info in here.model_fields.items()}
        inner = fields.get(part, here)
        here = next((a for a in (inner, *get_args(inner)) if isinstance(a, type) and issubclass(a, Model)), here)
    return tuple(info.alias or name for name, info in here.model_fields.items())


def _diagnostic(document: Document, base: Path, item: Any, keys: tuple[str, ...]) -> Diagnostic:
    path = base + item["loc"]
    match item["type"]:
        case "extra_forbidden":
            hint = did_you_mean(str(path[-1]), keys)
            return error("unknown-key", f"unknown key {dotted(path)}", hint=hint, location=document.at_key(path))
        case "missing":
            return error("missing-key", f"{dotted(path)} is missing", location=document.at(path))
        case kind if kind in _WANTED:
            return type_error(document, path, data=item["input"], wanted=_WANTED[kind])
        case "literal_error" | "enum":
            wanted = str(item["ctx"]["expected"]).replace("'", "")
            if item["input"] is None:
                return type_error(document, path, data=None, wanted=wanted)
            return error("wrong-value", f"{dotted(path)} must be {wanted}", location=document.at(path))
        case _:
            message = str(item["msg"]).removeprefix("Value error, ")
            return error(
                "wrong-value", f"{dotted(path)}: {message[0].lower()}{message[1:]}", location=document.at(path)
            )
