from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from quizbook.bank.hashing import digest, key_hash, text_hash
from quizbook.bank.library import load_bank
from quizbook.bank.questions import AnyQuestion, CodeBlank, MultipleChoice, Numeric, Ordering, Point, ShortAnswer

Write = Callable[..., Path]

CHOICE = MultipleChoice(id="a", section="3.1", prompt="Which?", options={"a": "one", "b": "two"}, answer="a")
SEVERAL = replace(CHOICE, answer=("a", "b"))
BLANK = CodeBlank(
    id="a", section="3", prompt="p", listing="«1»", terms={"A": "f", "B": "g"}, answer={"1": "A"}, proof="x"
)
ORDERING = Ordering(id="a", section="3", prompt="p", steps={"a": "x", "b": "y"}, answer=("b", "a"))
NUMERIC = Numeric(id="a", section="3", prompt="p", answer=5)
SHORT = ShortAnswer(id="a", section="3", prompt="p", answer="So.", points=(Point(point="x", words=("y",)),))


def test_hashes_are_sixteen_hex_digits_and_stable_for_ever() -> None:
    assert (text_hash(CHOICE), key_hash(CHOICE)) == (
        "4537fcf2358c7e09",
        "20ac4e48549abf2d",
    )  # a change here orphans every attempt


def test_layout_and_order_of_a_file_change_no_hash(write: Write, folder: Path) -> None:
    short = '- {id: a, kind: ordering, section: "3.1", prompt: Put in order., steps: {a: x, b: y}, after: {b: [a]}}'
    long = (
        '- after:\n    b:\n      - a\n  steps:\n    "b": y\n    a: |\n      x\n  prompt: >\n    Put in\n    order.\n'
        "  section: '3.1'\n  kind: ordering\n  id: a\n"
    )
    hashes = []
    for text in (short, long):
        write(text)
        (question,) = load_bank([folder]).questions
        hashes.append((text_hash(question), key_hash(question)))
    assert hashes[0] == hashes[1]


@pytest.mark.parametrize(
    ("question", "changed"),
    [
        (CHOICE, replace(CHOICE, prompt="Which one?")),
        (CHOICE, replace(CHOICE, options={"a": "one", "b": "three"})),
        (CHOICE, replace(CHOICE, why={"a": "because"})),
        (CHOICE, replace(CHOICE, explain="So it is.")),
        (BLANK, replace(BLANK, listing="f(«1»)")),
        (SHORT, replace(SHORT, answer="Therefore.")),
    ],
)
def test_a_changed_wording_changes_the_text_and_not_the_key(question: AnyQuestion, changed: AnyQuestion) -> None:
    assert text_hash(question) != text_hash(changed)
    assert key_hash(question) == key_hash(changed)


@pytest.mark.parametrize(
    ("question", "changed"),
    [
        (CHOICE, replace(CHOICE, answer="b")),
        (CHOICE, SEVERAL),
        (BLANK, replace(BLANK, answer={"1": "B"})),
        (BLANK, replace(BLANK, also=({"1": "B"},))),
        (ORDERING, replace(ORDERING, answer=("a", "b"))),
        (NUMERIC, replace(NUMERIC, answer=6)),
        (NUMERIC, replace(NUMERIC, tolerance=0.5)),
    ],
)
def test_a_changed_key_changes_the_key_and_not_the_text(question: AnyQuestion, changed: AnyQuestion) -> None:
    assert key_hash(question) != key_hash(changed)
    assert text_hash(question) == text_hash(changed)


@pytest.mark.parametrize(
    "changed",
    [
        replace(BLANK, tags=("x",)),
        replace(BLANK, proof="y"),
        replace(BLANK, see=("json",)),
        replace(BLANK, section="4"),
    ],
)
def test_bookkeeping_changes_no_hash(changed: AnyQuestion) -> None:
    assert (text_hash(changed), key_hash(changed)) == (text_hash(BLANK), key_hash(BLANK))


def test_one_right_option_is_the_same_key_alone_and_in_a_list_whatever_the_order() -> None:
    assert key_hash(CHOICE) == key_hash(replace(CHOICE, answer=("a",)))
    assert key_hash(SEVERAL) == key_hash(replace(SEVERAL, answer=("b", "a")))


def test_the_order_of_accepted_texts_and_equal_assignments_says_nothing() -> None:
    one = replace(BLANK, accept={"1": ("f", "g")}, also=({"1": "A"}, {"1": "B"}))
    assert key_hash(one) == key_hash(replace(one, accept={"1": ("g", "f")}, also=({"1": "B"}, {"1": "A"})))
    assert key_hash(one) != key_hash(replace(one, accept={"1": ("g",)}))


def test_the_points_of_a_short_answer_are_its_key() -> None:
    assert key_hash(SHORT) != key_hash(replace(SHORT, points=(Point(point="z"),)))
    assert key_hash(SHORT) == key_hash(replace(SHORT, points=(Point(point="x", words=("other",)),)))


def test_the_order_of_steps_in_an_answer_counts() -> None:
    assert digest(["a", "b"]) != digest(["b", "a"])
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest(5.0) == digest(5)
