"""Keeps an artifact as a zip archive, with the file names that the real action gives."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from zipfile import ZipFile


def main() -> int:
    """Do what the inputs ask for; they stand in the environment."""
    name, what = os.environ["NAME"], os.environ["WHAT"]
    found = _files(what, hidden=os.environ["HIDDEN"] == "true")
    if not found:
        return int(os.environ["NOTHING"] == "error")
    folder = Path(os.environ["STAND_ARTIFACTS"], os.environ["GITHUB_RUN_ID"])
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / f"{name}.zip"
    if archive.exists() and os.environ["OVERWRITE"] != "true":
        return 1
    # Names are relative to the deepest folder that holds everything.
    top = Path(os.path.commonpath([path.parent for path in found]))
    with ZipFile(archive, "w") as zipped:
        for path in found:
            zipped.write(path, path.relative_to(top))
    number, run = len(list(folder.iterdir())), os.environ["GITHUB_RUN_ID"]
    home = f"{os.environ['GITHUB_SERVER_URL']}/{os.environ['GITHUB_REPOSITORY']}"
    with Path(os.environ["GITHUB_OUTPUT"]).open("a") as outputs:
        outputs.write(f"artifact-id={number}\nartifact-url={home}/actions/runs/{run}/artifacts/{number}\n")
    return 0


def _files(what: str, *, hidden: bool) -> list[Path]:
    matches = sorted(Path().glob(what))
    inner = [path for match in matches for path in (match.rglob("*") if match.is_dir() else [match])]
    files = sorted(path for path in inner if path.is_file())
    return [path for path in files if hidden or not any(part.startswith(".") for part in path.parts)]


if __name__ == "__main__":
    sys.exit(main())
