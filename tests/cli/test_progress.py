"""`quizbook progress`, on a log that was filled by answering."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from program import Home

from quizbook.study.events import Attempt
from quizbook.study.store import open_log

QUESTION = """\
chapter: 8
title: Mine
questions:
  - id: mine.sum
    kind: numeric
    section: "8.1"
    prompt: How much is two and two?
    answer: {answer}
    explain: Count.
"""


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    path = tmp_path / "ch08.yaml"
    path.write_text(QUESTION.format(answer=4))
    return path


@pytest.fixture
def home(tmp_path: Path, bank: Path) -> Home:
    return Home(tmp_path / "home", {"QUIZBOOK_BANK": str(bank)})


def answer(home: Home, folder: Path, text: str) -> None:
    (folder / "answers.yaml").write_text(text)
    assert home.run("answer", str(folder / "answers.yaml"), "--record").returncode in (0, 1)


def test_before_the_first_answer_it_says_how_to_begin(home: Home) -> None:
    assert home.run("progress").stdout == "Nothing is answered yet. `quizbook quiz --chapter 1` begins.\n"
    document = home.document("progress", "--json", code=0)
    assert (document["attempts"], document["due"], document["questions_seen"], document["by_chapter"]) == (0, 0, 0, {})


def test_answers_are_counted_by_chapter_and_by_how_sure_they_were(home: Home, tmp_path: Path) -> None:
    answer(home, tmp_path, "mine.sum: {response: 4, confidence: sure}\nch03.mc.01: a\n")
    document = home.document("progress", "--json", code=0)
    assert document["attempts"] == document["questions_seen"] == 2
    assert document["by_chapter"] == {
        "3": {"attempts": 1, "mean_score": 0.0, "due": 0},
        "8": {"attempts": 1, "mean_score": 1.0, "due": 0},
    }
    sure, unsaid = document["calibration"]["sure"], document["calibration"]["unsaid"]
    assert (sure["attempts"], sure["mean_score"], sure["high"]) == (1, 1.0, 1.0)
    assert (unsaid["attempts"], unsaid["mean_score"], unsaid["low"]) == (1, 0.0, 0.0)
    assert sum(document["forecast"].values()) >= 1
    shown = home.run("progress").stdout
    assert "2 answers on 2 items; 0 due today." in shown
    assert re.search("^sure .*  100 %  of 1$", shown, re.MULTILINE)


def test_a_key_that_changed_is_said_and_graded_by_on_demand(home: Home, tmp_path: Path, bank: Path) -> None:
    answer(home, tmp_path, "mine.sum: 5\n")
    assert home.document("progress", "--json", code=0)["by_chapter"]["8"]["mean_score"] == 0.0
    bank.write_text(QUESTION.format(answer=5))
    done = home.run("progress")
    assert "the key of mine.sum changed: 1 earlier attempt was graded by the old one" in done.stderr
    assert "`quizbook progress --regrade` grades them again" in done.stderr
    done = home.run("progress", "--regrade")
    assert "1 attempt graded anew by the key of today" in done.stderr
    done = home.run("progress", "--json")
    assert done.stderr == ""
    assert '"8": {"attempts": 1, "mean_score": 1.0' in done.stdout


def test_more_is_told_beside_the_keys_that_are_promised(home: Home, tmp_path: Path) -> None:
    answer(home, tmp_path, "mine.sum: {response: 4, confidence: guess}\n")
    document = home.document("progress", "--json", code=0)
    assert document["streak"] == 1
    assert document["mastery"]["chapters"]["8"] == {
        "items": 1, "seen": 1, "learning": 1, "mature": 0, "due": 0, "latest_score": 1.0, "minutes": 0.0,
    }  # fmt: skip
    assert document["mastery"]["sections"]["8.1"]["seen"] == 1
    assert list(document["days"].values()) == [{"answers": 1, "minutes": 0.0}]
    assert document["retention"]["goal"] == 0.9
    assert document["retention"]["reviews"] == 0
    assert document["gain"] == {}
    assert len(document["forecast"]) == 30


# -- rebuilding --------------------------------------------------------------------------------------------------------


@pytest.fixture
def filled(home: Home) -> Home:
    """A home with so many answers, nine days old, that a snapshot is kept."""
    begin = datetime.now(UTC) - timedelta(days=9)
    attempts = [
        Attempt(
            at=begin + timedelta(seconds=number), utc_offset=0, device="d",
            item="mine.sum" if number else "ch03.mc.01", text_hash="t", key_hash="k",
            response="x", parts={}, score=1.0, seed=number, mode="quiz", version="0",
        )
        for number in range(600)
    ]  # fmt: skip
    with open_log(home.path) as log:
        log.append(*attempts)
    return home


def test_rebuilding_says_that_the_due_dates_are_the_same(filled: Home) -> None:
    assert filled.run("progress").returncode == 0
    assert (filled.path / "cache" / "standing.json").exists()
    done = filled.run("progress", "--rebuild")
    assert done.returncode == 0
    assert "computed anew from 600 attempts: all 2 due dates are the same" in done.stderr


def test_rebuilding_mends_a_snapshot_that_was_tampered_with_and_says_how_much_differed(filled: Home) -> None:
    right = filled.document("progress", "--json", code=0)
    snapshot = filled.path / "cache" / "standing.json"
    told = json.loads(snapshot.read_text())
    told["items"] = json.loads(re.sub(r"20\d\d-\d\d-\d\dT", "2031-01-01T", json.dumps(told["items"])))
    snapshot.write_text(json.dumps(told))
    assert filled.document("progress", "--json", code=0)["forecast"] != right["forecast"]
    assert "2 of 2 due dates differed and are right now" in filled.run("progress", "--rebuild").stderr
    assert filled.document("progress", "--json", code=0)["forecast"] == right["forecast"]


# -- a terminal --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_charts_fit_the_terminal(filled: Home, columns: int) -> None:
    code, screen = filled.on_a_terminal("progress", columns=columns)
    lines = [line for line in screen.split("\n") if not line.startswith("quizbook:")]
    assert code == 0
    assert "\x1b" not in screen
    assert max(map(len, lines)) <= min(100, columns)
    assert "█" in screen


def test_a_terminal_that_knows_only_ascii_gets_no_question_marks(filled: Home) -> None:
    done = filled.run("progress", PYTHONIOENCODING="ascii")
    assert "#" in done.stdout
    assert "?" not in done.stdout
