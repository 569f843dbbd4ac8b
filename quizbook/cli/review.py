"""`quizbook review` in plain lines: what is due today, questions of one chapter between those of others."""

from __future__ import annotations

import sys

from quizbook import places
from quizbook.bank.library import load_bank
from quizbook.cli.asking import Dialogue
from quizbook.cli.quiz import run
from quizbook.judge.exercise import all_exercises
from quizbook.study.days import study_day
from quizbook.study.draw import fresh_seed
from quizbook.study.events import now
from quizbook.study.interleaving import interleaved
from quizbook.study.schedule import due_items, schedule
from quizbook.study.session import Session
from quizbook.study.store import open_log


def review(*, plain: bool) -> int:
    """Ask what is due today in plain lines (whether `plain` was asked for or not), one chapter between another.

    Returns 0 when nothing is due or the session came to its end, 1 when it was left early.
    """
    bank = load_bank()
    questions = {question.id: question for question in bank.questions}
    moment, offset = now()
    with open_log(places.home()) as log, Dialogue(sys.stdin, sys.stdout) as dialogue:
        scheduled = schedule(log.outcomes(), bank.kind_of)
        due = due_items(scheduled, moment, offset)
        order = interleaved([item for item in due if item in questions], bank.chapter_of)
        asked = [questions[item] for item in order]
        for exercise in [exercise for exercise in all_exercises() if exercise.item in due]:
            dialogue.say_last([f"Exercise {exercise.id} is due: `quizbook start {exercise.id} --fresh` begins anew."])
        if not asked:
            coming = min((one.due for item, one in scheduled.items() if item in questions), default=None)
            said = "" if coming is None else f" The next question is due on {study_day(coming, offset)}."
            dialogue.say_last([f"No question is due today.{said}"])
            return 0
        return run(Session(asked, fresh_seed(), record=log.append, device=log.device, mode="review"), dialogue)
