"""What `start` puts down: the starter and the task, over nothing that is there."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import nbformat
import pytest
from small_course import write_exercise

from quizbook.errors import QuizbookError
from quizbook.judge.exercise import Exercise, all_exercises, find_exercise, read_exercise
from quizbook.judge.starting import put_files, task_text
from quizbook.judge.submission import read_submission

STARTER = "def answer(x):\n    # TODO: größer\n    raise NotImplementedError\n"


@pytest.fixture
def exercise(tmp_path: Path) -> Exercise:
    folder = write_exercise(
        tmp_path / "ch97" / "ex1_twice", "", see=["reference.attention.SelfAttention_v1"], guide="Chapter 3"
    )
    (folder / "starter.py").write_text(STARTER, encoding="utf-8")
    return read_exercise(folder)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_the_starter_and_the_task_are_put_side_by_side(exercise: Exercise, here: Path) -> None:
    work, task = put_files(exercise, here)
    assert (work, task) == (here / "ch97_ex1_twice.py", here / "ch97_ex1_twice.md")
    assert work.read_text(encoding="utf-8") == STARTER
    assert task.read_text(encoding="utf-8") == task_text(exercise)
    assert names(here) == {work.name, task.name}


def test_a_folder_is_made_where_there_is_none(exercise: Exercise, here: Path) -> None:
    assert put_files(exercise, here / "a" / "b")[0].is_file()


@pytest.mark.parametrize("notebook", [False, True])
def test_a_file_that_is_there_stays_as_it_is(exercise: Exercise, here: Path, notebook: bool) -> None:
    work, task = put_files(exercise, here, notebook=notebook)
    work.write_text("# an hour of work\n")
    task.write_text("with notes of mine\n")
    with pytest.raises(QuizbookError, match=r"is there already and stays as it is; --fresh moves it aside") as caught:
        put_files(exercise, here, notebook=notebook)
    assert caught.value.exit_code == 2
    assert work.read_text() == "# an hour of work\n"
    assert task.read_text() == "with notes of mine\n"
    assert names(here) == {work.name, task.name}


@pytest.mark.parametrize("fresh", [False, True])
def test_notes_in_the_task_are_not_lost_when_the_work_is_begun_anew(
    exercise: Exercise, here: Path, fresh: bool
) -> None:
    work, task = put_files(exercise, here)
    task.write_text("with notes of mine\n")
    if not fresh:
        work.unlink()
    with contextlib.suppress(QuizbookError):
        put_files(exercise, here, fresh=fresh)
    assert "with notes of mine\n" in {path.read_text(encoding="utf-8") for path in here.iterdir()}


def test_a_link_that_leads_nowhere_is_not_followed(exercise: Exercise, here: Path, tmp_path: Path) -> None:
    (here / "ch97_ex1_twice.py").symlink_to(tmp_path / "elsewhere.py")
    with pytest.raises(QuizbookError, match="is there already"):
        put_files(exercise, here)
    assert not (tmp_path / "elsewhere.py").exists()


def test_fresh_moves_the_old_file_aside_every_time(exercise: Exercise, here: Path) -> None:
    work, _ = put_files(exercise, here)
    for number in range(3):
        work.write_text(f"# try {number}\n")
        os.utime(work, (1_700_000_000, 1_700_000_000))  # the same moment each time, so the same dated name
        put_files(exercise, here, fresh=True)
        assert work.read_text(encoding="utf-8") == STARTER
    kept = {path.read_text() for path in here.glob("ch97_ex1_twice.2023-*.py")}
    assert kept == {"# try 0\n", "# try 1\n", "# try 2\n"}


def test_fresh_needs_no_old_file(exercise: Exercise, here: Path) -> None:
    put_files(exercise, here, fresh=True)
    assert names(here) == {"ch97_ex1_twice.py", "ch97_ex1_twice.md"}


def test_an_old_file_is_not_taken_for_the_file_to_check(exercise: Exercise, here: Path) -> None:
    work, _ = put_files(exercise, here)
    put_files(exercise, here, fresh=True)
    assert [p for p in here.glob("*.py") if p.stem == work.stem] == [work]


def test_a_folder_that_takes_no_files_is_said(exercise: Exercise, here: Path) -> None:
    (here / "file").touch()
    with pytest.raises(QuizbookError, match=r"nothing can be put into .*; choose another with --dir"):
        put_files(exercise, here / "file")


def test_a_notebook_is_valid_and_holds_the_task_and_the_starter(exercise: Exercise, here: Path) -> None:
    work, _ = put_files(exercise, here, notebook=True)
    assert work.suffix == ".ipynb"
    notebook = nbformat.read(work, as_version=4)
    nbformat.validate(notebook)
    task, starter = notebook.cells
    assert (task.cell_type, task.source) == ("markdown", task_text(exercise))
    assert (starter.cell_type, starter.source) == ("code", STARTER.rstrip("\n"))


def test_a_notebook_is_the_same_for_everybody(exercise: Exercise, tmp_path: Path) -> None:
    one, other = (put_files(exercise, tmp_path / name, notebook=True)[0].read_bytes() for name in "ab")
    assert one == other


def test_what_was_put_down_can_be_handed_in(exercise: Exercise, here: Path) -> None:
    work, _ = put_files(exercise, here)
    assert read_submission(work).source == STARTER
    notebook, _ = put_files(exercise, here / "n", notebook=True)
    assert STARTER.strip() in read_submission(notebook).source


def test_the_task_says_what_to_write_and_what_to_read_and_how_to_go_on(exercise: Exercise) -> None:
    text = task_text(exercise)
    assert text.startswith("# Exercise 97.1: Twice\n\nWrite answer(x).\n")
    assert "- `answer(x) -> int`" in text
    assert "- `reference.attention.SelfAttention_v1`" in text
    assert "In the guide: Chapter 3" in text
    assert "`quizbook check 97.1`" in text
    assert "`quizbook hint 97.1`" in text
    assert text.endswith("\n")


def test_a_task_without_more_to_read_does_not_speak_of_it(tmp_path: Path) -> None:
    text = task_text(read_exercise(write_exercise(tmp_path / "ch97" / "ex1_a", "")))
    assert "is about" not in text
    assert "guide" not in text


@pytest.mark.parametrize("id", [exercise.id for exercise in all_exercises()])
@pytest.mark.parametrize("notebook", [False, True])
def test_every_exercise_of_ours_can_be_started(id: str, notebook: bool, here: Path) -> None:
    work, task = put_files(find_exercise(id), here, notebook=notebook)
    assert read_submission(work).source.strip()
    assert task.read_text(encoding="utf-8").startswith(f"# Exercise {id}: ")
