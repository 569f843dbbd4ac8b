"""A home and a judge for the tests of the judge: warm for the whole run, and nothing of them is left after it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from warm_judge import (
    BROKEN,
    EXERCISE,
    HURRIED,
    LARGE,
    WALL_S,
    Judge,
    end_judges_of,
    eventually,
    write_exercise,
)


@pytest.fixture(scope="session")
def judge_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("home")
    yield home
    end_judges_of(home)
    assert eventually(lambda: not Judge(home).processes()), "tests left processes behind"


@pytest.fixture(scope="session")
def hurried_course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of exercises that holds 3.1 once more, with less time, one with large inputs, and one that is broken."""
    course = tmp_path_factory.mktemp("course")
    folder = course / "ch93" / "ex1_in_a_hurry"
    folder.mkdir(parents=True)
    for name in ("check.py", "probe.py"):
        shutil.copyfile(EXERCISE / name, folder / name)
    text = (EXERCISE / "exercise.yaml").read_text()
    text = re.sub(r'^id: "3.1"$', f'id: "{HURRIED}"', text, flags=re.MULTILINE)
    text = re.sub(r"(?m)^  cpu_s: .*$", "  cpu_s: 2", re.sub(r"(?m)^  wall_s: .*$", f"  wall_s: {WALL_S}", text))
    (folder / "exercise.yaml").write_text(text)
    write_exercise(course, "ch95", LARGE)
    write_exercise(course, "ch96", BROKEN)
    return course


@pytest.fixture(autouse=True)
def environment(judge_home: Path, hurried_course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith(("QUIZBOOK_", "PYTEST_ADDOPTS"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("QUIZBOOK_HOME", str(judge_home))
    monkeypatch.setenv("QUIZBOOK_EXERCISES", str(hurried_course))


@pytest.fixture
def judge(judge_home: Path) -> Judge:
    return Judge(judge_home)


@pytest.fixture
def own_judge(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Judge]:
    """A judge of this test's own, for tests that end it, starve it or look at its start."""
    home = tmp_path_factory.mktemp("own_home")
    monkeypatch.setenv("QUIZBOOK_HOME", str(home))
    yield Judge(home)
    end_judges_of(home)
    assert eventually(lambda: not Judge(home).processes())


@pytest.fixture
def hand_in(tmp_path: Path) -> Callable[..., Path]:
    """Writes a submission into a folder of its own."""

    def write(source: str | bytes, name: str = "handed.py") -> Path:
        folder = tmp_path / f"submission{sum(1 for _ in tmp_path.iterdir())}"
        folder.mkdir()
        path = folder / name
        path.write_bytes(source.encode() if isinstance(source, str) else source)
        return path

    return write
