"""Blanks that are filled with typed code."""

import pytest

from quizbook.bank.questions import CodeBlank
from quizbook.grading.code_blank import accepted_code, normalized
from quizbook.grading.grade import ResponseError
from quizbook.grading.grader import as_stored, grade

TYPED = CodeBlank(
    id="ch03.cb.02",
    section="3.4",
    prompt="Fill.",
    listing="torch.«1»(a, b)\nx[«2»]",
    accept={"1": ("dot", "torch.dot"), "2": ("'key', 0",)},
)


def test_every_accepted_spelling_is_right():
    assert grade(TYPED, {1: "dot", 2: "'key', 0"}).score == 1
    assert grade(TYPED, {1: "torch.dot", 2: "'key', 0"}).score == 1


@pytest.mark.parametrize("spelling", ['"key",0', " 'key' , 0 ", "`'key', 0`", "‘key’, 0"])
def test_spaces_quotes_and_backticks_do_not_count(spelling):
    assert grade(TYPED, {1: "dot", 2: spelling}).score == 1


@pytest.mark.parametrize("wrong", ["Dot", "dots", "d ot", "mm"])
def test_letters_count(wrong):
    result = grade(TYPED, {1: wrong, 2: "'key', 0"})
    assert result.score == 0.5
    assert result.sentence == "1 of 2 blanks is right: blank 1 wants `dot`."


def test_spaces_between_words_count():
    assert normalized("not x") != normalized("notx")
    assert normalized("'a b'") != normalized("'ab'")


def test_an_answer_beside_the_accept_list_is_accepted_and_shown_first():
    question = CodeBlank(id="i", section="1", prompt="p", listing="«1»", accept={"1": ("b",)}, answer={"1": "a"})
    assert accepted_code(question, "1") == ("a", "b")
    assert grade(question, {1: "a"}).score == 1


def test_a_number_is_code_too():
    question = CodeBlank(id="i", section="1", prompt="p", listing="«1»", accept={"1": ("768",)})
    assert as_stored(question, {1: 768}) == {"1": "768"}
    assert grade(question, {1: 768}).score == 1


def test_code_that_is_no_text_is_an_error():
    with pytest.raises(ResponseError, match="piece of code"):
        grade(TYPED, {1: ["dot"]})
