"""What the event log promises: nothing that was confirmed is lost or changed, whatever was given and whoever writes."""

import json
import math
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stored import NOON, answer, said

from quizbook.errors import QuizbookError
from quizbook.study.events import Attempt, Event, Note
from quizbook.study.store import Log, open_log


def attempt(**changes: Any) -> Attempt:
    return answer(**({"item": "ch03.mc.02"} | changes))


def test_a_new_log_is_for_the_learner_alone(tmp_path: Path) -> None:
    home = tmp_path / "a" / "home"
    with open_log(home) as log:
        log.append(attempt())
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert {stat.S_IMODE(file.stat().st_mode) for file in home.iterdir()} == {0o600}


def test_an_attempt_comes_back_as_it_was_given(tmp_path: Path) -> None:
    given_event = attempt(at=datetime(2026, 11, 24, 13, 5, 6, 789, tzinfo=timezone(timedelta(hours=1))))
    with open_log(tmp_path) as log:
        log.append(given_event)
    with open_log(tmp_path) as log:
        assert list(log.events()) == [given_event]
        assert list(log.attempts()) == [given_event]


def test_the_device_has_one_name_for_ever(tmp_path: Path) -> None:
    with open_log(tmp_path / "one") as log, open_log(tmp_path / "other") as other:
        assert len(log.device) == 32
        assert log.device != other.device
    with open_log(tmp_path / "one") as again:
        assert again.device == log.device


def test_attempts_are_found_by_item_and_mode_oldest_first(tmp_path: Path) -> None:
    late = attempt(at=NOON + timedelta(hours=1))
    early = attempt(at=NOON, mode="review")
    other = attempt(at=NOON - timedelta(hours=1), item="ch03.ex.1", mode="exercise")
    with open_log(tmp_path) as log:
        log.append(late, early, other)
        assert list(log.attempts()) == [other, early, late]
        assert list(log.attempts(item="ch03.mc.02")) == [early, late]
        assert list(log.attempts(mode="review")) == [early]
        assert list(log.attempts(item="ch03.mc.02", mode="exercise")) == []
        assert list(log.events()) == [late, early, other]


def test_events_can_be_asked_for_by_kind(tmp_path: Path) -> None:
    flag, setting = said("flag", item="ch01.mc.01", body={"note": "odd"}), said("setting", body={"key": "cap"})
    with open_log(tmp_path) as log:
        log.append(attempt(), flag, setting)
        assert list(log.events("flag")) == [flag]
        assert list(log.events("setting", "flag")) == [flag, setting]


def test_reading_ends_although_the_reader_appends(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        log.append(attempt(), attempt())
        for old in log.attempts():
            log.append(attempt(item=old.item))
        assert len(list(log.attempts())) == 4


def test_a_group_of_events_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    known = attempt()
    with open_log(tmp_path) as log:
        log.append(known)
        with pytest.raises(ValueError, match="in the log already"):
            log.append(attempt(), known)
        assert list(log.events()) == [known]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET score = 1.0",
        "DELETE FROM event",
        "INSERT OR REPLACE INTO event SELECT * FROM event",
        "REPLACE INTO event (seq, id, kind, at, utc_offset, device, version) VALUES (1, 'x', 'flag', 'x', 0, 'x', 'x')",
    ],
)
def test_no_statement_changes_what_happened(tmp_path: Path, statement: str) -> None:
    with open_log(tmp_path) as log:
        log.append(attempt())
        before = list(log.events())
        with closing(sqlite3.connect(log.path)) as raw, pytest.raises(sqlite3.IntegrityError):
            raw.execute(statement)
        assert list(log.events()) == before


def test_a_retracted_attempt_counts_no_more_and_stays_in_the_log(tmp_path: Path) -> None:
    wrong, kept = attempt(), attempt(score=1.0)
    with open_log(tmp_path) as log:
        log.append(wrong, kept, said("retraction", about=wrong.id))
        assert list(log.outcomes()) == [kept]
        assert list(log.attempts()) == [wrong, kept]


def test_the_latest_regrade_decides_in_whatever_order_the_notes_came(tmp_path: Path) -> None:
    answer = attempt(score=0.0)
    late = said("regrade", about=answer.id, at=NOON + timedelta(days=2), body={"score": 1.0, "key_hash": "k3"})
    early = said("regrade", about=answer.id, at=NOON + timedelta(days=1), body={"score": 0.25, "parts": {"b": False}})
    with open_log(tmp_path) as log:
        log.append(late, early, answer)
        [outcome] = log.outcomes()
        assert (outcome.score, outcome.key_hash, outcome.parts) == (1.0, "k3", answer.parts)
        assert (outcome.id, outcome.response) == (answer.id, answer.response)
        assert list(log.outcomes(item="another")) == []


def test_a_regrade_can_leave_a_score_open(tmp_path: Path) -> None:
    answer = attempt(score=0.0)
    with open_log(tmp_path) as log:
        log.append(answer, said("regrade", about=answer.id, body={"score": None}))
        assert [outcome.score for outcome in log.outcomes()] == [None]


HARD = [
    {"response": "\ud800 lone \udfff"},
    {"response": {"1": float("inf"), "2": -(2**200)}},
    {"response": None},
    {"seed": 2**64, "hints": 2**70},
    {"seed": -(2**63), "hints": 0},
    {"score": math.inf, "seconds": -math.inf},
    {"score": None, "seed": None, "confidence": None, "seconds": None},
    {"item": "nul \0 and 汉字 🙂", "parts": {"①": True, "\udc80": False}},
]


