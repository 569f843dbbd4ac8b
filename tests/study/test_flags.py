"""Flags collect their notes until they are taken away, which deletes nothing."""

from __future__ import annotations

from pathlib import Path

from quizbook.study.flags import flagged, remove_flags
from quizbook.study.recording import flag_on
from quizbook.study.store import open_log


def test_an_item_is_flagged_with_all_its_notes_until_they_are_taken_away(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        log.append(
            flag_on("a", "why?", device="d"), flag_on("b", " ", device="d"), flag_on("a", "and how?", device="d")
        )
        assert [(one.item, one.notes) for one in flagged(log.events("flag"))] == [
            ("b", ()),
            ("a", ("why?", "and how?")),
        ]
        remove_flags(log, ["a"])
        assert [one.item for one in flagged(log.events("flag"))] == ["b"]
        log.append(flag_on("a", "again", device="d"))
        assert [(one.item, one.notes) for one in flagged(log.events("flag"))] == [("b", ()), ("a", ("again",))]
        assert len(list(log.events("flag"))) == 5


def test_the_order_of_events_does_not_matter(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        log.append(flag_on("a", "1", device="d"), flag_on("b", "2", device="d"))
        remove_flags(log, ["b"])
        events = list(log.events("flag"))
    assert flagged(events) == flagged(events[::-1])
