"""The house lint: names, sizes and circles of `reconciler/`, each finding with its place and its reason.

    python .ci/house.py [FOLDER]

Exit code 0 when the house is in order, 1 when something is to be mended. The rules are explained in CONTRIBUTING.md.
Import contracts between the layers are import-linter's; what it cannot say is here: circles between files *and between
folders*, imports inside of functions included.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

PACKAGE = "reconciler"
MOST_LINES = 320
MOST_FUNCTION_LINES = 40
MOST_PARAMETERS = 6
SMALLEST_ROOM = 60

# Names that accept any responsibility.
VAGUE = re.compile(r"(Manager|Handler|Helper|Utils?|Service)s?$|^(utils?|helpers?|misc|common)$")

# A name that several modules define on purpose, and why.
SHARED_NAMES = {
    "PROVIDER": "each provider module registers itself under this name",
    "main": "Python's name for where a program begins: the console script, and the function that it calls",
    "command": "each command module offers its click command under this name",
}
# The sandbox shares no code with what it judges, so the words of the APIs stand in both.
OWN_HOUSE = f"{PACKAGE}.sandbox"
# A file name that stands twice in one layer, and why.
SHARED_FILES = {
    ("render", "plan"): "one subject as text and as Markdown",
    ("render", "drift"): "one subject as text and as Markdown",
    ("render", "apply"): "one subject as text and as Markdown",
    ("render", "changes"): "one subject as text and as Markdown",
    ("render", "fleet"): "one subject as text and as a page for a browser",
    ("forge", "calls"): "one subject for each forge",
    ("forge", "client"): "one subject for each forge",
    ("forge", "responses"): "one subject for each forge",
    ("forge", "comment"): "one subject as rule, text and run",
    ("forge", "gates"): "one subject as rule, text and run",
    ("forge", "issue"): "one subject as rule, text and run",
    ("forge", "labels"): "one subject as rule and text",
    ("forge", "merge"): "one subject as rules and run",
    ("forge", "setup"): "one subject as rule, text and run",
}
# A file name that stands in several layers, because its subject does.
SUBJECTS = frozenset(
    {
        *("accounts", "apply", "base", "cards", "causes", "client", "doctor", "drift", "editing"),
        *("exported", "fleet", "gates", "history", "importing", "init", "ledger", "plan", "progress", "providers"),
        *("show", "table"),
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend: where it is, what it is, and why it matters."""

    place: str
    what: str

    def __str__(self) -> str:
        """Return the finding as compilers write theirs."""
        return f"{self.place}: {self.what}"


@dataclass(frozen=True, slots=True)
class Module:
    """One file of the package, parsed."""

    name: str
    path: Path
    source: str
    tree: ast.Module = field(repr=False)

    @property
    def lines(self) -> int:
        """How many lines the file has."""
        return len(self.source.splitlines())

    @property
    def layer(self) -> str:
        """The first folder below the package; empty for a file at its top."""
        return self.name.split(".")[1] if self.name.count(".") > 1 else ""


def modules(root: Path) -> dict[str, Module]:
    """Return every module of the package below `root`, by its dotted name."""
    found = {}
    for path in sorted((root / PACKAGE).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        source = path.read_text(encoding="utf-8")
        found[name] = Module(name, path.relative_to(root), source, ast.parse(source))
    return found


def public_names(module: Module) -> Iterator[tuple[str, int]]:
    """Yield each public name that a module defines at its top, below an `if` or a `try` too, with its line."""
    waiting: list[ast.stmt | ast.ExceptHandler] = [*module.tree.body]
    while waiting:
        node = waiting.pop(0)
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names = [name]
            case ast.Assign() | ast.AnnAssign():
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                parts = [part for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)]
                names = [part.id for part in parts if isinstance(part.ctx, ast.Store)]
            case ast.If() | ast.Try() | ast.With() | ast.ExceptHandler():
                names = []
                waiting += [one for one in ast.iter_child_nodes(node) if isinstance(one, ast.stmt | ast.ExceptHandler)]
            case _:
                names = []
        yield from ((name, node.lineno) for name in names if not name.startswith("_"))


