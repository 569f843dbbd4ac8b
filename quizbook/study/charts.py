"""The figures as lines of text, from 36 to 100 columns wide: what a terminal prints and the app shows."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta

from quizbook.grading.wording import counted
from quizbook.study.figures import Figures, Mastery
from quizbook.study.gain import ChapterGain, Gain
from quizbook.study.glyphs import bar, change, columns, interval, scale, stacked
from quizbook.study.running import Day
from quizbook.study.shares import Share

NARROWEST, WIDEST = 36, 100
LEVELS = "·░▒▓█"  # of the heat map
HEIGHT = 5  # lines of upright bars
LABEL = 9  # columns of the names before a scale
DAYS = ("Mon", "", "Wed", "", "Fri", "", "Sun")


def progress_lines(figures: Figures, width: int) -> list[str]:
    """All the charts that have something to show, each below its heading, a blank line between them."""
    if not figures.answers:
        return _heading("Nothing is answered yet. `quizbook quiz --chapter 1` begins.", width)
    lines = head_lines(figures, width)
    for chart in CHARTS:
        if drawn := chart(figures, width):
            lines += ["", *drawn]
    return lines


def head_lines(figures: Figures, width: int) -> list[str]:
    """How much was answered, what is due, how many days in a row."""
    row = f", {counted(figures.streak, 'day')} in a row" if figures.streak > 1 else ""
    done = f"{counted(figures.answers, 'answer')} on {counted(figures.items, 'item')}"
    return _heading(f"{done}; {figures.due} due today{row}.", width)


def heat_map_lines(figures: Figures, width: int) -> list[str]:
    """A column a week, a line a day of the week; the darker, the more answers."""
    width = _within(width)
    weeks = list(figures.weeks(min(53, width - 4)))
    limits = heat_limits(figures.days)
    lines = ["Answers a day", f"    {_months(weeks)}".rstrip()]
    for weekday, name in enumerate(DAYS):
        cells = (_heat(figures, monday + timedelta(days=weekday), limits) for monday in weeks)
        lines.append(f"{name:<4}{''.join(cells)}".rstrip())
    steps = "  ".join(f"{LEVELS[level]}\N{NO-BREAK SPACE}{text}" for level, text in enumerate(heat_steps(limits)))
    legend = textwrap.wrap(steps, width, initial_indent="    ", subsequent_indent="    ")
    return [*lines, *(line.replace("\N{NO-BREAK SPACE}", " ") for line in legend)]


def heat_limits(days: Mapping[date, Day]) -> tuple[int, ...]:
    """The least numbers of answers of the levels above none: 1, then the quartiles of the days that had any."""
    counts = sorted(day.answers for day in days.values())
    if not counts:
        return (1,)
    return tuple(sorted({1, *(counts[len(counts) * part // 4] for part in (1, 2, 3))}))


def heat_steps(limits: Sequence[int]) -> list[str]:
    """The levels in words: "0", "1–4", "5–9", "10+"."""
    steps = ["0"]
    for at, least in enumerate(limits):
        most = limits[at + 1] - 1 if at + 1 < len(limits) else None
        steps.append(f"{least}+" if most is None else str(least) if most == least else f"{least}–{most}")
    return steps


def heat_level(answers: int, limits: Sequence[int]) -> int:
    """Which level a day with so many answers has; 0 is none."""
    return sum(answers >= least for least in limits)


def retention_lines(figures: Figures, width: int) -> list[str]:
    """How much was remembered after how many days, beside the goal; then month by month."""
    retention = figures.retention
    if not retention.overall.of:
        return []
    lines = _heading(f"Remembered on a later day: {percent(retention.overall.value)} of {retention.overall.of}", width)
    lines += _heading(f"┊ the goal, {percent(retention.goal)}; by the days since the last time", width)
    lines += share_lines({dashed(name): share for name, share in retention.by_interval.items()}, width, retention.goal)
    months = dict(list(retention.by_month.items())[-6:])
    return [*lines, "by month", *share_lines(months, width, retention.goal)]


def calibration_lines(figures: Figures, width: int) -> list[str]:
    """How right the answers were, by how sure they were given."""
    if set(figures.calibration) <= {"unsaid"}:
        return []
    return ["How sure, and how right", *share_lines(figures.calibration, width)]


def share_lines(shares: Mapping[str, Share], width: int, goal: float | None = None) -> list[str]:
    """A line for each share: its name, a dot with its interval, its value, and of how many it is."""
    count = max((len(str(share.of)) for share in shares.values()), default=1)
    room = _within(width) - LABEL - len("  100 %  of ") - count
    lines = [
        f"{name:<{LABEL}}{interval(*share.interval, share.value, room, goal)}"
        f"  {percent(share.value):>5}  of {share.of:>{count}}"
        for name, share in shares.items()
        if share.value is not None
    ]
    return [*lines, " " * LABEL + scale(room)]


def forecast_lines(figures: Figures, width: int) -> list[str]:
    """An upright bar for each day to come."""
    counts = list(figures.forecast.values())
    if not any(counts):
        return []
    wide = 2 if _within(width) >= 5 + 2 * len(counts) else 1
    days = list(figures.forecast)
    ticks = {at: f"{days[at]:%d %b}".lstrip("0") for at in range(0, len(days), 7 if wide == 2 else 10)}
    return [*_heading(f"Coming due: {forecast_words(figures)}", width), *_upright(counts, wide, ticks)]


def forecast_words(figures: Figures) -> str:
    """The forecast in a few words."""
    counts = list(figures.forecast.values())
    return f"{sum(counts)} in {len(counts)} days, {counts[0]} of them today"


def mastery_lines(figures: Figures, width: int) -> list[str]:
    """A bar for each chapter: what sits, what is being learned, what was only answered, what is new."""
    room = _within(width) - 4 - len(" 000/000 100 %  000")
    head = f"{'':<{4 + room}}{'seen':>8} {'right':>5} {'due':>4}"
    lines = [f"Chapters{head[8:]}", *(_mastery_line(chapter, room) for chapter in figures.chapters)]
    return [*lines, "█ mature ▒ learning ░ answered · new"]


def _mastery_line(one: Mastery, room: int) -> str:
    parts = tuple(zip(parts_of(one), "█▒░·", strict=True))
    seen = f"{one.seen}/{one.items}"
    return (
        f"{one.name[:3]:<4}{stacked(parts, room)}{seen:>8} {percent(one.latest.value):>5} {one.due or '':>4}".rstrip()
    )


def parts_of(one: Mastery) -> tuple[int, int, int, int]:
    """The items of a chapter or section as mature, learning, only answered, and new; together all of them."""
    scheduled = one.mature + one.learning
    new = one.items - max(one.seen, scheduled)
    return one.mature, one.learning, one.items - scheduled - new, new


def time_lines(figures: Figures, width: int) -> list[str]:
    """Minutes a week, then hours a chapter."""
    if not figures.seconds:
        return []
    weeks = figures.weeks(26)
    ticks = {at: f"{monday:%b}" for at, monday in enumerate(weeks) if monday.day <= 7}
    minutes = [week.seconds / 60 for week in weeks.values()]
    lines = _heading(f"Time: {duration(figures.seconds)} in all; minutes a week", width)
    if any(minutes):
        lines += _upright(minutes, 2 if width >= 60 else 1, ticks)
    most = max((chapter.seconds for chapter in figures.chapters), default=0)
    room = _within(width) - 4 - len(" 000 h 00 min")
    if most:
        lines.append("by chapter")
    for chapter in figures.chapters if most else ():
        if chapter.seconds:
            lines.append(f"{chapter.name[:3]:<4}{bar(chapter.seconds / most, room)} {duration(chapter.seconds):>12}")
    return lines


def gain_lines(figures: Figures, width: int) -> list[str]:
    """The answers before and after reading, section by section."""
    return gains_of(figures.gains, width) if figures.gains else []


def gains_of(gains: Sequence[ChapterGain], width: int) -> list[str]:
    """A chapter's line, then those of its sections; the numbers are left out where the lines are short."""
    wide = _within(width) >= 60
    told = len("  100 % → 100 %   1.00   11") if wide else len("   1.00")
    room = _within(width) - LABEL - told
    lines = ["Before (○) and after (●) reading"]
    lines.append(
        f"{'':<{LABEL}}{scale(room)}{'':<15}{'gain':>7}{'of':>5}" if wide else f"{'':<{LABEL}}{scale(room)}   gain"
    )
    for gain in gains:
        for one, name in ((gain.whole, f"ch. {gain.whole.name}"), *((each, each.name) for each in gain.sections)):
            lines.append(f"{name[: LABEL - 1]:<{LABEL}}{change(one.before, one.after, room)}{_gain_words(one, wide)}")
    return lines


