"""`reconciler explain`."""

from __future__ import annotations

import shutil

import click

from reconciler.cli import completing
from reconciler.cli.invocation import Common
from reconciler.cli.options import common

# A part of a word that is longer than this, and stands in no more words than these, tells which is meant.
_SHORT, _MOST = 2, 5


@click.command("explain")
@click.argument("word", default="", shell_complete=completing.offer_words)
@common
def command(common: Common, word: str) -> int:
    """Say what a word of a message means: a code in brackets, a gate or an origin. Without a WORD, list them all."""
    from reconciler.cli.output import emit
    from reconciler.core.basics import InvalidInput, error
    from reconciler.core.explaining.dictionary import DICTIONARY, explained
    from reconciler.core.reading.suggestions import did_you_mean
    from reconciler.render.json import dumps
    from reconciler.render.text.explanation import explanation_json, explanation_text, words_text

    width = shutil.get_terminal_size((100, 24)).columns
    if not word:
        emit(dumps(explanation_json(*DICTIONARY.values())) if common.json else words_text(width=width))
        return 0
    found = explained(word)
    if found is None:
        within = [known for known in DICTIONARY if len(word) > _SHORT and word.casefold() in known]
        meant = f"did you mean {', '.join(within)}?" if 0 < len(within) <= _MOST else did_you_mean(word, DICTIONARY)
        hint = f"{meant}; `reconciler explain` lists them"
        raise InvalidInput((error("unknown-word", f"no message uses the word {word!r}", hint=hint),))
    emit(dumps(explanation_json(found)) if common.json else explanation_text(found, width=width))
    return 0
