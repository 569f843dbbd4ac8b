"""Numbers: exact, within a tolerance, or rounded by the learner."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizbook.bank.questions import Numeric
from quizbook.grading.grade import ResponseError
from quizbook.grading.grader import as_stored, grade


def number(answer, tolerance=0, unit=""):
    return Numeric(id="ch04.n.01", section="4.6", prompt="How many?", answer=answer, tolerance=tolerance, unit=unit)


EXACT = number(2_360_064, unit="parameters")
ROUNDED = number(2_360_064, tolerance="rounded", unit="parameters")


@pytest.mark.parametrize(
    "written",
    [2360064, "2360064", "2_360_064", "2,360,064", "2 360 064", " +2360064 ", "2360064.0", "2360064 parameters"],
)
def test_the_exact_number_is_right_in_every_spelling(written):
    assert grade(EXACT, written).score == 1
    assert grade(ROUNDED, written).score == 1


@pytest.mark.parametrize("written", [2360065, "2360063", "2.36e6", "-2360064", "0"])
def test_any_other_number_is_wrong_without_a_tolerance(written):
    assert grade(EXACT, written).score == 0


@pytest.mark.parametrize(
    "written", ["2.36M", "2.4M", "2.360M", "2.36 m", "2360k", "0.00236B", "2.36e6", "≈2.36M", 2.36e6]
)
def test_a_rounded_number_is_right_to_half_a_unit_of_its_last_digit(written):
    assert grade(ROUNDED, written).score == 1


@pytest.mark.parametrize("written", ["2.37M", "2.35M", "2.361M", "2.3M", "0G", "0.0B", "2.36k", "2.36", "2360000"])
def test_a_number_that_is_rounded_wrongly_is_wrong(written):
    assert grade(ROUNDED, written).score == 0


def test_the_sentence_gives_the_number_with_its_unit():
    assert grade(EXACT, 1).sentence == "Not right: the answer is 2,360,064 parameters."
    assert grade(ROUNDED, "2.36M").sentence == "Right: the exact number is 2,360,064 parameters."


def test_zeros_at_the_end_of_a_whole_number_are_explained():
    assert "7.25M and not 7250000" in grade(ROUNDED, "2360000").sentence
    assert "If you round" not in grade(ROUNDED, "2500000").sentence


def test_a_tolerance_is_absolute_and_includes_its_bound():
    question = number(0.3, tolerance=0.1)
    assert [grade(question, written).score for written in ("0.2", "0.4", 0.4, "0.41", "0.19")] == [1, 1, 1, 0, 0]


def test_a_suffix_where_the_exact_number_is_wanted_is_asked_again():
    with pytest.raises(ResponseError, match="written out, without M"):
        grade(EXACT, "2.36M")


def test_the_unit_comes_before_a_suffix_of_the_same_letter():
    assert grade(number(12, unit="B"), "12 B").score == 1
    assert grade(number(548, unit="MiB"), "548mib").score == 1


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        "many",
        True,
        [1],
        {"a": 1},
        float("nan"),
        float("inf"),
        "nan",
        "1e9999",
        "9" * 500,
        "1,5",
        "12 layers",
        "1__0",
        "1.2.3",
        "--1",
        "2,36,0",
    ],
)
def test_what_is_no_number_is_an_error(written):
    with pytest.raises(ResponseError):
        grade(EXACT, written)


def test_a_number_of_thousands_of_digits_is_an_error():
    with pytest.raises(ResponseError, match="thousands of digits"):
        grade(EXACT, 10**5000)


def test_a_decimal_comma_is_named():
    with pytest.raises(ResponseError, match="decimal point"):
        grade(number(1.5), "1,5")


def test_the_number_is_stored_as_it_was_written():
    assert as_stored(ROUNDED, " 2.36M ") == "2.36M"
    assert as_stored(ROUNDED, 2360064) == "2360064"


@given(st.integers(-(10**30), 10**30), st.integers(-(10**30), 10**30))
def test_whole_numbers_are_exact_whatever_their_size(answer, written):
    assert grade(number(answer), written).score == (answer == written)
    assert grade(number(answer), f"{written:,}").score == (answer == written)
    assert grade(number(answer), f"{answer:_}").score == 1


@given(st.integers(1, 10**12), st.integers(0, 4))
def test_correct_rounding_is_always_right(answer, places):
    for suffix, scale in (("K", 10**3), ("M", 10**6), ("B", 10**9)):
        written = f"{answer / scale:.{places}f}"
        if float(written) != 0:
            assert grade(number(answer, tolerance="rounded"), written + suffix).score == 1
