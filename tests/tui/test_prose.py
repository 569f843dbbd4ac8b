"""Markdown and listings as text for the screen; keys at the foot that fit."""

from hypothesis import given, settings
from hypothesis import strategies as st

from quizbook.tui.hint_bar import fitting, key_hint
from quizbook.tui.prose import inline, listing, prose


def styled(content):
    return {content.plain[span.start : span.end] for span in content.spans}


def test_inline_marks_are_styled_and_gone():
    content = inline("Say `a*b*c`, **twice** and *softly*.")
    assert content.plain == "Say a*b*c, twice and softly."
    assert styled(content) == {"a*b*c", "twice", "softly"}


def test_arithmetic_and_markup_stay_what_they_are():
    for text in ("2*3*4 and 2 ** 3 ** 4", "[bold]x[/bold] and [3]", "a_b_c", "x[0]"):
        assert inline(text).plain == text


def test_blocks_keep_their_lines_and_paragraphs_are_joined():
    text = "one\ntwo\n\n- first\n- second\n\n```\nx = [1]\n\ty\n```"
    assert prose(text).plain == "one two\n\n• first\n• second\n\n  x = [1]\n      y"


def test_a_listing_shows_its_fills_and_its_marks_can_be_clicked():
    content = listing("def f(x):\n\treturn «1»(x, «2»)\n", fills={"1": "sum"}, on="2")
    assert content.plain == "def f(x):\n    return «1 sum»(x, «2»)"
    places = {span.style.meta["place"] for span in content.spans if not isinstance(span.style, str) and span.style.meta}
    assert places == {"1", "2"}
    assert any(isinstance(span.style, str) and "reverse" in span.style for span in content.spans)


@settings(deadline=None)
@given(st.text())
def test_any_text_can_be_shown(text):
    prose(text)
    listing(text, python=False)


HINTS = [key_hint(key, words) for key, words in (("h", "hint"), ("s", "skip"), ("u", "undo"), ("x", "flag"))]
LAST = [key_hint("question_mark", "keys"), key_hint("escape", "leave")]


def said(laid):
    return [[hint.words for hint in line] for line in laid]


def test_all_keys_stand_on_one_line_where_they_fit():
    assert said(fitting([*HINTS, *LAST], 80, 1)) == [["hint", "skip", "undo", "flag", "keys", "leave"]]


def test_where_they_do_not_the_help_and_the_way_out_stay():
    assert said(fitting([*HINTS, *LAST], 30, 1)) == [["hint", "keys", "leave"]]
    assert said(fitting([*HINTS, *LAST], 16, 2)) == [["hint", "keys"], ["leave"]]
