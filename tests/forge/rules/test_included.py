"""Where a project's pipeline includes the tool's jobs, read from its file."""

from __future__ import annotations

import pytest

from reconciler.forge.rules.included import IncludedJobs, include_alone, included_jobs

TOOL, OLD = "YOUR-GROUP/reconciler", "a" * 40


def test_an_include_is_found_however_it_is_written() -> None:
    entry = {"project": TOOL, "file": "/templates/reconciler.yml", "ref": OLD, "inputs": {"commit": OLD, "x": 1}}
    known = IncludedJobs(TOOL, OLD, {"commit": OLD, "x": ""})
    assert included_jobs({"include": entry}) == (known,)
    listed = {**entry, "file": ["a.yml", "templates/reconciler.yml"]}
    assert included_jobs({"include": ["b.yml", {"local": "c.yml"}, listed]}) == (known,)
    assert included_jobs([]) == included_jobs({"include": None}) == ()


@pytest.mark.parametrize(
    ("content", "alone"),
    [
        (b"job:\n  script: !reference [a]\n", b"{}"),
        (b"include: a.yml\njob: &x\n  <<: *y\n", b"include: a.yml"),
        (
            b'spec: 1\n---\ninclude:\n- ref: &c "v" # 1\n\n# x\n  inputs:\n    commit: *c\n    d: *e\nstages: []\n',
            b'include:\n- ref: "v" # 1\n\n# x\n  inputs:\n    commit: "v"\n    d: *e',
        ),
    ],
)
def test_the_include_is_read_apart_from_the_rest_of_the_file(content: bytes, alone: bytes) -> None:
    assert include_alone(content) == alone
