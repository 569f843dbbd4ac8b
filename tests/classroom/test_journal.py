"""The journal of a run of grading, on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from quizbook.classroom.journal import Graded, Journal
from quizbook.errors import QuizbookError


def graded(learner: str, score: int = 1) -> Graded:
    return Graded(learner, "3.1", "d", "c", {"score": score, "text": "ä\ud800\n"}, ("a note",))


def test_what_was_written_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    journal.append(graded("ada"))
    journal.append(graded("bob"))
    journal.close()
    assert Journal(tmp_path / "j").newest().keys() == {("ada", "3.1"), ("bob", "3.1")}
    assert Journal(tmp_path / "j").newest()["ada", "3.1"].notes == ("a note",)


def test_a_later_verdict_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j")
    journal.append(graded("ada", 1))
    journal.append(graded("ada", 2))
    assert Journal(tmp_path / "j").newest()["ada", "3.1"].verdict["score"] == 2


@pytest.mark.parametrize("kept", [1, 30, -1])
def test_a_line_that_a_killed_run_left_half_is_no_verdict_and_no_obstacle(tmp_path: Path, kept: int) -> None:
    journal = Journal(tmp_path / "j")
    journal.append(graded("ada"))
    whole = (tmp_path / "j").read_bytes()
    journal.append(graded("bob"))
    half = (tmp_path / "j").read_bytes()[len(whole) :][:kept]
    (tmp_path / "j").write_bytes(whole + half)
    again = Journal(tmp_path / "j")
    assert again.newest().keys() == {("ada", "3.1")}
    again.append(graded("carl"))
    assert Journal(tmp_path / "j").newest().keys() == {("ada", "3.1"), ("carl", "3.1")}


@pytest.mark.parametrize("text", ["hello\n", "[]\n", '{"format": 9}\n', '{"format": 1}\n'])
def test_a_file_that_is_no_journal_is_refused_and_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / "j").write_text(text)
    with pytest.raises(QuizbookError, match="is no journal"):
        Journal(tmp_path / "j")
    assert (tmp_path / "j").read_text() == text
