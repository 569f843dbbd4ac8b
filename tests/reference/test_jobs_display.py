"""What a long job shows: its pace, the bar on a terminal, and plain lines elsewhere."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.jobs.display import Tick, harmless, is_rich, shown
from reference.jobs.pace import WINDOW, Pace, clock, rate


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


# -- the pace ----------------------------------------------------------------------------------------------------------


@given(st.floats(0.01, 100), st.integers(1, 50), st.integers(1, 10_000), st.integers(0, 1000))
def test_at_a_steady_pace_the_rate_and_the_time_left_are_exact(
    seconds: float, steps: int, amount: int, earlier: int
) -> None:
    pace = Pace(total=earlier + 2 * steps)
    for step in range(steps + 1):
        pace.mark(7 + step * seconds, earlier + step, (earlier + step) * amount)
    assert pace.per_second == pytest.approx(amount / seconds)
    assert pace.seconds_left == pytest.approx(steps * seconds)


def test_what_an_earlier_run_did_is_in_no_pace() -> None:
    pace = Pace(total=1000)
    pace.mark(0, 900, 900_000)
    assert pace.per_second is None
    assert pace.seconds_left is None
    pace.mark(2, 901, 901_000)
    assert pace.per_second == 500


def test_a_job_that_has_become_slow_is_told_as_slow_after_half_a_minute() -> None:
    pace = Pace(total=10_000)
    for second in range(100):
        pace.mark(second, second * 10, second * 10)
    for second in range(100, 100 + int(WINDOW) + 2):
        pace.mark(second, 1000 + second, 1000 + second)
    assert pace.per_second == pytest.approx(1, rel=0.5)
    assert len(pace.marks) <= WINDOW + 2


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "--:--"), (0.4, "0:00"), (7, "0:07"), (754, "12:34"), (12345, "3:25:45")]
)
def test_durations_are_read_at_a_glance(seconds: float | None, text: str) -> None:
    assert clock(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(None, "--"), (0.1234, "0.123"), (7.456, "7.46"), (99.96, "100"), (123.4, "123"), (12345.6, "12,300")],
)
def test_rates_have_three_digits_that_count(number: float | None, text: str) -> None:
    assert rate(number) == text


# -- what is shown -----------------------------------------------------------------------------------------------------


def test_without_a_terminal_there_is_a_line_for_the_first_and_the_last_step_but_not_for_all() -> None:
    stream = io.StringIO()
    with shown("training", 500, "tokens", stream=stream) as display:
        for step in range(1, 501):
            display.tick(Tick(step, step * 32, f"loss {1 / step:.3f}"))
        display.say("epoch 1: Hello")
    lines = stream.getvalue().splitlines()
    assert lines[0].startswith("training 1 of 500, loss 1.000, ")
    assert "tokens/s, " in lines[0]
    assert lines[-2].startswith("training 500 of 500, loss 0.002, ")
    assert lines[-2].endswith("0:00 left")
    assert lines[-1] == "epoch 1: Hello"
    assert len(lines) < 50


def test_on_a_terminal_there_is_a_bar_with_the_curves_above_it_and_the_cursor_stays_visible() -> None:
    stream = Terminal()
    losses = [4.0, 3.0, 2.0]
    with shown("training", 90, "tokens", done=30, amount=960, stream=stream) as display:
        display.tick(Tick(31, 992, "loss 2.500", (losses, losses)))
        display.say("epoch 1: [bold]Hello[/bold]")
    written = stream.getvalue()
    assert "31/90" in written
    assert "tokens/s" in written
    assert "loss 2.500" in written
    assert "o training  + validation" in written
    assert "epoch 1: [bold]Hello[/bold]" in written
    assert written.rfind("\x1b[?25h") > written.rfind("\x1b[?25l")


def test_a_low_terminal_gets_the_bar_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINES", "10")
    stream = Terminal()
    with shown("training", 90, "tokens", stream=stream) as display:
        display.tick(Tick(1, 32, "loss 2.500", ([4.0, 3.0], [4.0, 3.0])))
    assert "1/90" in stream.getvalue()
    assert "validation" not in stream.getvalue()


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_who_asks_for_plain_lines_gets_them_on_a_terminal_too(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_rich(Terminal())
    monkeypatch.setenv(name, value)
    stream = Terminal()
    with shown("training", 2, "tokens", stream=stream) as display:
        display.tick(Tick(1, 32))
    assert stream.getvalue().startswith("training 1 of 2, ")
    assert "\x1b" not in stream.getvalue()


@given(st.text())
def test_no_text_of_a_model_steers_the_terminal(text: str) -> None:
    assert all(sign.isprintable() or sign in "\n\t" for sign in harmless(text))
    assert len(harmless(text)) == len(text)
