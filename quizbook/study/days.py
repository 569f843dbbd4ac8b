"""The days that a learner's answers count for: one begins at four in the morning, local time, unless set otherwise."""

from __future__ import annotations

import functools
from datetime import UTC, date, datetime, time, timedelta

DAY_START = 4  # the hour of local time


def study_day(at: datetime, utc_offset: int, day_start: int = DAY_START) -> date:
    """The day that a moment counts for. utc_offset: minutes east of UTC. day_start: the hour it begins."""
    return (at + _shift(utc_offset, day_start)).date()


def beginning(day: date, utc_offset: int, day_start: int = DAY_START) -> datetime:
    """The moment, in UTC, in which a study day begins."""
    return datetime.combine(day, time(), UTC) - _shift(utc_offset, day_start)


@functools.lru_cache(maxsize=256)  # it is asked for with every answer of years
def _shift(utc_offset: int, day_start: int) -> timedelta:
    return timedelta(minutes=utc_offset, hours=-day_start)
