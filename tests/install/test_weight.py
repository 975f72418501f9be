"""The weight that the README states is counted from an environment, and is within what was promised."""

from __future__ import annotations

import re
from pathlib import Path

from tests.install.weight import Weight, weigh
from tests.support.locks import MAIN, read_lock
from tests.support.readme import README

STATED = re.compile(r"(\d+) packages, (\d+) MB")


def test_packages_and_bytes_are_counted_and_pip_is_no_package(tmp_path: Path) -> None:
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    for name in ("click-8.5.1", "ruamel_yaml-0.19.1", "pip-23.2.1", "setuptools-65.5.0", "wa_reconciler-0.1.0"):
        (packages / f"{name}.dist-info").mkdir(parents=True)
    (packages / "click.py").write_bytes(b"x" * 1_600_000)
    (packages / "same.py").symlink_to(packages / "click.py")
    assert weigh(tmp_path) == Weight(2, 1_600_000)
    assert str(weigh(tmp_path)) == "2 packages, 2 MB"


def test_the_readme_states_as_many_packages_as_are_locked_and_little_weight() -> None:
    ((packages, megabytes),) = STATED.findall(README)
    assert int(packages) == len([pin for pin in read_lock(MAIN) if pin.holds()])
    assert int(megabytes) <= 110
