"""`quizbook review`: what is due today, questions first, then the exercises."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from quizbook import places
from quizbook.bank.library import Bank, load_bank
from quizbook.cli.asking import Dialogue
from quizbook.cli.exercise_review import review_exercise
from quizbook.cli.lines import screen_width, wrapped
from quizbook.cli.quiz import run
from quizbook.cli.screen import in_the_app, takes_the_screen
from quizbook.grading.wording import counted
from quizbook.judge.exercise import Exercise, all_exercises
from quizbook.study.agenda import Agenda, agenda, next_due
from quizbook.study.draw import fresh_seed
from quizbook.study.session import Session
from quizbook.study.siblings import points_of
from quizbook.study.standing import Standing, standing
from quizbook.study.store import open_log


def review(*, plain: bool) -> int:
    """Ask what is due today, one chapter between another.

    Returns 0 when nothing is due or the session came to its end, 1 when it was left early.
    """
    bank = load_bank()
    exercises = {exercise.item: exercise for exercise in all_exercises()}
    with open_log(places.home()) as log:
        state = standing(log, bank.kind_of, places.cache())
        plan = agenda(state, bank.chapter_of, points_of(bank), exercises)
        questions = bank.those(plan.reviews)
        session = Session(questions, fresh_seed(), record=log.append, device=log.device, mode="review")
        due = [exercises[item] for item in plan.exercises]
        if questions and takes_the_screen(plain=plain):
            return in_the_app(session, log, title="Review", exercises=due)
        return _in_lines(session, due, _before(plan, state, bank), state.today)


def _in_lines(session: Session, exercises: Sequence[Exercise], before: Sequence[str], today: date) -> int:
    width = screen_width()
    with Dialogue(sys.stdin, sys.stdout) as dialogue:
        dialogue.say_last([line for said in before for line in wrapped(said, width)])
        code = run(session, dialogue) if session.questions else 0
        for exercise in exercises if code == 0 else ():
            code = code or review_exercise(exercise, Path.cwd(), today, dialogue, width)
        return code


def _before(plan: Agenda, state: Standing, bank: Bank) -> list[str]:
    """What there is to say before the first question, a sentence each."""
    said: list[str] = []
    if not plan.reviews and not plan.exercises:
        if plan.left:
            return [
                f"You have done today's {counted(state.settings.daily_reviews, 'review')}; "
                f"{counted(plan.left, 'more question')} can wait until tomorrow. "
                "`quizbook settings daily_reviews` raises the number."
            ]
        day = next_due(state, bank)
        coming = f" The next question is due on {day}." if day else ""
        return [f"No question is due today.{coming}"]
    if plan.left:
        said.append(f"{counted(plan.left, 'more question')} due beyond today's number; they wait, nothing is lost.")
    for item in plan.leeches:
        times = state.scheduled[item].lapses
        said.append(f"{item} was forgotten {times} times: read section {bank.by_id(item).section} once more first.")
    return said
