"""Asking for what a new repository needs: at a terminal one question after another, elsewhere from the flags alone.

Flags: what was given on the command line. asked: (the flags, what is around) → the answers and the provider's traits.

An answer that cannot be used is asked for again, with the reason. A flag that cannot be used ends the command.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from reconciler.core.authoring.callers import Callers
    from reconciler.core.authoring.new_repository import RepositoryPlan, RunPlace
    from reconciler.core.traits import Traits
    from reconciler.pipeline.surroundings import Around

_T = TypeVar("_T")
_Given = TypeVar("_Given")


@dataclass(frozen=True, slots=True)
class Flags:
    """The flags of `init`, empty where they were not given. `options` are the account's own keys, as NAME=VALUE."""

    provider: str = ""
    account: str = ""
    host: str = ""
    options: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    place: str = ""
    owners: tuple[str, ...] = ()
    guardians: tuple[str, ...] = ()
    example: bool = False
    tool: str = ""
    shards: int | None = None


def asked(flags: Flags, around: Around, known: Mapping[str, Traits]) -> tuple[RepositoryPlan, Traits | None]:
    """Return the answers. Raises UsageError for a flag that cannot be used, and Abort if the person goes away."""
    questions = Questions(flags, around, known, at_terminal=sys.stdin.isatty() and sys.stderr.isatty())
    return questions.plan()


