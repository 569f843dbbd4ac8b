"""Daily copies: when they are made, which are kept, and that they are whole."""

import os
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stored import answer, filled, stored

from quizbook.study.store import backups, daily, open_log
from quizbook.study.store.backups import DAYS, WEEKS, days_with_copies, kept, sound
from quizbook.study.store.opening import FILE_NAME

TODAY = date.today()


def only_copy(home: Path) -> Path:
    [copy] = days_with_copies(home).values()
    return copy


def ids(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as raw:
        return {row[0] for row in raw.execute("SELECT id FROM event")}


def test_closing_a_small_log_leaves_a_whole_copy_of_today_that_only_its_owner_reads(tmp_path: Path) -> None:
    events = filled(tmp_path, 20)
    copy = only_copy(tmp_path)
    assert ids(copy) == {event.id for event in events}
    assert copy == daily.path_of(tmp_path, TODAY)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o700
    assert [path.name for path in copy.parent.iterdir()] == [copy.name]


def test_a_copy_grows_with_each_sitting_of_the_day(tmp_path: Path) -> None:
    first = filled(tmp_path, 3)
    second = filled(tmp_path, 4, begin=3)
    assert ids(only_copy(tmp_path)) == {event.id for event in (*first, *second)}


def test_who_only_reads_copies_nothing(tmp_path: Path) -> None:
    assert stored(tmp_path) == []
    assert days_with_copies(tmp_path) == {}


def test_a_copy_with_more_events_is_not_replaced_by_one_with_fewer(tmp_path: Path) -> None:
    events = filled(tmp_path, 9)
    copy = only_copy(tmp_path).read_bytes()
    (tmp_path / FILE_NAME).unlink()
    (tmp_path / "backups").rename(tmp_path / "away")
    filled(tmp_path, 2, begin=50)
    only_copy(tmp_path).write_bytes(copy)
    filled(tmp_path, 1, begin=60)
    assert ids(only_copy(tmp_path)) == {event.id for event in events}


def test_a_learner_who_never_closes_the_program_gets_a_copy_after_the_first_answer_of_the_day(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    only_copy(tmp_path).rename(daily.path_of(tmp_path, TODAY - timedelta(days=1)))
    with open_log(tmp_path) as log:
        log.append(answer(7))
        today = daily.path_of(tmp_path, TODAY)
        deadline = time.monotonic() + 30
        while not today.exists():
            assert time.monotonic() < deadline, "the process that copies did not"
            time.sleep(0.02)
        assert len(ids(today)) == 4


def test_a_large_log_is_copied_beside_its_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daily, "SMALL", 0)
    monkeypatch.setattr(backups, "take", lambda *_: pytest.fail("its user waits"))
    events = filled(tmp_path, 30)
    deadline = time.monotonic() + 30
    while not days_with_copies(tmp_path):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert ids(only_copy(tmp_path)) == {event.id for event in events}


def test_old_copies_are_deleted_when_a_new_one_is_made(tmp_path: Path) -> None:
    filled(tmp_path, 1)
    content = only_copy(tmp_path).read_bytes()
    days = [TODAY - timedelta(days=back) for back in range(1, 60)]
    for day in days:
        daily.path_of(tmp_path, day).write_bytes(content)
    filled(tmp_path, 1, begin=1)
    left = sorted(days_with_copies(tmp_path), reverse=True)
    assert left[:DAYS] == [TODAY - timedelta(days=back) for back in range(DAYS)]
    assert len(left) == DAYS + WEEKS
    assert set(left) == kept([TODAY, *days])


@settings(deadline=None, max_examples=60)
@given(used=st.lists(st.booleans(), min_size=1, max_size=150))
def test_day_after_day_a_week_and_a_month_can_be_gone_back(used: list[bool]) -> None:
    there: set[date] = set()
    seen: list[date] = []
    for back, is_used in enumerate(used):
        if is_used:
            day = date(2026, 1, 1) + timedelta(days=back)
            seen.append(day)
            there = kept(there | {day})
    assert set(seen[-DAYS:]) <= there
    assert len(there) <= DAYS + WEEKS
    for weeks in range(2, WEEKS + 1):  # wherever there was a copy in a week, one of it or of a later week is there
        day = date(2026, 1, 1) + timedelta(days=len(used) - 1 - 7 * weeks)
        if any(day - timedelta(days=6) <= other <= day for other in seen):
            assert any(other >= day - timedelta(days=13) for other in there if other <= day + timedelta(days=6))


def test_what_an_interrupted_copy_left_is_no_backup_and_goes_in_time(tmp_path: Path) -> None:
    filled(tmp_path, 1)
    folder = only_copy(tmp_path).parent
    (folder / "quizbook-2020-01-01.sqlite3").write_bytes(b"half")
    (folder / f"{FILE_NAME}-99.part").write_bytes(b"half")
    assert [backup.day for backup in sound(tmp_path)] == [TODAY]
    old = time.time() - 7200
    os.utime(folder / f"{FILE_NAME}-99.part", (old, old))
    filled(tmp_path, 1, begin=1)
    assert not list(folder.glob("*.part"))


def test_a_backup_that_cannot_be_written_is_told_and_hinders_nothing(tmp_path: Path) -> None:
    (tmp_path / "backups").write_text("in the way", encoding="utf-8")
    told: list[str] = []
    with open_log(tmp_path, tell=told.append) as log:
        log.append(answer())
    [sentence] = told
    assert "today's backup in" in sentence
    assert "your answers are stored" in sentence
    with open_log(tmp_path) as log:
        assert len(list(log.events())) == 1


def test_a_log_that_does_not_pass_the_check_of_its_copy_is_repaired_at_the_next_start(tmp_path: Path) -> None:
    events = filled(tmp_path, 400)
    file = tmp_path / FILE_NAME
    content = file.read_bytes()
    with closing(sqlite3.connect(file)) as raw:
        page = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'event_item_at'").fetchone()[0]
    begin = (page - 1) * 4096
    file.write_bytes(content[:begin] + b"\0" * 4096 + content[begin + 4096 :])  # an index that appending needs not
    with closing(sqlite3.connect(file)) as raw:
        assert not backups.take(tmp_path, raw)
    told: list[str] = []
    with open_log(tmp_path, tell=told.append) as log:
        assert list(log.events()) == events
        assert len(list(log.attempts(item="ch03.mc.07"))) == 1
    assert len(told) == 1
    assert not (tmp_path / "backups" / "suspect").exists()


def test_the_process_that_copies_takes_nothing_from_the_folder_somebody_stands_in(tmp_path: Path) -> None:
    home, here = tmp_path / "home", tmp_path / "here"
    here.mkdir()
    (here / "quizbook.py").write_text("raise SystemExit('somebody else')", encoding="utf-8")
    (here / "sqlite3.py").write_text("raise SystemExit('somebody else')", encoding="utf-8")
    filled(home, 1)
    only_copy(home).unlink()
    code = (
        "import sys; from pathlib import Path; from quizbook.study.store import daily;"
        "import os; os.chdir(sys.argv[2]); daily._take_behind(Path(sys.argv[1]))"
    )
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-c", code, str(home), str(here)], cwd=root, check=True)
    deadline = time.monotonic() + 30
    while not days_with_copies(home):
        assert time.monotonic() < deadline
        time.sleep(0.02)
