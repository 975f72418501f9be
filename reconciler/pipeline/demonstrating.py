"""demonstrating: (a folder) → the example fleet in it, with the schemas and the settings that its files need.

demo_folder: (the folder to keep, or "") → a folder that is new or empty; one that is not to be kept goes in the end.
demo_run: (the world) → the example fleet in its folder, and the steps that show it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.core.authoring.example_fleet import (
    DEMO_STEPS,
    EXAMPLE_FILES,
    EXAMPLE_LOGO,
    DemoStep,
    example_logo,
)
from reconciler.core.authoring.new_repository import example_settings
from reconciler.core.basics import EnvironmentProblem
from reconciler.effects.files.writing import create
from reconciler.effects.world import Context
from reconciler.pipeline.validating import new_schemas


@contextmanager
def demo_folder(kept: str) -> Iterator[Path]:
    """Yield the folder of the demo; raises EnvironmentProblem if it holds anything, or cannot be made."""
    if not kept:
        with tempfile.TemporaryDirectory(prefix="reconciler-demo-", ignore_cleanup_errors=True) as folder:
            yield Path(folder)
        return
    path = Path(kept)
    try:
        path.mkdir(parents=True, exist_ok=True)
        taken = next(path.iterdir(), None)
    except OSError as problem:
        raise EnvironmentProblem(f"{kept} cannot be used for the demo: {problem.strerror}") from None
    if taken is not None:
        raise EnvironmentProblem(f"{kept} is not empty, and the demo overwrites nothing; name a new folder")
    yield path


def demo_run(context: Context) -> tuple[DemoStep, ...]:
    """Write the example fleet into the folder of `context`, and return the commands that show it, in their order."""
    for relative, content in _example_files().items():
        create(context.root, f"profiles/{relative}", content)
    new_schemas(context)
    return DEMO_STEPS


def _example_files() -> dict[str, bytes]:
    """Return every file of the example fleet but its settings' place of memory, which is this machine."""
    texts = {"reconciler.yaml": example_settings("local"), **EXAMPLE_FILES}
    return {**{path: text.encode() for path, text in texts.items()}, EXAMPLE_LOGO: example_logo()}
