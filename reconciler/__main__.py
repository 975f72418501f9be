"""The console script."""

from __future__ import annotations

import gc
import os
import sys

# A run keeps most of what it makes, and hardly any of that refers back to itself. So the collector would go through
# all of it again and again, and find nothing: a tenth of a plan's time. It still runs, after so many new values.
_VALUES_BETWEEN_COLLECTIONS = 200_000


def main() -> None:
    """Run the command line and end the process with its exit code."""
    gc.set_threshold(_VALUES_BETWEEN_COLLECTIONS)
    # pydantic would look through every installed package for plug-ins, and show them all that it checks.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "true"
    if sys.argv[1:] == ["--version"]:
        from reconciler.version import version_line

        if _printed(version_line()):
            return
    from reconciler.cli import main as run

    try:
        code = run()
    finally:
        # The process ends, and with it everything that it made. Python would look through all of that before.
        gc.freeze()
    sys.exit(code)


def _printed(line: str) -> bool:
    """Print what needs no command line; where it cannot be printed, the command line says why."""
    # A closed stream is None here.
    if (stream := sys.stdout) is None:
        return False
    try:
        stream.write(f"{line}\n")
        stream.flush()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    # `python -m` takes modules from the folder at hand first, and that may be a checkout of other people's files.
    if not sys.flags.safe_path:
        del sys.path[0]
    main()
