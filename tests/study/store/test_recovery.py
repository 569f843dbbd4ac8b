"""A damaged log: what the backup and the damaged file still hold comes back, and the damaged file is kept."""

import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from stored import answer, filled, said, stored

from quizbook.errors import QuizbookError
from quizbook.study.events import Event
from quizbook.study.store import open_log
from quizbook.study.store.carving import carved
from quizbook.study.store.opening import FILE_NAME

PAGE = 4096
Damage = Callable[[Path], None]


def wipe_beginning(file: Path) -> None:
    file.write_bytes(b"\0" * 100 + file.read_bytes()[100:])


def overwrite_with_noise(file: Path) -> None:
    file.write_bytes(random.Random(1).randbytes(file.stat().st_size))


def cut_in_half(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def cut_to_nothing(file: Path) -> None:
    os.truncate(file, 0)


def delete(file: Path) -> None:
    file.unlink()


def wipe_pages(file: Path) -> None:
    content = bytearray(file.read_bytes())
    for page in range(1, len(content) // PAGE, 3):
        content[page * PAGE : (page + 1) * PAGE] = bytes(PAGE)
    file.write_bytes(content)


def drop_the_table(file: Path) -> None:
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("DROP TABLE event")


def forget_the_table(file: Path) -> None:
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("PRAGMA writable_schema = ON")
        raw.execute("DELETE FROM sqlite_master WHERE tbl_name = 'event'")
        raw.commit()


def drop_the_name(file: Path) -> None:
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("DELETE FROM meta")
        raw.commit()


DAMAGES = [
    *(wipe_beginning, overwrite_with_noise, cut_in_half, cut_to_nothing, wipe_pages),
    *(drop_the_table, forget_the_table, drop_the_name),
]


@pytest.mark.parametrize("damage", [*DAMAGES, delete])
def test_a_damaged_log_is_back_with_all_that_the_backup_holds_and_says_so(tmp_path: Path, damage: Damage) -> None:
    events = filled(tmp_path, 300)
    with open_log(tmp_path) as log:
        device = log.device
    damage(tmp_path / FILE_NAME)
    told: list[str] = []
    with open_log(tmp_path, tell=told.append) as log:
        assert {event.id: event for event in log.events()} == {event.id: event for event in events}
        assert log.device == device
        log.append(answer(900))
    [sentence] = told
    assert "300 events, the latest of 2026-11-24" in sentence
    assert "from the backup of" in sentence
    assert len(stored(tmp_path)) == 301


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_damaged_file_is_kept_as_it_was_under_a_dated_name_that_is_told(tmp_path: Path, damage: Damage) -> None:
    filled(tmp_path, 300)
    damage(tmp_path / FILE_NAME)
    damaged = (tmp_path / FILE_NAME).read_bytes()
    told: list[str] = []
    open_log(tmp_path, tell=told.append).close()
    [found] = re.findall(r"the damaged file lies in (\S+)", told[0])
    assert re.fullmatch(r"quizbook-damaged-\d{4}-\d\d-\d\d-\d{6}-\d{6}\.sqlite3", Path(found).name)
    assert Path(found).read_bytes() == damaged
    assert not list(tmp_path.glob(".repair-*"))


@pytest.mark.parametrize("damage", [wipe_beginning, forget_the_table, drop_the_name])
def test_answers_since_the_backup_are_read_from_the_damaged_file(tmp_path: Path, damage: Damage) -> None:
    first = filled(tmp_path, 100)
    copy = next((tmp_path / "backups").iterdir())
    content = copy.read_bytes()
    second = filled(tmp_path, 60, begin=100)
    copy.write_bytes(content)
    damage(tmp_path / FILE_NAME)
    told: list[str] = []
    with open_log(tmp_path, tell=told.append) as log:
        assert list(log.events()) == [*first, *second]
    assert "160 events" in told[0]
    assert "60 of them were read from the damaged file" in told[0]


@pytest.mark.parametrize("damage", [wipe_beginning, cut_in_half, wipe_pages, forget_the_table, drop_the_name])
def test_without_a_backup_what_can_be_read_comes_back_and_the_rest_is_not_promised(
    tmp_path: Path, damage: Damage
) -> None:
    events = filled(tmp_path, 300)
    for copy in (tmp_path / "backups").iterdir():
        copy.unlink()
    damage(tmp_path / FILE_NAME)
    told: list[str] = []
    with open_log(tmp_path, tell=told.append) as log:
        found = list(log.events())
    assert all(event in events for event in found)
    assert len(found) >= (60 if damage in (cut_in_half, wipe_pages) else 300)
    assert "without a backup" in told[0]
    assert "may hold more" in told[0]


def test_where_nothing_can_be_brought_back_nothing_is_touched_and_the_way_out_is_told(tmp_path: Path) -> None:
    open_log(tmp_path).close()
    drop_the_table(tmp_path / FILE_NAME)
    before = (tmp_path / FILE_NAME).read_bytes()
    with pytest.raises(QuizbookError, match=r"there is no sound backup in .* move it away to begin a new log"):
        open_log(tmp_path)
    assert (tmp_path / FILE_NAME).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_an_unsound_backup_is_passed_over_for_an_older_one(tmp_path: Path) -> None:
    events = filled(tmp_path, 50)
    copy = next((tmp_path / "backups").iterdir())
    copy.with_name("quizbook-2026-01-05.sqlite3").write_bytes(copy.read_bytes())
    wipe_pages(copy)
    overwrite_with_noise(tmp_path / FILE_NAME)
    told: list[str] = []
    with open_log(tmp_path, tell=told.append) as log:
        assert list(log.events()) == events
    assert "from the backup of 2026-01-05" in told[0]


def test_an_entry_that_is_no_event_is_damage_that_only_reading_finds(tmp_path: Path) -> None:
    events = filled(tmp_path, 5)
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as raw:
        raw.execute(
            "INSERT INTO event (id, kind, at, utc_offset, device, version, body)"
            " VALUES ('e7', 'flag', '2026-11-24T12:00:00.000000Z', 0, 'd', '1', '{broken')"
        )
        raw.commit()
    told: list[str] = []
    with open_log(tmp_path, tell=told.append) as log:
        with pytest.raises(QuizbookError, match=r"was damaged and is repaired now\. Start quizbook again"):
            list(log.events())
        assert list(log.events()) == events
    assert "the entry e7 cannot be read" in told[0]


def test_an_answer_into_a_log_that_breaks_meanwhile_is_stored_in_the_repaired_one(tmp_path: Path) -> None:
    events = filled(tmp_path, 40)
    told: list[str] = []
    with open_log(tmp_path, tell=told.append) as log:
        overwrite_with_noise(tmp_path / FILE_NAME)
        log._connection.execute("PRAGMA cache_size = 0")
        log._connection.execute("PRAGMA shrink_memory")
        late = answer(99)
        log.append(late)
        assert list(log.events()) == [*events, late]
    assert len(told) == 1
    assert stored(tmp_path) == [*events, late]


def test_what_lies_in_the_wal_of_a_killed_program_is_read_too(tmp_path: Path) -> None:
    first = filled(tmp_path, 10)
    code = """
import os, signal, sys
from pathlib import Path
from stored import answer
from quizbook.study.store import open_log
log = open_log(Path(sys.argv[1]))
log.append(*(answer(number, id=f"00000000-0000-4000-8000-0000000000{number}") for number in range(10, 40)))
os.kill(os.getpid(), signal.SIGKILL)
"""
    here = Path(__file__)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(here.parents[3]), str(here.parents[1])])}
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=env)
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / f"{FILE_NAME}-wal").stat().st_size > 0
    cut_to_nothing(tmp_path / FILE_NAME)  # SQLite would delete the WAL of an empty file
    told: list[str] = []
    with open_log(tmp_path, tell=told.append) as log:
        assert len(list(log.events())) == 40
        assert list(log.events())[:10] == first
    assert "30 of them were read from the damaged file" in told[0]