def _gain_words(gain: Gain, wide: bool) -> str:
    if not wide:
        return f"{gain_word(gain):>7}"
    return f"  {percent(gain.before):>5} → {percent(gain.after):>5}{gain_word(gain):>7}{gain.items:>5}"


def gain_word(gain: Gain) -> str:
    """The normalised gain to two digits; "full" where everything was right before and after, "loss" where it fell."""
    value = gain.normalised
    if gain.after < gain.before:
        return "loss"
    return "full" if value is None else f"{value:.2f}"


def duration(seconds: float) -> str:
    """A time in hours and minutes."""
    minutes = round(seconds / 60)
    if seconds > 0 and not minutes:
        return "under 1 min"
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"


def _upright(values: Sequence[float], wide: int, ticks: Mapping[int, str]) -> list[str]:
    """Bars with their highest value at the left and some names below."""
    most = max(values)
    lines = [f"{f'{most:.0f}' if at == 0 else '':>4} {line}" for at, line in enumerate(columns(values, HEIGHT, wide))]
    below, room = "", len(values) * wide
    for at, name in ticks.items():
        if (not below or len(below) < at * wide) and at * wide + len(name) <= room:
            below = below.ljust(at * wide) + name
    return [*lines, f"     {below}"]


def _heat(figures: Figures, day: date, limits: Sequence[int]) -> str:
    if day > figures.today:
        return " "
    return LEVELS[heat_level(figures.days[day].answers if day in figures.days else 0, limits)]


def _months(weeks: Sequence[date]) -> str:
    """The names of the months above the weeks in which they begin."""
    line = ""
    for at, monday in enumerate(weeks):
        begins = monday + timedelta(days=6)
        if begins.day <= 7 and (not line or len(line) < at) and at + 3 <= len(weeks):
            line = line.ljust(at) + f"{begins:%b}"
    return line


def percent(share: float | None) -> str:
    """A share in whole percent; a dash where there is none."""
    return "-" if share is None else f"{share * 100:.0f} %"


def dashed(span: str) -> str:
    """A span such as "4-7" with the dash that belongs into it."""
    return span.replace("-", "–")


def _heading(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, _within(width))


def _within(width: int) -> int:
    return max(NARROWEST, min(WIDEST, width))


CHARTS: tuple[Callable[[Figures, int], list[str]], ...] = (
    heat_map_lines,
    forecast_lines,
    retention_lines,
    calibration_lines,
    mastery_lines,
    time_lines,
    gain_lines,
)
