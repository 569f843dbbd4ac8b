"""Loss curves, as a picture and in the terminal."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.curves import curve_lines, plot_losses

LOSSES = st.lists(st.floats(-1e6, 1e6) | st.just(math.nan) | st.just(math.inf), max_size=200)


def test_a_picture_has_both_curves_over_epochs_and_tokens(tmp_path: Path) -> None:
    figure = plot_losses([0.5, 1.0, 1.5], [100, 200, 300], [9.0, 6.0, 4.0], [9.1, 7.0, 6.5], tmp_path / "loss.png")
    below, above = figure.axes
    assert [np.asarray(line.get_ydata()).tolist() for line in below.lines] == [[9.0, 6.0, 4.0], [9.1, 7.0, 6.5]]
    assert (below.get_xlabel(), below.get_ylabel(), above.get_xlabel()) == ("epochs", "loss", "tokens seen")
    assert above.get_xlim()[0] < 100
    assert above.get_xlim()[1] > 300
    assert (tmp_path / "loss.png").read_bytes().startswith(b"\x89PNG")


def test_a_picture_needs_no_screen_and_touches_no_other_plot(tmp_path: Path) -> None:
    program = (
        "import sys; from reference.curves import plot_losses; "
        "plot_losses([1], [2], [3.0], [4.0], 'x.png'); sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    root = str(Path(__file__).parents[2])
    environment = {"PYTHONPATH": root, "MPLBACKEND": "TkAgg", "MPLCONFIGDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "x.png").exists()


@pytest.mark.parametrize("lists", [([1], [1], [1.0], []), ([], [], [], [])])
def test_lists_that_do_not_fit_together_are_refused(lists: tuple[list[float], ...]) -> None:
    with pytest.raises(ValueError, match="the same number, at least 1"):
        plot_losses(lists[0], lists[1], lists[2], lists[3])


def test_a_curve_in_the_terminal_falls_from_the_upper_left_to_the_lower_right() -> None:
    first, second = [4.0, 2.0, 1.0], [4.0, 3.5, 3.0]
    lines = curve_lines(first, second, 39, 12, x_label="epochs 1 to 3")
    *rows, axis, legend = (line[9:] for line in lines)
    assert rows[0].startswith("*")  # both begin at the top
    assert rows[-1].endswith("o")
    assert len(rows[-1]) == 30
    assert next(row for row in rows if len(row) == 30) == rows[3]
    assert rows[3].endswith("+")  # the second ends a third of the way down
    assert axis == "─" * 30
    assert legend == "o training  + validation  epochs 1 to 3"[:30]
    assert [lines[row][:8].strip() for row in (0, 9)] == ["4.000", "1.000"]


def test_values_between_gaps_are_drawn_too() -> None:
    nan = math.nan
    drawn = "".join(line[9:] for line in curve_lines([nan, 2.0, nan, nan, 1.0, nan], [], 40, 8)[:-2])
    assert drawn.count("o") == 2


def test_nothing_to_draw_is_said() -> None:
    assert curve_lines([], [math.nan]) == ["there are no losses to draw yet"]


@given(LOSSES, LOSSES, st.integers(12, 120), st.integers(4, 40))
def test_whatever_the_losses_the_picture_fits_into_its_frame(
    first: list[float], second: list[float], width: int, height: int
) -> None:
    lines = curve_lines(first, second, width, height)
    assert len(lines) in (1, height)
    assert len(lines) == 1 or max(map(len, lines)) <= width
