"""`exercise new`: what it writes is an exercise as it is, and what cannot be written is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from quizbook.errors import QuizbookError
from quizbook.judge.exercise import read_exercise
from quizbook.judge.new_exercise import BLANK, write_new
from quizbook.judge.verifying import plan


@pytest.fixture(autouse=True)
def no_course(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QUIZBOOK_EXERCISES", raising=False)


def refusal(id: str, title: str, root: Path) -> str:
    with pytest.raises(QuizbookError) as caught:
        write_new(id, title, root)
    assert caught.value.exit_code == 2
    return caught.value.message


@pytest.mark.parametrize(
    ("id", "title", "place", "item"),
    [
        ("8.1", "Means of rows", "ch08/ex1_means_of_rows", "ch08.ex.1"),
        ("12.34", "Zoë's: 'odd' \"title\" {x} # @ID@", "ch12/ex34_zo_s_odd_title_x_id", "ch12.ex.34"),
        ("F.2", "日本語", "appF/ex2_new", "appF.ex.2"),
        ("8.2", "A word " * 11, "ch08/ex2_a_word_a_word_a_word_a_word_a_word_a_wor", "ch08.ex.2"),
    ],
)
def test_what_is_written_is_an_exercise_of_that_id_and_title(
    tmp_path: Path, id: str, title: str, place: str, item: str
) -> None:
    folder = write_new(id, title, tmp_path)
    exercise = read_exercise(folder)
    assert folder == tmp_path / place
    assert (exercise.id, exercise.title, exercise.item) == (id, title.strip(), item)
    assert {trial.path.parent.name for trial in plan(exercise)} == {folder.name, "mistakes"}
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert written == {path.relative_to(BLANK).as_posix() for path in BLANK.rglob("*.[py]*") if path.suffix != ".pyc"}


def test_no_mark_is_left_and_every_python_file_compiles(tmp_path: Path) -> None:
    folder = write_new("8.1", "Means of rows", tmp_path)
    for path in folder.rglob("*"):
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert not any(mark in text for mark in ("@ID@", "@TITLE@", "@FOLDER@"))
            if path.suffix == ".py":
                compile(text, path.name, "exec")


@pytest.mark.parametrize("id", ["", "8", "8.1.2", "../8.1", "ch08.ex.1", "8,1", "aa.1", "8.1\n"])
def test_an_id_that_is_none_is_refused(tmp_path: Path, id: str) -> None:
    assert "is no id of an exercise; it is like 8.1 or F.1" in refusal(id, "Means", tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("title", ["", "  ", "two\nlines", "x" * 81, "\x1b[2J"])
def test_a_title_that_is_no_line_is_refused(tmp_path: Path, title: str) -> None:
    assert refusal("8.1", title, tmp_path) == "a title is one line of 1 to 80 characters"


def test_an_id_that_is_taken_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "there is an exercise 3.1 already, in " in refusal("3.1", "Means", tmp_path)
    monkeypatch.setenv("QUIZBOOK_EXERCISES", str(tmp_path))
    write_new("8.1", "Means", tmp_path)
    assert "there is an exercise 8.1 already" in refusal("8.1", "Other", tmp_path)


def test_nothing_that_is_there_is_overwritten(tmp_path: Path) -> None:
    folder = write_new("8.1", "Means", tmp_path)
    (folder / "check.py").write_text("mine\n")
    assert f"{folder} is there already and stays as it is" in refusal("8.1", "Means", tmp_path)
    assert (folder / "check.py").read_text() == "mine\n"


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert f"nothing can be put into {tmp_path}/file/ch08/ex1_means: " in refusal("8.1", "Means", tmp_path / "file")
