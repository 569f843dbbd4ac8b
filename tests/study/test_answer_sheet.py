"""A sheet of answers is read as it was written, whatever YAML thinks of it, and graded entry by entry."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizbook.bank.library import load_bank
from quizbook.errors import QuizbookError
from quizbook.study.answer_sheet import grade_sheet, read_sheet

BANK = load_bank([Path(__file__).parents[1] / "small_bank"])


def read(text, name="answers.yaml"):
    return read_sheet(text.encode() if isinstance(text, str) else text, name)


def entry(id_, response):
    (graded,) = grade_sheet(BANK, {id_: response})
    return graded


@pytest.mark.parametrize(
    "written", ["012", "no", "2_360_064", "2.50", "1:30", "2024-01-01", "1e3", "0x1F", "y", "True"]
)
def test_every_scalar_stays_what_was_written(written):
    assert read(f"id: {written}") == {"id": written}


@pytest.mark.parametrize("written", ["012", "2.50", "2.36e6", "1" * 5000])
def test_numbers_in_json_keep_their_digits(written):
    if written[0] != "0":
        assert read(f'{{"id": {written}}}', "answers.json") == {"id": written}


def test_lists_and_mappings_come_as_they_are():
    text = "a: [c, b]\nb: {1: c, 2: a}\nc:\n  text: |\n    two\n    lines\n  ticked: [1]\nd: ~\n"
    expected = {"a": ["c", "b"], "b": {"1": "c", "2": "a"}, "c": {"text": "two\nlines\n", "ticked": ["1"]}, "d": None}
    assert read(text) == expected


def test_stdin_may_hold_json_or_yaml():
    assert read('{"a": "b"}', "stdin") == read("a: b", "stdin") == read("{a: b}", "stdin") == {"a": "b"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        (" \n\t\n", "is empty"),
        ("# nothing\n", "is empty|holds"),
        ("{}", "no answers"),
        ("- a\n- b\n", "map ids to responses"),
        ("just text", "map ids to responses"),
        (b"a: \xff\n", "not UTF-8"),
        ("a: b\na: c\n", "line 2.*'a' is given twice"),
        ("a: {1: b, 1: c}\n", "'1' is given twice"),
        ("a: !!python/object/apply:os.system [ls]\n", "not allowed here"),
        ("a: [b\n", "line"),
        ("a: b: c\n", "line 1"),
        ("? [a]\n: b\n", "cannot be a key"),
        ("[" * 100_000, "nested"),
        ("a: &x [*x]\n", "repeat"),
        ("a: " + "x" * 9_000_000, "larger than 8 MB"),
    ],
)
def test_a_sheet_that_cannot_be_read_is_explained(text, said):
    with pytest.raises(QuizbookError, match=said) as caught:
        read(text)
    assert caught.value.exit_code == 2


def test_an_alias_bomb_does_not_go_off():
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    with pytest.raises(QuizbookError, match="repeat too much"):
        read("\n".join(lines))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a": 1, "a": 2}', "'a' is given twice"),
        ('{"a": }', "line 1"),
        ('{"a": "b"', "not JSON"),
        ("[" * 100_000, "deeply"),
    ],
)
def test_json_that_cannot_be_read_is_explained(text, said):
    with pytest.raises(QuizbookError, match=said):
        read(text, "answers.json")


def test_an_unknown_id_is_answered_with_the_nearest():
    assert "Did you mean ch03.q.901" in entry("ch03.q.9011", "a").error


def test_one_bad_entry_hinders_no_other():
    graded = grade_sheet(BANK, {"ch03.q.901": "z", "nope": "a", "ch03.q.902": ["a", "c"]})
    assert [bool(one.error) for one in graded] == [True, True, False]
    assert graded[2].grade.score == 1


def test_a_response_may_come_with_a_confidence():
    graded = entry("ch03.q.901", {"response": "a", "confidence": "sure"})
    assert (graded.grade.score, graded.confidence) == (1, "sure")


@pytest.mark.parametrize(
    "wrapper",
    [
        {"response": "a", "confidence": "very"},
        {"response": "a", "mood": "good"},
        {"response": "a", "confidence": ["sure"]},
    ],
)
def test_a_confidence_that_does_not_exist_is_an_error_of_its_entry(wrapper):
    assert entry("ch03.q.901", wrapper).error


def test_a_short_answer_is_open_until_it_is_ticked():
    assert entry("ch03.q.908", "text").grade.score is None
    assert entry("ch03.q.908", {"text": "t", "ticked": ["1"]}).grade.score == 0.5


@given(st.binary(max_size=80))
def test_no_bytes_whatever_end_in_anything_but_a_sheet_or_a_sentence(data):
    for name in ("answers.yaml", "answers.json", "stdin"):
        try:
            grade_sheet(BANK, read_sheet(data, name))
        except QuizbookError as sentence:
            said = str(sentence)
        else:
            said = "graded"
        assert said
