"""`quizbook grade`, as an instructor runs it: real files, the real judge, killed and gone on with."""

from __future__ import annotations

import csv
import json
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from program import EXERCISE, PROGRAM, Home, home_in

NAME = "ch03_ex1_weight_transfer.py"
CHECKS = 7


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with home_in(tmp_path_factory.mktemp("home")) as home:
        yield home


@pytest.fixture
def class_(tmp_path: Path) -> Path:
    """Five learners: two right, one with a known mistake, one whose file does not load, one with nothing."""
    folder = tmp_path / "class"
    mistake = min((EXERCISE / "mistakes").glob("*transpos*.py"))
    for learner, source in (
        ("Ada Lovelace", EXERCISE / "solution.py"),
        ("José", EXERCISE / "solution.py"),
        ("mistaken", mistake),
    ):
        (folder / learner).mkdir(parents=True)
        shutil.copyfile(source, folder / learner / NAME)
    (folder / "broken").mkdir()
    (folder / "broken" / NAME).write_text("def (\n")
    (folder / "nothing").mkdir()
    return folder


def rows_of(table: Path) -> list[dict[str, str]]:
    with table.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_submission_gets_a_row_a_check_and_a_text(home: Home, class_: Path, tmp_path: Path) -> None:
    done = home.run("grade", class_, "--feedback", tmp_path / "texts", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    rows = rows_of(tmp_path / "grades.csv")
    assert len(rows) == 5 * CHECKS
    passed = {row["learner"]: row["passed"] for row in rows}
    assert passed == {
        "Ada Lovelace": "True",
        "José": "True",
        "broken": "False",
        "mistaken": "False",
        "nothing": "False",
    }
    reasons = {row["learner"]: row["message"] for row in reversed(rows)}
    assert "transpos" in reasons["mistaken"]
    assert "line 1" in reasons["broken"]
    assert reasons["nothing"] == "nothing was handed in"
    assert {path.stem for path in (tmp_path / "texts").iterdir()} == set(passed)
    text = (tmp_path / "texts" / "mistaken.txt").read_text()
    assert f"--seed {next(row['seed'] for row in rows if row['learner'] == 'mistaken')}" in text
    assert "5         2" in done.stdout


def test_json_is_one_document_with_a_row_a_check(home: Home, class_: Path, tmp_path: Path) -> None:
    told = home.document("grade", class_, "--out", tmp_path / "grades.json", "--json", code=0)
    assert (told["submissions"], told["passed"], told["faults"]) == (5, 2, 0)
    assert json.loads((tmp_path / "grades.json").read_text()) == told
    assert len(told["rows"]) == 5 * CHECKS


def test_a_resumed_run_grades_only_what_is_new_or_changed(home: Home, class_: Path, tmp_path: Path) -> None:
    home.run("grade", class_, cwd=tmp_path)
    before = {row["learner"]: row["seed"] for row in rows_of(tmp_path / "grades.csv")}
    shutil.copyfile(EXERCISE / "solution.py", class_ / "broken" / NAME)
    done = home.run("grade", class_, "--resume", cwd=tmp_path)
    assert "4 of 5 are graded already" in done.stderr
    rows = rows_of(tmp_path / "grades.csv")
    assert {row["learner"]: row["seed"] for row in rows} == before
    assert all(row["passed"] == "True" for row in rows if row["learner"] == "broken")


def test_a_second_run_keeps_the_verdicts_of_the_first_aside(home: Home, class_: Path, tmp_path: Path) -> None:
    home.run("grade", class_, cwd=tmp_path)
    done = home.run("grade", class_, cwd=tmp_path)
    assert "--resume would have gone on" in done.stderr
    assert len(list(tmp_path.glob("grades.journal-*"))) == 1


def test_a_killed_run_goes_on_without_grading_twice_or_losing_one(home: Home, tmp_path: Path) -> None:
    for number in range(30):
        (tmp_path / "class" / f"learner {number}").mkdir(parents=True)
        shutil.copyfile(EXERCISE / "solution.py", tmp_path / "class" / f"learner {number}" / NAME)
    journal = tmp_path / "grades.journal"
    process = subprocess.Popen(
        [str(PROGRAM), "grade", "class"], cwd=tmp_path, env=home.environment(), stderr=subprocess.DEVNULL
    )
    end = time.monotonic() + 60
    while not (journal.exists() and journal.read_bytes().count(b"\n") >= 5) and time.monotonic() < end:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = journal.read_bytes().count(b"\n")
    assert 5 <= kept < 30
    done = home.run("grade", "class", "--resume", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"{kept} of 30 are graded already" in done.stderr
    assert journal.read_bytes().count(b"\n") == 30
    rows = rows_of(tmp_path / "grades.csv")
    assert len({row["learner"] for row in rows}) == 30
    assert all(row["passed"] == "True" for row in rows)


def test_a_mended_check_regrades_with_the_same_seed_and_shows_the_differences(home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "course" / "ch50" / "ex1_twice"
    folder.mkdir(parents=True)
    (folder / "exercise.yaml").write_text(
        'id: "50.1"\ntitle: Twice\ntask: Write answer(x).\nentry_points: {answer: "(x) -> int"}\nhints: [a, b, c]\n'
    )
    (folder / "probe.py").write_text("def answer(submission, *, x):\n    return submission.answer(x)\n")
    (folder / "check.py").write_text("def test_twice(submission):\n    assert submission.call('answer', x=3) == 7\n")
    (tmp_path / "class" / "ada").mkdir(parents=True)
    (tmp_path / "class" / "ada" / "50.1.py").write_text("def answer(x):\n    return 2 * x\n")
    course = {"QUIZBOOK_EXERCISES": str(tmp_path / "course")}
    home.run("grade", "class", cwd=tmp_path, **course)
    (before,) = rows_of(tmp_path / "grades.csv")
    assert before["passed"] == "False"
    assert "no verdict changed" in home.run("grade", "class", "--regrade", cwd=tmp_path, **course).stdout
    (folder / "check.py").write_text("def test_twice(submission):\n    assert submission.call('answer', x=3) == 6\n")
    done = home.run("grade", "class", "--regrade", cwd=tmp_path, **course)
    assert "ada, 50.1: 0 -> 1" in done.stdout
    assert "test_twice: failed -> passed" in done.stdout
    (after,) = rows_of(tmp_path / "grades.csv")
    assert (after["passed"], after["seed"]) == ("True", before["seed"])


def test_files_beside_each_other_do_not_see_each_other(home: Home, tmp_path: Path) -> None:
    (tmp_path / "class").mkdir()
    shutil.copyfile(EXERCISE / "solution.py", tmp_path / "class" / "ada.py")
    (tmp_path / "class" / "eve.py").write_text("from ada import transfer_weights\n")
    told = home.document("grade", "class", "--exercise", "3.1", "--json", code=0, cwd=tmp_path)
    assert {row["learner"]: row["passed"] for row in told["rows"]} == {"ada": True, "eve": False}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nowhere",), "cannot be read"),
        ((".", "--exercise", "9.9"), "there is no exercise 9.9"),
        ((".", "--out", "grades.txt"), ".csv or .json"),
        ((".", "--out", "nowhere/grades.csv"), "there is no folder"),
        ((".", "--jobs", "0"), "--jobs"),
    ],
)
def test_what_cannot_be_graded_is_said_in_a_sentence(
    home: Home, tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    (tmp_path / "3.1.py").write_text("x = 1\n")
    done = home.run("grade", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
