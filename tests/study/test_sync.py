"""Several devices and one folder: whatever happens in between, all of them come to know the same."""

import json
import os
import random
import shutil
import sqlite3
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from stored import NOON, answer, filled, said, stored

from quizbook.errors import QuizbookError
from quizbook.study import sync as module
from quizbook.study.events import Attempt, Event, Note
from quizbook.study.store import Log, open_log
from quizbook.study.store.opening import FILE_NAME
from quizbook.study.sync import Synced, sync


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "shared"
    made.mkdir()
    return made


def synced(home: Path, folder: Path) -> Synced:
    with open_log(home) as log:
        return sync(log, folder)


def counts(home: Path, folder: Path) -> tuple[int, int]:
    done = synced(home, folder)
    return done.came, done.went


def by_id(home: Path) -> dict[str, Event]:
    return {event.id: event for event in stored(home)}


def test_what_one_device_did_comes_to_the_other_and_back(tmp_path: Path, folder: Path) -> None:
    ours = filled(tmp_path / "a", 5)
    theirs = filled(tmp_path / "b", 3, begin=50)
    assert counts(tmp_path / "a", folder) == (0, 5)
    assert counts(tmp_path / "b", folder) == (5, 3)
    assert counts(tmp_path / "a", folder) == (3, 0)
    assert by_id(tmp_path / "a") == by_id(tmp_path / "b") == {event.id: event for event in (*ours, *theirs)}


def test_doing_it_again_changes_nothing(tmp_path: Path, folder: Path) -> None:
    filled(tmp_path / "a", 5)
    synced(tmp_path / "a", folder)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert counts(tmp_path / "a", folder) == (0, 0)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_events_of_every_kind_and_with_odd_values_arrive_as_they_were(tmp_path: Path, folder: Path) -> None:
    odd = [
        answer(1, response="\ud800 lone \x85\u2028\x1c", seed=2**64, score=None, seconds=float("inf")),
        answer(2, item="nul \0 and 汉字 🙂", parts={"①": True}, at=NOON + timedelta(microseconds=1)),
        said("flag", item="ch03.mc.01", body={"note": "a\nb"}),
        said("retraction", about="x"),
        said("regrade", about="y", body={"score": 0.1 + 0.2, "parts": {"a": False}, "key_hash": "k"}),
        said("setting", body={"key": "parameters", "value": [0.1, 2.0]}),
    ]
    with open_log(tmp_path / "a") as log:
        log.append(*odd)
    synced(tmp_path / "a", folder)
    synced(tmp_path / "b", folder)
    assert stored(tmp_path / "b") == odd


def test_a_retraction_and_its_answer_count_alike_on_every_device(tmp_path: Path, folder: Path) -> None:
    [first, second] = filled(tmp_path / "a", 2)
    synced(tmp_path / "a", folder)
    synced(tmp_path / "b", folder)
    with open_log(tmp_path / "b") as log:
        log.append(said("retraction", about=first.id), said("regrade", about=second.id, body={"score": 1.0}))
    for home in "bac":
        synced(tmp_path / home, folder)
    for home in "abc":
        with open_log(tmp_path / home) as log:
            assert [(one.id, one.score) for one in log.outcomes()] == [(second.id, 1.0)]


def test_events_go_on_from_one_folder_to_another(tmp_path: Path, folder: Path) -> None:
    other = tmp_path / "stick"
    other.mkdir()
    filled(tmp_path / "a", 4)
    synced(tmp_path / "a", folder)
    synced(tmp_path / "b", folder)
    assert counts(tmp_path / "b", other) == (0, 4)
    assert counts(tmp_path / "c", other) == (4, 0)
    assert by_id(tmp_path / "c") == by_id(tmp_path / "a")


