"""The console script."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and end the process with its exit code."""
    from reconciler.cli import main as run

    sys.exit(run())


if __name__ == "__main__":
    # `python -m` takes modules from the folder at hand first, and that may be a checkout of other people's files.
    if not sys.flags.safe_path:
        del sys.path[0]
    main()
