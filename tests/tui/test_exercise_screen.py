"""The exercise screen: a real file, the real judge, checks at every save, hints, and reviews that count once."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from app_in_a_room import Room, answered, attempts, in_a_room

from quizbook import places
from quizbook.judge.exercise import find_exercise
from quizbook.practice.progress import progress_of
from quizbook.study.store import open_log
from quizbook.tui.exercise_screen import ExerciseScreen

REPOSITORY = Path(__file__).parents[2]
FILES = {
    "exercise.yaml": 'id: "50.1"\ntitle: Twice\ntask: Write answer(x).\nentry_points: {answer: "(x) -> int"}\n'
    "hints: [Look at x., It is 2 * x.]\nlimits: {cpu_s: 2, wall_s: 3}\nsee: [reference.attention.SelfAttention_v1]\n",
    "probe.py": "def answer(submission, *, x):\n    return submission.answer(x)\n",
    "check.py": "def test_twice(submission):\n    assert submission.call('answer', x=3) == 6, 'not twice'\n",
    "starter.py": "def answer(x):\n    raise NotImplementedError\n",
    "solution.py": "def answer(x):\n    return 2 * x\n",
}
RIGHT = FILES["solution.py"]


@pytest.fixture
def work(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder that the learner works in, with an exercise of the test's own to be known; the judge ends with it."""
    folder = tmp_path / "course" / "ch50" / "ex1_twice"
    folder.mkdir(parents=True)
    for name, text in FILES.items():
        (folder / name).write_text(text)
    monkeypatch.setenv("QUIZBOOK_EXERCISES", str(tmp_path / "course"))
    yield tmp_path / "work"
    stop = [sys.executable, "-m", "quizbook", "doctor", "--stop"]
    subprocess.run(stop, cwd=REPOSITORY, capture_output=True, timeout=60, check=False)


def state() -> str:
    with open_log(places.home()) as log:
        return progress_of(log)["ch50.ex.1"].state


async def begun(here: Room) -> ExerciseScreen:
    here.app.begin("exercise:50.1")
    await here.until(lambda: isinstance(here.app.screen, ExerciseScreen))
    screen = here.app.screen
    assert isinstance(screen, ExerciseScreen)
    return screen


@pytest.mark.slow
@pytest.mark.parametrize("size", [(80, 24), (40, 12), (120, 40)])
def test_from_the_task_over_a_mistake_to_a_pass(work: Path, size: tuple[int, int]) -> None:
    async def visit(here: Room) -> None:
        await begun(here)
        await here.shows("Write answer(x).")
        assert not list(work.iterdir())  # to look at a task is not to begin
        await here.press("s")
        await here.shows("NotImplementedError", "Not yet")
        file = work / "ch50_ex1_twice.py"
        file.write_text("def answer(x):\n    return x\n")
        await here.shows("not twice")
        file.write_text(RIGHT)
        await here.shows("✓ passed", "Passed: 1 of 1")
        await here.press("v")
        await here.shows("solution.py", "return 2 * x")

    in_a_room(visit, size)
    assert state() == "passed"
    assert [(one.item, one.score, one.mode) for one in attempts()] == [("ch50.ex.1", 1.0, "exercise")]


@pytest.mark.slow
def test_a_file_that_is_there_is_checked_at_once_and_afresh_keeps_it_under_another_name(work: Path) -> None:
    file = work / "ch50_ex1_twice.py"
    file.write_text("mine = 1\n")

    async def visit(here: Room) -> None:
        await begun(here)
        await here.shows("`answer` is not defined")
        await here.press("f")
        await asyncio.sleep(0.3)
        assert file.read_text() == "mine = 1\n"  # the first f only asks
        await here.press("f")
        await here.until(lambda: file.read_text() == FILES["starter.py"])
        await here.shows("NotImplementedError")
        file.unlink()
        await here.shows("the file is gone")

    in_a_room(visit)
    kept = [path for path in work.glob("*.py") if path.name != file.name]
    assert [path.read_text() for path in kept] == ["mine = 1\n"]


def test_hints_come_one_by_one_and_the_log_remembers_them(work: Path) -> None:
    async def visit(here: Room) -> None:
        await begun(here)
        await here.press("h")
        assert "Hint 2" not in await here.shows("Hint 1 of 2: Look at x.")
        await here.press("h")
        await here.shows("Hint 1 of 2", "Hint 2 of 2: It is 2 * x.")
        await here.press("h")
        await here.shows("That was the last one")

    async def visit_again(here: Room) -> None:
        await begun(here)
        await here.press("h")
        await here.shows("Hint 2 of 2")

    in_a_room(visit)
    in_a_room(visit_again)


def test_the_code_it_is_about_is_a_key_away_and_the_task_still_there_afterwards(work: Path) -> None:
    async def visit(here: Room) -> None:
        await begun(here)
        await here.shows("Write answer(x).")
        await here.press("r")
        await here.shows("class SelfAttention_v1")
        await here.press("escape")
        await here.shows("Write answer(x).")

    in_a_room(visit)


def test_next_goes_on_to_the_next_exercise_that_is_not_passed(work: Path) -> None:
    async def visit(here: Room) -> None:
        screen = await begun(here)
        await here.shows("50.1 Twice")
        await here.press("n")
        await here.until(lambda: screen.at.exercise.id != "50.1")
        await here.shows(screen.at.exercise.title)

    in_a_room(visit)


@pytest.mark.slow
def test_the_review_of_an_exercise_is_a_fresh_dated_file_and_one_attempt_with_its_hints_and_failed_checks(
    work: Path,
) -> None:
    (work / "ch50_ex1_twice.py").write_text("the old file\n")
    answered("ch50.ex.1", 60, mode="exercise")

    async def visit(here: Room) -> None:
        await here.shows("1 due")
        await begun(here)
        await here.press("tab")
        await here.shows("It is due.")
        await here.press("s")
        await here.shows("c checks it")
        [file] = [path for path in work.glob("*.py") if path.name != "ch50_ex1_twice.py"]
        assert file.read_text() == FILES["starter.py"]
        await here.press("c")
        await here.shows("Not yet")
        await here.press("h")
        await here.shows("Hint 1 of 2")
        file.write_text(RIGHT)
        await asyncio.sleep(0.3)
        assert len(attempts()) == 1  # a save is no check
        await here.press("c")
        await here.shows("Written down")
        await here.press("escape")
        await here.shows("1 of 22 passed")

    in_a_room(visit)
    assert (work / "ch50_ex1_twice.py").read_text() == "the old file\n"
    one = attempts()[-1]
    assert (one.mode, one.score, one.hints, len(attempts())) == ("review", 1.0, 1, 2)


@pytest.mark.slow
def test_after_a_review_of_questions_come_the_exercises_that_are_due_and_then_the_shell(work: Path) -> None:
    from quizbook.bank.library import load_bank
    from quizbook.study.session import Session

    session = Session(load_bank().those(["ch03.mc.01"]), 1, record=lambda event: None, device="d", mode="review")

    async def visit(here: Room) -> None:
        await here.shows("1 of 1")
        await here.press("a")
        await here.shows("ure")
        await here.press("1", "enter")
        await here.shows("That was all")
        await here.press("enter")
        await here.shows("50.1 Twice")
        await here.press("escape")
        await here.until(lambda: here.app._exit)

    in_a_room(visit, session=session, exercises=[find_exercise("50.1")])
