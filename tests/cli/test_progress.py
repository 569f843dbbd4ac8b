"""`quizbook progress`, on a log that was filled by answering."""

from __future__ import annotations

from pathlib import Path

import pytest
from program import Home

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
    assert document["calibration"] == {"sure": {"attempts": 1, "mean_score": 1.0}}
    assert sum(document["forecast"].values()) >= 1
    shown = home.run("progress").stdout
    assert "2 answers on 2 items; 0 due today." in shown
    assert "  sure       1 answer, 100% right" in shown


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