def test_only_new_files_are_read(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(tmp_path / "a", 5)
    synced(tmp_path / "a", folder)
    synced(tmp_path / "b", folder)
    read: list[str] = []
    real = module._take_in
    monkeypatch.setattr(module, "_take_in", lambda log, file, left: read.append(file.name) or real(log, file, left))
    old = {path.name for path in folder.iterdir()}
    filled(tmp_path / "a", 1, begin=9)
    synced(tmp_path / "a", folder)
    assert counts(tmp_path / "b", folder) == (1, 0)
    assert read == [path.name for path in folder.iterdir() if path.name not in old]


def test_what_was_noted_of_the_files_may_be_thrown_away(tmp_path: Path, folder: Path) -> None:
    filled(tmp_path / "a", 5)
    filled(tmp_path / "b", 5, begin=10)
    for home in "aba":
        synced(tmp_path / home, folder)
    before = sorted(folder.iterdir())
    with closing(sqlite3.connect(tmp_path / "a" / FILE_NAME)) as raw:
        raw.execute("DELETE FROM segment")
        raw.commit()
    assert counts(tmp_path / "a", folder) == (0, 0)
    assert sorted(folder.iterdir()) == before


def test_two_machines_with_a_copy_of_one_log_disturb_each_other_not(tmp_path: Path, folder: Path) -> None:
    filled(tmp_path / "a", 6)
    synced(tmp_path / "a", folder)
    shutil.copytree(tmp_path / "a", tmp_path / "copy")
    filled(tmp_path / "a", 3, begin=20)
    filled(tmp_path / "copy", 4, begin=40)
    with open_log(tmp_path / "a") as log, open_log(tmp_path / "copy") as copy:
        assert log.device == copy.device
    assert counts(tmp_path / "a", folder) == (0, 3)
    assert counts(tmp_path / "copy", folder) == (3, 4)
    assert counts(tmp_path / "a", folder) == (4, 0)
    assert by_id(tmp_path / "a") == by_id(tmp_path / "copy")
    assert len(list(folder.iterdir())) == 3


def test_an_older_copy_of_the_log_that_was_put_back_gets_everything_again(tmp_path: Path, folder: Path) -> None:
    filled(tmp_path / "a", 6)
    shutil.copytree(tmp_path / "a", tmp_path / "old")
    filled(tmp_path / "a", 3, begin=20)
    synced(tmp_path / "a", folder)
    filled(tmp_path / "old", 1, begin=30)
    assert counts(tmp_path / "old", folder) == (3, 1)
    assert len(stored(tmp_path / "old")) == 10


def test_files_that_somebody_deleted_are_written_anew_by_whoever_knows_their_events(
    tmp_path: Path, folder: Path
) -> None:
    filled(tmp_path / "a", 5)
    synced(tmp_path / "a", folder)
    synced(tmp_path / "b", folder)
    for file in folder.iterdir():
        file.unlink()
    assert counts(tmp_path / "b", folder) == (0, 5)
    assert counts(tmp_path / "c", folder) == (5, 0)


def test_half_a_file_waits_until_it_is_whole(tmp_path: Path, folder: Path) -> None:
    filled(tmp_path / "a", 5)
    synced(tmp_path / "a", folder)
    [file] = folder.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    done = synced(tmp_path / "b", folder)
    assert (done.came, done.went, done.waiting) == (0, 0, 1)
    assert done.left == (f"1 file is not here as a whole yet, and left for the next time: {file.name}",)
    file.write_bytes(whole)
    assert counts(tmp_path / "b", folder) == (5, 0)


def test_a_file_of_ours_that_lost_its_end_is_written_again(tmp_path: Path, folder: Path) -> None:
    filled(tmp_path / "a", 5)
    synced(tmp_path / "a", folder)
    [file] = folder.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:50])
    assert counts(tmp_path / "a", folder) == (0, 5)
    assert file.read_bytes() == whole
    assert counts(tmp_path / "a", folder) == (0, 0)


def test_other_peoples_files_are_left_alone_and_named(tmp_path: Path, folder: Path) -> None:
    filled(tmp_path / "a", 1)
    synced(tmp_path / "a", folder)
    [ours] = folder.iterdir()
    (folder / "notes.txt").write_text("mine", encoding="utf-8")
    (folder / f"{ours.stem} (conflicted copy).jsonl").write_bytes(ours.read_bytes())
    (folder / os.fsdecode(b"\xff\x1b[31m")).mkdir()
    (folder / ".syncthing.tmp").write_text("theirs", encoding="utf-8")
    content = b'{"quizbook":"event log","schema":1}\n{"kind":"attempt"}\n'
    (folder / f"quizbook-x-{module._digest(content)}.jsonl").write_bytes(content)
    done = synced(tmp_path / "b", folder)
    assert (done.came, done.waiting) == (1, 0)
    foreign, broken = done.left
    assert foreign.startswith("3 files are not of quizbook's making and left alone: ")
    assert "notes.txt" in foreign
    assert foreign.isprintable()
    assert broken.startswith("1 file is of quizbook's name but not of its making")
    assert (folder / "notes.txt").read_text(encoding="utf-8") == "mine"


EVENT = json.loads(
    '{"id":"i","kind":"flag","at":"2026-11-24T12:00:00.000000Z","utc_offset":0,"device":"d","version":"9"}'
)
ANSWER = {
    **EVENT,
    **{"kind": "attempt", "item": "q", "text_hash": "t", "key_hash": "k", "response": "b", "parts": {}, "mode": "quiz"},
}


