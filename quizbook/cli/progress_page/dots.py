"""Figures that are shares, as dots on a scale of percent: what was remembered, how sure and how right, the gain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from quizbook.cli.progress_page.svg import LETTER, Drawing, Size
from quizbook.study.charts import dashed, gain_word, percent
from quizbook.study.figures import Figures
from quizbook.study.gain import ChapterGain, Gain
from quizbook.study.shares import Share


def shares(
    name: str, size: Size, title: str, rows: Mapping[str, Share], goal: float | None = None, *, unit: str = ""
) -> Drawing:
    """A dot with its interval for each share, on a scale of percent; a dashed line where the goal is.

    unit: behind the name of each row.
    """
    css, width = size
    known = {row: share for row, share in rows.items() if share.value is not None}
    label = max(36.0, 14 + LETTER * max((len(row + unit) for row in known), default=0))
    told, pitch, top = 116.0, 27.0, 22.0
    low = _floor(known.values(), goal)
    right = width - told
    words = "; ".join(f"{row}{unit}: {percent(share.value)} of {share.of}" for row, share in known.items())
    bottom = top + pitch * len(known)
    drawing = Drawing(f"{name}-{css}", width, bottom + 24, title, f"{words}.", css)

    def place(share: float) -> float:
        return label + (right - label) * (max(share, low) - low) / (1 - low)

    ticks = [low, (1 + low) / 2, 1.0]
    for tick in ticks:
        drawing.line(place(tick), top - 6, place(tick), bottom - 6, "rule")
        drawing.text(place(tick), bottom + 12, f"{tick * 100:.0f}" + (" %" if tick == 1 else ""), "soft", "middle")
    if goal is not None:
        drawing.line(place(goal), top - 8, place(goal), bottom - 6, "goal")
        drawing.text(place(goal), top - 12, f"goal {percent(goal)}", "soft", "middle")
    for at, (row, share) in enumerate(known.items()):
        y = top + pitch * at + pitch * 0.35
        least, most = share.interval
        drawing.text(0, y + 4, f"{row}{unit}")
        drawing.line(place(least), y, place(most), y, "span")
        drawing.dot(place(share.value or 0), y, 4.5, "dot", said=f"{percent(least)} to {percent(most)}")
        drawing.text(width, y + 4, f"of {share.of:,}", "soft", "end")
        drawing.text(right + 50, y + 4, percent(share.value), "", "end")
    return drawing


def _floor(known: Iterable[Share], goal: float | None) -> float:
    """Where a scale of shares begins: at 0 without a goal, else some tenths below all that is shown."""
    if goal is None:
        return 0.0
    values = [share.interval[0] for share in known]
    return max(0.0, min(int(min([goal, *values]) * 10) / 10, 0.8))


def months(figures: Figures, size: Size) -> Drawing:
    """How much was remembered, month by month, on a line."""
    css, width = size
    goal = figures.retention.goal
    shown = dict(list(figures.retention.by_month.items())[-12:])
    height, left, top = 150.0, 44.0, 14.0
    low = _floor(list(shown.values()), goal)
    words = "; ".join(f"{month}: {percent(share.value)} of {share.of}" for month, share in shown.items())
    drawing = Drawing(f"months-{css}", width, height + top + 26, "Remembered, by month", f"{words}.", css)

    def place(share: float) -> float:
        return top + height * (1 - (max(share, low) - low) / (1 - low))

    for tick in (low, (1 + low) / 2, 1.0):
        drawing.line(left, place(tick), width, place(tick), "rule")
        drawing.text(left - 8, place(tick) + 4, percent(tick), "soft", "end")
    drawing.line(left, place(goal), width, place(goal), "goal")
    drawing.text(width, place(goal) - 6, f"goal {percent(goal)}", "soft", "end")
    pitch = (width - left - LETTER * 10) / max(6, len(shown))
    at = [(left + pitch * (number + 0.5), place(share.value or 0)) for number, share in enumerate(shown.values())]
    drawing.path(at, "way")
    for (x, y), (month, share) in zip(at, shown.items(), strict=True):
        least, most = share.interval
        drawing.line(x, place(least), x, place(most), "span")
        drawing.dot(x, y, 4.5, "dot", said=f"{month}: {percent(share.value)} of {share.of}")
        drawing.text(x, top + height + 18, f"{date.fromisoformat(month + '-01'):%b}", "soft", "middle")
    return drawing


def gain(chapter: ChapterGain, title: str, number: int, size: Size) -> Drawing:
    """The way from before to after, for a chapter and each of its sections."""
    css, width = size
    rows = [("all", chapter.whole), *((section.name, section) for section in chapter.sections)]
    label, told, pitch, top = 48.0, 112.0, 24.0, 18.0
    words = "; ".join(f"{name}: from {percent(one.before)} to {percent(one.after)}" for name, one in rows)
    bottom = top + pitch * len(rows)
    drawing = Drawing(f"gain{number}-{css}", width, bottom + 20, title, f"{words}.", css)
    right = width - told
    drawing.text(right + 68, 10, "gain", "soft", "end")
    drawing.text(width, 10, "of", "soft", "end")

    def place(share: float) -> float:
        return label + (right - label) * share

    for tick in (0.0, 0.5, 1.0):
        drawing.line(place(tick), top - 4, place(tick), bottom, "rule")
        drawing.text(place(tick), bottom + 15, f"{tick * 100:.0f}" + (" %" if tick == 1 else ""), "soft", "middle")
    for at, (name, one) in enumerate(rows):
        y = top + pitch * at + pitch / 2
        drawing.text(0, y + 4, name, "strong" if at == 0 else "")
        _change(drawing, one, y, place)
        drawing.text(right + 68, y + 4, gain_word(one), "strong" if at == 0 else "", "end")
        drawing.text(width, y + 4, one.items, "soft", "end")
    return drawing


def _change(drawing: Drawing, one: Gain, y: float, place: Callable[[float], float]) -> None:
    before, after = place(one.before), place(one.after)
    drawing.line(before, y, after, y, "way")
    drawing.dot(before, y, 4.5, "open", said=f"before {percent(one.before)}")
    drawing.dot(after, y, 4.5, "dot", said=f"after {percent(one.after)}")


def intervals(figures: Figures, size: Size) -> Drawing:
    """How much was remembered after how many days."""
    rows = {dashed(name): share for name, share in figures.retention.by_interval.items()}
    return shares("interval", size, "Remembered, by the days since", rows, figures.retention.goal, unit=" d")


def calibration(figures: Figures, size: Size) -> Drawing:
    """How right the answers were, by how sure they were given."""
    return shares("calibration", size, "How right, by how sure", figures.calibration)
