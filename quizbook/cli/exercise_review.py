"""The review of an exercise in plain lines: a fresh file, checks on Enter, one attempt at the end."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from quizbook.cli.asking import Dialogue, Left
from quizbook.cli.lines import wrapped
from quizbook.errors import QuizbookError
from quizbook.judge.exercise import Exercise
from quizbook.practice.reviewing import ExerciseReview

BEGIN = "Enter begins, :skip leaves it for another day > "
GO_ON = "Enter checks it, :hint, :solution gives up and shows it, :skip, :quit > "


def review_exercise(exercise: Exercise, folder: Path, today: date, dialogue: Dialogue, width: int) -> int:
    """Hold the review of an exercise to its end; 0 when it came to an end or was skipped, 1 when it was left."""
    review = ExerciseReview(exercise, folder, today)
    try:
        dialogue.say(["", *wrapped(f"Exercise {exercise.id} is due: {exercise.title}", width)])
        if _word(dialogue.ask(BEGIN)) != "":
            return 0
        path = review.begin()
        dialogue.say(wrapped(f"A fresh file is at {path}; the task lies beside it. Work on it in your editor.", width))
        while not review.over:
            if not _step(review, _word(dialogue.ask(GO_ON)), dialogue, width):
                return 0
    except Left:
        dialogue.say_last(["", f"Exercise {exercise.id} stays due."])
        return 1
    return 0


def _step(review: ExerciseReview, word: str, dialogue: Dialogue, width: int) -> bool:
    """Do what was typed; False where the review is skipped."""
    try:
        match word:
            case "":
                dialogue.say(review.check(width=width)["text"].rstrip("\n").split("\n"))
            case ":hint":
                hint = review.hint()
                dialogue.say(wrapped(f"Hint: {hint}" if hint else "There is no further hint.", width))
            case ":solution":
                review.give_up()
                solution = review.exercise.folder / "solution.py"
                dialogue.say(solution.read_text(encoding="utf-8").rstrip("\n").split("\n"))
            case ":skip":
                return False
            case ":quit":
                raise Left
            case _:
                dialogue.say(wrapped("There are :hint, :solution, :skip and :quit; Enter alone checks.", width))
    except QuizbookError as error:
        dialogue.say(wrapped(error.message, width))
    return True


def _word(line: str) -> str:
    return line.strip().casefold()