def put(folder: Path, *lines: Any) -> Path:
    content = "".join(f"{json.dumps(line)}\n" for line in lines).encode()
    file = folder / f"quizbook-newer-{module._digest(content)}.jsonl"
    file.write_bytes(content)
    return file


@pytest.mark.parametrize(
    "lines",
    [
        ({"quizbook": "event log", "schema": 2}, EVENT),
        ({"quizbook": "event log", "schema": 1}, EVENT, {**EVENT, "id": "j", "kind": "dream"}),
        ({"quizbook": "event log", "schema": 1}, EVENT, {**EVENT, "id": "j", "mood": "good"}),
        ({"quizbook": "event log", "schema": 1}, ANSWER, {**ANSWER, "id": "j", "pulse": 80}),
        ({"quizbook": "event log", "schema": 1}, ANSWER, {**ANSWER, "id": "j", "mode": "dream"}),
        ({"quizbook": "event log", "schema": 1}, ANSWER, {**ANSWER, "id": "j", "confidence": "certain"}),
    ],
)
def test_a_file_of_a_newer_program_is_left_for_later_as_a_whole_and_stays(
    tmp_path: Path, folder: Path, lines: tuple[Any, ...]
) -> None:
    file = put(folder, *lines)
    before = file.read_bytes()
    for _ in range(2):
        done = synced(tmp_path / "a", folder)
        assert (done.came, done.went, done.waiting) == (0, 0, 1)
        assert done.left == (
            f"1 file is written by a newer quizbook and left for later: update quizbook, then sync again: {file.name}",
        )
    assert file.read_bytes() == before
    assert stored(tmp_path / "a") == []


@pytest.mark.parametrize(
    "line",
    [
        *([], "x", None, {}, {**EVENT, "id": 5}, {**EVENT, "at": "yesterday"}, {**EVENT, "at": "2026-11-24"}),
        *({**EVENT, "at": "0001-01-01T00:00:00+23:00"}, {**EVENT, "utc_offset": 2**70}, {**EVENT, "body": [1]}),
        *({**EVENT, "kind": []}, {**EVENT, "device": None}, {**EVENT, "id": "\ud800"}, {**ANSWER, "item": None}),
        *({**ANSWER, "parts": {"a": 1}}, {**ANSWER, "hints": True}, {**ANSWER, "score": "1"}, {**ANSWER, "seed": 1.5}),
        {name: value for name, value in ANSWER.items() if name != "response"},
    ],
)
def test_a_line_that_is_no_event_spoils_its_file_and_nothing_else(tmp_path: Path, folder: Path, line: Any) -> None:
    put(folder, {"quizbook": "event log", "schema": 1}, ANSWER, line)
    put(folder, {"quizbook": "event log", "schema": 1}, {**ANSWER, "id": "good"})
    done = synced(tmp_path / "a", folder)
    assert done.came == 1
    assert done.left[0].startswith("1 file is of quizbook's name but not of its making")
    assert [event.id for event in stored(tmp_path / "a")] == ["good"]


def test_lines_nested_without_end_and_anonymous_exports_are_taken_for_what_they_are(
    tmp_path: Path, folder: Path
) -> None:
    head = b'{"quizbook":"event log","schema":1}\n'
    deep = head + b'{"response":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n"
    anonymous = head.replace(b"}", b',"anonymous":true}') + json.dumps(ANSWER).encode() + b"\n"
    for content in (deep, anonymous, b"", b"\xff\n", b"[1]\n"):
        (folder / f"quizbook-x-{module._digest(content)}.jsonl").write_bytes(content)
    assert synced(tmp_path / "a", folder).left[0].startswith("5 files are of quizbook's name but not of its making")


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(QuizbookError, match=r"There is no folder .* Is the disk in"):
        synced(tmp_path / "a", tmp_path / "stick")
    assert not (tmp_path / "stick").exists()


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(QuizbookError, match=r"cannot be read \(Not a directory\)"):
        synced(tmp_path / "a", tmp_path / "file")


def test_what_came_stays_where_the_folder_takes_nothing(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path / "a", 3)
    synced(tmp_path / "a", folder)
    filled(tmp_path / "b", 2, begin=10)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(module.os, "fsync", full)
        with pytest.raises(QuizbookError, match=r"cannot be written \(No space left on device\).* are safe here"):
            synced(tmp_path / "b", folder)
    assert len(stored(tmp_path / "b")) == 5
    assert len(list(folder.iterdir())) == 1, "no half file is left"
    assert counts(tmp_path / "b", folder) == (0, 2)


