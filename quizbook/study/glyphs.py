"""Bars, columns and dots of block characters: a chart that fits into lines of text, without colours."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

EIGHTHS = " ▏▎▍▌▋▊▉█"
STEPS = " ▁▂▃▄▅▆▇█"
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("█▉▊▋▇▆▓", "#"),
        **dict.fromkeys("▌▍▄▅▒", "+"),
        **dict.fromkeys("▎▏▁▂▃░", "-"),
        **{
            "●": "*",
            "○": "o",
            "─": "-",
            "┊": "|",
            "┼": "+",
            "│": "|",
            "└": "+",
            "┬": "+",
            "·": ".",
            "–": "-",
            "→": "->",
        },
    }
)


def in_encoding(lines: Iterable[str], encoding: str) -> list[str]:
    """The lines as they are, or with ASCII in the place of what a terminal of this encoding cannot show."""
    told = list(lines)
    try:
        "".join(told).encode(encoding)
    except (UnicodeError, LookupError):
        return [line.translate(_PLAIN) for line in told]
    return told


def bar(share: float, width: int) -> str:
    """A bar from the left, to an eighth of a column; as wide as `width`, blanks behind it. share: 0 to 1."""
    eighths = round(min(1.0, max(0.0, share)) * width * 8)
    if share > 0:
        eighths = max(1, eighths)
    whole, part = divmod(eighths, 8)
    return ("█" * whole + (EIGHTHS[part] if part else "")).ljust(width)


def stacked(parts: Sequence[tuple[int, str]], width: int) -> str:
    """A bar of several kinds of things, whose numbers add up to its width; every kind that is there shows.

    parts: how many there are of each, and its character.
    """
    total = sum(count for count, _ in parts)
    if not total:
        return " " * width
    cells = [count * width / total for count, _ in parts]
    shown = [max(1, int(cell)) if count else 0 for cell, (count, _) in zip(cells, parts, strict=True)]
    while sum(shown) != width:
        step = 1 if sum(shown) < width else -1
        able = [at for at, (count, _) in enumerate(parts) if count and (step > 0 or shown[at] > 1)]
        if not able:
            break
        best = max(able, key=lambda at: step * (cells[at] - shown[at]))
        shown[best] += step
    return "".join(character * number for number, (_, character) in zip(shown, parts, strict=True))[:width]


def columns(values: Sequence[float], height: int, wide: int = 1) -> list[str]:
    """Upright bars, the first line being the top; the highest value fills the height. wide: columns of text of each."""
    most = max(values, default=0)
    eighths = [0 if value <= 0 else max(1, round(value / most * height * 8)) for value in values]
    lines = []
    for level in reversed(range(height)):
        cells = (STEPS[min(8, max(0, each - 8 * level))] for each in eighths)
        lines.append("".join((cell * (wide - 1) + " " if wide > 1 else cell) for cell in cells).rstrip())
    return lines


def interval(low: float, high: float, value: float, width: int, goal: float | None = None) -> str:
    """A dot with the line of its interval on a scale from 0 to 1, and a mark where the goal is."""
    cells = [" "] * width
    if goal is not None:
        cells[_place(goal, width)] = "┊"
    for at in range(_place(low, width), _place(high, width) + 1):
        cells[at] = "─" if cells[at] == " " else "┼"
    cells[_place(value, width)] = "●"
    return "".join(cells)


def change(before: float, after: float, width: int) -> str:
    """Two dots on a scale from 0 to 1 with the way from one to the other: open before, filled after."""
    cells = [" "] * width
    first, last = _place(before, width), _place(after, width)
    for at in range(min(first, last), max(first, last) + 1):
        cells[at] = "─"
    cells[first], cells[last] = "○", "●"
    return "".join(cells)


def scale(width: int) -> str:
    """The numbers below such a scale, in percent."""
    cells = ["0", *[" "] * (width - 1)]
    for share, text in ((0.5, "50"), (1.0, "100 %")):
        start = min(width - len(text), _place(share, width) - (len(text) - 1) // 2)
        cells[start : start + len(text)] = text
    return "".join(cells)


def _place(share: float, width: int) -> int:
    return round(min(1.0, max(0.0, share)) * (width - 1))
