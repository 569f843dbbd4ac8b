"""An answer can be taken back, an item flagged, and what was answered sure and wrong comes again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizbook.bank.library import load_bank
from quizbook.study.events import Attempt, Event, Mode, Note
from quizbook.study.session import BETWEEN, Session
from quizbook.study.store import effective

BANK = load_bank([Path(__file__).parents[1] / "small_bank"])
MIXED = ("901", "903", "908", "910", "904", "909")


def sitting(*numbers: str, events: list[Event] | None = None, mode: Mode = "quiz") -> Session:
    questions = [BANK.by_id(f"ch03.q.{number}") for number in numbers]
    return Session(questions, 5, record=(events if events is not None else []).append, device="here", mode=mode)


def wrong(session: Session) -> Any:
    """An answer to the question that is on, with nothing right in it."""
    kind = session.current.question.kind
    if kind == "multiple_choice":
        return "b"
    return {"numeric": "1", "tracing": "nothing"}[kind]


def those_that_count(events: list[Event]) -> list[Attempt]:
    attempts = [event for event in events if isinstance(event, Attempt)]
    return list(effective(attempts, [event for event in events if isinstance(event, Note)]))


def test_the_last_answer_is_taken_back_by_an_event_and_its_question_is_on_again() -> None:
    events: list[Event] = []
    session = sitting("901", "910", events=events)
    assert not session.can_undo
    assert session.undo() is False
    session.answer("b")
    assert session.can_undo
    assert session.undo() is True
    assert (session.stage, session.number, session.current.question.id) == ("asking", 1, "ch03.q.901")
    session.answer("a")
    assert [type(event).__name__ for event in events] == ["Attempt", "Note", "Attempt"]
    assert [attempt.score for attempt in those_that_count(events)] == [1.0]
    assert session.summary().overall.score == 1


def test_an_answer_before_the_question_on_screen_is_taken_back_and_that_one_waits() -> None:
    session = sitting("901", "910", "903")
    session.answer("b")
    session.advance()
    on = session.current
    session.hint()
    assert session.undo()
    assert session.current.question.id == "ch03.q.901"
    session.answer("a")
    session.advance()
    assert session.current == on
    assert (session.number, session.total) == (2, 3)


def test_the_last_answer_can_be_taken_back_when_the_sitting_is_over() -> None:
    session = sitting("901")
    session.answer("b")
    session.advance()
    assert session.stage == "over"
    assert session.undo()
    assert (session.stage, session.number) == ("asking", 1)
    session.answer("a")
    session.advance()
    assert (session.stage, session.summary().finished) == ("over", True)


def test_a_short_answer_is_taken_back_with_its_ticks() -> None:
    events: list[Event] = []
    session = sitting("908", events=events)
    session.answer("The mask.")
    session.tick([1])
    session.undo()
    assert session.stage == "asking"
    assert those_that_count(events) == []


def test_several_answers_are_taken_back_one_after_the_other() -> None:
    events: list[Event] = []
    session = sitting("901", "910", "909", events=events)
    for response in ("a", "1", "x"):
        session.answer(response)
        session.advance()
    for number in (3, 2, 1):
        assert session.undo()
        assert session.number == number
    assert session.undo() is False
    assert those_that_count(events) == []


def test_sure_and_wrong_comes_again_after_some_others_in_another_order() -> None:
    session = sitting("901", "903", "910", "904", "909")
    first = session.current
    session.answer("b", "sure")
    assert session.total == 6
    order = []
    while session.stage != "over":
        order.append((session.current.question.id, session.repeated))
        again = session.current
        session.skip()
    assert order[-1] == ("ch03.q.909", False)
    assert order[1 + BETWEEN] == ("ch03.q.901", True)
    assert again.question.id == "ch03.q.909"
    assert first.question.id == "ch03.q.901"


def test_at_the_end_of_a_sitting_it_comes_at_once_and_only_once() -> None:
    events: list[Event] = []
    session = sitting("901", events=events)
    session.answer("b", "sure")
    session.advance()
    assert session.repeated
    assert not session.summary().finished
    session.answer("b", "sure")
    session.advance()
    assert session.stage == "over"
    summary = session.summary()
    assert (summary.answered, summary.repeated, summary.overall.points, summary.finished) == (1, 1, 1, True)
    assert [event.seed for event in events if isinstance(event, Attempt)] == [5, 6]


@pytest.mark.parametrize(("confidence", "response"), [("fair", "b"), ("guess", "b"), ("sure", "a"), (None, "b")])
def test_nothing_else_comes_again(confidence: Any, response: str) -> None:
    session = sitting("901", "910")
    session.answer(response, confidence)
    assert session.total == 2


def test_in_a_pretest_nothing_comes_again() -> None:
    session = sitting("901", mode="pretest")
    session.answer("b", "sure")
    session.advance()
    assert session.stage == "over"


def test_what_was_taken_back_does_not_come_again() -> None:
    session = sitting("901", "910")
    session.answer("b", "sure")
    session.undo()
    session.answer("a")
    session.advance()
    session.answer("1")
    session.advance()
    assert (session.stage, session.total) == ("over", 2)


def test_a_flag_is_an_event_about_the_question_on_screen() -> None:
    events: list[Event] = []
    session = sitting("901", events=events)
    session.flag("  both a and c? ")
    (flag,) = events
    assert isinstance(flag, Note)
    assert (flag.kind, flag.item, flag.body) == ("flag", "ch03.q.901", {"note": "both a and c?"})
    session.answer("a")
    session.flag()
    assert len(events) == 3


@given(st.lists(st.sampled_from(["right", "wrong", "sure and wrong", "skip", "undo", "undo", "advance"]), max_size=30))
def test_whatever_is_done_the_events_and_the_summary_agree(steps: list[str]) -> None:
    events: list[Event] = []
    session = sitting("901", "910", "909", "901", events=events)
    right = {"ch03.q.901": "a", "ch03.q.910": "2.36M", "ch03.q.909": "2 [3]"}
    for step in steps:
        if step == "undo":
            session.undo()
        elif session.stage == "over":
            continue
        elif step == "skip":
            session.skip()
        elif session.stage == "answered":
            session.advance()
        elif step == "right":
            session.answer(right[session.current.question.id])
        elif step != "advance":
            session.answer(wrong(session), "sure" if step.startswith("sure") else None)
        assert 0 <= session.number <= session.total
        summary, count = session.summary(), those_that_count(events)
        assert summary.answered + summary.repeated == len(count)
        assert summary.answered + summary.skipped <= summary.total
        assert summary.overall.score <= sum(attempt.score or 0 for attempt in count)
    for _ in range(20):
        if session.stage != "over":
            session.skip()
    assert session.stage == "over"
    assert session.summary().answered <= 4
