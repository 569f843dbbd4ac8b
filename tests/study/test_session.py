"""A sitting records every answer before its feedback is seen, and counts what was done."""

from pathlib import Path

import pytest

from quizbook.bank.hashing import key_hash, text_hash
from quizbook.bank.library import load_bank
from quizbook.errors import QuizbookError
from quizbook.grading.grade import ResponseError
from quizbook.study.events import Attempt, Note
from quizbook.study.session import Session
from quizbook.study.store import effective, open_log

BANK = load_bank([Path(__file__).parents[1] / "small_bank"])
RIGHT = {
    "ch03.q.901": "a",
    "ch03.q.902": ["a", "c"],
    "ch03.q.903": {"1": "a", "2": "b", "3": "c"},
    "ch03.q.904": ["b", "c", "d"],
    "ch03.q.905": {"1": "A", "2": "B"},
    "ch03.q.906": {"1": "import", "2": "ones"},
    "ch03.q.907": {"1": "a", "2": "b"},
    "ch03.q.909": "2 [3]",
    "ch03.q.910": "2.36M",
}


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def sitting(*numbers, events=None, **options):
    questions = [BANK.by_id(f"ch03.q.{number}") for number in numbers] if numbers else BANK.questions
    record = (events if events is not None else []).append
    return Session(questions, 5, record=record, device="here", **options)


def test_an_attempt_carries_everything_that_a_later_analysis_needs():
    events, clock = [], Clock()
    session = sitting(903, events=events, clock=clock)
    session.hint()
    clock.now += 12.5
    session.answer({1: "a", 2: "c", 3: "c"}, "sure")
    (attempt,) = events
    question = BANK.by_id("ch03.q.903")
    assert isinstance(attempt, Attempt)
    assert attempt.item == question.id
    assert (attempt.text_hash, attempt.key_hash) == (text_hash(question), key_hash(question))
    assert attempt.response == {"1": "a", "2": "c", "3": "c"}
    assert attempt.parts == {"1": True, "2": False, "3": True}
    assert attempt.score == pytest.approx(2 / 3)
    assert (attempt.seed, attempt.mode, attempt.confidence, attempt.device) == (5, "quiz", "sure", "here")
    assert attempt.seconds == 12.5
    assert attempt.hints == 0  # this question has none to give
    assert attempt.at.utcoffset().total_seconds() == 0


def test_hints_come_one_by_one_and_are_counted():
    events = []
    session = sitting(901, events=events)
    assert [session.hint() is not None for _ in range(3)] == [True, True, False]
    session.answer("a")
    assert events[0].hints == 2


def test_hints_are_counted_anew_for_the_next_question():
    events = []
    session = sitting(901, 902, events=events)
    session.hint()
    session.skip()
    session.answer(["a"])
    assert events[0].hints == 0


def test_no_feedback_exists_before_the_attempt_is_safe():
    def full_disk(event):
        raise QuizbookError("The disk is full.")

    session = Session([BANK.by_id("ch03.q.901")], 1, record=full_disk, device="here")
    with pytest.raises(QuizbookError, match="full"):
        session.answer("a")
    assert session.stage == "asking"
    assert session.summary().answered == 0


def test_a_response_of_the_wrong_shape_records_nothing_and_leaves_the_question_on():
    events = []
    session = sitting(901, events=events)
    with pytest.raises(ResponseError):
        session.answer("z")
    assert events == []
    assert session.answer("a").grade.right


def test_a_short_answer_is_recorded_at_once_and_graded_when_it_is_ticked():
    events = []
    session = sitting(908, events=events)
    feedback = session.answer("The next token must be predicted.")
    assert session.stage == "ticking"
    assert feedback.grade.score is None
    assert feedback.remark == "No word of yours touches point 2: did you leave it out?"
    assert [event.score for event in events] == [None]
    assert session.tick([1]).grade.score == 0.5
    attempt, regrade = events
    assert isinstance(regrade, Note)
    assert (regrade.kind, regrade.about) == ("regrade", attempt.id)
    assert next(effective([attempt], [regrade])).score == 0.5


def test_a_short_answer_survives_when_the_program_dies_before_the_ticks(tmp_path):
    with open_log(tmp_path) as log:
        Session([BANK.by_id("ch03.q.908")], 1, record=log.append, device=log.device).answer("My own words.")
    with open_log(tmp_path) as log:
        (attempt,) = log.attempts()
    assert attempt.response == {"text": "My own words."}
    assert attempt.score is None


def test_ticks_that_are_no_points_leave_the_short_answer_waiting():
    session = sitting(908)
    session.answer("text")
    with pytest.raises(ResponseError):
        session.tick([3])
    assert session.stage == "ticking"


def test_a_short_answer_without_ticks_stays_open():
    session = sitting(908, 901)
    session.answer("text")
    session.skip()
    session.answer("a")
    summary = session.summary()
    assert (summary.answered, summary.skipped, summary.open, summary.overall.points) == (2, 0, 1, 1)


def test_a_sitting_ends_after_its_last_question_and_is_counted_by_kind():
    session = sitting()
    while session.stage != "over":
        question = session.current.question
        if question.kind == "short_answer":
            session.answer("text")
            session.tick([1])
        else:
            session.answer(RIGHT[question.id])
        session.advance()
    summary = session.summary()
    assert summary.finished
    assert (summary.answered, summary.total) == (10, 10)
    assert summary.overall.score == 9.5
    assert summary.by_kind["multiple_choice"].points == 2
    assert [outcome.question.id for outcome in summary.again] == ["ch03.q.908"]


def test_a_sitting_that_was_left_is_not_finished():
    session = sitting(901, 902)
    session.answer("b")
    assert not session.summary().finished
    session.advance()
    assert not session.summary().finished


def test_a_sitting_of_skipped_questions_is_finished_without_a_score():
    session = sitting(901, 902)
    session.skip()
    session.skip()
    summary = session.summary()
    assert (summary.finished, summary.skipped, summary.answered, summary.overall.points) == (True, 2, 0, 0)


def test_seconds_are_those_of_the_answered_questions():
    clock = Clock()
    session = sitting(901, 902, clock=clock)
    clock.now += 10
    session.answer("a")
    clock.now += 60  # reading the feedback
    session.advance()
    clock.now += 5
    session.answer(["a"])
    assert session.summary().seconds == 15


def test_a_pretest_records_the_score_and_shows_no_key():
    events = []
    session = sitting(901, events=events, mode="pretest")
    assert session.answer("b").grade is None
    assert (events[0].mode, events[0].score) == ("pretest", 0)


def test_a_pretest_gives_no_hint_and_its_summary_tells_nothing_of_what_was_right():
    session = sitting(901, 903, mode="pretest")
    assert session.current.question.hints
    assert session.hint() is None
    session.answer("b")
    summary = session.summary()
    assert (summary.answered, summary.hidden) == (1, True)
    assert (summary.overall.points, dict(summary.by_kind), summary.again) == (0, {}, ())
    assert not sitting(901).summary().hidden


def test_a_question_is_answered_once():
    session = sitting(901)
    session.answer("a")
    with pytest.raises(RuntimeError, match="answered"):
        session.answer("b")
    with pytest.raises(RuntimeError, match="answered"):
        session.tick([1])


def test_the_order_of_options_is_that_of_the_seed_in_the_attempt():
    from quizbook.study.presentation import present

    events = []
    session = sitting(901, events=events)
    shown = session.current
    session.answer("a")
    assert present(BANK.by_id(events[0].item), events[0].seed) == shown
