"""What happens when the store's file is not what it should be: a clear sentence, and nothing is overwritten."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from quizbook.errors import QuizbookError
from quizbook.study.events import Note, now
from quizbook.study.store import open_log, opening
from quizbook.study.store.opening import APPLICATION_ID, FILE_NAME, MIGRATIONS


def run(code: str, argument: Path) -> str:
    """What a Python process of its own prints."""
    command = [sys.executable, "-c", code, str(argument)]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=Path(__file__).parents[3], timeout=60, check=True
    )
    return done.stdout


def refused(folder: Path, words: str) -> None:
    """Opening fails with these words, of kind input, names the file, and leaves every byte in its place."""
    file = folder / FILE_NAME
    before = file.read_bytes()
    with pytest.raises(QuizbookError, match=words) as caught:
        open_log(folder)
    assert caught.value.kind == "input"
    assert str(file) in caught.value.message
    assert file.read_bytes() == before
    assert [path.name for path in folder.iterdir()] == [FILE_NAME]


@pytest.mark.parametrize("content", [b"hello", b"my notes, which are longer than a header\n" * 500])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    refused(tmp_path, "is no quizbook database. Nothing was overwritten")


@pytest.mark.parametrize("mark", ["CREATE TABLE card (id)", "PRAGMA user_version = 1", "PRAGMA application_id = 5"])
def test_a_database_of_another_program_is_refused(tmp_path: Path, mark: str) -> None:
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as other:
        other.execute(mark)
    refused(tmp_path, "database of another program")


def test_a_store_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    open_log(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as raw:
        raw.execute("PRAGMA user_version = 1000")
    refused(tmp_path, "newer quizbook .version 1000.*Update quizbook")


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).touch()
    with open_log(tmp_path) as log:
        assert list(log.events()) == []
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        assert raw.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_an_entry_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    open_log(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as raw:
        raw.execute(
            "INSERT INTO event (id, kind, at, utc_offset, device, version, body)"
            " VALUES ('e7', 'flag', '2026-11-24T12:00:00.000000Z', 0, 'd', '1', '{broken')"
        )
        raw.commit()
    with open_log(tmp_path) as log, pytest.raises(QuizbookError, match="entry e7 cannot be read"):
        list(log.events())


def test_a_migration_that_fails_leaves_the_store_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_log(tmp_path).close()
    bad = tmp_path / "next_bad.sql"
    bad.write_text("CREATE TABLE extra (x);\nCREATE TABLE event (x);\n", encoding="utf-8")
    monkeypatch.setattr(opening, "MIGRATIONS", (*MIGRATIONS, str(bad)))
    with pytest.raises(QuizbookError, match="already exists"):
        open_log(tmp_path)
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        assert raw.execute("SELECT count(*) FROM sqlite_master WHERE name = 'extra'").fetchone() == (0,)


def test_a_later_migration_keeps_the_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_log(tmp_path) as log:
        device = log.device
    later = tmp_path / "next_later.sql"
    later.write_text("ALTER TABLE event ADD COLUMN extra TEXT;\n", encoding="utf-8")
    monkeypatch.setattr(opening, "MIGRATIONS", (*MIGRATIONS, str(later)))
    with open_log(tmp_path) as log:
        assert log.device == device
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS) + 1,)


def test_a_store_of_the_first_version_is_brought_up_to_date_with_its_events(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(opening, "MIGRATIONS", MIGRATIONS[:1])
        at, offset = now()
        flag = Note(kind="flag", at=at, utc_offset=offset, device="d", version="1", body={"note": "kept"})
        with open_log(tmp_path) as log:
            log.append(flag)
        with closing(sqlite3.connect(tmp_path / FILE_NAME)) as raw:
            assert raw.execute("PRAGMA user_version").fetchone() == (1,)
    with open_log(tmp_path) as log:
        assert list(log.events()) == [flag]
        assert log.segments() == {}


def test_every_migration_in_the_folder_is_listed_in_order() -> None:
    folder = Path(opening.__file__).with_name("migrations")
    assert sorted(path.name for path in folder.iterdir()) == list(MIGRATIONS)
    assert [int(name[:4]) for name in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))


def test_a_store_that_another_program_holds_is_waited_for_and_then_named(tmp_path: Path) -> None:
    open_log(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(QuizbookError, match="held by another program"):
            open_log(tmp_path, patience=0.1)
        other.execute("ROLLBACK")
    open_log(tmp_path).close()


def test_a_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("mine", encoding="utf-8")
    with pytest.raises(QuizbookError, match="QUIZBOOK_HOME"):
        open_log(tmp_path / "home")
    assert (tmp_path / "home").read_text(encoding="utf-8") == "mine"


OPEN_AS_ANYBODY = """
import os, sys
from pathlib import Path
from quizbook.errors import QuizbookError
from quizbook.study.store import open_log
if os.geteuid() == 0:
    os.seteuid(65534)  # rights do not bind root
