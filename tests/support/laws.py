"""tried: (so many examples) → how often a law is tried: so often with --long, and a third of that in the short form.

The short form tries the same examples each time. The hundredth of them finds little that the first thirty do not.
"""

from __future__ import annotations

from hypothesis import settings

# The examples of a law that names no number, in the short form.
SHORT = 50
_SHARE = 3


def tried(examples: int) -> settings:
    """Return the settings of a law. tests/conftest.py has loaded those of the form before any law is imported."""
    return settings(max_examples=examples // _SHARE if settings().max_examples == SHORT else examples)
