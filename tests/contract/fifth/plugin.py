"""Lets one run of pytest see a fifth provider, as if its three files lay where the other providers' files lie."""

from __future__ import annotations

from pathlib import Path

import reconciler.providers
import reconciler.sandbox
import tests.contract.stands

HERE = Path(__file__).parent

for _package in (reconciler.providers, reconciler.sandbox, tests.contract.stands):
    _package.__path__.append(str(HERE / _package.__name__.rpartition(".")[2]))
