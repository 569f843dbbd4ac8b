"""Which places of the log something covers: sets of numbers from 1 on, as few ranges."""

from __future__ import annotations

from collections.abc import Iterable

Range = tuple[int, int]
"""The first and the last number."""


def ranges_of(numbers: Iterable[int]) -> list[Range]:
    """The fewest ranges that hold exactly these numbers, in order."""
    return merged((number, number) for number in numbers)


def merged(ranges: Iterable[Range]) -> list[Range]:
    """The fewest ranges that hold the same numbers, in order."""
    found: list[Range] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found


def gaps(ranges: Iterable[Range], end: int) -> list[Range]:
    """What of 1 to `end` lies in none of these ranges, in order."""
    found: list[Range] = []
    begin = 1
    for first, last in merged(ranges):
        if first > begin:
            found.append((begin, min(first - 1, end)))
        begin = max(begin, last + 1)
    if begin <= end:
        found.append((begin, end))
    return [(first, last) for first, last in found if first <= last]
