"""Who handed in what, told from the names of folders and files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from quizbook.classroom.handed_in import find_handed_in
from quizbook.errors import QuizbookError
from quizbook.judge.exercise import Exercise

WEIGHTS = Exercise("3.1", "Weights", "task", Path("/e/ch03/ex1_weights"), {}, ())
HEADS = Exercise("3.2", "Heads", "task", Path("/e/ch03/ex2_heads"), {}, ())
BOTH = (WEIGHTS, HEADS)


def put(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x = 1\n")


def told(folder: Path, only: Exercise | None = None) -> list[tuple[str, str, str | None]]:
    found = find_handed_in(folder, BOTH, only)
    return [(one.learner, one.exercise.id, one.path and str(one.path.relative_to(folder))) for one in found]


def test_a_folder_for_each_learner_and_a_file_for_each_exercise(tmp_path: Path) -> None:
    put(tmp_path, "Ada Lovelace/ch03_ex1_weights.py", "Ada Lovelace/ch03_ex2_heads.ipynb", "Bob/3.1.py", "Bob/3.2.py")
    assert told(tmp_path) == [
        ("Ada Lovelace", "3.1", "Ada Lovelace/ch03_ex1_weights.py"),
        ("Ada Lovelace", "3.2", "Ada Lovelace/ch03_ex2_heads.ipynb"),
        ("Bob", "3.1", "Bob/3.1.py"),
        ("Bob", "3.2", "Bob/3.2.py"),
    ]


def test_a_file_for_each_learner_that_tells_both(tmp_path: Path) -> None:
    put(tmp_path, "ada_ch03_ex1_weights.py", "bob-3.1.py")
    assert told(tmp_path) == [("ada", "3.1", "ada_ch03_ex1_weights.py"), ("bob", "3.1", "bob-3.1.py")]


def test_with_the_exercise_named_files_may_be_called_anything(tmp_path: Path) -> None:
    put(tmp_path, "ada.py", "bob/my solution.py")
    assert told(tmp_path, WEIGHTS) == [("ada", "3.1", "ada.py"), ("bob", "3.1", "bob/my solution.py")]


def test_a_file_that_is_called_like_the_exercise_comes_before_helpers_beside_it(tmp_path: Path) -> None:
    put(tmp_path, "ada/ch03_ex1_weights.py", "ada/helper.py")
    os.utime(tmp_path / "ada/ch03_ex1_weights.py", (1, 1))
    assert told(tmp_path, WEIGHTS) == [("ada", "3.1", "ada/ch03_ex1_weights.py")]


def test_what_is_for_another_exercise_than_the_one_asked_for_is_left_out(tmp_path: Path) -> None:
    put(tmp_path, "ada/ch03_ex1_weights.py", "ada/ch03_ex2_heads.py", "bob/ch03_ex2_heads.py")
    assert told(tmp_path, WEIGHTS) == [("ada", "3.1", "ada/ch03_ex1_weights.py"), ("bob", "3.1", None)]


def test_of_two_files_the_one_that_was_changed_last_counts_and_the_note_names_the_other(tmp_path: Path) -> None:
    put(tmp_path, "ada/3.1.py", "ada/3.1 (1).py", "ada/old/ch03_ex1_weights.py")
    for time, name in enumerate(("3.1 (1).py", "old/ch03_ex1_weights.py", "3.1.py"), 1):
        os.utime(tmp_path / "ada" / name, (time, time))
    (one,) = find_handed_in(tmp_path, BOTH, None)
    assert one.path == tmp_path / "ada/3.1.py"
    assert "of 3 files" in one.notes[0]
    assert "3.1 (1).py" in one.notes[0]


def test_learners_without_a_file_are_listed_as_missing_it(tmp_path: Path) -> None:
    put(tmp_path, "ada/3.1.py", "bob/notes.py")
    (tmp_path / "carl").mkdir()
    found = find_handed_in(tmp_path, BOTH, None)
    assert [(one.learner, one.path is None) for one in found] == [("ada", False), ("bob", True), ("carl", True)]
    assert "notes.py" in found[1].notes[0]


def test_names_are_one_form_of_unicode_and_hold_no_control_characters(tmp_path: Path) -> None:
    put(tmp_path, "Jose\u0301/3.1.py", "b\x1b[2Jad/3.1.py", "Zoe_4711_assignsubmission_file_/3.1.py")
    (tmp_path / os.fsdecode(b"caf\xe9")).mkdir()
    learners = {one.learner for one in find_handed_in(tmp_path, BOTH, None)}
    assert {"Jos\u00e9", "Zoe"} <= learners
    assert all(name.isprintable() for name in learners)
    assert len(learners) == 4


def test_hidden_files_links_and_byte_code_are_nobodys(tmp_path: Path) -> None:
    put(tmp_path, "ada/3.1.py", "ada/.3.1.py", "ada/__pycache__/3.1.py", ".git/3.1.py")
    (tmp_path / "eve").symlink_to(tmp_path / "ada")
    assert told(tmp_path) == [("ada", "3.1", "ada/3.1.py")]


@pytest.mark.parametrize(
    ("names", "sentence"),
    [((), "holds no .py or .ipynb file"), (("ada.py",), "--exercise 3.1"), (("ada/x.py",), "ch03_ex1_weights.py")],
)
def test_a_folder_in_which_nothing_can_be_told_is_refused(
    tmp_path: Path, names: tuple[str, ...], sentence: str
) -> None:
    put(tmp_path, *names)
    with pytest.raises(QuizbookError, match=sentence):
        find_handed_in(tmp_path, BOTH, None)


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "x.py")
    with pytest.raises(QuizbookError, match="is no folder"):
        find_handed_in(tmp_path / "x.py", BOTH, None)
    with pytest.raises(QuizbookError, match="cannot be read"):
        find_handed_in(tmp_path / "not there", BOTH, None)