def name_clashes(house: dict[str, Module]) -> Iterator[Finding]:
    """One word, one meaning: yield every public name that a second module defines."""
    places: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for module in house.values():
        if not f"{module.name}.".startswith(f"{OWN_HOUSE}."):
            for name, line in public_names(module):
                places[name].setdefault(module.name, f"{module.path}:{line}")
    for name, found in sorted(places.items()):
        first, *others = found.values()
        if name not in SHARED_NAMES:
            for other in others:
                yield Finding(other, f"the public name {name!r} is defined at {first} already; give one its own name")


def file_clashes(house: dict[str, Module]) -> Iterator[Finding]:
    """Yield every file name that stands twice in one layer."""
    places = defaultdict(list)
    for module in house.values():
        places[module.layer, module.path.stem].append(str(module.path))
    for (layer, stem), (first, *others) in sorted(places.items()):
        if stem != "__init__" and (layer, stem) not in SHARED_FILES:
            for other in others:
                yield Finding(other, f"the file name {stem!r} stands in this layer already: {first}")


def subject_clashes(house: dict[str, Module]) -> Iterator[Finding]:
    """Yield every file name that stands in two layers without being the name of one subject."""
    places: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for module in house.values():
        if not f"{module.name}.".startswith(f"{OWN_HOUSE}."):
            places[module.path.stem].setdefault(module.layer, str(module.path))
    for stem, found in sorted(places.items()):
        first, *others = found.values()
        if stem not in SUBJECTS and not stem.startswith("__"):
            for other in others:
                yield Finding(other, f"the file name {stem!r} has another subject in another layer: {first}")


def vague_names(house: dict[str, Module]) -> Iterator[Finding]:
    """Yield files and classes whose names say that anything may be put there."""
    for module in house.values():
        if VAGUE.search(module.path.stem):
            yield Finding(str(module.path), f"{module.path.stem!r} takes any responsibility; say what it is")
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ClassDef) and VAGUE.search(node.name):
                yield Finding(f"{module.path}:{node.lineno}", f"{node.name!r} takes any responsibility; say what it is")