def test_many_events_go_in_several_files(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVENTS_A_FILE", 40)
    filled(tmp_path / "a", 100)
    assert counts(tmp_path / "a", folder) == (0, 100)
    assert len(list(folder.iterdir())) == 3
    assert counts(tmp_path / "b", folder) == (100, 0)
    assert counts(tmp_path / "b", folder) == (0, 0)


DEVICES = 3


class Devices(RuleBasedStateMachine):
    """Devices that answer, take back, sync, crash, lose files and are copied, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(mkdtemp(prefix="quizbook-test-"))
        self.folder = self.place / "shared"
        self.folder.mkdir()
        self.logs: list[Log] = []
        self.all: dict[str, Event] = {}
        self.chance = random.Random(0)

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.logs = [open_log(self.place / str(number)) for number in range(DEVICES)]

    @rule(device=st.integers(0, DEVICES - 1), count=st.integers(1, 3))
    def answers(self, device: int, count: int) -> None:
        self._append(device, *(answer(self.chance.randrange(1000)) for _ in range(count)))

    @rule(device=st.integers(0, DEVICES - 1), kind=st.sampled_from(["retraction", "regrade"]))
    def notes(self, device: int, kind: str) -> None:
        known = [event for event in self.logs[device].events() if isinstance(event, Attempt)]
        if known:
            at = NOON + timedelta(minutes=self.chance.randrange(1000))
            body = {"score": self.chance.random()} if kind == "regrade" else {}
            self._append(device, said(kind, about=self.chance.choice(known).id, at=at, body=body))

    @rule(device=st.integers(0, DEVICES - 1))
    def syncs(self, device: int) -> None:
        sync(self.logs[device], self.folder)

    @rule(device=st.integers(0, DEVICES - 1))
    def is_cut_off_while_it_writes(self, device: int) -> None:
        """The file appears under its name, half of it; the log does not know of it."""
        with pytest.MonkeyPatch.context() as crash:
            crash.setattr(Log, "remember", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            before = set(self.folder.iterdir())
            try:
                sync(self.logs[device], self.folder)
            except KeyboardInterrupt:
                [new] = set(self.folder.iterdir()) - before or [None]
                if new is not None and self.chance.random() < 0.7:
                    content = new.read_bytes()
                    new.write_bytes(content[: self.chance.randrange(len(content))])

    @rule()
    def a_file_is_lost(self) -> None:
        files = sorted(self.folder.iterdir())
        if files:
            self.chance.choice(files).unlink()

    @rule(old=st.integers(0, DEVICES - 1), new=st.integers(0, DEVICES - 1))
    def is_copied_onto(self, old: int, new: int) -> None:
        """A device is set up from a copy of another, after it has given away what it knew."""
        if old == new:
            return
        sync(self.logs[new], self.folder)
        kept = {event.id for file in self.folder.iterdir() for event in _of_a_whole_file(file)}
        if not {event.id for event in self.logs[new].events()} <= kept:
            return  # a half file stands in its way
        for number in (old, new):
            self.logs[number].close()
        shutil.rmtree(self.place / str(new))
        shutil.copytree(self.place / str(old), self.place / str(new))
        for number in (old, new):
            self.logs[number] = open_log(self.place / str(number))

    @invariant()
    def nobody_knows_what_never_happened(self) -> None:
        for log in self.logs:
            for event in log.events():
                assert self.all[event.id] == event

    def teardown(self) -> None:
        with ExitStack() as stack:
            stack.callback(shutil.rmtree, self.place)
            for log in self.logs:
                stack.callback(log.close)
            if not self.logs:
                return
            known = {event.id for log in self.logs for event in log.events()}
            order = [number for number in range(DEVICES) for _ in range(2)]
            self.chance.shuffle(order)
            for number in (*order, *range(DEVICES)):
                sync(self.logs[number], self.folder)
            for log in self.logs:
                assert {event.id for event in log.events()} >= known
            ends = [
                sorted(log.events(), key=lambda event: event.id) + sorted(log.outcomes(), key=lambda event: event.id)
                for log in self.logs
            ]
            assert ends[0] == ends[1] == ends[2]

    def _append(self, device: int, *events: Attempt | Note) -> None:
        self.logs[device].append(*events)
        self.all |= {event.id: event for event in events}


def _of_a_whole_file(file: Path) -> list[Event]:
    content = file.read_bytes()
    return list(module._events(content)) if module._digest(content) in file.name else []


Devices.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
test_devices_that_sync_in_any_order_come_to_the_same = pytest.mark.slow(Devices.TestCase)
