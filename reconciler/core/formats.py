"""formats: the version of every document that outlives the run that wrote it. Each version moves alone.

The two parts are major and minor. A reader takes documents of its own major version only. A new key is a minor step; a
key that goes, or means something else, is a major one.
"""

from __future__ import annotations

from typing import Final

# What `plan --out` writes and `apply PLAN.json` reads.
PLAN_FORMAT: Final = "2.0"
# A run's record: in the ledger, and what `apply --record` writes.
RECORD_FORMAT: Final = "1.0"
# What one job hands to the next.
HANDOVER_FORMAT: Final = "1.0"
# What every other command prints with --json.
RESULT_FORMAT: Final = "2.0"
# What `--notify json` sends.
MESSAGE_FORMAT: Final = "1.0"
# One target's entry in the ledger. The first entries had the number 1.
ENTRY_FORMAT: Final = "1.2"
