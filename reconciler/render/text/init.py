"""The sentences of the demo.

demo_opening, demo_step, demo_ending: what stands around the commands and their output.
"""

from __future__ import annotations

import shlex

from reconciler.core.authoring.example_fleet import DemoStep
from reconciler.render.safe_text import terminal
from reconciler.render.terminal import Look, styled


def demo_opening(folder: str) -> str:
    """Return what stands above the first command."""
    said = (
        "A bakery has three shops, and each has a WhatsApp number: two at Meta, one at 360dialog.\n"
        "Their profiles are files. The sandbox stands in for both providers, so nothing reaches WhatsApp."
    )
    return f"{said}\n\n{styled(f'$ cd {terminal(shlex.quote(folder))}', Look.HEADING)}"


def demo_step(step: DemoStep, *, quiet: bool) -> str:
    """Return what stands above the output of a command: its sentences, unless `quiet`, and the command."""
    command = styled(f"$ {step.typed}", Look.HEADING)
    return f"\n{command}" if quiet else f"\n{step.said}\n\n{command}"


def demo_ending(kept: str) -> str:
    """Return what stands below the last output: where the files are, and how to go on."""
    if kept:
        where = f"The files are in {terminal(kept)}. Change a word in profiles/berlin.yaml there, and plan again."
    else:
        where = "The files are gone. `reconciler demo --keep DIR` keeps them in DIR."
    typed = "To type these commands yourself, in an empty folder: `reconciler init --sandbox`"
    return f"\n{where}\n{typed}\nTo begin with your own numbers, in the folder of your repository: `reconciler init`"
