"""DICTIONARY: every word that messages use → its explanation, and under which heading it stands.

explained: (a word) → its explanation | None
"""

from __future__ import annotations

from collections.abc import Mapping

from reconciler.core.explaining import Explanation
from reconciler.core.explaining.field_codes import FIELD_CODES
from reconciler.core.explaining.file_codes import FILE_CODES
from reconciler.core.explaining.rule_words import GATE_WORDS, ORIGIN_WORDS
from reconciler.core.explaining.run_codes import RUN_CODES
from reconciler.core.explaining.table_codes import TABLE_CODES
from reconciler.core.explaining.yaml_codes import YAML_CODES

# A gate and a diagnostic may share no word: `explain` shows one answer.
CHAPTERS: Mapping[str, tuple[Explanation, ...]] = {
    "Gates": GATE_WORDS,
    "Origins of a change": ORIGIN_WORDS,
    "Fields": FIELD_CODES,
    "Files and keys": FILE_CODES,
    "YAML": YAML_CODES,
    "Tables": TABLE_CODES,
    "Runs": RUN_CODES,
}
DICTIONARY: Mapping[str, Explanation] = {one.word: one for chapter in CHAPTERS.values() for one in chapter}


def explained(word: str) -> Explanation | None:
    """Return what a word means; brackets around it, `allow-` before it and its case do not matter."""
    plain = word.strip("[] ").lower()
    return DICTIONARY.get(plain) or DICTIONARY.get(plain.removeprefix("allow-"))