@pytest.mark.parametrize("changes", HARD)
def test_odd_values_come_back_unchanged(tmp_path: Path, changes: dict[str, Any]) -> None:
    odd = attempt(**changes)
    with open_log(tmp_path) as log:
        log.append(odd)
        assert list(log.events()) == [odd]
        assert list(log.attempts(item=odd.item)) == [odd]


def test_not_a_number_comes_back_as_not_a_number(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        log.append(attempt(score=math.nan, seconds=math.nan, response=[math.nan]))
        [odd] = log.attempts()
        assert math.isnan(odd.score or 0.0)
        assert math.isnan(odd.seconds or 0.0)
        assert math.isnan(odd.response[0])


def nested(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "changes",
    [
        {"response": {1, 2}},
        {"response": nested(5000)},
        {"response": 10**5000},
        {"at": datetime(2026, 11, 24)},
        {"item": "\ud800"},
        {"utc_offset": 2**70},
    ],
)
def test_what_cannot_be_stored_is_refused_in_words_and_leaves_the_log_alone(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    with open_log(tmp_path) as log:
        with pytest.raises(QuizbookError, match="cannot be stored"):
            log.append(attempt(), attempt(**changes))
        assert list(log.events()) == []


leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec=None, exclude_categories=()))
)
json_values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=8
)
unicode = st.text(st.characters(codec="utf-8"))
times = st.datetimes(timezones=st.just(UTC))
attempts = st.builds(
    Attempt,
    at=times,
    utc_offset=st.integers(-1440, 1440),
    device=unicode,
    item=unicode,
    text_hash=unicode,
    key_hash=unicode,
    response=json_values,
    parts=st.dictionaries(st.text(st.characters(exclude_categories=())), st.booleans()),
    score=st.none() | st.floats(allow_nan=False),
    seed=st.none() | st.integers(),
    mode=st.sampled_from(["quiz", "review", "pretest", "exam", "exercise"]),
    confidence=st.none() | st.sampled_from(["guess", "fair", "sure"]),
    hints=st.integers(min_value=0),
    seconds=st.none() | st.floats(allow_nan=False),
    version=unicode,
)
notes = st.builds(
    Note,
    kind=st.sampled_from(["retraction", "regrade", "flag", "setting"]),
    at=times,
    utc_offset=st.integers(-1440, 1440),
    device=unicode,
    version=unicode,
    about=st.none() | unicode,
    item=st.none() | unicode,
    body=st.dictionaries(st.text(st.characters(exclude_categories=())), json_values, max_size=4),
)


@pytest.fixture(scope="module")
def shared_log(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with open_log(tmp_path_factory.mktemp("shared")) as log:
        yield log


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(event=attempts | notes)
def test_every_event_survives_the_way_through_the_log(shared_log: Log, event: Event) -> None:
    shared_log.append(event)
    with closing(sqlite3.connect(shared_log.path)) as raw:
        [seq] = raw.execute("SELECT max(seq) FROM event").fetchone()
    assert list(shared_log._read("seq = ?", (seq,), "seq")) == [event]  # the last one alone: the log grows with each


APPEND = """
import sys
from pathlib import Path
from quizbook.study.events import Note, now
from quizbook.study.store import open_log
print("ready", flush=True)
sys.stdin.readline()
with open_log(Path(sys.argv[1])) as log:
    for number in range(int(sys.argv[2])):
        at, offset = now()
        event = Note(kind="flag", at=at, utc_offset=offset, device=log.device, version="1", body={"number": number})
        log.append(event)
        print(event.id, flush=True)
"""


def start_writer(folder: Path, count: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", APPEND, str(folder), str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )


def go(writer: "subprocess.Popen[str]") -> None:
    assert writer.stdin is not None
    assert writer.stdout is not None
    writer.stdin.write("go\n")
    writer.stdin.flush()


def test_processes_that_begin_a_log_at_once_share_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    writers = [start_writer(home, 40) for _ in range(3)]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        go(writer)
    confirmed = {line for writer in writers for line in writer.communicate(timeout=60)[0].split()}
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    with open_log(home) as log:
        events = list(log.events())
        assert {event.id for event in events} == confirmed
        assert len(events) == 120
        assert {event.device for event in events} == {log.device}


def test_killing_the_program_loses_no_confirmed_event(tmp_path: Path) -> None:
    home = tmp_path / "home"
    confirmed: list[str] = []
    for round_ in range(3):
        writer = start_writer(home, 100_000)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
        go(writer)
        confirmed += [writer.stdout.readline().strip() for _ in range(20 + 7 * round_)]
        writer.send_signal(signal.SIGKILL)
        confirmed += [line for line in writer.stdout.read().split("\n")[:-1] if line]  # `communicate` would lose some
        writer.communicate(timeout=30)
    with open_log(home) as log:
        stored = [event.id for event in log.events()]
        assert set(confirmed) <= set(stored)
        assert len(stored) <= len(confirmed) + 3, "at most the one event that was under way is more than was confirmed"
        log.append(attempt())
    with closing(sqlite3.connect(home / "quizbook.sqlite3")) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_responses_lie_in_the_file_as_json(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        log.append(attempt(response={"1": "é"}))
        with closing(sqlite3.connect(log.path)) as raw:
            row = raw.execute("SELECT at, response, score, typeof(score) FROM event").fetchone()
    assert (row[0], json.loads(row[1]), *row[2:]) == ("2026-11-24T12:00:00.000000Z", {"1": "é"}, 0.5, "real")