@dataclass
class Questions:
    """The questions in their order. Without a terminal, what no flag says is collected and refused at once."""

    flags: Flags
    around: Around
    known: Mapping[str, Traits]
    at_terminal: bool
    missing: list[str] = field(default_factory=list)

    def plan(self) -> tuple[RepositoryPlan, Traits | None]:
        """Ask everything."""
        from reconciler.core.authoring.new_repository import RepositoryPlan

        no_account = self.flags.example or self.around.has_settings
        if no_account:
            self._refuse_account()
        traits = None if no_account else self._provider()
        account = self._account() if traits is not None else ""
        host = self._host(traits) if traits is not None else ""
        options = self._options(traits) if traits is not None else {}
        numbers = self._numbers(traits, options) if traits is not None else ()
        place = self._place()
        owners, guardians = self._owners(place)
        callers = self._callers(place)
        if self.missing:
            raise click.UsageError(f"there is no terminal to ask at; add {', '.join(self.missing)}")
        found = RepositoryPlan(place, account, host, options, numbers, self.flags.example, owners, guardians, callers)
        return found, traits

    def _refuse_account(self) -> None:
        """Refuse flags about an account where none is written."""
        given = [name for name in ("provider", "account", "host", "options", "numbers") if getattr(self.flags, name)]
        if given:
            why = "the example has its own accounts" if self.flags.example else "profiles/reconciler.yaml is there"
            raise click.UsageError(f"{why}; leave out what is about an account ({', '.join(given)})")

    def _provider(self) -> Traits | None:
        names = ", ".join(self.known)

        def read(text: str) -> Traits:
            if text not in self.known:
                raise ValueError(f"{text!r} is no provider; it is one of {names}")
            return self.known[text]

        return self._one(
            self.flags.provider, "--provider NAME, or --sandbox", f"The provider of the numbers ({names})", read
        )

    def _account(self) -> str:
        from reconciler.core.authoring.answers import account_problem

        def read(text: str) -> str:
            if wrong := account_problem(text):
                raise ValueError(wrong)
            return text

        return self._one(self.flags.account, "", "Name of the account in the files", read, default="shops") or ""

    def _host(self, traits: Traits) -> str:
        from reconciler.core.authoring.answers import host_answer

        if not (traits.must_choose_host or self.flags.host):
            return ""
        names = ", ".join(host.removeprefix("https://") for host in traits.hosts)
        return self._one(self.flags.host, "--host", f"Host ({names})", partial(host_answer, traits)) or ""

    def _options(self, traits: Traits) -> dict[str, str | int]:
        """Ask for each option that only a person can know; an empty answer leaves one out that need not be there."""
        from reconciler.core.authoring.answers import needed_options, open_options, option_value

        given = {name: value for name, _, value in (one.partition("=") for one in self.flags.options)}
        found: dict[str, str | int] = {}
        needed = needed_options(traits)
        for name in dict.fromkeys((*open_options(traits), *given)):
            read = partial(option_value, traits, name)
            if name in needed:
                value = self._one(given.get(name, ""), f"--option {name}=…", self._words(name, traits), read)
            else:
                value = self._optional(given.get(name), self._words(name, traits), read)
            found |= {} if value is None else {name: value}
        return found

    def _words(self, name: str, traits: Traits) -> str:
        """Return the question about an option."""
        from reconciler.core.authoring.answers import needed_options, public_folder
        from reconciler.core.authoring.new_repository import PICTURE_OPTION

        if name == PICTURE_OPTION:
            public = public_folder(self.around.origin, self.around.folder) or "https://static.example/profiles/"
            return f"Where {traits.title} can fetch the pictures of profiles/ (such as {public}; empty if nowhere)"
        if name == traits.group_option:
            return f"The account's {name}, with which {traits.title} lists its numbers; empty to name the numbers"
        return f"The account's {name}{'' if name in needed_options(traits) else ' (empty if there is none)'}"

    def _numbers(self, traits: Traits, options: Mapping[str, str | int]) -> tuple[str, ...]:
        from reconciler.core.authoring.answers import number_problems, typed_numbers
        from reconciler.core.authoring.import_request import number_example

        def read(text: str) -> tuple[str, ...]:
            numbers = typed_numbers(text)
            if wrong := [*number_problems(numbers, traits, allowed=self.around.secret_names)]:
                raise ValueError("; ".join(wrong))
            return numbers

        if traits.group_option and traits.group_option in options and not self.flags.numbers:
            return ()
        example = number_example(traits)
        option = traits.group_option.replace("_", "-")
        flag = f"{f'--{option} or ' if option else ''}--number {example}"
        question = f"The numbers, each as {example}, with spaces between"
        return self._one(" ".join(self.flags.numbers), flag, question, read) or ()

    def _place(self) -> RunPlace:
        from reconciler.core.authoring.answers import guess_place
        from reconciler.core.authoring.new_repository import RunPlace

        names = ", ".join(RunPlace)

        def read(text: str) -> RunPlace:
            if text not in [*RunPlace]:
                raise ValueError(f"{text!r} is no place; it is one of {names}")
            return RunPlace(text)

        guess = guess_place(self.around.origin)
        question = f"Where plan, apply and drift run ({names})"
        return self._one(self.flags.place, "", question, read, default=guess.value) or guess

    def _owners(self, place: RunPlace) -> tuple[tuple[str, ...], tuple[str, ...]]:
        from reconciler.core.authoring.answers import read_owners
        from reconciler.core.authoring.forge_files import OWNERS_FILE

        if place not in OWNERS_FILE:
            return (), ()
        texts = "Who reviews the texts (@user or @organisation/team; empty for no CODEOWNERS)"
        rules = "Who reviews accounts, rules and workflows; empty for the same"
        owners = self._optional(" ".join(self.flags.owners) or None, texts, read_owners) or ()
        if not owners:
            return (), ()
        return owners, self._optional(" ".join(self.flags.guardians) or None, rules, read_owners) or ()

    def _callers(self, place: RunPlace) -> Callers | None:
        """Return what calls the tool: the one that the flag names, or this program, in as many shards as wanted."""
        from reconciler.core.authoring.answers import in_shards, read_tool
        from reconciler.core.authoring.new_repository import RunPlace

        given = (("--tool", self.flags.tool), ("--shards", self.flags.shards is not None))
        if place not in (RunPlace.GITHUB, RunPlace.GITLAB) and (named := [name for name, value in given if value]):
            said = "is for workflows, and they are written for --runs-at github or gitlab"
            raise click.UsageError(f"{named[0]} {said}")
        callers = _flag_value(self.flags.tool, read_tool) if self.flags.tool else self.around.callers
        if self.flags.shards is None:
            return callers
        if callers is None:
            raise click.UsageError("--shards is for workflows, and they need --tool OWNER/NAME@COMMIT")
        return _flag_value(self.flags.shards, partial(in_shards, callers))

    def _one(self, given: str, flag: str, question: str, read: Callable[[str], _T], *, default: str = "") -> _T | None:
        """Return the answer; without a terminal the default, or None after the flag is noted as missing."""
        if given:
            return _flag_value(given, read)
        if not self.at_terminal:
            if default:
                return read(default)
            self.missing.append(flag)
            return None
        return _answer(question, read, default=default or None)

    def _optional(self, given: str | None, question: str, read: Callable[[str], _T]) -> _T | None:
        """Return the answer, or None for an empty one; without a terminal there is no answer."""
        if given is not None:
            return _flag_value(given, read)
        if not self.at_terminal:
            return None
        return _answer(question, lambda text: read(text) if text else None, default="")


def _flag_value(given: _Given, read: Callable[[_Given], _T]) -> _T:
    try:
        return read(given)
    except ValueError as problem:
        raise click.UsageError(str(problem)) from None


def _answer(question: str, read: Callable[[str], _T], *, default: str | None) -> _T:
    """Ask until the answer can be used. An empty default is not shown."""

    def checked(text: str) -> _T:
        try:
            return read(text.strip())
        except ValueError as problem:
            raise click.BadParameter(str(problem)) from None

    answer: _T = click.prompt(question, default=default, show_default=bool(default), value_proc=checked, err=True)
    return answer
