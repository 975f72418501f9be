"""Run the suites, and print one table of what they tried and what failed, in Markdown.

    python -m tests.figures [--long] [--only WORDS] [--list]

The exit code is 0 when nothing failed and 1 otherwise. `docs/testing.md` quotes the table.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Sequence

from tests.figures.suites import SUITES, Counts, Suite

HEAD = ("suite", "what is tried", "how many", "failures", "command")


def row(suite: Suite, counts: Counts, *, long: bool) -> str:
    """Return one line of the table."""
    many = f"{counts.tried:,}{f' ({counts.more})' if counts.more else ''}"
    return line((suite.name, suite.what, many, f"{counts.failures:,}", f"`{suite.command(long=long)}`"))


def line(cells: Iterable[str]) -> str:
    """Return cells as a line of Markdown."""
    return f"| {' | '.join(cells)} |"


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.figures")
    parser.add_argument("--long", action="store_true", help="the long form of each suite, which takes hours")
    parser.add_argument("--only", default="", metavar="WORDS", help="the suites with these words in their name")
    parser.add_argument("--list", action="store_true", help="name the suites, and run none")
    asked = parser.parse_args(arguments)
    chosen = [suite for suite in SUITES if asked.only in suite.name]
    sys.stdout.write(f"{line(HEAD)}\n{line('---' for _ in HEAD)}\n")
    failures = 0
    for suite in chosen:
        if asked.list:
            sys.stdout.write(line((suite.name, suite.what, "", "", f"`{suite.command(long=asked.long)}`")) + "\n")
            continue
        began = time.monotonic()
        counts = suite.counts(long=asked.long)
        failures += counts.failures
        sys.stdout.write(row(suite, counts, long=asked.long) + "\n")
        sys.stdout.flush()
        sys.stderr.write(f"{suite.name}: {time.monotonic() - began:.0f} s\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
