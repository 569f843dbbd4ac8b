"""Where in a source file a dotted name is defined: files are found and read, nothing is imported."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

from quizbook.bank.python_code import NotPythonError, parsed

LONGEST_CHAIN = 8  # of names that are imported from elsewhere, before we stop where we are


@dataclass(frozen=True, slots=True)
class Place:
    """A file and, counted from 1, the line where a name is defined and the first and last line that belong to it."""

    path: Path
    line: int
    first: int
    last: int


Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def place_of(name: str) -> Place | None:
    """Where `reference.attention.SelfAttention_v2` stands; as near as it can be told. None if there is no such file."""
    for _ in range(LONGEST_CHAIN):
        found = _file_of(name)
        if found is None:
            return None
        source, module, rest = found
        place = _in_file(source, module, rest)
        if isinstance(place, Place):
            return place
        name = place
    return None


def _file_of(name: str) -> tuple[Path, str, list[str]] | None:
    """The file, the dotted name of its module, and the names that are to be found in it."""
    first, *rest = name.split(".")
    at, module = importable(first), first
    if at is None:
        return None
    while rest and at.is_dir() and (deeper := inside(at, rest[0])) is not None:
        at, module = deeper, f"{module}.{rest.pop(0)}"
    source = at / "__init__.py" if at.is_dir() else at
    return (source, module, rest) if source.is_file() else None


def _in_file(source: Path, module: str, names: Sequence[str]) -> Place | str:
    """The place in this file, or the full name under which it is to be looked for elsewhere."""
    try:
        text = source.read_text(encoding="utf-8", errors="replace")
        body = parsed(text).body
    except (OSError, NotPythonError):
        return Place(source, 1, 1, 1)
    place = Place(source, 1, 1, 1)
    for at, name in enumerate(names):
        node = _definition(body, name)
        if isinstance(node, Definition):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            place = Place(source, node.lineno, first, node.end_lineno or node.lineno)
            body = node.body
        elif isinstance(node, ast.ImportFrom) and at == 0:
            origin = _imported_from(node, name, module, source)
            return ".".join([origin, *names[1:]])
        elif node is not None:
            return Place(source, node.lineno, node.lineno, node.end_lineno or node.lineno)
        else:
            return _mentioned(text, name, place)
    return place


def _definition(body: Sequence[ast.stmt], name: str) -> ast.stmt | ast.Attribute | None:
    """What gives this name in a module or a class: a definition before an assignment before an import."""
    assigned: ast.stmt | ast.Attribute | None = None
    imported: ast.ImportFrom | None = None
    for node in statements(body):
        match node:
            case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef() if node.name == name:
                return node
            case ast.FunctionDef(name="__init__"):
                assigned = assigned or next((leaf for leaf in ast.walk(node) if _sets(leaf, name)), None)
            case ast.Assign():
                if any(isinstance(leaf, ast.Name) and leaf.id == name for t in node.targets for leaf in ast.walk(t)):
                    assigned = assigned or node
            case ast.AnnAssign(target=ast.Name(id=target)) if target == name:
                assigned = assigned or node
            case ast.ImportFrom() if any((alias.asname or alias.name) == name for alias in node.names):
                imported = imported or node
    return assigned or imported


def _sets(leaf: ast.AST, name: str) -> TypeGuard[ast.Attribute]:
    return isinstance(leaf, ast.Attribute) and isinstance(leaf.ctx, ast.Store) and leaf.attr == name


def _imported_from(node: ast.ImportFrom, name: str, module: str, source: Path) -> str:
    """The full name of what a module imports under this name."""
    alias = next(alias for alias in node.names if (alias.asname or alias.name) == name)
    package = module.split(".")
    above = node.level - (source.name == "__init__.py")
    base = package[: len(package) - above] if node.level else []
    return ".".join([*base, *([node.module] if node.module else []), alias.name])


def _mentioned(text: str, name: str, near: Place) -> Place:
    """The first line that names it as a word, within the place that is known already if it says it there."""
    lines = text.splitlines()
    wanted = re.compile(rf"\b{re.escape(name)}\b")
    numbers = [number for number, line in enumerate(lines, 1) if wanted.search(line)]
    within = [number for number in numbers if near.first <= number <= near.last]
    line = next(iter(within or ([] if near.last > 1 else numbers)), None)
    return near if line is None else Place(near.path, line, line, line)


def importable(name: str) -> Path | None:
    """The folder or file of a package or module that can be imported here."""
    if not name.isidentifier():
        return None
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None
    if spec is None:
        return None
    if spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations)))
    return Path(spec.origin) if spec.origin and spec.origin.endswith(".py") else None


def inside(folder: Path, name: str) -> Path | None:
    """The module or package of that name in a package's folder."""
    if not name.isidentifier():
        return None
    if (folder / f"{name}.py").is_file():
        return folder / f"{name}.py"
    return folder / name if (folder / name).is_dir() and any((folder / name).glob("*.py")) else None


def statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a body, those under `if`, `try` and `with` included."""
    for node in body:
        yield node
        if isinstance(node, ast.If | ast.Try | ast.With):
            for field in ("body", "orelse", "finalbody"):
                yield from statements(getattr(node, field, []))
            for handler in getattr(node, "handlers", []):
                yield from statements(handler.body)
