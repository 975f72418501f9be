"""`reconciler schema`."""

from __future__ import annotations

from pathlib import Path

import click

from reconciler.cli.invocation import Common
from reconciler.cli.options import common, flag


@click.command("schema")
@flag("--check", is_flag=True, help="Write nothing. Exit with 1 if a file is out of date.")
@common
def command(common: Common, *, check: bool) -> int:
    """Write the JSON Schemas for editors to schemas/."""
    from reconciler.cli.output import emit, write
    from reconciler.core.formats import RESULT_FORMAT
    from reconciler.pipeline.validating import schemas_run
    from reconciler.render.json import dumps

    folder = Path(common.folder) / "schemas"
    stale: list[str] = []
    for name, text in schemas_run().items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                _make_folder(folder)
                write(str(path), text.rstrip("\n"))
    code = 1 if check and stale else 0
    word = "stale" if check else "written"
    if common.json:
        emit(dumps({"format_version": RESULT_FORMAT, word: stale, "exit_code": code}))
    else:
        for name in stale:
            emit(f"{word}: schemas/{name}")
    return code


def _make_folder(folder: Path) -> None:
    """Make a folder; raises EnvironmentProblem if it cannot be made."""
    from reconciler.core.basics import EnvironmentProblem

    try:
        folder.mkdir(exist_ok=True)
    except OSError as problem:
        raise EnvironmentProblem(f"{folder} cannot be made: {problem.strerror}") from None
