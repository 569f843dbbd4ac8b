"""The log tells by which keys each item was ever graded, without reading its answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from quizbook.grading.grade import Grade
from quizbook.study.events import Attempt
from quizbook.study.recording import regrade_of, retraction_of
from quizbook.study.store import open_log

ONE = Attempt(
    at=datetime(2026, 3, 2, tzinfo=UTC), utc_offset=0, device="d", item="a", text_hash="t", key_hash="first",
    response="x", parts={}, score=1.0, seed=1, mode="quiz", version="0",
)  # fmt: skip


def test_every_key_of_an_item_is_told_once_those_of_regrades_too(tmp_path: Path) -> None:
    again = replace(ONE, id="2", key_hash="second")
    other = replace(ONE, id="3", item="b")
    regrade = regrade_of(replace(ONE, key_hash="third"), Grade(0.0))
    with open_log(tmp_path) as log:
        assert list(log.graded_by()) == []
        log.append(ONE, replace(ONE, id="1"), again, other, regrade, retraction_of(again))
        assert sorted(log.graded_by()) == [("a", "first"), ("a", "second"), ("a", "third"), ("b", "first")]
