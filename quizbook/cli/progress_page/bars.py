"""Figures that are amounts, as bars and squares: answers a day, what comes due, time, and how far each chapter is.

Every picture comes in any width: a wide one for a screen, a narrow one for a phone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from quizbook.cli.progress_page.svg import LETTER, Drawing, Size
from quizbook.study.charts import duration, forecast_words, heat_level, heat_limits, heat_steps, parts_of, percent
from quizbook.study.figures import Figures, Mastery


def heat_map(figures: Figures, size: Size) -> Drawing:
    """A column a week, a square a day; the larger and darker, the more answers."""
    css, width = size
    step = 19.0 if css == "wide" else 12.0
    left = 34.0
    weeks = list(figures.weeks(min(53, int((width - left) // step))))
    limits = heat_limits(figures.days)
    told = sum(day.answers for when, day in figures.days.items() if weeks[0] <= when <= figures.today)
    drawing = Drawing(
        f"heat-{css}", width, 7 * step + 58, "Answers a day", f"{told} answers in the last {len(weeks)} weeks.", css
    )
    for row, name in ((0, "Mon"), (2, "Wed"), (4, "Fri"), (6, "Sun")):
        drawing.text(0, 22 + row * step + step * 0.7, name, "soft")
    last = -9
    for at, monday in enumerate(weeks):
        sunday = monday + timedelta(days=6)
        if sunday.day <= 7 and at - last > 2 and at + 2 < len(weeks):
            last = at
            drawing.text(left + at * step, 13, f"{sunday:%b}" + (f" {sunday:%Y}" if sunday.month == 1 else ""), "soft")
        for row in range(7):
            day = monday + timedelta(days=row)
            if day <= figures.today:
                count = figures.days[day].answers if day in figures.days else 0
                said = f"{day:%d %b %Y}: {count}"
                _square(drawing, left + at * step, 22 + row * step, step, heat_level(count, limits), said)
    x, y = left, 7 * step + 38
    for level, words in enumerate(heat_steps(limits)):
        _square(drawing, x, y - step * 0.3, step, level, "")
        drawing.text(x + step + 3, y + step * 0.4, words, "soft")
        x += step + 16 + LETTER * len(words)
    return drawing


def _square(drawing: Drawing, x: float, y: float, step: float, level: int, said: str) -> None:
    side = step * (0.16, 0.42, 0.58, 0.72, 0.86)[level]
    drawing.rect(x + (step - side) / 2, y + (step - side) / 2, side, side, f"heat{level}", said=said, round=side * 0.15)


def forecast(figures: Figures, size: Size) -> Drawing:
    """A bar for each day to come."""
    days = list(figures.forecast)
    ticks = {at: f"{days[at].day} {days[at]:%b}" for at in range(0, len(days), 7)}
    bars = [(f"{day:%d %b}: {count}", float(count)) for day, count in figures.forecast.items()]
    return _bars(f"forecast-{size[0]}", size, "Items that come due", f"{forecast_words(figures)}.", bars, ticks)


def weeks(figures: Figures, size: Size) -> Drawing:
    """A bar of minutes for each week."""
    shown = figures.weeks(53 if size[0] == "wide" else 26)
    ticks, last = {}, -9
    for at, monday in enumerate(shown):
        if monday.day <= 7 and at - last > 3:
            ticks[at], last = f"{monday:%b}", at
    bars = [
        (f"week of {monday:%d %b %Y}: {duration(week.seconds)}", week.seconds / 60) for monday, week in shown.items()
    ]
    total = duration(sum(week.seconds for week in shown.values()))
    return _bars(f"weeks-{size[0]}", size, "Minutes a week", f"{total} in the last {len(shown)} weeks.", bars, ticks)


def _bars(
    name: str, size: Size, title: str, said: str, bars: Sequence[tuple[str, float]], ticks: Mapping[int, str]
) -> Drawing:
    css, width = size
    height, left, top = 150.0, 34.0, 14.0
    drawing = Drawing(name, width, height + top + 26, title, said, css)
    most = max(1.0, *(value for _, value in bars))
    unit = _round_step(most)
    level = 0.0
    while level <= most:
        y = top + height * (1 - level / most)
        drawing.line(left, y, width, y, "rule" if level else "base")
        drawing.text(left - 8, y + 4, f"{level:.0f}", "soft", "end")
        level += unit
    pitch = (width - left) / len(bars)
    for at, (words, value) in enumerate(bars):
        tall = height * value / most
        if value > 0:
            thick = pitch * 0.72
            drawing.rect(left + at * pitch + (pitch - thick) / 2, top + height - tall, thick, tall, "bar", said=words)
    for at, words in ticks.items():
        if left + at * pitch + len(words) * LETTER <= width + 4:
            drawing.text(left + at * pitch + pitch * 0.14, top + height + 18, words, "soft")
    return drawing


def _round_step(most: float) -> float:
    """The distance of the lines of a scale: 1, 2 or 5 of a power of ten, so that there are 2 to 5 of them."""
    step = 1.0
    while True:
        for factor in (1, 2, 5):
            if most / (step * factor) <= 4:
                return step * factor
        step *= 10


def chapters_time(figures: Figures, size: Size) -> Drawing:
    """A bar of hours for each chapter that took some."""
    css, width = size
    shown = [one for one in figures.chapters if one.seconds]
    label, told, pitch = 34.0, 92.0, 25.0
    words = "; ".join(f"chapter {one.name}: {duration(one.seconds)}" for one in shown)
    drawing = Drawing(f"time-{css}", width, pitch * len(shown) + 4, "Time by chapter", f"{words}.", css)
    most = max((one.seconds for one in shown), default=1.0)
    for at, one in enumerate(shown):
        y = pitch * at + pitch / 2
        drawing.text(0, y + 4, one.name)
        drawing.rect(label, y - 4.5, (width - label - told) * one.seconds / most, 9, "bar")
        drawing.text(width, y + 4, duration(one.seconds), "soft", "end")
    return drawing


def mastery(figures: Figures, size: Size) -> Drawing:
    """A bar for each chapter: full height what is mature, lower what is learned, a line what was only answered."""
    css, width = size
    wide = css == "wide"
    label, told, pitch, top = (360.0, 200.0, 30.0, 30.0) if wide else (0.0, 0.0, 46.0, 30.0)
    words = "; ".join(f"chapter {one.name}: {one.mature} of {one.items} mature" for one in figures.chapters)
    drawing = Drawing(f"mastery-{css}", width, top + pitch * len(figures.chapters), "Chapters", f"{words}.", css)
    x = label
    for at, name in enumerate(("mature", "learning", "answered", "new")):
        _piece(drawing, x, 10, 22, at)
        drawing.text(x + 28, 14, name, "soft")
        x += 44 + LETTER * len(name)
    for at, one in enumerate(figures.chapters):
        y = top + pitch * at + (14 if wide else 30)
        title = _cut(f"{one.name}  {one.title}", int(((label if wide else width - 60) - 14) / LETTER))
        drawing.text(0, y + 4 if wide else y - 13, title)
        _row(drawing, one, label, y, width - label - told)
        right = f"{one.seen} of {one.items} answered"
        if wide:
            drawing.text(width, y + 4, right, "soft", "end")
            drawing.text(width - told + 50, y + 4, percent(one.latest.value), "", "end")
        else:
            drawing.text(width, y - 13, percent(one.latest.value), "soft", "end")
    if wide:
        drawing.text(width - told + 50, 14, "right", "soft", "end")
    return drawing


def _row(drawing: Drawing, one: Mastery, x: float, y: float, width: float) -> None:
    for at, count in enumerate(parts_of(one)):
        part = width * count / one.items if one.items else 0
        _piece(drawing, x, y, part, at)
        x += part


def _piece(drawing: Drawing, x: float, y: float, width: float, at: int) -> None:
    """A part of a bar: its height says which it is, its colour only says it again."""
    tall = (14.0, 7.0, 3.0, 1.0)[at]
    if width > 0:
        drawing.rect(x, y - tall / 2, width, tall, ("mature", "learning", "answered", "new")[at])


def _cut(text: str, letters: int) -> str:
    return text if len(text) <= letters else f"{text[: max(1, letters - 1)].rstrip()}…"
