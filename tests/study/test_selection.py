"""Which questions are asked, and what is said where none fits."""

from pathlib import Path

import pytest

from quizbook.bank.library import load_bank
from quizbook.errors import QuizbookError
from quizbook.study.selection import Selection, select

CHAPTERS = load_bank([Path(__file__).parents[1] / "small_bank"]).chapters


def ids(**wish):
    return [question.id.removeprefix("ch03.q.") for question in select(CHAPTERS, Selection(**wish))]


def test_without_a_wish_everything_comes_in_the_order_of_the_bank():
    assert ids() == [str(number) for number in range(901, 911)]


@pytest.mark.parametrize("chapter", ["3", "ch03", "Chapter 3", " 03 "])
def test_a_chapter_has_many_names(chapter):
    assert len(ids(chapter=chapter)) == 10


def test_sections_and_kinds_narrow_the_choice():
    assert ids(section="3.98") == ["901", "902"]
    assert ids(section="3.99", kind="code-blank") == ["905", "906"]
    assert ids(section="3") == ids()


def test_a_count_draws_a_sample_that_the_seed_repeats():
    assert ids(count=4, seed=1) == ids(count=4, seed=1)
    assert len(set(ids(count=4, seed=1))) == 4
    assert len({tuple(ids(count=4, seed=seed)) for seed in range(10)}) > 5


def test_a_larger_count_than_there_are_questions_asks_them_all():
    assert sorted(ids(count=500, seed=1)) == ids()


def test_a_pretest_leaves_short_answers_out():
    assert "908" not in ids(graded_only=True)


def test_a_posttest_asks_only_what_was_answered_before_in_the_order_of_the_bank():
    pretested = frozenset({"ch03.q.907", "ch03.q.901", "gone"})
    assert ids(pretested=pretested) == ["901", "907"]
    assert ids(pretested=pretested, section="3.99") == ["907"]
    assert ids(pretested=pretested, count=1, seed=3) in (["901"], ["907"])


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"pretested": frozenset()}, "^Nothing was answered in a pretest, .*: `quizbook quiz --pretest`.$"),
        ({"pretested": frozenset({"ch03.q.901"}), "section": "3.99"}, "Nothing of section 3.99 was .* --section 3.99`"),
        ({"chapter": "9"}, "no chapter '9'. Chapters: 3"),
        ({"section": "3.9"}, "Sections: 3.98, 3.99. Did you mean 3.9[89]"),
        ({"kind": "matchin"}, "Did you mean matching"),
        ({"count": 0}, "at least one question"),
        ({"section": "3.98", "kind": "matching"}, "Kinds there: multiple_choice"),
        ({"kind": "short_answer", "graded_only": True}, "left out of a pretest"),
    ],
)
def test_what_does_not_exist_is_answered_with_what_does(wish, said):
    with pytest.raises(QuizbookError, match=said) as caught:
        ids(**wish)
    assert caught.value.exit_code == 2


def test_an_empty_bank_is_said_to_be_empty():
    with pytest.raises(QuizbookError, match="no questions here yet"):
        select((), Selection())
