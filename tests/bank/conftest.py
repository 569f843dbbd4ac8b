"""A home of its own for every test, and banks written in a few lines."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from quizbook.bank.findings import Finding
from quizbook.bank.lint import lint_paths


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QUIZBOOK_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("QUIZBOOK_BANK", raising=False)
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "questions"
    made.mkdir()
    return made


@pytest.fixture
def write(folder: Path) -> Callable[..., Path]:
    """Write a bank file; text that begins with `- ` is the questions of chapter 3."""

    def write_one(text: str | bytes, name: str = "ch03.yaml") -> Path:
        if isinstance(text, str) and text.startswith("- "):
            text = "chapter: 3\ntitle: Attention\nquestions:\n" + text
        path = folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
        return path

    return write_one


@pytest.fixture
def lint(write: Callable[..., Path]) -> Callable[..., list[Finding]]:
    """The findings of one file."""
    return lambda text: list(lint_paths([write(text)]).findings)


@pytest.fixture
def found(lint: Callable[..., list[Finding]]) -> Callable[..., list[tuple[int, int, str]]]:
    """Line, column and rule of every finding of one file."""
    return lambda text: [(f.line, f.column, f.rule) for f in lint(text)]