def test_a_repair_waits_for_nobody_who_still_writes_into_the_old_file(tmp_path: Path) -> None:
    events = filled(tmp_path, 5)
    with open_log(tmp_path) as log:
        drop_the_name(tmp_path / FILE_NAME)
        with pytest.raises(QuizbookError, match="another quizbook has it open; close that one"):
            open_log(tmp_path, patience=0.2)
        log.append(answer(70))
    told: list[str] = []
    with open_log(tmp_path, tell=told.append) as again:
        assert len(list(again.events())) == len(events) + 1
    assert len(told) == 1


def test_two_that_find_the_damage_at_once_repair_it_once(tmp_path: Path) -> None:
    events = filled(tmp_path, 200)
    drop_the_name(tmp_path / FILE_NAME)
    code = "import sys; from pathlib import Path; from quizbook.study.store import open_log;" + (
        "log = open_log(Path(sys.argv[1])); print(len(list(log.events()))); sys.stdin.readline(); log.close()"
    )
    start = [sys.executable, "-c", code, str(tmp_path)]
    root = Path(__file__).parents[3]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    both = [subprocess.Popen(start, text=True, cwd=root, **pipes) for _ in range(2)]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == f"{len(events)}\n"
    errors = [process.communicate("\n", timeout=30)[1] for process in both]
    assert sorted(error.count("is repaired") for error in errors) == [0, 1], errors
    assert len(list(tmp_path.glob("quizbook-damaged-*.sqlite3"))) == 1


