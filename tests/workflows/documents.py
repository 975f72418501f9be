"""The workflows and the action, read as data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = {path.stem: path for path in sorted((GITHUB / "workflows").glob("*.yml"))}
ACTION = GITHUB / "actions" / "reconciler" / "action.yml"
OURS = "$/.github/actions/reconciler"
# The workflows that a repository of profiles calls.
CALLED = ("apply", "drift", "gates", "plan")


def read(path: Path) -> Any:
    """Return what a file holds; `on` is a word here, as it is at GitHub."""
    return YAML(typ="safe", pure=True).load(path)


@dataclass(frozen=True)
class Job:
    """One job of a workflow."""

    workflow: str
    name: str
    data: dict[str, Any]

    @property
    def steps(self) -> list[dict[str, Any]]:
        """Its steps."""
        found: list[dict[str, Any]] = self.data["steps"]
        return found

    def using(self, action: str) -> list[dict[str, Any]]:
        """Return the steps that use an action."""
        return [step for step in self.steps if step.get("uses", "").split("@")[0] == action]

    def __str__(self) -> str:
        return f"{self.workflow}/{self.name}"


def jobs() -> list[Job]:
    """Return every job of every workflow."""
    return [
        Job(workflow, name, data) for workflow, path in WORKFLOWS.items() for name, data in read(path)["jobs"].items()
    ]


def texts(data: Any) -> Iterator[str]:
    """Yield every text that `data` holds, keys left out."""
    match data:
        case dict():
            for value in data.values():
                yield from texts(value)
        case list():
            for value in data:
                yield from texts(value)
        case str():
            yield data


def variable_of(name: str) -> str:
    """Return the variable that an input, or an option, is handed over in."""
    return f"RECONCILER_{name.upper().replace('-', '_')}"


def expressions(data: Any) -> str:
    """Return everything in `data` that GitHub evaluates, as one text."""
    conditions = [f"${{{{ {data['if']} }}}}"] if isinstance(data, dict) and "if" in data else []
    return "\n".join([*conditions, *(text for text in texts(data) if "${{" in text)])
