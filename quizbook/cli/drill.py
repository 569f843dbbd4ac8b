"""`quizbook drill`: more of what goes badly, without touching the schedule."""

from __future__ import annotations

import sys

from quizbook import places
from quizbook.bank.library import load_bank
from quizbook.cli.asking import Dialogue
from quizbook.cli.lines import screen_width, wrapped
from quizbook.cli.quiz import run
from quizbook.cli.screen import in_the_app, takes_the_screen
from quizbook.study.agenda import WEAK, weak_items
from quizbook.study.draw import fresh_seed
from quizbook.study.session import Session
from quizbook.study.siblings import points_of, without_siblings
from quizbook.study.standing import standing
from quizbook.study.store import open_log


def drill(*, weak: bool, count: int, plain: bool) -> int:
    """Ask questions of the weak sections, those answered worst first; recorded as training, rated as nothing.

    weak: there is no other drill yet. Returns 0 when nothing is weak or the session came to its end, 1 when left early.
    """
    bank = load_bank()
    with open_log(places.home()) as log:
        state = standing(log, bank.kind_of, places.cache())
        items = weak_items(state, bank.section_of)
        chosen = without_siblings(items, points_of(bank), count)
        questions = bank.those(chosen)
        session = Session(questions, fresh_seed(), record=log.append, device=log.device, mode="drill")
        if chosen and takes_the_screen(plain=plain):
            return in_the_app(session, log, title="Drill: it changes no due date")
        return _in_lines(session)


def _in_lines(session: Session) -> int:
    with Dialogue(sys.stdin, sys.stdout) as dialogue:
        if not session.questions:
            said = f"No section is weak: none has a mean below {WEAK:.0%} over two questions or more."
            dialogue.say_last(wrapped(f"{said} `quizbook review` asks what is due.", screen_width()))
            return 0
        dialogue.say_last(wrapped("A drill: it changes no due date.", screen_width()))
        return run(session, dialogue)