def test_a_repair_that_was_killed_between_its_renames_is_gone_on_with(tmp_path: Path) -> None:
    events = filled(tmp_path, 20)
    overwrite_with_noise(tmp_path / FILE_NAME)
    begun = tmp_path / "quizbook-damaged-2026-11-24-120000-000000.sqlite3"
    os.link(tmp_path / FILE_NAME, begun)
    (tmp_path / ".repair-left").mkdir()
    told: list[str] = []
    with open_log(tmp_path, tell=told.append) as log:
        assert list(log.events()) == events
    assert str(begun) in told[0]
    assert len(list(tmp_path.glob("quizbook-damaged-*"))) == 1
    assert not list(tmp_path.glob(".repair-*"))


@pytest.mark.parametrize("size", [512, 1024, 4096, 65536])
def test_events_are_found_in_pages_of_every_size_without_a_head(tmp_path: Path, size: int) -> None:
    filled(tmp_path / "a", 120)
    odd = [
        said("flag", item="汉字 🙂", body={"note": "x" * 20_000}),
        said("regrade", about="b", body={"score": None, "parts": {"ü": True}}),
        answer(500, score=None, seed=2**64, confidence=None, seconds=0.0, hints=2**40, utc_offset=-720),
        answer(501, score=1.0, seed=-(2**63), seconds=1e300, parts={}),
    ]
    with open_log(tmp_path / "a") as log:
        log.append(*odd)
    with closing(sqlite3.connect(tmp_path / "a" / FILE_NAME)) as raw:
        raw.execute("PRAGMA journal_mode = DELETE")
        raw.execute(f"PRAGMA page_size = {size}")
        raw.execute("VACUUM")
    events = stored(tmp_path / "a")
    file = tmp_path / "a" / FILE_NAME
    with closing(sqlite3.connect(file)) as raw:
        assert raw.execute("PRAGMA page_size").fetchone() == (size,)
    assert list(carved(file, tmp_path / "no wal", set())) == events
    assert events[-4:] == odd


def test_noise_yields_no_events_and_no_errors(tmp_path: Path) -> None:
    filled(tmp_path / "home", 200)
    content = (tmp_path / "home" / FILE_NAME).read_bytes()
    events = {event.id: event for event in stored(tmp_path / "home")}
    chance = random.Random(7)
    for _ in range(25):
        mangled = bytearray(content)
        for _ in range(chance.randrange(1, 200)):
            begin = chance.randrange(len(mangled))
            piece = chance.randbytes(chance.randrange(1, 64)) if chance.random() < 0.7 else bytes(500)
            mangled[begin : begin + len(piece)] = piece
        file = tmp_path / "mangled"
        file.write_bytes(mangled[: chance.randrange(len(mangled))])
        found: list[Event] = list(carved(file, file, set()))
        assert len({event.id for event in found}) == len(found)
        same = sum(events.get(event.id) == event for event in found)
        assert same >= 0.9 * len(found), "a flipped bit may change a letter, it does not change what most events are"
