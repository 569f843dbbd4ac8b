"""`quizbook exercises`, `start`, `hint`, `solution` and `exercise verify`, and what they write down."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
import yaml
from program import EXERCISE, Home, home_in

from quizbook.judge.exercise import read_exercise
from quizbook.study.events import Attempt, now
from quizbook.study.store import open_log

FILE_NAME = "ch03_ex1_weight_transfer.py"
HINTS = read_exercise(EXERCISE).hints


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home to which nothing has happened; none of these commands starts anything warm."""
    return Home(tmp_path / "home")


def record(home: Home, score: float, item: str = "ch03.ex.1") -> None:
    """An attempt as a check writes it down."""
    moment, offset = now()
    with open_log(home.path) as log:
        log.append(
            Attempt(
                at=moment, utc_offset=offset, device=log.device, item=item, text_hash="t", key_hash="k", response={},
                parts={}, score=score, seed=1, mode="exercise", version="0",
            )
        )  # fmt: skip


# -- exercises ---------------------------------------------------------------------------------------------------------


def test_the_list_has_the_documented_shape(home: Home) -> None:
    (row,) = [row for row in home.document("exercises", "--json", code=0) if row["id"] == "3.1"]
    assert row == {
        "id": "3.1",
        "title": "From nn.Linear to bare matrices",
        "state": "new",
        "entry_points": ["transfer_weights"],
    }


def test_the_list_says_how_far_one_is(home: Home) -> None:
    assert "  3.1  new      From nn.Linear to bare matrices\n" in home.run("exercises").stdout
    record(home, 0.5)
    assert home.state("3.1") == "started"
    record(home, 1.0)
    assert "  3.1  passed   From nn.Linear to bare matrices\n" in home.run("exercises").stdout


def test_a_courses_own_exercises_are_in_the_list(tmp_path: Path) -> None:
    folder = tmp_path / "course" / "ch95" / "ex2_own"
    folder.mkdir(parents=True)
    text = (EXERCISE / "exercise.yaml").read_text().replace('id: "3.1"', 'id: "95.2"')
    (folder / "exercise.yaml").write_text(text)
    home = Home(tmp_path / "home", {"QUIZBOOK_EXERCISES": str(tmp_path / "course")})
    assert [row["id"] for row in home.document("exercises", "--json", code=0)][-1] == "95.2"


def test_a_course_that_is_not_there_is_said(tmp_path: Path) -> None:
    home = Home(tmp_path / "home", {"QUIZBOOK_EXERCISES": str(tmp_path / "nowhere")})
    document = home.document("exercises", "--json", code=2)
    assert document["error"]["message"] == f"there is no folder of exercises at {tmp_path}/nowhere"


# -- start -------------------------------------------------------------------------------------------------------------


def test_start_puts_the_files_here_and_says_how_to_go_on(home: Home, tmp_path: Path) -> None:
    done = home.run("start", "3.1", cwd=tmp_path)
    assert done.returncode == 0
    assert (tmp_path / FILE_NAME).read_text() == (EXERCISE / "starter.py").read_text()
    assert (tmp_path / FILE_NAME).with_suffix(".md").is_file()
    assert FILE_NAME in done.stdout
    assert "quizbook check 3.1\n" in done.stdout
    assert home.state("3.1") == "started"
    assert [note.body["value"] for note in home.notes()] == [str(tmp_path / FILE_NAME)]


