"""Charts of text keep to their width and say in characters what the figures are."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_log import attempt, figures_of, logs

from quizbook.study import charts
from quizbook.study.events import Attempt
from quizbook.study.gain import Gain
from quizbook.study.glyphs import bar, change, columns, in_encoding, interval, scale, stacked

WIDTHS = st.integers(1, 200)


@settings(deadline=None, max_examples=50)
@given(logs(), WIDTHS)
def test_no_line_is_wider_than_asked_for_from_36_to_100_columns(attempts: list[Attempt], width: int) -> None:
    lines = charts.progress_lines(figures_of(*attempts), width)
    assert max(map(len, lines)) <= min(100, max(36, width))
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize("width", [36, 40, 80, 100])
def test_many_answers_fit_as_well(width: int) -> None:
    days = [attempt("abcde"[at % 5], days=at / 40, confidence="sure", seconds=500.0) for at in range(2000)]
    many = [attempt("b", days=at, mode="pretest") for at in (0, 1)] + [
        attempt("c", days=0.5 + at / 2000) for at in range(1500)
    ]
    lines = charts.progress_lines(figures_of(*sorted([*days, *many], key=lambda one: one.at)), width)
    assert max(map(len, lines)) <= width


def test_before_the_first_answer_it_says_how_to_begin() -> None:
    assert charts.progress_lines(figures_of(), 80) == ["Nothing is answered yet. `quizbook quiz --chapter 1` begins."]


def test_the_head_counts_answers_items_and_days_in_a_row() -> None:
    told = figures_of(attempt(), attempt("b", days=1), attempt("a", days=2))
    assert charts.head_lines(told, 80) == ["3 answers on 2 items; 0 due today, 3 days in a row."]


# -- the heat map ------------------------------------------------------------------------------------------------------


def test_a_day_of_the_heat_map_is_in_its_week_and_on_its_line() -> None:
    told = figures_of(attempt(days=-6), *(attempt(days=2.0) for _ in range(9)))  # a Tuesday, then a Wednesday
    _, _, *week, legend = charts.heat_map_lines(told, 80)
    assert [line[:3].strip() for line in week] == ["Mon", "", "Wed", "", "Fri", "", "Sun"]
    assert [line[-2:] for line in week[:3]] == ["··", "░·", "·▒"]
    assert [line[-1] for line in week[3:]] == ["·"] * 4  # this week's days to come are left out
    assert len(week[0]) == 4 + 53
    assert legend == "    · 0  ░ 1–8  ▒ 9+"


def test_levels_of_the_heat_map_say_which_numbers_they_are() -> None:
    assert charts.heat_steps((1, 5, 6, 10)) == ["0", "1–4", "5", "6–9", "10+"]
    assert charts.heat_steps((1,)) == ["0", "1+"]
    assert [charts.heat_level(count, (1, 5)) for count in (0, 1, 4, 5, 99)] == [0, 1, 1, 2, 2]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(1, 300), min_size=1, max_size=60))
def test_at_most_four_levels_of_the_heat_map_cover_every_day(counts: list[int]) -> None:
    days = {date(2026, 1, 1) + timedelta(days=at): charts.Day(count) for at, count in enumerate(counts)}
    limits = charts.heat_limits(days)
    assert limits[0] == 1
    assert len(limits) <= 4
    assert all(1 <= charts.heat_level(count, limits) <= 4 for count in counts)


# -- the others --------------------------------------------------------------------------------------------------------


def test_the_forecast_shows_the_highest_day_and_names_the_first() -> None:
    told = figures_of(attempt(), attempt("b", 0.0), days=100)
    lines = charts.forecast_lines(told, 80)
    assert lines[0] == "Coming due: 2 in 30 days, 2 of them today"
    assert lines[1] == "   2 █"
    assert lines[-1].split()[:2] == ["10", "Jun"]


def test_calibration_shows_where_each_level_lies() -> None:
    answers = [attempt(confidence="sure") for _ in range(20)] + [
        attempt(score=0.0, confidence="guess") for _ in range(20)
    ]
    head, guess, sure, below = charts.calibration_lines(figures_of(*answers), 60)
    assert head == "How sure, and how right"
    assert guess.startswith("guess    ●──")
    assert guess.endswith("    0 %  of 20")
    assert sure.endswith("──●  100 %  of 20")
    assert below.split() == ["0", "50", "100", "%"]


def test_calibration_is_left_out_where_nobody_said_how_sure() -> None:
    assert charts.calibration_lines(figures_of(attempt()), 80) == []


def test_a_chapter_shows_its_parts_by_characters_and_numbers() -> None:
    mature = [attempt(days=days) for days in (0, 3, 14, 60)]
    lines = charts.mastery_lines(figures_of(*mature, attempt("b", days=60), attempt("c", None, days=60)), 60)
    two, ten = lines[1], lines[2]
    assert two.startswith("2   ████")
    assert [two.count(character) for character in "█▒░·"] == [13, 12, 12, 0]
    assert two.split()[-2:] == ["100", "%"]
    assert "3/3" in two
    assert set(ten.split()[1]) == {"·"}
    assert lines[-1] == "█ mature ▒ learning ░ answered · new"


@settings(deadline=None, max_examples=50)
@given(logs())
def test_the_parts_of_a_chapter_add_up_to_its_items(attempts: list[Attempt]) -> None:
    for one in figures_of(*attempts).chapters:
        parts = charts.parts_of(one)
        assert sum(parts) == one.items
        assert min(parts) >= 0


def test_a_gain_is_a_way_from_before_to_after() -> None:
    told = figures_of(attempt(score=0.5, mode="pretest"), attempt(score=0.75, days=1))
    head, _, whole, section = charts.gain_lines(told, 80)
    assert head == "Before (○) and after (●) reading"
    assert whole.startswith("ch. 2")
    assert "○──" in whole
    assert whole.endswith("50 % →  75 %   0.50    1")
    assert section.startswith("2.1 ")


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [(0.5, 0.75, "0.50"), (1.0, 1.0, "full"), (1.0, 0.5, "loss"), (0.5, 0.25, "loss"), (0.0, 0.0, "0.00")],
)
def test_a_gain_in_a_word(before: float, after: float, word: str) -> None:
    assert charts.gain_word(Gain("x", 1, before, after)) == word


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 min"), (10, "under 1 min"), (100, "2 min"), (3600, "1 h 00 min"), (7_500, "2 h 05 min")],
)
def test_a_time_in_words(seconds: float, words: str) -> None:
    assert charts.duration(seconds) == words


# -- strokes -----------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=50)
@given(st.floats(0, 1), st.floats(0, 1), st.integers(2, 90))
def test_every_scale_is_as_wide_as_asked(one: float, other: float, width: int) -> None:
    low, high = sorted((one, other))
    assert len(bar(one, width)) == width
    assert len(change(one, other, width)) == width
    assert len(interval(low, high, (low + high) / 2, width, one)) == width
    assert interval(low, high, (low + high) / 2, width, one).count("●") == 1
    assert len(scale(width)) == width or width < 5


def test_a_bar_is_exact_to_an_eighth_and_what_is_there_shows() -> None:
    assert bar(0.5, 4) == "██  "
    assert bar(0.53125, 4) == "██▏ "
    assert bar(0.0001, 4) == "▏   "
    assert bar(0.0, 4) == "    "


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(0, 500), min_size=4, max_size=4), st.integers(4, 80))
def test_a_stacked_bar_shows_all_that_is_there_and_nothing_else(counts: list[int], width: int) -> None:
    drawn = stacked(list(zip(counts, "abcd", strict=True)), width)
    assert len(drawn) == width
    assert set(drawn) == {letter for count, letter in zip(counts, "abcd", strict=True) if count} or not any(counts)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(0, 1000), min_size=1, max_size=40), st.integers(1, 8), st.integers(1, 2))
def test_upright_bars_are_as_high_as_their_values(values: list[float], height: int, wide: int) -> None:
    lines = columns(values, height, wide)
    assert len(lines) == height
    tall = [sum(line.ljust(at * wide + 1)[at * wide] != " " for line in lines) for at in range(len(values))]
    assert [one > 0 for one in tall] == [value > 0 for value in values]
    assert max(values) == 0 or max(tall) == height
    ordered = [height for _, height in sorted(zip(values, tall, strict=True))]
    assert ordered == sorted(ordered)


def test_a_terminal_without_block_characters_gets_others() -> None:
    lines = ["█▏▁░▒·●○─┊┼→–"]
    assert in_encoding(lines, "utf-8") == lines
    (plain,) = in_encoding(lines, "ascii")
    assert plain.isascii()
    assert len(plain) == len(lines[0]) + 1  # the arrow takes two
