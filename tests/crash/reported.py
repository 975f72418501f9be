"""reported: (a campaign, its words) → its report. A program of its own: what forks and kills is no test's process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

_PROJECT = Path(__file__).parents[2]


def reported(campaign: str, *words: str) -> dict[str, Any]:
    """Run `python -m tests.crash.CAMPAIGN` and return what it reports; a campaign that breaks is a failing test."""
    # Not measured: a run that dies measures nothing, and tracing belongs to the campaign.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    command = [sys.executable, "-m", f"tests.crash.{campaign}", *words]
    ran = subprocess.run(command, cwd=_PROJECT, env=environ, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    report: dict[str, Any] = json.loads(ran.stdout)
    return report
