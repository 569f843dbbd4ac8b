"""How far a learner is with each exercise: computed from the events alone, whatever came between them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizbook.study.events import Attempt, Event, Note
from quizbook.study.exercises import HINTS_SEEN, PUT_AT, Progress, progress_by_item

BEGIN = datetime(2026, 11, 24, 8, tzinfo=UTC)
ITEM, OTHER, QUESTION = "ch03.ex.1", "appA.ex.2", "ch03.mc.01"


def attempt(score: float | None, item: str = ITEM, minutes: int = 0) -> Attempt:
    return Attempt(
        at=BEGIN + timedelta(minutes=minutes),
        utc_offset=60,
        device="d",
        item=item,
        text_hash="t",
        key_hash="k",
        response={"file": "mine.py"},
        parts={},
        score=score,
        seed=1,
        mode="exercise",
        version="0",
    )


def note(key: str, value: Any, item: str | None = ITEM, kind: Any = "setting") -> Note:
    return Note(
        kind=kind, at=BEGIN, utc_offset=60, device="d", version="0", item=item, body={"key": key, "value": value}
    )


EVENTS = st.lists(
    st.one_of(
        st.builds(attempt, st.sampled_from([0.0, 0.5, 0.99, 1.0, None]), st.sampled_from([ITEM, OTHER, QUESTION])),
        st.builds(note, st.just(HINTS_SEEN), st.integers(1, 4), st.sampled_from([ITEM, OTHER])),
        st.builds(note, st.just(PUT_AT), st.sampled_from(["/a.py", "/b.py"]), st.sampled_from([ITEM, OTHER])),
        st.builds(note, st.just("retention"), st.just(0.9), st.none()),
        st.builds(note, st.just("x"), st.just("y"), st.just(ITEM), st.just("flag")),
    ),
    max_size=12,
)


def of(*events: Event) -> Progress:
    return progress_by_item(events).get(ITEM, Progress())


def test_nothing_has_happened_to_a_new_exercise() -> None:
    assert progress_by_item([]) == {}
    assert of() == Progress(state="new", hints_seen=0, put_at=None)


@pytest.mark.parametrize(
    "event", [attempt(0.0), attempt(0.99), attempt(None), note(HINTS_SEEN, 1), note(PUT_AT, "/home/anna/a.py")]
)
def test_the_first_thing_that_happens_starts_it(event: Event) -> None:
    assert of(event).state == "started"


def test_a_full_score_passes_it_for_good() -> None:
    assert of(attempt(0.5), attempt(1.0)).state == "passed"
    assert of(attempt(1.0), attempt(0.0), note(HINTS_SEEN, 2), note(PUT_AT, "/a.py")).state == "passed"


def test_hints_and_the_place_of_the_file_are_the_latest_that_were_noted() -> None:
    first, second = (note(HINTS_SEEN, 1), note(PUT_AT, "/a.py")), (note(HINTS_SEEN, 2), note(PUT_AT, "/b.py"))
    assert of(*first, attempt(0.0), *second) == Progress(state="started", hints_seen=2, put_at="/b.py")


def test_what_is_latest_is_told_by_the_time_not_by_the_place_in_the_log() -> None:
    late = replace(note(HINTS_SEEN, 3), at=BEGIN + timedelta(hours=1))
    assert of(late, note(HINTS_SEEN, 1)).hints_seen == of(note(HINTS_SEEN, 1), late).hints_seen == 3


def test_a_file_on_another_device_starts_the_exercise_and_lies_nowhere_here() -> None:
    here, there = note(PUT_AT, "/here.py"), replace(note(PUT_AT, "/there.py"), device="laptop")
    assert progress_by_item([here, there], device="d")[ITEM].put_at == "/here.py"
    assert progress_by_item([there], device="d")[ITEM] == Progress(state="started", put_at=None)
    assert of(here, there).put_at == "/there.py"


def test_questions_and_other_notes_are_no_exercises() -> None:
    flag = note("why", "unclear", QUESTION, "flag")
    events: list[Event] = [attempt(1.0, QUESTION), note("retention", 0.9, None), flag]
    assert progress_by_item(events) == {}


def test_a_flag_does_not_start_an_exercise() -> None:
    assert of(note("note", "unclear", ITEM, "flag")).state == "new"


def test_exercises_of_appendices_are_known_by_their_items() -> None:
    assert progress_by_item([attempt(1.0, OTHER)])[OTHER].state == "passed"


@pytest.mark.parametrize("value", [None, "two", [1], {"a": 1}])
def test_a_value_that_another_program_wrote_does_no_harm(value: object) -> None:
    assert of(note(HINTS_SEEN, value)).hints_seen == 0
    assert of(note(PUT_AT, 5)).put_at is None


@given(EVENTS)
def test_it_is_what_the_events_of_the_exercise_say(events: list[Event]) -> None:
    found = of(*events)
    own = [event for event in events if event.item == ITEM]
    scores = [event.score for event in own if isinstance(event, Attempt)]
    notes = [event for event in own if isinstance(event, Note) and event.kind == "setting"]
    hints = [n.body["value"] for n in notes if n.body["key"] == HINTS_SEEN]
    put = [n.body["value"] for n in notes if n.body["key"] == PUT_AT]
    state = "passed" if 1.0 in scores else "started" if scores or notes else "new"
    assert found == Progress(state, hints[-1] if hints else 0, put[-1] if put else None)  # type: ignore[arg-type]


@given(EVENTS, EVENTS)
def test_what_happens_to_one_exercise_changes_nothing_about_another(some: list[Event], more: list[Event]) -> None:
    foreign = [event for event in more if event.item != ITEM]
    assert of(*some, *foreign) == of(*foreign, *some) == of(*some)


@given(EVENTS, EVENTS)
def test_what_was_reached_is_never_taken_back_by_what_follows(some: list[Event], more: list[Event]) -> None:
    order = ["new", "started", "passed"]
    assert order.index(of(*some, *more).state) >= order.index(of(*some).state)
