"""Every test of the app has a home of its own, and keeps the terminal's own colours and flags out."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "home"
    monkeypatch.setenv("QUIZBOOK_HOME", str(place))
    for name in ("NO_COLOR", "COLORFGBG", "QUIZBOOK_BANK", "QUIZBOOK_EXERCISES"):
        monkeypatch.delenv(name, raising=False)
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return place
