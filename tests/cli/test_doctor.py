"""`quizbook doctor`: one line for each thing that has to work, and the end of what was kept warm."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from program import Home, eventually, home_in, warm_processes

NAMES = ["python", "history", "bank", "exercises", "wall", "torch", "tokenizer", "terminal"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with home_in(tmp_path_factory.mktemp("doctor")) as home:
        yield home


def test_each_thing_is_one_line_with_its_state(home: Home) -> None:
    done = home.run("doctor")
    lines = [re.fullmatch(r"(ok|note|missing) +(\w+) +(\S.*)", line) for line in done.stdout.splitlines()]
    assert all(lines)
    assert [line[2] for line in lines if line] == NAMES
    assert done.returncode == 0
    assert not any(line[1] == "missing" for line in lines if line)
    assert f"0 answers in {home.path}" in done.stdout
    assert "\x1b" not in done.stdout


def test_the_document_holds_the_same(home: Home) -> None:
    document = home.document("doctor", "--json", code=0)
    assert set(document) == {"works", "lines"}
    assert document["works"] is True
    assert [line["name"] for line in document["lines"]] == NAMES
    assert all(set(line) == {"name", "state", "text"} for line in document["lines"])
    text = {line["name"]: line["text"] for line in document["lines"]}
    assert re.fullmatch(r"full|none.*|reduced \(missing: .*", text["wall"])
    assert re.fullmatch(r"[1-9]\d* questions in [1-9]\d* chapters", text["bank"])
    assert "3.1" in text["exercises"].split(", ")


def test_a_history_that_cannot_be_used_is_missing_and_all_else_is_looked_at(home: Home, tmp_path: Path) -> None:
    store = home.path / "quizbook.sqlite3"
    kept = store.rename(tmp_path / "kept")
    try:
        with sqlite3.connect(store) as foreign:
            foreign.execute("CREATE TABLE other (a)")
        foreign.close()
        document = home.document("doctor", "--json", code=1)
    finally:
        store.unlink()
        kept.rename(store)
    assert document["works"] is False
    (line,) = [line for line in document["lines"] if line["state"] == "missing"]
    assert "is a database of another program" in line["text"]
    assert {"python", "bank", "exercises", "wall", "torch"} <= {line["name"] for line in document["lines"]}


def test_a_file_of_questions_that_is_broken_is_a_note(home: Home, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("chapter: [\n")
    document = home.document("doctor", "--json", code=0, QUIZBOOK_BANK=str(tmp_path))
    (line,) = [line for line in document["lines"] if line["name"] == "bank"]
    assert line["state"] == "note"
    assert "1 files are broken: quizbook bank lint" in line["text"]


def test_stop_ends_the_warm_processes_and_says_how_many(home: Home) -> None:
    home.run("doctor")
    assert len(warm_processes(home.path)) >= 2  # the judge and its runner
    assert home.run("doctor", "--stop").stdout == "1 warm processes were told to end\n"
    assert eventually(lambda: not warm_processes(home.path))
    assert home.document("doctor", "--stop", "--json", code=0) == {"stopped": 0}


def test_stop_starts_nothing(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    assert home.run("doctor", "--stop").stdout == "0 warm processes were told to end\n"
    assert warm_processes(home.path) == []
