"""workflow_run: (the environment) → the run of a workflow that writes, or all that is missing to know which it is.

server_of: (the environment) → where the forge's pages are.
of_folder: (a name, the environment) → the name of that thing for the folder of the profiles.

is_made_up: (the run that a text at GitHub names as its writer) → whether there never was one.

Everyone with write access to the repository can edit what this program wrote there. A number larger than that of any
run would keep the text as it is for ever.
"""

from __future__ import annotations

import re
from dataclasses import replace
from hashlib import sha256
from http import HTTPStatus

from reconciler.core.basics import EnvironmentProblem
from reconciler.effects.git.clone import prefix
from reconciler.effects.world import Context
from reconciler.forge.exchange import ForgeProblem
from reconciler.forge.port import Forge, WorkflowContext

_SERVER = "https://github.com"
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+\Z")
# A folder's name stands in the hidden line of what is written. A longer one is replaced by its hash.
_LONGEST = 500
# What the action leaves of a folder in the name of an artifact, byte by byte.
_NOT_IN_A_NAME = re.compile(rb"[^A-Za-z0-9._-]")
_WORKFLOW = re.compile(r"[A-Za-z0-9._-]+\.ya?ml\Z")
_NUMBER = re.compile(r"[1-9][0-9]{0,14}\Z")


def workflow_run(context: Context, forge: Forge) -> WorkflowContext:
    """Return the run that this is; raises EnvironmentProblem: without its number, no run is older or newer."""
    ci = context.ci
    server = server_of(context)
    words = forge.words
    wrong = [] if _NUMBER.match(ci.run) else [words.no_run]
    wrong += [] if _NUMBER.match(ci.attempt) else [words.no_attempt]
    wrong += [] if _ADDRESS.match(server) else [words.no_server]
    if wrong:
        raise EnvironmentProblem(
            f"this command is for a job at {words.name}, whose runner says which run it is: {'; '.join(wrong)}"
        )
    home = workflow_home(context, forge)
    workflow = ci.workflow if _WORKFLOW.match(ci.workflow) else ""
    run, attempt = int(ci.run), int(ci.attempt)
    return WorkflowContext(run, attempt, home, folder=_folder(context), workflow=workflow, words=words)


def workflow_home(context: Context, forge: Forge) -> str:
    """Return the address below which the repository has its pages."""
    return replace(context.ci, server=server_of(context), repository=forge.repository).home


def server_of(context: Context) -> str:
    """Return the address of the server whose pages people open."""
    return context.ci.server or _SERVER


def of_folder(name: str, context: Context) -> str:
    """Return `name`, and below the top of the repository the folder after it: two folders must not share the thing."""
    folder = _NOT_IN_A_NAME.sub(b"-", prefix(context.root).rstrip("/").encode("utf-8", "surrogateescape")).decode()
    return f"{name}-{folder}" if folder else name


def _folder(context: Context) -> str:
    """Return the profiles' folder in its repository, empty at the top; a name that is too long becomes its hash."""
    name = prefix(context.root).rstrip("/").encode("utf-8", "replace").decode()
    return name if len(name) <= _LONGEST else sha256(name.encode()).hexdigest()


def minute(context: Context) -> str:
    """Return the time now to the minute: an issue needs no seconds."""
    return f"{context.timestamp()[:16]}Z"


async def is_made_up(forge: Forge, run: int) -> bool:
    """True if GitHub knows no run of that number; if the job may not ask, the text is believed."""
    try:
        await forge.run(run)
    except ForgeProblem as problem:
        if problem.status == HTTPStatus.NOT_FOUND:
            return True
        if problem.status != HTTPStatus.FORBIDDEN:
            raise
    return False
