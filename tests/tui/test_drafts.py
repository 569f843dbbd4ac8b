"""A draft takes any keys and clicks, loses no step, and is a response when it is complete."""

import pytest
from desk import BANK
from hypothesis import given, settings
from hypothesis import strategies as st

from quizbook.grading.grade import ResponseError
from quizbook.grading.grader import as_stored
from quizbook.study.presentation import present
from quizbook.tui.questions.drafts import Pairs, Picks, Steps

MATCHING = present(BANK.by_id("ch03.q.903"), 5)
ORDERING = present(BANK.by_id("ch03.q.904"), 5)
SEVERAL = present(BANK.by_id("ch03.q.902"), 5)
ONE = present(BANK.by_id("ch03.q.901"), 5)

choices = st.tuples(st.just("chosen"), st.integers(0, 20))
places = st.tuples(st.sampled_from(["turned_to", "dragged"]), st.integers(0, 20))
moves = st.tuples(st.sampled_from(["moved", "shifted"]), st.sampled_from([-1, 1]))
clears = st.tuples(st.just("cleared"), st.none())


def after(draft, steps, shown, positions):
    for name, number in steps:
        if not hasattr(draft, name):
            continue
        match name:
            case "chosen":
                draft = draft.chosen(shown.choices[number % len(shown.choices)])
            case "turned_to" | "dragged":
                draft = getattr(draft, name)(number % positions)
            case "cleared":
                draft = draft.cleared()
            case _:
                draft = getattr(draft, name)(number)
    return draft


@settings(deadline=None)
@given(st.lists(choices | places | moves | clears, max_size=30))
def test_an_order_keeps_each_step_once_and_given_steps_at_their_place(steps):
    draft = after(Steps.of(ORDERING), steps, ORDERING, 4)
    placed = [step for step in draft.order if step]
    assert sorted([*placed, *(step.key for step in draft.waiting)]) == ["a", "b", "c", "d"]
    assert draft.order[0] == "a"
    assert draft.at in draft.free
    if draft.waiting:
        with pytest.raises(ResponseError, match="Every step is wanted"):
            draft.response()
    else:
        assert as_stored(ORDERING.question, draft.response()) == list(draft.order)


@settings(deadline=None)
@given(st.lists(choices | places | moves | clears, max_size=30))
def test_pairs_are_a_response_when_every_place_is_filled(steps):
    draft = after(Pairs(MATCHING), steps, MATCHING, 3)
    assert 0 <= draft.at < 3
    if len(draft.values) == 3:
        assert as_stored(MATCHING.question, draft.response()) == dict(draft.values)
    else:
        with pytest.raises(ResponseError, match="still open"):
            draft.response()


def test_letters_fill_open_places_in_turn_and_the_last_one_can_be_corrected():
    a, b, c, d = MATCHING.choices
    draft = Pairs(MATCHING).turned_to(1).chosen(a).chosen(b).chosen(c).chosen(d)
    assert list(draft.values.values()) == [a.key, b.key, d.key]
    assert draft.at == 0


def test_backspace_takes_back_the_last_letter_first():
    a, b, _, _ = MATCHING.choices
    draft = Pairs(MATCHING).chosen(a).chosen(b).cleared()
    assert draft.values == {"1": a.key}
    assert draft.cleared().values == {}


def test_a_dragged_step_pushes_the_others_together():
    x, y, z = ORDERING.choices
    draft = Steps.of(ORDERING).chosen(x).chosen(y).chosen(z)
    assert draft.dragged(1).order == ("a", z.key, x.key, y.key)
    assert draft.dragged(0) == draft  # a given step stands there


def test_one_pick_replaces_the_other_and_several_stand_beside_each_other():
    one, several = Picks(ONE), Picks(SEVERAL)
    assert one.chosen(ONE.choices[0]).chosen(ONE.choices[1]).response() == ONE.choices[1].key
    both = several.chosen(SEVERAL.choices[2]).chosen(SEVERAL.choices[0])
    assert both.response() == [SEVERAL.choices[0].key, SEVERAL.choices[2].key]
    assert both.chosen(SEVERAL.choices[0]).response() == [SEVERAL.choices[2].key]
    with pytest.raises(ResponseError, match="Nothing is picked yet: press a, b or c"):
        one.response()
