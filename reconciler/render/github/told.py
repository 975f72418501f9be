"""What was told at GitHub, as text and as JSON."""

from __future__ import annotations

from typing import Any

from reconciler.core.memory.stored import FORMAT_VERSION
from reconciler.core.told import ForgeResult
from reconciler.render.safe_text import terminal
from reconciler.render.words import ends


def told_text(told: ForgeResult) -> str:
    """Return what was done, in a line or two."""
    name = f"{told.thing} at #{told.number}" if told.thing == "comment" else f"{told.thing} #{told.number}"
    done = f"The {name}: {', '.join(told.done)}." if told.done else "Nothing is written at GitHub."
    said = [done, terminal(told.url), f"Why: {terminal(told.why)}." if told.why else ""]
    said.append(f"warning: {terminal(told.warning)}" if told.warning else "")
    return "\n".join(part for part in said if part)


def told_json(told: ForgeResult) -> dict[str, Any]:
    """Return the same as a document."""
    return {"format_version": FORMAT_VERSION, **told.model_dump(mode="json"), **ends(())}
