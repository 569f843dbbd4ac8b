"""Where the learner stands is the same whether the snapshot helped or the whole log was read."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizbook.study import standing as module
from quizbook.study.events import Attempt, Event, Note
from quizbook.study.schedule import schedule
from quizbook.study.settings import changed
from quizbook.study.standing import Standing, standing
from quizbook.study.store import Log, open_log

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
KINDS = {"a": "numeric", "b": "multiple_choice", "c": "matching"}


def attempt(item: str = "a", score: float | None = 1.0, days: float = 0.0, **more: object) -> Attempt:
    one = Attempt(
        at=START + timedelta(days=days), utc_offset=0, device="d", item=item, text_hash="t", key_hash="k", response="x",
        parts={}, score=score, seed=1, mode="quiz", confidence=None, hints=0, seconds=10.0, version="0",
    )  # fmt: skip
    return replace(one, **more)


def about(one: Attempt, kind: str, days: float) -> Note:
    body = {"score": 1.0, "parts": {}, "key_hash": "k"} if kind == "regrade" else {}
    at = START + timedelta(days=days)
    return Note(kind=kind, at=at, utc_offset=0, device="d", version="0", about=one.id, body=body)  # type: ignore[arg-type]


@contextmanager
def a_log() -> Iterator[tuple[Log, Path]]:
    with TemporaryDirectory() as folder, open_log(Path(folder)) as log:
        yield log, Path(folder) / "cache"


def on_day(log: Log, cache: Path, day: float, *, rebuild: bool = False) -> Standing:
    return standing(log, KINDS, cache, moment=(START + timedelta(days=day), 0), rebuild=rebuild)


@pytest.fixture
def snapshots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every state is worth a snapshot."""
    monkeypatch.setattr(module, "WORTH_KEEPING", 1)


steps = st.lists(
    st.tuples(
        st.sampled_from(["attempt", "attempt", "attempt", "open", "regrade", "retraction", "old attempt", "look"]),
        st.sampled_from("abc"),
        st.sampled_from([0.0, 0.7, 1.0]),
        st.floats(0, 1.5),
        st.integers(0, 5),
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(steps)
def test_with_a_snapshot_and_without_one_it_is_the_same(given_steps: list[tuple[str, str, float, float, int]]) -> None:
    before = module.WORTH_KEEPING
    module.WORTH_KEEPING = 1
    try:
        with a_log() as (log, cache):
            day = 0.0
            told: list[Attempt] = []
            for what, item, score, gap, which in given_steps:
                day += gap
                event: Event | None = None
                if what in ("attempt", "open", "old attempt"):
                    event = attempt(item, None if what == "open" else score, day - 3 * (what == "old attempt"))
                    told.append(event)
                elif told and what != "look":
                    event = about(told[-1 - which % len(told)], what, day)
                if event:
                    log.append(event)
                else:
                    assert on_day(log, cache, day) == on_day(log, cache / "other", day, rebuild=True)
            seen = on_day(log, cache, day)
            assert seen == on_day(log, cache / "other", day, rebuild=True)
            by_time = sorted(log.outcomes(), key=lambda one: (one.at, one.id))
            assert seen.scheduled == schedule(by_time, KINDS)
            assert seen.attempts == len(by_time)
    finally:
        module.WORTH_KEEPING = before


@pytest.mark.usefixtures("snapshots")
def test_only_what_came_after_the_snapshot_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    with a_log() as (log, cache):
        log.append(*(attempt("abc"[n % 3], days=n / 10) for n in range(100)))
        first = on_day(log, cache, 20)
        read: list[int] = []
        whole = Log.rateable
        monkeypatch.setattr(Log, "rateable", lambda self, after=0: read.append(after) or whole(self, after))
        assert on_day(log, cache, 20) == first
        assert read == [100]


@pytest.mark.usefixtures("snapshots")
@pytest.mark.parametrize("damage", [b"", b"{", b'{"key": 1}', b"[]", b"\xff\xfe", None])
def test_a_damaged_snapshot_is_as_good_as_none(damage: bytes | None) -> None:
    with a_log() as (log, cache):
        log.append(*(attempt("abc"[n % 3], days=n) for n in range(9)))
        first = on_day(log, cache, 20)
        file = cache / module.FILE
        file.write_bytes(file.read_bytes()[:-200] if damage is None else damage)
        assert on_day(log, cache, 20) == first


@pytest.mark.usefixtures("snapshots")
def test_a_log_that_was_put_back_makes_the_snapshot_worthless(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        device = log.device
        log.append(*(attempt("a", days=n) for n in range(9)))
        on_day(log, tmp_path, 20)
    for file in (*tmp_path.glob("*.sqlite3*"), *tmp_path.glob("backups/*")):
        file.unlink()
    shutil.rmtree(tmp_path / "backups")
    with open_log(tmp_path) as log:
        log.device = device
        log.append(*(attempt("b", 0.0, days=n) for n in range(9)))
        assert set(on_day(log, tmp_path, 20).scheduled) == {"b"}


def test_settings_of_the_log_decide() -> None:
    with a_log() as (log, cache):
        log.append(attempt(days=0), attempt(days=5), attempt(days=20))
        usual = on_day(log, cache, 21).scheduled["a"].due
        changed(log, "retention", "0.8")
        assert on_day(log, cache, 21).scheduled["a"].due > usual
        changed(log, "day-start", "10")
        assert on_day(log, cache, 21).today == (START + timedelta(days=20)).date()


def test_the_streak_counts_days_in_a_row_and_waits_for_today() -> None:
    with a_log() as (log, cache):
        assert on_day(log, cache, 0).streak == 0
        log.append(attempt(days=0), attempt("b", days=2), attempt("a", days=3), attempt("c", days=3.01))
        assert [on_day(log, cache, day).streak for day in (3, 4, 5)] == [2, 2, 0]
        seen = on_day(log, cache, 3)
        assert (seen.answered_today, seen.new_today) == (2, 1)


def test_an_answer_that_was_left_open_over_lunch_is_no_hour_of_study() -> None:
    with a_log() as (log, cache):
        log.append(attempt(seconds=4000.0), attempt("b", seconds=float("nan")), attempt("c", seconds=20.0))
        assert on_day(log, cache, 0).days[START.date()].seconds == 620


def test_answers_before_reading_leave_no_score() -> None:
    with a_log() as (log, cache):
        log.append(attempt(mode="pretest", score=0.0), attempt("b", 0.5), attempt("b", 1.0, days=1))
        seen = on_day(log, cache, 1)
        assert set(seen.answers) == {"b"}
        assert (seen.answers["b"].count, seen.answers["b"].total, seen.answers["b"].latest) == (2, 1.5, 1.0)
