"""`quizbook export`: the whole log as lines of JSON, and the same without anything that tells whose it is."""

import json
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from program import PROGRAM, Home

from quizbook.study.anonymous import anonymous
from quizbook.study.events import Attempt, Event, Note, new_id
from quizbook.study.store import effective, open_log
from quizbook.study.store.event_lines import ATTEMPT_FIELDS, NOTE_FIELDS

EVENING = datetime(2026, 11, 24, 19, 30, 5, 123456, tzinfo=UTC)  # a Tuesday
PRIVATE = "Anna Example, /home/anna/gpt"


def attempt(**changes: Any) -> Attempt:
    fields: dict[str, Any] = {
        "at": EVENING,
        "utc_offset": 60,
        "device": "annas-laptop",
        "item": "ch03.q.12",
        "text_hash": "0a1b",
        "key_hash": "2c3d",
        "response": "b",
        "parts": {"b": True},
        "score": 1.0,
        "seed": 7,
        "mode": "quiz",
        "seconds": 2.5,
        "version": "0.1.0",
    }
    return Attempt(**(fields | changes))


def note(kind: Any, **changes: Any) -> Note:
    fields = {"kind": kind, "at": EVENING, "utc_offset": 60, "device": "annas-laptop", "version": "0.1.0"}
    return Note(**(fields | changes))


