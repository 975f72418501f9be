"""What a new repository begins with: its settings, and what git is to leave out.

RepositoryPlan: what a person answered. NewFile: one file to be written.
first_files: (the answers) → the files below the folder of the repository.
example_settings: → the text of profiles/reconciler.yaml.
credential_names: (a provider's traits) → the variables that its account names.
lacking_lines: (the text of a file that was there, wanted lines) → those that are to be added.

Files that the forge reads at the top of git's repository are those of `forge_files`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from reconciler.core.authoring.callers import Callers
from reconciler.core.authoring.example_fleet import EXAMPLE_ACCOUNTS, EXAMPLE_FILES, EXAMPLE_LOGO, example_logo
from reconciler.core.authoring.yaml_text import scalar
from reconciler.core.reading.accounts import variable
from reconciler.core.traits import Traits

SETTINGS_FILE: Final = "profiles/reconciler.yaml"
IGNORE_FILE: Final = ".gitignore"
IGNORED_FOLDER: Final = ".reconciler/"
_MODELINE = "# yaml-language-server: $schema=../schemas/settings.schema.json\n"
# The option of an account that says where a provider fetches pictures from.
PICTURE_OPTION: Final = "picture_base_url"


class RunPlace(StrEnum):
    """Where plan, apply and drift run."""

    GITHUB = "github"
    GITLAB = "gitlab"
    CRON = "cron"
    NONE = "none"

    @property
    def ledger(self) -> str:
        """The store that the place needs: a CI machine is thrown away, so its memory is kept in git."""
        return "git" if self in (RunPlace.GITHUB, RunPlace.GITLAB) else "local"


@dataclass(frozen=True, slots=True)
class RepositoryPlan:
    """What was answered. `numbers` are as typed: NUMBER or NUMBER=KEY.

    Without `account` the settings are there already. With `example` the repository holds the example fleet. `owners`
    review the profiles, and `guardians` everything else. `callers` name the tool and its commit, if they are known.
    `suffix` tells the workflows from those of another program, which had their names before.
    """

    place: RunPlace
    account: str = ""
    host: str = ""
    options: Mapping[str, str | int] = field(default_factory=dict)
    numbers: tuple[str, ...] = ()
    example: bool = False
    owners: tuple[str, ...] = ()
    guardians: tuple[str, ...] = ()
    callers: Callers | None = None
    suffix: str = ""


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to be written: its path, its content, and what it is for, in words."""

    path: str
    content: bytes = field(repr=False)
    what: str


def first_files(plan: RepositoryPlan, traits: Traits | None) -> Iterator[NewFile]:
    """Yield the files of the repository's own folder; `traits` are those of the account's provider, if it has one."""
    memory = "the memory is kept in git" if plan.place.ledger == "git" else "the memory is kept on this machine"
    if plan.example:
        yield _text(SETTINGS_FILE, example_settings(plan.place.ledger), f"the accounts of the example; {memory}")
        for path, text in EXAMPLE_FILES.items():
            yield _text(f"profiles/{path}", text, "shared by the shops" if "templates/" in path else "a shop")
        yield NewFile(f"profiles/{EXAMPLE_LOGO}", example_logo(), "the shops' picture")
    elif traits is not None:
        what = f"the account {plan.account} at {traits.title}; {memory}"
        yield _text(SETTINGS_FILE, _settings_yaml(plan, traits), what)
    yield _text(IGNORE_FILE, f"# The memory of this machine.\n{IGNORED_FOLDER}\n", f"git leaves {IGNORED_FOLDER} out")


def _text(path: str, text: str, what: str) -> NewFile:
    return NewFile(path, text.encode(), what)


def example_settings(ledger: str) -> str:
    """Return the settings of the example fleet, whose memory is kept in the store `ledger`."""
    return f"{_head(ledger)}\n{EXAMPLE_ACCOUNTS}"


def _settings_yaml(plan: RepositoryPlan, traits: Traits) -> str:
    """Return the settings with the one account that was answered."""
    return f"{_head(plan.place.ledger)}\naccounts:\n{_account_yaml(plan, traits)}"


def _head(ledger: str) -> str:
    where = "a branch of this repository" if ledger == "git" else "the folder .reconciler on this machine"
    return f"{_MODELINE}version: 1\n# The memory is {where}.\nledger: {ledger}\n"


def _account_yaml(plan: RepositoryPlan, traits: Traits) -> str:
    """Return the account's own lines, as they stand below `accounts:`."""
    lines = [f"  {scalar(plan.account)}:", f"    provider: {traits.name}"]
    lines += [f"    host: {plan.host}"] if plan.host else []
    lines += (f"    {name}: {_value(value)}" for name, value in plan.options.items())
    names = credential_names(traits)
    if names:
        lines += ["    credentials:", "      # Names of variables, never the tokens."]
        lines += (f"      {name}: {{env: {variable_name}}}" for name, variable_name in names.items())
    else:
        lines.append(f"    # One {traits.credential} for each number: in {variable(traits)}_<PROFILE>, or all in one")
        lines.append(f"    # JSON object by profile name, {variable(traits)}S.")
    return "\n".join(lines) + "\n"


def _value(value: str | int) -> str:
    return scalar(value) if isinstance(value, str) else str(value)


def credential_names(traits: Traits) -> dict[str, str]:
    """Return the variable of each credential that an account names; nothing where each number has its own."""
    if traits.credential_per_number:
        return {}
    names = filter(None, (traits.credential, traits.looking_credential))
    return {name: f"{traits.env_prefix}{name.upper()}" for name in names}


def lacking_lines(text: str, wanted: Iterable[str]) -> tuple[str, ...]:
    """Return the `wanted` lines that `text` lacks, to be added at its end; the memory's folder has several spellings.

    An empty line comes first if the last line of `text` has no end.
    """
    lines = [" ".join(line.split()) for line in text.splitlines()]
    ignored = any(re.fullmatch(r"/?\.reconciler(/|/\*{1,2})?", line) for line in lines)
    missing = [one for one in wanted if one not in lines and not (one == IGNORED_FOLDER and ignored)]
    return (*(("",) if text and not text.endswith("\n") else ()), *missing) if missing else ()
