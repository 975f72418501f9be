"""`reconciler github …`: the commands for the workflows, and what each forge's group has in common."""

from __future__ import annotations

import click

from reconciler.cli.commands.reviews import allow_command, gates_command, reviewed_command
from reconciler.cli.commands.writes import comment_command, issue_command, propose_command
from reconciler.cli.invocation import Group

FORGE_COMMANDS = {
    str(one.name): one
    for one in (comment_command, issue_command, allow_command, gates_command, reviewed_command, propose_command)
}


def summaries(pull: str) -> dict[str, str]:
    """Return the sentence of each command, where a proposal is called `pull`."""
    return {
        "comment": f"Write a result into the {pull}'s one comment.",
        "issue": "Open, update or close the drift or failure issue.",
        "allow": f"Show which rules the labels of a merged {pull} open.",
        "gates": f"Judge the gates of a {pull} before the merge.",
        "reviewed": "Fetch the plan that was reviewed before the merge.",
        "propose": f"Open or update the {pull} of `drift --adopt`.",
    }


@click.group("github", cls=Group, summaries=summaries("pull request"), load=FORGE_COMMANDS.__getitem__)
def command() -> None:
    """Write comments, issues and pull requests at GitHub, and read labels and the reviewed plan, for the workflows."""
