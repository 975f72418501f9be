"""Answers about a new account, checked one by one as its file would be.

open_options: (a provider's traits) → the options of an account that only a person can know.
option_value, host_answer: (an answer as typed) → the value to be written; raise ValueError that says what is wrong.
account_problem, number_problems: (answers as typed) → what is wrong with them. read_owners: → the owners.
typed_numbers: (a line as typed) → the numbers in it.
guess_place, public_folder, github_name: (the remote's address) → what it suggests.
read_tool: (OWNER/NAME@COMMIT as typed) → what calls the tool. in_shards: (that, a number) → what does so in shards.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError

from reconciler.core.authoring.callers import Callers
from reconciler.core.authoring.forge_files import owner_problem
from reconciler.core.authoring.import_request import read_import_request
from reconciler.core.authoring.new_repository import SETTINGS_FILE, RunPlace
from reconciler.core.basics import Diagnostic, EnvironmentProblem
from reconciler.core.reading.accounts import Permissions, accounts
from reconciler.core.reading.lookalikes import number_problem
from reconciler.core.traits import Traits
from reconciler.core.yaml_documents import Document

_GITHUB = re.compile(r"(?:https://|ssh://git@|git@)(?:[^/@]*@)?github\.com[:/]([\w.-]+)/([\w.-]+?)(?:\.git)?/?\Z")


def open_options(traits: Traits) -> tuple[str, ...]:
    """Return the options without a default of their own, those first that an account must have."""
    fields = traits.options.model_fields.items()
    open_ones = (name for name, info in fields if not info.is_required() and info.default is None)
    return (*needed_options(traits), *open_ones)


def needed_options(traits: Traits) -> tuple[str, ...]:
    """Return the options that an account must have."""
    return tuple(name for name, info in traits.options.model_fields.items() if info.is_required())


def option_value(traits: Traits, name: str, text: str) -> str | int:
    """Return the value of an option; raises ValueError for an unknown option, or a value that it does not take."""
    info = traits.options.model_fields.get(name)
    if info is None:
        known = ", ".join(traits.options.model_fields) or "none"
        raise ValueError(f"an account at {traits.title} has no option {name}; its options: {known}")
    # Pydantic keeps a field's demands partly in its type, partly beside it.
    written: Any = Annotated[info.annotation, info]
    kind: TypeAdapter[Any] = TypeAdapter(written)
    try:
        value: str | int = kind.validate_strings(text)
    except ValidationError:
        described = _description(kind.json_schema()) or info.description
        wanted = f"it is {described}" if described else "see `reconciler schema`"
        raise ValueError(f"{text!r} is no {name}: {wanted}") from None
    return value


def _description(schema: dict[str, Any]) -> str:
    """Return what is said of a value: of itself, or of its first form."""
    forms = [schema, *schema.get("anyOf", ())]
    said = next((str(one["description"]) for one in forms if "description" in one), "")
    # In a file it has quotes, and here it has none.
    return said.removesuffix(", in quotes")


def host_answer(traits: Traits, text: str) -> str:
    """Return the host as it is written; raises ValueError if it is not a host of the provider."""
    names = [origin.removeprefix("https://") for origin in traits.hosts]
    name = text.removeprefix("https://").rstrip("/")
    if name not in names:
        raise ValueError(f"{text!r} is no host of {traits.title}: it has {', '.join(names)}")
    return name


def account_problem(name: str) -> str:
    """Return what is wrong with an account's name, or ""."""
    document = Document(file=SETTINGS_FILE, data={"version": 1, "accounts": {name: {"provider": ""}}})
    found = (one for one in accounts(document, {}, permissions=Permissions()).problems if one.code == "account-name")
    return next((f"{one.summary}{f': {one.hint}' if one.hint else ''}" for one in found), "")


def number_problems(numbers: Sequence[str], traits: Traits, *, allowed: Collection[str]) -> Iterator[str]:
    """Yield what is wrong with numbers as they are typed, NUMBER or NUMBER=KEY; `allowed` are names of variables."""
    for number in numbers:
        found = read_import_request(number, traits, allowed=allowed)
        if isinstance(found, Diagnostic):
            yield f"{number}: {found.summary}{f'; {found.hint}' if found.hint else ''}"


def typed_numbers(text: str) -> tuple[str, ...]:
    """Return the numbers in a line. Spaces stand between them, and inside of those that are copied from a list."""
    found: list[str] = []
    for word in text.replace(",", " ").split():
        before = found[-1] if found else ""
        is_whole = "=" in before or not before.startswith("+") or not number_problem(before)
        if is_whole or word.startswith("+"):
            found.append(word)
        else:
            found[-1] += f" {word}"
    return tuple(found)


def read_owners(text: str) -> tuple[str, ...]:
    """Return the owners in a line; raises ValueError that names the words that are not owners."""
    owners = tuple(text.replace(",", " ").split())
    if wrong := [problem for one in owners if (problem := owner_problem(one))]:
        raise ValueError("; ".join(wrong))
    return owners


def guess_place(origin: str) -> RunPlace:
    """Return where a repository with this remote probably runs; NONE if its address says nothing."""
    if _GITHUB.match(origin):
        return RunPlace.GITHUB
    return RunPlace.GITLAB if re.search(r"[@/.]gitlab\.", origin) else RunPlace.NONE


def public_folder(origin: str, folder: str) -> str:
    """Return where GitHub serves profiles/ of a public repository, or "" if the remote is elsewhere."""
    found = _GITHUB.match(origin)
    return f"https://raw.githubusercontent.com/{found[1]}/{found[2]}/main/{folder}profiles/" if found else ""


def github_name(origin: str) -> str:
    """Return OWNER/NAME of a remote at GitHub, or ""."""
    found = _GITHUB.match(origin)
    return f"{found[1]}/{found[2]}" if found else ""


def read_tool(text: str) -> Callers:
    """Return what calls the tool at a commit; raises ValueError that says what is wrong with OWNER/NAME@COMMIT."""
    name, _, commit = text.partition("@")
    try:
        return Callers(name, commit)
    except EnvironmentProblem as problem:
        raise ValueError(f"{problem} (OWNER/NAME@COMMIT)") from None


def in_shards(callers: Callers, shards: int) -> Callers:
    """Return what calls the tool in so many jobs side by side; raises ValueError for a number that it cannot be."""
    try:
        return replace(callers, shards=shards)
    except EnvironmentProblem as problem:
        raise ValueError(str(problem)) from None
