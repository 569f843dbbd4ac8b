"""The page of a learner's progress: what is said about each figure, its picture, and its table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from quizbook import __version__
from quizbook.cli.progress_page import bars, dots
from quizbook.cli.progress_page.svg import FULL, HALF, NARROW, Drawing, Size, escaped
from quizbook.grading.wording import counted
from quizbook.study.charts import dashed, duration, forecast_words, gain_word, percent
from quizbook.study.figures import Figures, Mastery
from quizbook.study.shares import Share

FEWEST_SEEN = 3  # items of a section before it can be called weak
NOTHING_FROM_ELSEWHERE = "default-src 'none'; style-src 'unsafe-inline'"


def page(figures: Figures) -> str:
    """The whole page, as HTML that stands alone: no script, no picture, no letter from elsewhere."""
    day = f"{figures.today.day} {figures.today:%B %Y}"
    body = "\n".join(section for build in SECTIONS if (section := build(figures))) if figures.answers else EMPTY
    style = Path(__file__).with_name("style.css").read_text(encoding="utf-8")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{NOTHING_FROM_ELSEWHERE}">
<meta name="color-scheme" content="light dark">
<title>Progress on {day}</title>
<style>
{style}</style>
</head>
<body>
<header><h1>Progress</h1><p>{day}</p></header>
{_head(figures)}
<main>
{body}
</main>
<footer><p>Written by quizbook {escaped(__version__)} from the answers in your log. The page loads nothing from
elsewhere; the intervals around the dots are of 95 %.</p></footer>
</body>
</html>
"""


EMPTY = "<section><h2>Nothing is answered yet</h2><p><code>quizbook quiz --chapter 1</code> begins.</p></section>"


def _head(figures: Figures) -> str:
    mature, items = sum(one.mature for one in figures.chapters), sum(one.items for one in figures.chapters)
    goal = f"<small>goal {percent(figures.retention.goal)}</small>"
    told = (
        ("Due today", f"{figures.due:,}"),
        ("Days in a row", f"{figures.streak:,}"),
        ("Remembered", f"{percent(figures.retention.overall.value)} {goal}"),
        ("Mature", f"{mature:,} <small>of {items:,} items</small>"),
        ("Answers", f"{figures.answers:,} <small>in {duration(figures.seconds)}</small>"),
    )
    return "<dl>" + "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in told) + "</dl>"


