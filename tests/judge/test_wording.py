"""No text of a stranger does anything to a terminal, a report or a line but be read."""

from __future__ import annotations

import unicodedata
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizbook.judge.wording import clean

anything = st.text(st.characters(), max_size=200) | st.text(
    st.sampled_from(
        "\x00\x07\x08\t\n\r\x0b\x0c\x1b[]\x7f\x85\x9b\u200e\u202e\u2028\u2066\ufeff\ufffe\uffff\ud800\U000e0001ab "
    )
)


@given(anything, st.booleans())
def test_nothing_of_it_moves_colours_or_reverses(text, lines):
    cleaned = clean(text, lines=lines)
    assert not any(unicodedata.category(c) in ("Cf", "Cs", "Zl", "Zp", "Co", "Cn") for c in cleaned)
    assert {c for c in cleaned if unicodedata.category(c) == "Cc"} <= ({"\n", "\t"} if lines else set())


@given(anything)
def test_one_line_stays_one_line(text):
    assert len(clean(text).splitlines()) <= 1


@given(anything)
def test_its_lines_are_those_that_a_line_feed_makes(text):
    assert clean(text, lines=True).splitlines() == clean(text, lines=True).removesuffix("\n").split("\n") or not text


@given(anything)
def test_it_is_fit_for_utf_8_and_for_xml(text):
    element = ElementTree.Element("a")
    element.text = clean(text, lines=True)
    document = ElementTree.tostring(element, encoding="utf-8")
    assert ElementTree.fromstring(document).text in (element.text, None)


@given(anything, st.integers(0, 50))
def test_it_is_no_longer_than_the_limit_and_says_that_it_was_cut(text, limit):
    cleaned = clean(text, limit=limit)
    assert len(cleaned) <= limit + len(" ...")
    assert cleaned.endswith(" ...") or len(text) <= limit


@given(anything, st.booleans())
def test_cleaning_twice_is_cleaning_once(text, lines):
    once = clean(text, lines=lines)
    assert clean(once, lines=lines) == once


@pytest.mark.parametrize(
    "text",
    [
        "W_query was copied without transposing",
        "Jörg, naïve, 你好, Привет, שלום, 🙂, ×, –, ①",
        "x @ W.T <b> & 'c' \"d\"",
    ],
)
def test_ordinary_words_stay_as_they_are(text):
    assert clean(text) == text
