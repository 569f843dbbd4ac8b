"""Whether the code that `see` names exists: looked up in source files, nothing imported, torch least of all."""

from __future__ import annotations

import ast
import difflib
import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from quizbook.bank.findings import quoted
from quizbook.bank.python_code import NotPythonError, parsed
from quizbook.bank.symbol_places import importable, inside, statements


@functools.cache
def missing_symbol(name: str) -> str | None:
    """None if a dotted name such as `reference.attention.SelfAttention_v2` exists, otherwise a sentence.

    Names that cannot be seen in the source (`from x import *`, inherited methods, texts in a module that has a
    `__getattr__`) are believed. Answers are remembered until `forget` is called.
    """
    top, *rest = name.split(".")
    folder_or_file = importable(top)
    if folder_or_file is None:
        return f"{quoted(name)} does not exist: there is no package {quoted(top)} here."
    at, said = folder_or_file, top
    while rest:
        if at.is_dir():
            deeper = inside(at, rest[0])
            if deeper is not None:
                at, said = deeper, f"{said}.{rest.pop(0)}"
                continue
            source = at / "__init__.py"
            beside = {path.stem for path in at.glob("*.py")} - {"__init__"}
        else:
            source, beside = at, set()
        known = _names_in(source)
        if known is None:
            return f"{quoted(name)} cannot be looked up: {quoted(source.name)} is not Python."
        return _missing_in(known, beside, rest, name, said)
    return None


def forget() -> None:
    """Look everything up anew from now on, since sources may have changed."""
    missing_symbol.cache_clear()
    _names_in.cache_clear()


@dataclass(frozen=True, slots=True)
class _Names:
    """The names of a module or class body.

    open: whether there may be any others besides. made_up: those that a module `__getattr__` may know, being texts in
    the module. classes: the classes that are defined here.
    """

    names: frozenset[str]
    open: bool
    classes: dict[str, ast.ClassDef]
    made_up: frozenset[str] = frozenset()


@functools.cache
def _names_in(source: Path) -> _Names | None:
    try:
        tree = parsed(source.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return _Names(frozenset(), False, {})
    except (NotPythonError, OSError, UnicodeDecodeError):
        return None
    names = _names_of(tree.body)
    if "__getattr__" not in names.names:
        return names
    texts = {str(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    return replace(names, made_up=frozenset(texts))


def _names_of(body: list[ast.stmt]) -> _Names:
    names: set[str] = set()
    classes: dict[str, ast.ClassDef] = {}
    for node in statements(body):
        match node:
            case ast.ClassDef():
                names.add(node.name)
                classes[node.name] = node
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                names.add(node.name)
                names.update(_attributes_set_in(node))
            case ast.Import() | ast.ImportFrom():
                names.update(alias.asname or alias.name.split(".")[0] for alias in node.names)
            case ast.Assign():
                names.update(
                    leaf.id for target in node.targets for leaf in ast.walk(target) if isinstance(leaf, ast.Name)
                )
            case ast.AnnAssign(target=ast.Name(id=name)):
                names.add(name)
    return _Names(frozenset(names), "*" in names, classes)


def _attributes_set_in(method: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """The names that a method sets on itself, so that `SelfAttention_v2.W_query` can be named."""
    if method.name == "__init__":
        for node in ast.walk(method):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                yield node.attr


def _missing_in(known: _Names, beside: set[str], rest: list[str], name: str, said: str) -> str | None:
    """Follow the rest of a name through classes, as far as they are defined here."""
    for step in rest:
        if step not in known.names:
            if known.open or step in known.made_up:
                return None
            nearest = difflib.get_close_matches(step, known.names | beside, n=1)
            hint = f"; did you mean `{said}.{nearest[0]}`?" if nearest else "."
            return f"{quoted(name)} does not exist: {quoted(said)} has no {quoted(step)}{hint}"
        if step not in known.classes:
            return None
        inherits = bool(known.classes[step].bases)
        inner, said, beside = _names_of(known.classes[step].body), f"{said}.{step}", set()
        known = _Names(inner.names, inner.open or inherits, inner.classes)
    return None