WRITTEN = attempt(response={"text": f"I am {PRIVATE}", "ticked": [1, 3]}, score=None, item="ch03.q.13")
EVENTS: tuple[Event, ...] = (
    attempt(),
    WRITTEN,
    attempt(response={"1": "c", "2": PRIVATE}, parts={"1": True, "2": False}, item="ch03.q.14"),
    attempt(response=[PRIVATE, "d", "a"], item="ch03.q.15", at=EVENING + timedelta(days=3)),
    attempt(response="2,359,296", item="ch03.q.16"),
    attempt(response={"file": "/home/anna/gpt/ch03_ex1.py", "failed_checks": 2}, mode="exercise", item="ch03.ex.1"),
    note("regrade", about=WRITTEN.id, body={"score": 0.5, "parts": {"1": True}, "key_hash": "2c3d", "by": PRIVATE}),
    note("retraction", about="of another log", device="phone-of-anna"),
    note("flag", item="ch03.q.12", body={"note": PRIVATE}),
    note("setting", item="ch03.ex.1", body={"key": "put at", "value": "/home/anna/gpt/ch03_ex1.py"}),
    note("setting", body={"key": "retention", "value": 0.85}),
    note("setting", body={"key": "parameters", "value": [0.1, 2.5]}),
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    with open_log(made.path) as log:
        log.append(*EVENTS)
    return made


def lines_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_every_event_is_a_line_after_one_that_says_what_this_is(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "answers.jsonl"
    done = home.run("export", file)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"quizbook: 12 events written to {file}\n"
    head, *lines = lines_of(file.read_text(encoding="ascii"))
    assert head == {"quizbook": "event log", "schema": 1}
    assert [line["id"] for line in lines] == [event.id for event in EVENTS]
    assert lines[0] == {
        **{"id": EVENTS[0].id, "kind": "attempt", "at": "2026-11-24T19:30:05.123456Z", "utc_offset": 60},
        **{"device": "annas-laptop", "version": "0.1.0", "item": "ch03.q.12", "text_hash": "0a1b", "key_hash": "2c3d"},
        **{"response": "b", "parts": {"b": True}, "score": 1.0, "seed": 7, "mode": "quiz", "confidence": None},
        **{"hints": 0, "seconds": 2.5},
    }
    assert lines[8]["body"] == {"note": PRIVATE}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert {path.name for path in tmp_path.iterdir()} == {file.name, "home"}


def test_a_dash_writes_to_stdout(home: Home) -> None:
    done = home.run("export", "-")
    assert len(lines_of(done.stdout)) == 13
    assert done.stderr == "quizbook: 12 events written\n"


def test_a_file_that_is_there_is_written_over_only_when_told(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text("mine", encoding="utf-8")
    refused = home.run("export", file)
    assert refused.returncode == 2
    assert "is there already. Give another name, or --force to write over it." in refused.stderr
    assert file.read_text(encoding="utf-8") == "mine"
    assert home.run("export", file, "--force").returncode == 0
    assert len(lines_of(file.read_text(encoding="ascii"))) == 13


def test_what_cannot_be_written_is_told_and_leaves_nothing(home: Home, tmp_path: Path) -> None:
    missing = home.run("export", tmp_path / "no" / "file")
    assert (missing.returncode, missing.stderr.count("cannot be written (No such file or directory)")) == (2, 1)
    folder = home.run("export", tmp_path)
    assert (folder.returncode, "is a folder. Name the file in it" in folder.stderr) == (2, True)
    full = subprocess.run(
        ["sh", "-c", f"ulimit -f 1; exec {PROGRAM} export {tmp_path / 'cut.jsonl'}"],
        env=home.environment(),
        capture_output=True,
        text=True,
    )
    assert full.returncode == 2, full
    assert "cannot be written (File too large). Nothing was changed." in full.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_a_device_takes_the_lines_as_they_come(home: Home) -> None:
    assert home.run("export", "/dev/null").returncode == 0
    assert not Path("/dev/null").is_file()


def test_an_export_without_answers_is_its_first_line(tmp_path: Path) -> None:
    done = Home(tmp_path / "new").run("export", "-")
    assert (done.returncode, len(lines_of(done.stdout))) == (0, 1)


def test_an_anonymous_export_holds_nothing_that_was_typed_and_no_name(home: Home) -> None:
    done = home.run("export", "-", "--anonymous")
    head, *lines = lines_of(done.stdout)
    assert head == {"quizbook": "event log", "schema": 1, "anonymous": True}
    for secret in ("anna", "example", "laptop", "phone", "/home", "gpt", "I am", "2026", ".py", "file"):
        assert secret.casefold() not in done.stdout.replace('"file":null', "").casefold(), secret
    assert not {event.id for event in EVENTS} & {line["id"] for line in lines}
    assert [line["kind"] for line in lines] == ["attempt"] * 6 + [event.kind for event in EVENTS[6:]]  # type: ignore[union-attr]


def test_an_anonymous_export_keeps_what_analyses_need(home: Home) -> None:
    _, *lines = lines_of(home.run("export", "-", "--anonymous").stdout)
    assert [line["response"] for line in lines[:6]] == [
        *("b", {"text": None, "ticked": [1, 3]}, {"1": "c", "2": None}, [None, "d", "a"], "2,359,296"),
        {"file": None, "failed_checks": 2},
    ]
    assert [line["item"] for line in lines[:2]] == ["ch03.q.12", "ch03.q.13"]
    assert lines[6]["about"] == lines[1]["id"]
    assert lines[6]["body"] == {"score": 0.5, "parts": {"1": True}, "key_hash": "2c3d"}
    assert [line["device"] for line in lines[5:8]] == ["device 1", "device 1", "device 2"]
    assert [line["body"] for line in lines[8:]] == [
        *({}, {"key": "put at", "value": None}, {"key": "retention", "value": 0.85}),
        {"key": "parameters", "value": [0.1, 2.5]},
    ]
    assert all(set(line) == set(ATTEMPT_FIELDS if line["kind"] == "attempt" else NOTE_FIELDS) for line in lines)


def test_two_anonymous_exports_share_no_id(home: Home) -> None:
    first, second = (lines_of(home.run("export", "-", "--anonymous").stdout)[1:] for _ in range(2))
    assert not {line["id"] for line in first} & {line["id"] for line in second}


times = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
offsets = st.integers(-14 * 4, 14 * 4).map(lambda quarter: quarter * 15)


@given(st.lists(st.tuples(times, offsets), min_size=1, max_size=8))
def test_the_calendar_is_moved_and_the_clock_of_the_learner_is_not(moments: list[tuple[datetime, int]]) -> None:
    events = [attempt(at=at, utc_offset=offset) for at, offset in moments]
    moved = list(anonymous(events))
    assert datetime(2000, 1, 3, tzinfo=UTC) <= moved[0].at < datetime(2000, 1, 10, tzinfo=UTC)
    assert moved[0].utc_offset == 0
    for before, after in zip(events, moved, strict=True):
        local = before.at + timedelta(minutes=before.utc_offset)
        shown = after.at + timedelta(minutes=after.utc_offset)
        assert (shown.weekday(), shown.time()) == (local.weekday(), local.time().replace(microsecond=0))
        gap = before.at.replace(microsecond=0) - events[0].at.replace(microsecond=0)
        assert after.at - moved[0].at == gap


texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=13).filter(lambda text: not text[0].isdigit())


@given(texts, st.sampled_from(["{}", "[{}]", "{1}", "{text}"]))
def test_no_text_gets_through_in_whatever_shape_it_comes(text: str, shape: str) -> None:
    response: Any = {"{}": text, "[{}]": ["a", [text]], "{1}": {"1": text}, "{text}": {"text": {"b": text}}}[shape]
    events = [attempt(response=response), note("flag", body={"note": text}), note("setting", body={"value": [text]})]
    for event in anonymous(events):
        assert text not in repr(event)
        assert repr(text)[1:-1] not in repr(event)


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["retraction", "regrade"]), st.floats(0, 1)), max_size=6))
def test_the_grades_that_count_are_the_same_without_names(notes: list[tuple[int, Any, float]]) -> None:
    answers = [attempt(id=new_id(), seed=number) for number in range(4)]
    about = [
        note(kind, about=answers[number].id, body={"score": score}, at=EVENING + timedelta(minutes=place))
        for place, (number, kind, score) in enumerate(notes)
    ]
    counted = [(one.seed, one.score) for one in effective(answers, about)]
    export = list(anonymous([*answers, *about]))
    after = effective(
        [event for event in export if isinstance(event, Attempt)],
        [event for event in export if isinstance(event, Note)],
    )
    assert [(one.seed, one.score) for one in after] == counted
