"""`exercise verify`: what a checker's folder has to hold, and what is found where the checker is not sound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import cast

import pytest
from small_course import CHAPTER, DOUBLED, exercise_in, write_exercise

from quizbook.errors import QuizbookError
from quizbook.judge.exercise import Exercise, find_exercise, read_exercise
from quizbook.judge.verifying import FILES, SEEDS_OF_OTHERS, SEEDS_OF_SOLUTION, THOROUGH, TrialResult, plan, verify

CHECK = """
from quizbook.judge.checks import fail

def test_doubled(submission, seed):
    \"\"\"The answer is twice the number.\"\"\"
    got = submission.call("answer", x=seed + 1)
    if got == seed + 1:
        fail("The number came back as it was.")
    if got != 2 * (seed + 1):
        fail("The number was not doubled.", expected=2 * (seed + 1), got=got)
"""
UNCHANGED = "# expect: came back as it was\ndef answer(x):\n    return x\n"
SOUND = {
    "solution.py": DOUBLED,
    "starter.py": "def answer(x):\n    raise NotImplementedError\n",
    "liar.py": "def answer(x):\n    return float('nan')\n",
    "importer.py": "from solution import answer\n",
    "mistakes/unchanged.py": UNCHANGED,
    "mistakes/tripled.py": "# expect: was not doubled\ndef answer(x):\n    return 3 * x\n",
}


def fill(folder: Path, **changes: str | None) -> None:
    """Writes the files of a sound exercise, with changes; None leaves one out."""
    for name, text in {**SOUND, **changes}.items():
        if text is not None:
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = write_exercise(tmp_path / f"ch{CHAPTER}" / "ex1_sound", CHECK)
    fill(folder)
    return folder


@pytest.fixture
def judged(hurried_course: Path, judge: object) -> Iterator[Exercise]:
    """The same exercise where the judge finds it."""
    with exercise_in(hurried_course, CHECK) as id:
        exercise = find_exercise(id)
        fill(exercise.folder)
        yield exercise


# -- the plan ----------------------------------------------------------------------------------------------------------


def test_the_solution_is_tried_with_many_seeds_and_everything_else_with_some(folder: Path) -> None:
    trials = plan(read_exercise(folder))
    by_file = Counter(str(trial.path.relative_to(folder)) for trial in trials)
    assert by_file.pop("solution.py") == SEEDS_OF_SOLUTION == 20
    assert by_file == dict.fromkeys(
        ("starter.py", "liar.py", "importer.py", "mistakes/unchanged.py", "mistakes/tripled.py"), SEEDS_OF_OTHERS
    )
    assert {trial.path.name for trial in trials if trial.passes} == {"solution.py"}
    assert len({(trial.path, trial.seed) for trial in trials}) == len(trials)


def test_a_thorough_plan_takes_more_seeds_and_all_of_the_others(folder: Path) -> None:
    short, thorough = plan(read_exercise(folder)), plan(read_exercise(folder), thorough=True)
    assert len(thorough) == THOROUGH * len(short)
    assert {(trial.path, trial.seed) for trial in short} < {(trial.path, trial.seed) for trial in thorough}


def test_a_mistake_carries_the_words_that_its_diagnosis_must_hold(folder: Path) -> None:
    says = {trial.path.name: trial.says for trial in plan(read_exercise(folder))}
    assert says["unchanged.py"] == "came back as it was"
    assert says["starter.py"] is None


@pytest.mark.parametrize("name", FILES)
def test_an_incomplete_folder_is_refused_with_the_file_that_it_lacks(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(QuizbookError, match=f"exercise {CHAPTER}.1 has no {name} in ") as caught:
        plan(read_exercise(folder))
    assert str(folder) in caught.value.message
    assert caught.value.exit_code == 2


def test_hints_have_to_be_enough(tmp_path: Path) -> None:
    folder = write_exercise(tmp_path / f"ch{CHAPTER}" / "ex1_terse", CHECK, hints=["Look.", "Two."])
    fill(folder)
    with pytest.raises(QuizbookError, match="has 2 hints; write at least 3"):
        plan(read_exercise(folder))


@pytest.mark.parametrize("first", ["", "def answer(x):", "# expect:", "# expect:   ", "# expects: a", "\n# expect: a"])
def test_a_mistake_without_words_is_refused_by_its_name(folder: Path, first: str) -> None:
    path = folder / "mistakes" / "silent.py"
    path.write_text(f"{first}\n    return x\n")
    with pytest.raises(QuizbookError, match="has to begin with `# expect: <words of the diagnosis>`") as caught:
        plan(read_exercise(folder))
    assert str(path) in caught.value.message
    assert caught.value.line == 1


def test_an_exercise_without_mistakes_can_be_planned(folder: Path) -> None:
    for path in (folder / "mistakes").iterdir():
        path.unlink()
    assert {trial.path.name for trial in plan(read_exercise(folder))} == {
        "solution.py", "starter.py", "liar.py", "importer.py"
    }  # fmt: skip


# -- what is found -----------------------------------------------------------------------------------------------------


def problems(exercise: Exercise) -> dict[str, list[str | None]]:
    found: dict[str, list[str | None]] = {}
    for result in verify(exercise):
        found.setdefault(result.trial.path.name, []).append(result.problem)
    return found


def test_a_sound_checker_has_no_problems(judged: Exercise) -> None:
    found = problems(judged)
    assert {name for name, results in found.items() if any(results)} == set()
    assert sum(map(len, found.values())) == len(plan(judged))


def test_everything_that_is_not_as_it_has_to_be_is_found(judged: Exercise) -> None:
    """A solution that fails for some seeds, a mistake that passes, words that are not said, a liar who gets through."""
    fill(
        judged.folder,
        **{
            "solution.py": "def answer(x):\n    return 2 * x if x % 4 else 0\n",
            "mistakes/right.py": f"# expect: was not doubled\n{DOUBLED}",
            "mistakes/unchanged.py": UNCHANGED.replace("came back as it was", "was doubled twice"),
            "mistakes/across_lines.py": "# expect: was not doubled. expected:\ndef answer(x):\n    return 3 * x\n",
            "mistakes/unreadable.py": "# expect: never closed\ndef answer(x:\n",
            "mistakes/unreadable_too.py": "# expect: the wrong words\ndef answer(x:\n",
            "liar.py": DOUBLED,
        },
    )
    found = problems(judged)

    passed, failed = found["solution.py"].count(None), [p for p in found["solution.py"] if p]
    assert passed
    assert failed
    assert set(failed) == {"it has to pass, and does not: The number was not doubled."}
    assert found["right.py"] == ["it passes, and must not"] * SEEDS_OF_OTHERS
    assert found["liar.py"] == ["it passes, and must not"] * SEEDS_OF_OTHERS
    told = "the diagnosis does not say 'was doubled twice', but: The number came back as it was."
    assert found["unchanged.py"] == [told] * SEEDS_OF_OTHERS
    assert found["unreadable.py"] == [None] * SEEDS_OF_OTHERS
    assert all(problem and "'the wrong words'" in problem for problem in found["unreadable_too.py"])
    for name in ("starter.py", "importer.py", "tripled.py", "across_lines.py"):
        assert found[name] == [None] * SEEDS_OF_OTHERS


def test_a_solution_that_does_not_load_is_a_problem_with_its_reason(judged: Exercise) -> None:
    fill(judged.folder, **{"solution.py": "import no_such_module\n"})
    results = cast("Generator[TrialResult]", verify(judged))
    problem = next(results).problem
    results.close()
    assert problem is not None
    assert problem.startswith("it does not load: solution.py, line 1: it imports `no_such_module`")


def test_a_checker_that_breaks_ends_the_proof_as_our_fault(judged: Exercise) -> None:
    (judged.folder / "check.py").write_text(
        "def test_a(submission):\n    raise LookupError('a mistake of the checker')\n"
    )
    with pytest.raises(QuizbookError, match="broke, which is not your fault") as caught:
        list(verify(judged))
    assert caught.value.kind == "internal"
