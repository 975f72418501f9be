"""What every test has: no network but loopback, and no variables of the machine."""

from __future__ import annotations

import gc
import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.support.fleet import Fleet
from tests.support.laws import SHORT


@pytest.fixture(scope="session", autouse=True)
def loopback_only() -> Iterator[None]:
    """Refuse every connection that leaves this machine: the network is off. Once for all tests, for they are many."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not ipaddress.ip_address(address[0]).is_loopback:
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        ours = ("RECONCILER_", "META_", "WEBHOOK_", "GITHUB_", "CI")
        for name in list(os.environ):
            if name.startswith(ours) or name.lower().endswith("_proxy"):
                patch.delenv(name)
        yield


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the flag for what takes minutes."""
    parser.addoption("--long", action="store_true", help="run the long form of tests that have one")


def pytest_configure(config: pytest.Config) -> None:
    """Choose how laws are tried. Neither form judges seconds: how busy the machine is says nothing about the code.

    The short form tries the same examples each time, so that red means that the code changed. The long form searches
    with new ones, and prints what repeats a failure.
    """
    # A worker that has nothing left takes over half of what waits for the busiest one.
    if config.getoption("dist", "no") == "load":
        config.option.dist = "worksteal"
    unhurried = settings(settings.get_profile("default"), deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile("short", unhurried, max_examples=SHORT, derandomize=True, database=None)
    settings.register_profile("long", unhurried, max_examples=100, derandomize=False, print_blob=True)
    settings.load_profile("long" if config.getoption("--long") else "short")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Let the garbage collector look at no test that is collected: they are many, and they stay until the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


# The files whose tests take longest. Each of them costs as much as a thousand others.
SLOW = (
    "crash/test_kills.py",
    "crash/test_pairs.py",
    "crash/test_cancel.py",
    "crash/test_rewriting.py",
    "laws/test_sequences.py",
    "workflows/test_end_to_end.py",
    "workflows/test_hostile.py",
    "workflows/test_use_it.py",
    "contract/test_fifth.py",
    "figures/test_matrix.py",
    "figures/test_fuzz.py",
    "pipeline/test_forged_plans.py",
    "pipeline/test_reviewed.py",
)
_PARTS = 3


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the slow tests evenly among the others, so that no worker has most of them and none of them comes last."""
    found = [item for item in items if item.path.as_posix().endswith(SLOW)]
    # Workers begin at equal parts of the list, so tests of one file go to different parts.
    slow = [item for part in range(_PARTS) for item in found[part::_PARTS]]
    others = [item for item in items if item not in set(slow)]
    share = max(1, -(-len(others) // max(1, len(slow))))
    items[:] = []
    for number, at in enumerate(range(0, max(len(others), share * len(slow)), share)):
        items += [*slow[number : number + 1], *others[at : at + share]]


@pytest.fixture
def long(request: pytest.FixtureRequest) -> bool:
    """Whether a test that has a long form is to run that."""
    return bool(request.config.getoption("--long"))


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    """An empty repository with one account at the sandbox."""
    return Fleet(tmp_path / "shop")
