"""What people type is read in every usual way, and a wrong form is answered with the right one."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizbook.bank.library import load_bank
from quizbook.grading.grade import ResponseError
from quizbook.grading.grader import grade
from quizbook.study.presentation import present
from quizbook.study.typed import read_ticks, read_typed, takes_lines, wanted

BANK = load_bank([Path(__file__).parents[1] / "small_bank"])


def on_screen(number, seed=3):
    return present(BANK.by_id(f"ch03.q.{number}"), seed)


def letters(shown, keys):
    return [shown.choice(key).label for key in keys]


@pytest.mark.parametrize("form", ["{a}", " {a} ", "{A}", "{a}.", "({a})"])
def test_one_letter_picks_its_option(form):
    shown = on_screen(901)
    (a,) = letters(shown, "a")
    assert read_typed(shown, form.format(a=a, A=a.upper())).response == "a"


@pytest.mark.parametrize("form", ["{a} {c}", "{c}{a}", "{a},{c}", "{a}, {c}", "{a} and {c}", "{A};{c}"])
def test_several_letters_pick_several_options(form):
    shown = on_screen(902)
    a, c = letters(shown, "ac")
    assert read_typed(shown, form.format(a=a, c=c, A=a.upper())).response == ["a", "c"]


@pytest.mark.parametrize(
    "form", ["1{a} 2{b} 3{c}", "1{a}2{b}3{c}", "3:{c}, 1:{a}, 2:{b}", "1={a} 2 {b} 3-{c}", "{a} {b} {c}", "{a}{b}{c}"]
)
def test_pairs_are_read_by_number_or_in_order(form):
    shown = on_screen(903)
    a, b, c = letters(shown, "abc")
    assert read_typed(shown, form.format(a=a, b=b, c=c)).response == {"1": "a", "2": "b", "3": "c"}


@pytest.mark.parametrize("form", ["{b} {c} {d}", "{b}{c}{d}", "{b}, {c}, {d}", "{b} > {c} > {d}"])
def test_an_order_is_typed_without_the_given_steps(form):
    shown = on_screen(904)
    b, c, d = letters(shown, "bcd")
    response = read_typed(shown, form.format(b=b, c=c, d=d)).response
    assert grade(shown.question, response).score == 1


def test_a_trailing_mark_says_how_sure_one_is():
    shown = on_screen(901)
    assert [read_typed(shown, text).confidence for text in ("a", "a!", "a ?")] == [None, "sure", "guess"]


def test_typed_code_is_read_line_by_line_or_by_number():
    shown = on_screen(906)
    expected = {"1": "import", "2": "ones"}
    for text in ("import\nones", "1: import\n2: ones", "2) ones\n1) import", "«1» import\n«2» ones"):
        assert read_typed(shown, text).response == expected


def test_a_text_kind_keeps_its_question_and_exclamation_marks():
    assert read_typed(on_screen(909), "2\n[3]!").response == "2\n[3]!"
    assert read_typed(on_screen(908), "Why not?").response == {"text": "Why not?"}


@pytest.mark.parametrize(
    ("number", "text", "said"),
    [
        (901, "", "Type one letter, a to c"),
        (901, "!", "one letter"),
        (901, "d", "There is no 'd', only a to c"),
        (901, "ab", "Only one option is right"),
        (901, "1", "There is no '1'"),
        (902, "aa", "twice"),
        (903, "ab", "3 letters are wanted and 2 came"),
        (903, "1a 2b", "No letter came for 3"),
        (903, "1a 2b 2c", "2 came twice"),
        (903, "1a 2b 4c", "There is no 4"),
        (903, "1a 2b 3", "Each number wants one letter"),
        (903, "1a 2b 3z", "There is no 'z'"),
        (904, "ab", "c did not come"),
        (904, "aab", "a came more than once"),
        (906, "import", "2 blanks want 2 lines and 1 came"),
        (910, "many", "A number is wanted in entries"),
    ],
)
def test_a_wrong_form_is_answered_with_what_is_wanted(number, text, said):
    with pytest.raises(ResponseError, match=said):
        read_typed(on_screen(number), text)


@pytest.mark.parametrize("question", BANK.questions, ids=lambda question: question.id)
@given(text=st.text(max_size=20) | st.text(alphabet="abcd1234 ,!?", max_size=12))
def test_whatever_is_typed_is_graded_or_answered_with_a_sentence(question, text):
    shown = present(question, 1)
    try:
        response = read_typed(shown, text).response
    except ResponseError as error:
        said = str(error)
    else:
        said = grade(question, response).sentence
    assert said.endswith((".", "?"))


@pytest.mark.parametrize("question", BANK.questions, ids=lambda question: question.id)
def test_every_kind_says_what_it_wants(question):
    assert wanted(present(question, 1))


def test_only_answers_that_may_be_long_take_several_lines():
    assert [number for number in range(901, 911) if takes_lines(on_screen(number))] == [906, 908, 909]


@pytest.mark.parametrize(
    ("line", "ticks"),
    [("1", [1]), ("2 1", [1, 2]), ("12", [1, 2]), ("1, 2", [1, 2]), ("all", [1, 2]), ("None", []), ("0", [])],
)
def test_ticks_are_numbers_all_or_none(line, ticks):
    assert read_ticks(BANK.by_id("ch03.q.908"), line) == ticks


@pytest.mark.parametrize("line", ["", "3", "yes", "1 x", "-"])
def test_other_ticks_are_refused(line):
    with pytest.raises(ResponseError):
        read_ticks(BANK.by_id("ch03.q.908"), line)