try:
    open_log(Path(sys.argv[1]))
except QuizbookError as error:
    print(error.kind, error.message)
"""


@pytest.mark.parametrize("begun", [False, True])
def test_a_home_that_cannot_be_written_is_named(begun: bool) -> None:
    with tempfile.TemporaryDirectory(prefix="quizbook-test-") as everybodys:
        home = Path(everybodys) / "home"
        home.mkdir()
        home.parent.chmod(0o755)
        if begun:
            open_log(home).close()
            (home / FILE_NAME).chmod(0o444)
        home.chmod(0o555)
        done = run(OPEN_AS_ANYBODY, home)
        home.chmod(0o755)
    assert done.startswith(f"input {home / FILE_NAME} cannot be "), done
    assert "QUIZBOOK_HOME" in done


FILL_THE_DISK = """
import resource, sys
from pathlib import Path
from quizbook.errors import QuizbookError
from quizbook.study.events import Note, now
from quizbook.study.store import open_log
with open_log(Path(sys.argv[1])) as log:
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
    stored = 0
    try:
        for _ in range(1000):
            at, offset = now()
            body = {"note": "x" * 1000}
            log.append(Note(kind="flag", at=at, utc_offset=offset, device="d", version="1", body=body))
            stored += 1
    except QuizbookError as error:
        print(stored, error.kind, error.message)
"""


def test_a_disk_that_takes_no_more_is_named_and_keeps_what_it_has(tmp_path: Path) -> None:
    stored, kind, message = run(FILL_THE_DISK, tmp_path).split(" ", 2)
    assert kind == "input"
    assert "What was stored before is safe, the last entry was not stored." in message
    with open_log(tmp_path) as log:
        assert len(list(log.events())) == int(stored) > 0


def test_a_database_without_room_is_called_a_full_disk(tmp_path: Path) -> None:
    at, offset = now()
    flags = [
        Note(kind="flag", at=at, utc_offset=offset, device="d", version="1", body={"note": "x" * 99})
        for _ in range(400)
    ]
    with open_log(tmp_path) as log:
        log._connection.execute("PRAGMA max_page_count = 1")  # SQLite's own way of running out of room
        with pytest.raises(QuizbookError, match="is full"):
            log.append(*flags)
        assert list(log.events()) == []


def test_opening_the_log_loads_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from quizbook.study.store import open_log; open_log(Path(sys.argv[1]));"
        "print({'torch', 'pydantic', 'typer', 'rich', 'yaml'} & set(sys.modules))"
    )
    assert run(code, tmp_path) == "set()\n"


def test_a_home_with_a_strange_name_works(tmp_path: Path) -> None:
    home = tmp_path / "100% a?b#c ümläut" / os.fsdecode(b"\xff")
    open_log(home).close()
    assert (home / FILE_NAME).stat().st_size > 0