def sizes(house: dict[str, Module]) -> Iterator[Finding]:
    """Yield rooms and functions that are too large to be read in one go, and calls that want a named value."""
    for module in house.values():
        if module.lines > MOST_LINES:
            yield Finding(str(module.path), f"{module.lines} lines, {module.lines - MOST_LINES} over {MOST_LINES}")
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            place, lines = f"{module.path}:{node.lineno}", (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MOST_FUNCTION_LINES:
                yield Finding(place, f"{node.name} has {lines} lines, {lines - MOST_FUNCTION_LINES} too many")
            parameters = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            count = len([one for one in parameters if one.arg not in ("self", "cls")])
            if count > MOST_PARAMETERS and not _is_command(node):
                yield Finding(place, f"{node.name} has {count} parameters; more than {MOST_PARAMETERS} are one value")


def _is_command(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Say whether click calls the function: a command has one parameter for each of its options."""
    called = [one.func for one in node.decorator_list if isinstance(one, ast.Call)]
    return any(isinstance(one, ast.Attribute) and one.attr == "command" for one in called)


def small_rooms(house: dict[str, Module], uses: dict[str, set[str]]) -> Iterator[Finding]:
    """Yield files that are a paragraph of the one file that imports them, where both together are not too long."""
    for module in house.values():
        users = {user for user, used in uses.items() if module.name in used and house[user].layer == module.layer}
        inside = module.path.stem != "__init__" and module.layer not in ("", "cli")
        if inside and module.lines < SMALLEST_ROOM and len(users) == 1:
            user = users.pop()
            if module.lines + house[user].lines <= MOST_LINES:
                yield Finding(str(module.path), f"{module.lines} lines for one user: a paragraph of {user}")


def copies(house: dict[str, Module]) -> Iterator[Finding]:
    """Yield copies and values that are made without a check of names and types."""
    for module in house.values():
        for node in ast.walk(module.tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            place, name = f"{module.path}:{node.lineno}", node.func.attr
            if name == "model_copy" and any(keyword.arg in ("update", None) for keyword in node.keywords):
                yield Finding(place, "model_copy(update=…) checks nothing; use dataclasses.replace")
            if name == "model_construct":
                yield Finding(place, "model_construct checks nothing; call the class")


def imports(house: dict[str, Module]) -> dict[str, set[str]]:
    """Return what each module imports of the package, imports inside of functions and relative ones included."""
    found: dict[str, set[str]] = {name: set() for name in house}
    for module in house.values():
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ImportFrom):
                source = _source(node, module)
                for alias in node.names:
                    whole = f"{source}.{alias.name}"
                    found[module.name].add(whole if whole in house else source)
            elif isinstance(node, ast.Import):
                found[module.name] |= {alias.name for alias in node.names}
        found[module.name] = {used for used in found[module.name] if used in house and used != module.name}
    return found


def _source(node: ast.ImportFrom, module: Module) -> str:
    """Return the dotted name of the module that an import reads."""
    if not node.level:
        return node.module or ""
    package = module.name.split(".") if module.path.stem == "__init__" else module.name.split(".")[:-1]
    above = package[: len(package) - node.level + 1]
    return ".".join([*above, node.module] if node.module else above)


def file_circles(uses: dict[str, set[str]]) -> Iterator[Finding]:
    """Yield every circle of files that import each other."""
    for circle in _circles(uses):
        yield Finding(" → ".join([*circle, circle[0]]), "these files import each other")


def folder_circles(uses: dict[str, set[str]]) -> Iterator[Finding]:
    """Yield every circle among the rooms of one folder: its files, and the folders in it, each taken as one."""
    folders = {name.rpartition(".")[0] for name in uses if "." in name}
    for folder in sorted(folders):
        graph: dict[str, set[str]] = defaultdict(set)
        for user, used in uses.items():
            for one in used:
                here, there = _room(user, folder), _room(one, folder)
                if here and there and here != there:
                    graph[here].add(there)
        for circle in _circles(graph):
            yield Finding(" → ".join([*circle, circle[0]]), f"these rooms of {folder} import each other")


def _room(name: str, folder: str) -> str:
    """Return the child of `folder` that a module belongs to, or an empty text."""
    if not name.startswith(f"{folder}."):
        return ""
    return f"{folder}.{name.removeprefix(f'{folder}.').split('.')[0]}"


def _circles(graph: dict[str, set[str]]) -> Iterator[list[str]]:
    """Yield the strongly connected parts of more than one node, sorted (Tarjan)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for after in sorted(graph.get(node, ())):
            if after not in index:
                visit(after)
                low[node] = min(low[node], low[after])
            elif after in stack:
                low[node] = min(low[node], index[after])
        if low[node] == index[node]:
            at = stack.index(node)
            found.append(sorted(stack[at:]))
            del stack[at:]

    for node in sorted(graph):
        if node not in index:
            visit(node)
    yield from (circle for circle in found if len(circle) > 1)


def findings(root: Path) -> list[Finding]:
    """Return everything that is to be mended below `root`."""
    house = modules(root)
    if not house:
        # A lint that looks at nothing finds nothing.
        return [Finding(str(root / PACKAGE), "there is no Python file here")]
    uses = imports(house)
    checks = (
        *(name_clashes(house), file_clashes(house), subject_clashes(house), vague_names(house), sizes(house)),
        *(small_rooms(house, uses), copies(house), file_circles(uses), folder_circles(uses)),
    )
    return [finding for check in checks for finding in check]


def main(arguments: list[str]) -> int:
    """Print every finding; return 1 where there is one."""
    found = findings(Path(arguments[0]) if arguments else Path(__file__).parents[1])
    for finding in found:
        print(finding)
    print(f"{len(found)} to mend" if found else "the house is in order")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
