"""Questions are shown in a drawn order under fresh letters, and every letter leads back to its key."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizbook.bank.library import load_bank
from quizbook.bank.questions import MultipleChoice, Ordering
from quizbook.study.draw import drawn, fresh_seed
from quizbook.study.presentation import answer_lines, present

BANK = load_bank([Path(__file__).parents[1] / "small_bank"])
every_question = pytest.mark.parametrize("question", BANK.questions, ids=lambda question: question.id)


def test_the_small_bank_is_read_without_findings():
    assert BANK.findings == ()
    assert len(BANK.questions) == 10


@every_question
def test_the_same_seed_gives_the_same_presentation(question):
    assert present(question, 7) == present(question, 7)


@every_question
@given(seed=st.integers(0, 2**62))
def test_labels_are_the_first_letters_in_order_and_each_key_is_there_once(question, seed):
    choices = present(question, seed).choices
    letters = "ABCDEF" if question.kind == "code_blank" else "abcdef"
    assert "".join(choice.label for choice in choices) == letters[: len(choices)]
    assert len({choice.key for choice in choices}) == len(choices)


def test_every_order_of_three_options_comes_up():
    orders = {tuple(choice.key for choice in present(BANK.questions[0], seed).choices) for seed in range(100)}
    assert len(orders) == 6


def test_two_questions_are_not_shuffled_alike_by_one_seed():
    def options(id_):
        return MultipleChoice(id=id_, section="1.1", prompt="p", options=dict.fromkeys("abcdef", "x"), answer="a")

    assert [c.key for c in present(options("one"), 1).choices] != [c.key for c in present(options("two"), 1).choices]


def test_the_order_does_not_depend_on_the_process():
    program = "from quizbook.study.draw import drawn; print(''.join(drawn('abcdefgh', 5, 'ch03.q.901')))"
    runs = {subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout for _ in range(2)}
    assert runs == {"".join(drawn("abcdefgh", 5, "ch03.q.901")) + "\n"}


def test_an_order_once_drawn_is_drawn_for_ever():
    assert "".join(drawn("abcdefgh", 1, "ch01.mc.01")) == "hgbefcad"


def test_texts_do_not_influence_the_order():
    before = MultipleChoice(id="i", section="1.1", prompt="p", options={"a": "x", "b": "y", "c": "z"}, answer="a")
    after = MultipleChoice(id="i", section="1.1", prompt="q", options={"c": "Z", "b": "Y", "a": "X"}, answer="a")
    assert [c.key for c in present(before, 3).choices] == [c.key for c in present(after, 3).choices]


def test_given_steps_have_no_letter():
    shown = present(BANK.by_id("ch03.q.904"), 1)
    assert {choice.key for choice in shown.choices} == set("bcd")
    assert {at: step.text for at, step in shown.given.items()} == {1: "project"}


def test_places_are_numbered_where_their_keys_are_no_numbers():
    from quizbook.bank.questions import Matching

    question = Matching(id="i", section="1", prompt="p", left={"x": "X", "y": "Y"}, right={"a": "A"}, answer={"x": "a"})
    assert [(place.label, place.key) for place in present(question, 1).places] == [("1", "x"), ("2", "y")]


def test_more_than_26_choices_get_two_letters_each():
    options = {str(number): str(number) for number in range(30)}
    labels = [
        c.label
        for c in present(MultipleChoice(id="i", section="1", prompt="p", options=options, answer="1"), 1).choices
    ]
    assert labels[:2] == ["aa", "ab"]
    assert len(set(labels)) == 30


def test_the_answer_is_told_in_the_letters_of_the_presentation():
    shown = present(BANK.by_id("ch03.q.903"), 2)
    for line, (place, key) in zip(answer_lines(shown), {"1": "a", "2": "b", "3": "c"}.items(), strict=True):
        assert line.startswith(f"{place}{shown.choice(key).label}  ")


def test_a_right_order_is_told_where_several_are_right():
    steps = {"a": "mix", "b": "bake", "c": "heat the oven"}
    question = Ordering(id="i", section="1", prompt="p", steps=steps, after={"b": ("a", "c")}, fixed={"1": "c"})
    assert [line.split(" (")[0] for line in answer_lines(present(question, 1))] == [
        "1. heat the oven",
        "2. mix",
        "3. bake",
    ]


@every_question
def test_every_kind_can_tell_its_answer(question):
    assert all(answer_lines(present(question, 5)))


def test_fresh_seeds_differ_and_fit_31_bits():
    seeds = {fresh_seed() for _ in range(20)}
    assert len(seeds) > 15
    assert all(0 <= seed < 2**31 for seed in seeds)
