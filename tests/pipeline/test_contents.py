"""The table of contents of `reconciler.pipeline` names every run, with the room that defines it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import reconciler.pipeline

ROW = re.compile(r"^\| `(\w+_run)` \| `(\w+)` \| .+ \|$", re.MULTILINE)


def test_every_run_stands_in_the_table_of_contents_with_its_room() -> None:
    folder = Path(reconciler.pipeline.__path__[0])
    runs = {
        (node.name, path.stem)
        for path in folder.glob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and re.fullmatch(r"[a-z]\w*_run", node.name)
    }
    rows = ROW.findall(reconciler.pipeline.__doc__ or "")
    assert len(runs) > 10
    assert sorted(rows) == sorted(runs)
