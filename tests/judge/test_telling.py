"""A verdict in words: it fits the screen, says nothing twice, and is coloured only where somebody asked for it."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizbook.judge.exercise import Exercise
from quizbook.judge.telling import MOST_PRINTED_LINES, tell
from quizbook.judge.verdict import CheckResult, Outcome, Verdict

EXERCISE = Exercise(
    id="3.1",
    title="From nn.Linear to bare matrices",
    task="",
    folder=Path("/nowhere"),
    entry_points={},
    hints=(),
    see=("reference.attention.SelfAttention_v1", "reference.attention.SelfAttention_v2"),
)
WORDS = st.text("abcdefgh ijklmnop.,:-", min_size=1, max_size=160)
CHECKS = st.builds(
    CheckResult,
    name=st.just("test_a"),
    title=WORDS,
    outcome=st.sampled_from(["passed", "failed", "skipped", "error"]),
    points=st.sampled_from([1.0, 0.5, 12.0]),
    score=st.just(0.0),
    message=st.one_of(st.just(""), st.lists(WORDS, max_size=4).map("\n".join)),
)


def check(outcome: Outcome, message: str = "", title: str = "Both modules agree.", points: float = 1.0) -> CheckResult:
    return CheckResult("test_a", title, outcome, points, points if outcome == "passed" else 0.0, message)


def verdict(
    *checks: CheckResult, output: str = "", notes: tuple[str, ...] = (), wall: str = "full", seed: int = 7
) -> Verdict:
    return Verdict("3.1", "/home/anna/mine.py", seed, wall, 0.083, checks, output, notes)


def columns(line: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in line)


def told(made: Verdict, width: int = 80, colour: bool = False) -> list[str]:
    text = tell(made, EXERCISE, width, colour)
    assert text.endswith("\n")
    return text.splitlines()


# -- width -------------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=50)
@given(
    checks=st.lists(CHECKS, min_size=1, max_size=4),
    output=st.lists(WORDS, max_size=20).map("\n".join),
    notes=st.lists(WORDS, max_size=2).map(tuple),
    wall=st.sampled_from(["full", "reduced (missing: files, syscalls, withheld)", "none"]),
    seed=st.integers(0, 2**31),
    width=st.sampled_from([30, 40, 60, 80]),
)
def test_every_line_fits_the_screen(
    checks: list[CheckResult], output: str, notes: tuple[str, ...], wall: str, seed: int, width: int
) -> None:
    lines = told(verdict(*checks, output=output, notes=notes, wall=wall, seed=seed), width)
    assert [line for line in lines if len(line) > width] == []


@pytest.mark.parametrize("width", [40, 80])
def test_a_verdict_of_every_kind_fits(width: int) -> None:
    lines = told(
        verdict(
            check("passed", "The target shares its storage with the source: a change of one changes the other."),
            check("failed", f"{'W_query ' * 30}\nexpected: {'0.125 ' * 30}\ngot:      {'0.25 ' * 30}"),
            check("failed", "x" * 300, title="y" * 120),
            check("skipped", "first comes: something"),
            output="z" * 500,
        ),
        width,
    )
    assert max(map(len, lines)) <= width


def test_characters_of_two_columns_are_counted_as_two() -> None:
    lines = told(verdict(check("failed", "注意" * 60), output="注意" * 60))
    assert max(map(columns, lines)) <= 80


def test_a_tab_does_not_push_a_line_over_the_edge() -> None:
    lines = told(verdict(check("failed", "a"), output="\t" * 40 + "x"))
    assert max(columns(line.expandtabs(8)) for line in lines) <= 80


def test_a_screen_that_is_too_narrow_gets_thirty_columns() -> None:
    made = verdict(check("failed", "No."))
    assert told(made, 3) == told(made, 30)


# -- colour ------------------------------------------------------------------------------------------------------------


EVERYTHING = verdict(
    check("passed"), check("failed", "No."), check("skipped", "first"), check("error", "broke"), output="printed\n"
)


def test_there_is_no_escape_unless_it_is_asked_for() -> None:
    assert "\x1b" not in tell(EVERYTHING, EXERCISE, 80, False)


def test_colour_changes_no_word() -> None:
    coloured = tell(EVERYTHING, EXERCISE, 80, True)
    assert "\x1b[31m✗\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == tell(EVERYTHING, EXERCISE, 80, False)


def test_every_colour_ends_in_its_line() -> None:
    for line in tell(EVERYTHING, EXERCISE, 80, True).splitlines():
        assert line.count("\x1b[0m") == line.count("\x1b[") / 2


# -- what is said ------------------------------------------------------------------------------------------------------


def test_a_verdict_that_passes_says_so_and_how_it_was_reached() -> None:
    lines = told(verdict(check("passed"), check("passed", points=2)))
    assert lines[0] == "3.1 From nn.Linear to bare matrices"
    assert re.fullmatch(r"✓ Both modules agree\. +1/1", lines[2])
    assert "Passed: 3 of 3 points" in lines
    assert lines[-1] == "seed 7, wall full, 0.08 s"


def test_a_verdict_that_does_not_says_what_to_do_next() -> None:
    lines = told(verdict(check("passed"), check("failed", "No.", points=0.5)))
    assert "Not yet: 1 of 1.5 points" in lines
    text = " ".join(lines)
    assert "`quizbook hint 3.1`" in text
    assert "`quizbook check 3.1 --seed 7`" in text
    assert "reference.attention.SelfAttention_v2" in text


def test_points_stand_in_one_column() -> None:
    lines = told(verdict(check("passed"), check("passed", title="Short."), check("failed", title="w " * 60)))
    ends = {line.index("/") for line in lines if re.search(r" \d+/\d+$", line)}
    assert len(ends) == 1


def test_a_message_stands_under_its_check_line_by_line() -> None:
    lines = told(verdict(check("failed", "W_key was copied without transposing.\nexpected: 1\ngot:      2")))
    assert lines[3:6] == ["    W_key was copied without transposing.", "    expected: 1", "    got:      2"]


def test_a_message_that_repeats_itself_is_said_once() -> None:
    lines = told(verdict(*(check("failed", "It is not written yet.") for _ in range(4)), check("failed", "Another.")))
    text = "\n".join(lines)
    assert text.count("It is not written yet.") == 1
    assert text.count("    as above") == 3
    assert text.count("Another.") == 1


def test_a_check_without_a_message_is_not_as_another_one() -> None:
    assert "as above" not in "\n".join(told(verdict(check("passed"), check("passed"))))


def test_a_check_that_cannot_run_here_says_why() -> None:
    made = verdict(check("skipped", "needs TensorFlow: pip install it"), check("skipped", "first comes: something"))
    shown = tell(made, EXERCISE, 80, False)
    assert "needs TensorFlow: pip install it" in shown
    assert "first comes" not in shown


def test_a_check_that_waits_for_another_is_one_line() -> None:
    made = verdict(check("failed", "No."), *(check("skipped", "first comes: Both modules agree.") for _ in range(3)))
    lines = told(made)
    assert [line for line in lines if line.startswith("–")] == [line for line in lines if "Both" in line][1:]
    assert len([line for line in lines if line.startswith("–")]) == 3
    assert "first comes" not in "\n".join(lines)


def test_what_the_code_printed_is_shown_and_marked_as_such_and_cut() -> None:
    printed = "".join(f"Passed: {n} of 7 points\n" for n in range(MOST_PRINTED_LINES + 8))
    lines = told(verdict(check("failed", "No."), output=printed))
    assert sum(line.startswith("  | Passed") for line in lines) == MOST_PRINTED_LINES
    assert "  | ... and 8 lines more" in lines
    assert not any(line.startswith("Passed") for line in lines)


def test_what_is_printed_without_a_word_is_not_shown() -> None:
    assert "printed" not in "\n".join(told(verdict(check("passed"), output=" \n\n")))


def test_notes_and_a_wall_that_is_not_whole_are_said() -> None:
    lines = told(
        verdict(check("passed"), notes=("left out of the notebook: %time",), wall="reduced (missing: withheld)")
    )
    assert "note: left out of the notebook: %time" in lines
    assert "seed 7, wall reduced (missing: withheld), 0.08 s" in lines