def test_start_overwrites_nothing_and_fresh_moves_it_aside(home: Home, tmp_path: Path) -> None:
    home.run("start", "3.1", cwd=tmp_path)
    (tmp_path / FILE_NAME).write_text("# an hour of work\n")
    done = home.run("start", "3.1", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "is there already and stays as it is; --fresh moves it aside" in done.stderr
    assert (tmp_path / FILE_NAME).read_text() == "# an hour of work\n"

    assert home.run("start", "3.1", "--fresh", cwd=tmp_path).returncode == 0
    assert (tmp_path / FILE_NAME).read_text() == (EXERCISE / "starter.py").read_text()
    (aside,) = [path for path in tmp_path.glob("ch03_ex1*.py") if path.name != FILE_NAME]
    assert aside.read_text() == "# an hour of work\n"


def test_start_takes_another_folder_and_says_so_in_the_next_command(home: Home, tmp_path: Path) -> None:
    done = home.run("start", "3.1", "--dir", "my work")
    work = tmp_path / "my work" / FILE_NAME
    assert work.is_file()
    assert [note.body["value"] for note in home.notes()] == [str(work)]
    assert "quizbook check 3.1 " in done.stdout


def test_the_command_that_start_prints_can_be_typed(home: Home, tmp_path: Path) -> None:
    """Also where the folder's name has a space in it."""
    done = home.run("start", "3.1", "--dir", "my work")
    (line,) = [line for line in done.stdout.splitlines() if "quizbook check" in line]
    words = shlex.split(line.partition("quizbook ")[2])
    assert words[:2] == ["check", "3.1"]
    assert len(words) == 3
    assert (home.path.parent / words[2]).is_file()


def test_start_writes_a_notebook(home: Home, tmp_path: Path) -> None:
    home.run("start", "3.1", "--notebook", cwd=tmp_path)
    nbformat.validate(nbformat.read((tmp_path / FILE_NAME).with_suffix(".ipynb"), as_version=4))


@pytest.mark.parametrize("command", ["start", "hint", "solution"])
def test_an_exercise_that_is_not_there_is_told_with_the_nearest(home: Home, tmp_path: Path, command: str) -> None:
    done = home.run(command, "3.11", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no exercise 3.11; did you mean 3.1" in done.stderr


# -- hint and solution -------------------------------------------------------------------------------------------------


def test_each_hint_tells_a_little_more_and_the_last_one_says_that_it_is(home: Home) -> None:
    for number in range(1, len(HINTS) + 1):
        told = home.run("hint", "3.1").stdout
        assert [line for line in told.splitlines() if line.startswith("Hint ")][-1].startswith(
            f"Hint {number} of {len(HINTS)}: "
        )
        for text in HINTS[:number]:
            assert text.strip() in told
        for text in HINTS[number:]:
            assert text.strip() not in told
        assert "last one" not in told
        assert "The code it is about: reference.attention.SelfAttention_v1, " in told
        assert "In the guide: Chapter 3, exercise 3.1 (section 3.4)." in told
    again = home.run("hint", "3.1")
    assert again.returncode == 0
    assert again.stdout.endswith("That was the last one; `quizbook solution 3.1 --give-up` shows the solution.\n")
    assert [note.body["value"] for note in home.notes()] == [1, 2, 3, 4]
    assert home.state("3.1") == "started"


def test_the_solution_is_for_those_who_passed_or_give_up(home: Home) -> None:
    solution = (EXERCISE / "solution.py").read_text()
    refused = home.run("solution", "3.1")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "exercise 3.1 is not passed yet" in refused.stderr
    assert "--give-up" in refused.stderr
    record(home, 6 / 7)
    assert home.run("solution", "3.1").returncode == 2
    assert home.run("solution", "3.1", "--give-up").stdout == solution
    record(home, 1.0)
    assert home.run("solution", "3.1").stdout == solution


# -- verify ------------------------------------------------------------------------------------------------------------


CHECK = """
from quizbook.judge.checks import fail

def test_doubled(submission, seed):
    \"\"\"The answer is twice the number.\"\"\"
    if submission.call("answer", x=seed + 1) != 2 * (seed + 1):
        fail("The number was not doubled.")
"""


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course of one exercise whose checker is sound."""
    folder = tmp_path / "course" / "ch95" / "ex1_twice"
    (folder / "mistakes").mkdir(parents=True)
    fields = {
        "id": "95.1", "title": "Twice", "task": "Double it.", "entry_points": {"answer": "(x) -> int"},
        "hints": ["a", "b", "c"],
    }  # fmt: skip
    (folder / "exercise.yaml").write_text(yaml.safe_dump(fields))
    for name, text in {
        "check.py": CHECK,
        "probe.py": "def answer(submission, *, x):\n    return submission.answer(x)\n",
        "solution.py": "def answer(x):\n    return 2 * x\n",
        "starter.py": "def answer(x):\n    raise NotImplementedError\n",
        "liar.py": "def answer(x):\n    return None\n",
        "importer.py": "from solution import answer\n",
        "mistakes/tripled.py": "# expect: was not doubled\ndef answer(x):\n    return 3 * x\n",
    }.items():
        (folder / name).write_text(text)
    return folder.parents[1]


@pytest.fixture
def judging(tmp_path: Path, course: Path) -> Iterator[Home]:
    with home_in(tmp_path, QUIZBOOK_EXERCISES=str(course)) as home:
        yield home


@pytest.mark.slow
def test_verify_says_whether_a_checker_is_proven(judging: Home, course: Path) -> None:
    done = judging.run("exercise", "verify", "95.1")
    assert (done.returncode, done.stdout) == (0, "95.1 Twice: 32 trials\n  proven\n")

    (course / "ch95" / "ex1_twice" / "liar.py").write_text("def answer(x):\n    return x + x\n")
    done = judging.run("exercise", "verify", "95.1")
    assert done.returncode == 1
    for seed in (1, 2, 3):
        assert f"  liar.py, seed {seed}: it passes, and must not\n" in done.stdout
    assert done.stdout.endswith("\n  3 problems\n")
    assert judging.attempts() == []


def test_verify_refuses_an_incomplete_folder(home: Home, course: Path) -> None:
    (course / "ch95" / "ex1_twice" / "liar.py").unlink()
    done = home.run("exercise", "verify", "95.1", QUIZBOOK_EXERCISES=str(course))
    assert (done.returncode, done.stdout) == (2, "")
    assert "exercise 95.1 has no liar.py in " in done.stderr


# -- exercise new ------------------------------------------------------------------------------------------------------


def test_new_says_where_it_is_and_what_comes_next(home: Home, tmp_path: Path) -> None:
    done = home.run("exercise", "new", "8.1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "exercises" / "ch08" / "ex1_means_of_rows"
    assert read_exercise(folder).title == "Means of rows"
    assert f"  the exercise:   {folder}\n" in done.stdout
    assert f"  make it known:  export QUIZBOOK_EXERCISES={shlex.quote(str(tmp_path / 'exercises'))}\n" in done.stdout
    assert "quizbook exercise verify 8.1\n" in done.stdout


def test_new_goes_where_the_courses_exercises_are_unless_told_otherwise(tmp_path: Path) -> None:
    course, other = tmp_path / "course", tmp_path / "other"
    course.mkdir()
    home = Home(tmp_path / "home", {"QUIZBOOK_EXERCISES": str(course)})
    assert "make it known" not in home.run("exercise", "new", "8.1", "--title", "A sum").stdout
    assert (course / "ch08" / "ex1_a_sum" / "check.py").is_file()
    done = home.run("exercise", "new", "8.2", "--title", "A sum", "--dir", str(other))
    assert f"export QUIZBOOK_EXERCISES={course}:{other}\n" in done.stdout
    assert (other / "ch08" / "ex2_a_sum" / "check.py").is_file()


@pytest.mark.slow
def test_a_new_exercise_is_proven_as_it_is_and_a_learner_can_solve_it(tmp_path: Path) -> None:
    with home_in(tmp_path, QUIZBOOK_EXERCISES=str(tmp_path / "course")) as home:
        (tmp_path / "course").mkdir()
        home.run("exercise", "new", "8.1")
        done = home.run("exercise", "verify", "8.1")
        assert done.stdout.splitlines()[-1] == "  proven", done.stdout
        assert home.run("start", "8.1", cwd=tmp_path).returncode == 0
        work = tmp_path / "ch08_ex1_means_of_rows.py"
        assert "row_means is not written yet" in home.run("check", "8.1", cwd=tmp_path).stdout
        work.write_text("def row_means(x):\n    return x.sum(1) / x.shape[1]\n")
        assert home.run("check", "8.1", cwd=tmp_path).returncode == 0
