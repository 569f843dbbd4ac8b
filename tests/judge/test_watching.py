"""A learner's file under an editor."""

from __future__ import annotations

import os
from pathlib import Path

from quizbook.judge.watching import WatchedFile


def looks(file: WatchedFile, times: int = 3) -> list[str]:
    return [change for change in (file.look() for _ in range(times)) if change]


def test_a_file_that_nobody_touches_is_not_saved(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("1")
    assert looks(WatchedFile(tmp_path / "x.py")) == []


def test_a_save_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("1")
    file = WatchedFile(tmp_path / "x.py")
    (tmp_path / "x.py").write_text("22")
    assert looks(file) == ["saved"]
    assert looks(file) == []


def test_an_editors_atomic_rename_is_a_save_even_with_the_same_size_and_time(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("1")
    file = WatchedFile(tmp_path / "x.py")
    (tmp_path / "new").write_text("2")
    status = (tmp_path / "x.py").stat()
    os.utime(tmp_path / "new", ns=(status.st_atime_ns, status.st_mtime_ns))
    (tmp_path / "new").rename(tmp_path / "x.py")
    assert looks(file) == ["saved"]


def test_a_file_that_is_still_being_written_is_not_saved_yet(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("1")
    file = WatchedFile(tmp_path / "x.py")
    for length in range(2, 6):
        (tmp_path / "x.py").write_text("1" * length)
        assert file.look() is None
    assert looks(file) == ["saved"]


def test_a_file_that_vanishes_is_told_and_so_is_its_return(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("1")
    file = WatchedFile(tmp_path / "x.py")
    (tmp_path / "x.py").unlink()
    assert looks(file) == ["gone"]
    (tmp_path / "x.py").write_text("1")
    assert looks(file) == ["saved"]
