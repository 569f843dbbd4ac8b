"""Keys that people write in other spellings, and what they are told when a key does not exist."""

import pytest

from quizbook.grading.grade import ResponseError
from quizbook.grading.keys import find_key, read_pairs, shown


@pytest.mark.parametrize("given", ["1", 1, " 1 ", "(1)", "1.", "①", "«1»", "[1]"])
def test_every_usual_spelling_of_a_place_names_it(given):
    assert find_key(given, ["1", "2"], "place") == "1"


def test_the_case_of_a_letter_is_forgiven():
    assert find_key("B", ["a", "b"], "option") == "b"


def test_the_case_of_a_letter_counts_where_both_cases_are_keys():
    assert find_key("B", ["b", "B"], "option") == "B"


@pytest.mark.parametrize("given", [True, None, 1.0, ["a"], {"a": 1}, "", "z", 7])
def test_what_is_no_key_is_answered_with_the_keys_there_are(given):
    with pytest.raises(ResponseError, match="write a, b or c"):
        find_key(given, ["a", "b", "c"], "option")


def test_a_number_of_thousands_of_digits_is_refused_like_any_other():
    with pytest.raises(ResponseError, match="thousands of digits"):
        find_key(10**5000, ["a"], "option")


def test_the_nearest_key_is_named():
    with pytest.raises(ResponseError, match="Did you mean softmax"):
        find_key("sofmax", ["softmax", "dropout"], "term")


def test_a_huge_value_is_cut_in_the_message():
    assert len(shown(["x" * 10_000] * 10_000)) < 400


def test_pairs_come_back_in_the_order_of_the_places():
    given = {2: "B", "1": "a", 3: None}
    assert list(read_pairs(given, ["1", "2", "3"], ["a", "b"], place="place", value="label").items()) == [
        ("1", "a"),
        ("2", "b"),
    ]


@pytest.mark.parametrize("given", [{}, {1: None}, {1: " "}, None, "1a", ["a"], {1: "a", "1": "b"}, {9: "a"}, {1: "z"}])
def test_what_is_no_set_of_pairs_is_refused(given):
    with pytest.raises(ResponseError):
        read_pairs(given, ["1", "2"], ["a", "b"], place="place", value="label")
