"""Which files a bank consists of, in the order in which its chapters are read."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from quizbook.errors import QuizbookError

SUFFIXES = (".yaml", ".yml")


def bank_files(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The bank files among some files and folders, each once; of a folder its *.yaml and *.yml, without hidden ones.

    Raises QuizbookError where a path does not exist.
    """
    found: dict[str, Path] = {}
    for path in paths:
        if path.is_dir():
            real = os.path.realpath(path)
            inside = [entry for entry in os.scandir(path) if _is_named_as_bank_file(entry.name)]
            inside.sort(key=lambda entry: natural(entry.name))
            listed = [(os.path.realpath(e) if e.is_symlink() else f"{real}{os.sep}{e.name}", e.name) for e in inside]
            for file, name in listed:
                found.setdefault(file, path / name)
        elif path.exists():
            found.setdefault(os.path.realpath(path), path)
        else:
            raise QuizbookError(f"{path} does not exist: name a question file or a folder of them.")
    return tuple(found.values())


def _is_named_as_bank_file(name: str) -> bool:
    return not name.startswith(".") and name.endswith(SUFFIXES)


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts chapter 2 before chapter 10, and both before chapter A."""
    parts = re.findall(r"\d+|\D+", text)
    return tuple((0, int(part), "") if part.isdecimal() and len(part) < 19 else (1, 0, part) for part in parts)


def shown(path: Path) -> str:
    """A path as findings print it: relative where it lies below the current folder."""
    try:
        return str(path.absolute().relative_to(Path.cwd()))
    except (ValueError, OSError):  # elsewhere, or the current folder is gone
        return str(path)
