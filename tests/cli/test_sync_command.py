"""`quizbook sync`: two homes and a folder, as people and scripts meet them."""

import json
from pathlib import Path

from program import Home

from quizbook.study.events import Note, now
from quizbook.study.store import open_log


def flag(home: Home, *words: str) -> None:
    at, offset = now()
    with open_log(home.path) as log:
        for word in words:
            body = {"note": word}
            log.append(Note(kind="flag", at=at, utc_offset=offset, device=log.device, version="1", item="q", body=body))


def notes(home: Home) -> set[str]:
    with open_log(home.path) as log:
        return {event.body["note"] for event in log.events("flag") if isinstance(event, Note)}


def test_two_machines_meet_in_a_folder_and_are_told_how_much_moved(tmp_path: Path) -> None:
    laptop, desk, folder = Home(tmp_path / "laptop"), Home(tmp_path / "desk"), tmp_path / "shared"
    folder.mkdir()
    flag(laptop, "a", "b")
    flag(desk, "c")
    first = laptop.run("sync", folder)
    assert (first.returncode, first.stdout, first.stderr) == (0, "0 events came, 2 went.\n", "")
    assert desk.run("sync", folder).stdout == "2 events came, 1 went.\n"
    assert laptop.document("sync", folder, "--json", code=0) == {"came": 1, "went": 0, "left": []}
    assert notes(laptop) == notes(desk) == {"a", "b", "c"}


def test_what_has_to_wait_is_told_and_the_exit_code_says_not_yet(tmp_path: Path) -> None:
    home, folder = Home(tmp_path / "home"), tmp_path / "shared"
    folder.mkdir()
    name = f"quizbook-phone-{'0' * 32}.jsonl"
    (folder / name).write_text("half", encoding="utf-8")
    done = home.run("sync", folder)
    assert (done.returncode, done.stdout) == (1, "0 events came, 0 went.\n")
    assert done.stderr == f"quizbook: 1 file is not here as a whole yet, and left for the next time: {name}\n"


def test_a_folder_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    done = home.run("sync", tmp_path / "stick")
    assert done.returncode == 2
    assert "Is the disk in?" in done.stderr
    assert json.loads(home.run("sync", tmp_path / "stick", "--json").stdout)["error"]["kind"] == "input"
