"""Loss curves, as a picture and as lines of text. Chapter 5."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARKS = {"both": "*", "first": "o", "second": "+"}  # told apart without colour
AXIS_WIDTH = 8  # columns of the numbers beside a curve


def plot_losses(
    epochs_seen: Sequence[float],
    tokens_seen: Sequence[float],
    train_losses: Sequence[float],
    val_losses: Sequence[float],
    path: Path | str | None = None,
    *,
    label: str = "loss",
) -> Figure:
    """The two curves over epochs, with the tokens seen as a second axis above. Written to `path` if there is one.

    All four of the same length. label: of what is drawn, such as "accuracy".
    Raises ValueError if the lengths differ or nothing is there to draw.
    """
    lengths = [len(values) for values in (epochs_seen, tokens_seen, train_losses, val_losses)]
    if len(set(lengths)) != 1 or lengths[0] == 0:
        raise ValueError(f"the four lists have {lengths} values; they need the same number, at least 1")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    figure = Figure(figsize=(6, 4), layout="constrained")
    FigureCanvasAgg(figure)  # a picture of its own: no window, no state that another plot could see
    axes = figure.add_subplot()
    axes.plot(epochs_seen, train_losses, "-", label=f"training {label}")
    axes.plot(epochs_seen, val_losses, "--", label=f"validation {label}")
    axes.set_xlabel("epochs")
    axes.set_ylabel(label)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend()
    above = axes.twiny()
    above.plot(tokens_seen, train_losses, alpha=0)  # only to give the axis its range
    above.set_xlabel("tokens seen")
    if path is not None:
        figure.savefig(path, dpi=120)
    return figure


def curve_lines(
    first: Sequence[float],
    second: Sequence[float],
    width: int = 72,
    height: int = 12,
    *,
    names: tuple[str, str] = ("training", "validation"),
    x_label: str = "",
) -> list[str]:
    """The two curves drawn with characters: `o` the first, `+` the second, `*` where they meet.

    first, second: values in the order of time; NaN leaves a gap. width, height: columns and rows of the whole, at
    least 12 and 4. names, x_label: what stands below.
    Returns the lines, none longer than width; a sentence where nothing can be drawn.
    """
    finite = [value for value in (*first, *second) if math.isfinite(value)]
    if not finite:
        return ["there are no losses to draw yet"]
    low, high = min(finite), max(finite)
    columns, rows = max(2, width - AXIS_WIDTH - 1), max(2, height - 2)
    grid = [[" "] * columns for _ in range(rows)]
    for values, mark in ((first, MARKS["first"]), (second, MARKS["second"])):
        for column, value in _spread(values, columns):
            row = 0 if high == low else round((high - value) / (high - low) * (rows - 1))
            grid[row][column] = mark if grid[row][column] in (" ", mark) else MARKS["both"]
    numbers = {0: high, rows // 2: (low + high) / 2, rows - 1: low}
    lines = [
        f"{_number(numbers[row]) if row in numbers else '':>{AXIS_WIDTH}}┤{''.join(cells).rstrip()}"
        for row, cells in enumerate(grid)
    ]
    legend = f"{MARKS['first']} {names[0]}  {MARKS['second']} {names[1]}  {x_label}"
    return [*lines, f"{'':>{AXIS_WIDTH}}└{'─' * columns}", f"{'':>{AXIS_WIDTH}} {legend}".rstrip()[:width]]


def _number(value: float) -> str:
    return f"{value:.3f}" if abs(value) < 1000 else f"{value:.1e}"


def _spread(values: Sequence[float], columns: int) -> list[tuple[int, float]]:
    """The columns that a curve passes and its height there: the given values, and straight lines between them."""
    wide = (columns - 1) / max(1, len(values) - 1)  # columns from one value to the next
    given = {round(place * wide): value for place, value in enumerate(values)}
    between: dict[int, float] = {}
    for column in range(columns if len(values) > 1 else 0):
        before = min(int(column / wide), len(values) - 2)
        rise = values[before + 1] - values[before]
        between[column] = values[before] + rise * (column / wide - before)
    return [(column, value) for column, value in (between | given).items() if math.isfinite(value)]