def _answers(figures: Figures) -> str:
    days = sum(day.answers > 0 for day in figures.days.values())
    said = f"{counted(figures.answers, 'answer')} on {counted(days, 'day')}. A square is a day; the larger, the more."
    rows = []
    for monday in reversed(figures.weeks()):
        week = [figures.days.get(monday + timedelta(days=at)) for at in range(7)]
        minutes = sum(day.seconds for day in week if day) / 60
        counts = [f"{day.answers}" if day else "" for day in week]
        if any(counts):
            rows.append((f"{monday}", *counts, f"{minutes:.0f}"))
    head = ("Week of", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Minutes")
    return _section("Answers a day", said, _both(bars.heat_map, figures, FULL), _table(head, rows), full=True)


def _forecast(figures: Figures) -> str:
    said = f"{forecast_words(figures)}, those that are overdue among them. Each is counted once, at its next date."
    rows = [(f"{day}", f"{count}") for day, count in figures.forecast.items()]
    return _section("Coming due", said, _both(bars.forecast, figures), _table(("Day", "Items"), rows))


def _weeks(figures: Figures) -> str:
    if not figures.seconds:
        return ""
    said = f"{duration(figures.seconds)} in all. Of one answer, at most ten minutes count."
    rows = [
        (f"{monday}", f"{week.answers}", f"{week.seconds / 60:.0f}")
        for monday, week in reversed(figures.weeks().items())
        if week.answers
    ]
    return _section("Minutes a week", said, _both(bars.weeks, figures), _table(("Week of", "Answers", "Minutes"), rows))


def _intervals(figures: Figures) -> str:
    retention = figures.retention
    if not retention.overall.of:
        return ""
    said = f"Of {retention.overall.of:,} answers on a later day, {percent(retention.overall.value)} were remembered"
    low, high = retention.overall.interval
    if retention.goal > high:
        said += f", less than the goal of {percent(retention.goal)}."
    else:
        said += f", {'more than' if retention.goal < low else 'in line with'} the goal of {percent(retention.goal)}."
    rows = _share_rows((dashed(name), share) for name, share in retention.by_interval.items())
    return _section(
        "Remembered, by the days since the last time",
        said,
        _both(dots.intervals, figures),
        _table(("Days", *SHARE_HEAD), rows),
    )


def _months(figures: Figures) -> str:
    if not figures.retention.overall.of:
        return ""
    rows = _share_rows(figures.retention.by_month.items())
    said = "The same answers, in the order in which they came."
    return _section("Remembered, by month", said, _both(dots.months, figures), _table(("Month", *SHARE_HEAD), rows))


def _calibration(figures: Figures) -> str:
    shares = figures.calibration
    if set(shares) <= {"unsaid"}:
        return ""
    told = [f"“{name}”: {percent(share.value)} right" for name, share in shares.items() if name != "unsaid"]
    said = f"{', '.join(told)}. Who judges well is rarely wrong when sure, and often when guessing."
    return _section(
        "How sure, and how right",
        said,
        _both(dots.calibration, figures),
        _table(("How sure", *SHARE_HEAD), _share_rows(shares.items())),
    )


def _time(figures: Figures) -> str:
    rows = [(one.name, f"{one.answers}", f"{one.seconds / 60:.0f}") for one in figures.chapters if one.answers]
    if not figures.seconds or not rows:
        return ""
    table = _table(("Chapter", "Answers", "Minutes"), rows)
    return _section("Time by chapter", "Where the hours went.", _both(bars.chapters_time, figures), table)


def _mastery(figures: Figures) -> str:
    weak = [one for one in figures.sections if one.latest.of >= FEWEST_SEEN and (one.latest.value or 0) < 1]
    weakest = sorted(weak, key=lambda one: one.latest.value or 0)[:5]
    said = "Mature is what will sit for three weeks or more."
    if weakest:
        listed = ", ".join(f"<b>{escaped(one.name)}</b> ({percent(one.latest.value)})" for one in weakest)
        said += f" Least right at the last try, by section: {listed}."
    table = _table(("Chapter", *MASTERY_HEAD), map(_mastery_row, figures.chapters))
    sections = _table(("Section", *MASTERY_HEAD), map(_mastery_row, figures.sections), "Section by section")
    return _section("Chapters", said, _both(bars.mastery, figures, FULL), table + sections, full=True)


def _gain(figures: Figures) -> str:
    if not figures.gains:
        said = (
            "Answer before you read: <code>quizbook quiz --pretest --chapter 3</code>. "
            "Afterwards <code>quizbook quiz --posttest --chapter 3</code> asks the same questions."
        )
        return _section("Before and after reading", said, "", "", full=True)
    titles = {one.name: one.title for one in figures.chapters}
    drawn, rows = [], []
    for number, chapter in enumerate(figures.gains):
        title = f"{chapter.whole.name}  {titles.get(chapter.whole.name, '')}"
        both = [str(dots.gain(chapter, title, number, size)) for size in _sizes(HALF)]
        drawn.append(f"<div><h3>{escaped(title)}</h3>\n{''.join(both)}</div>")
        for name, one in (("all", chapter.whole), *((one.name, one) for one in chapter.sections)):
            told = (percent(one.before), percent(one.after), gain_word(one), f"{one.items}")
            rows.append((f"{chapter.whole.name}, {name}", *told))
    said = (
        "○ the first answer, in a pretest; ● the latest one since. The gain is the part of what was missing that was "
        "learned: 1 is all of it; “full”, that nothing was missing; “loss”, that less was right than before."
    )
    table = _table(("Chapter, section", "Before", "After", "Gain", "Questions"), rows)
    return _section("Before and after reading", said, f'<div class="gains">{"".join(drawn)}</div>', table, full=True)


SECTIONS: tuple[Callable[[Figures], str], ...] = (
    *(_answers, _forecast, _weeks, _intervals, _months, _calibration, _time, _mastery, _gain),
)
SHARE_HEAD = ("Right", "From", "To", "Answers")
MASTERY_HEAD = ("Items", "Answered", "Learning", "Mature", "Due", "Right at last", "Minutes")


def _section(heading: str, said: str, drawn: str, tables: str, *, full: bool = False) -> str:
    css = ' class="full"' if full else ""
    return f"<section{css}>\n<h2>{heading}</h2>\n<p>{said}</p>\n{drawn}\n{tables}</section>"


def _sizes(wide: float) -> tuple[Size, Size]:
    return ("wide", wide), ("narrow", NARROW)


def _both(draw: Callable[[Figures, Size], Drawing], figures: Figures, wide: float = HALF) -> str:
    return "\n".join(str(draw(figures, size)) for size in _sizes(wide))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], name: str = "As a table") -> str:
    cells = "".join(f'<th scope="col">{escaped(cell)}</th>' for cell in head)
    lines = []
    for first, *rest in rows:
        told = "".join(f"<td>{escaped(cell)}</td>" for cell in rest)
        lines.append(f'<tr><th scope="row">{escaped(first)}</th>{told}</tr>\n')
    body = f"<thead><tr>{cells}</tr></thead>\n<tbody>\n{''.join(lines)}</tbody>"
    scroll = '<div class="scroll" tabindex="0">'
    return f"<details><summary>{name}</summary>{scroll}<table>\n{body}\n</table></div></details>\n"


def _share_rows(shares: Iterable[tuple[str, Share]]) -> list[tuple[str, ...]]:
    return [(name, percent(one.value), *map(percent, one.interval), f"{one.of}") for name, one in shares]


def _mastery_row(one: Mastery) -> tuple[str, ...]:
    counts = (one.items, one.seen, one.learning, one.mature, one.due)
    return one.name, *map(str, counts), percent(one.latest.value), f"{one.seconds / 60:.0f}"
