"""Settings are events: the latest counts, what cannot be read counts as not set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from quizbook.errors import QuizbookError
from quizbook.study.events import Note
from quizbook.study.settings import KNOWN, Settings, changed, known, settings_of, take_parameters
from quizbook.study.store import open_log

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def setting(key: str, value: Any, minutes: int = 0, item: str | None = None) -> Note:
    at = NOON + timedelta(minutes=minutes)
    body = {"key": key, "value": value}
    return Note(kind="setting", at=at, utc_offset=0, device="d", version="0", item=item, body=body)


def test_the_latest_of_each_counts_in_whatever_order_they_come() -> None:
    told = [setting("retention", 0.8, 9), setting("retention", 0.95, 3), setting("confidence", False)]
    assert settings_of(told) == settings_of(told[::-1]) == Settings(retention=0.8, confidence=False)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("retention", 2), ("retention", "x"), ("retention", None), ("daily_new", -1), ("daily_new", 1.5),
        ("theme", "red"), ("day_start", 24), ("confidence", "maybe"), ("parameters", [1.0]),
        ("parameters", "x"), ("unheard_of", 1), ("retention", float("nan")),
    ],
)  # fmt: skip
def test_what_another_version_wrote_and_this_one_cannot_read_counts_as_not_set(key: str, value: Any) -> None:
    assert settings_of([setting(key, value)]) == Settings()


def test_settings_of_exercises_are_none_of_the_program() -> None:
    assert settings_of([setting("retention", 0.8, item="ch03.ex.1")]) == Settings()


def test_a_change_is_read_back(tmp_path: Path) -> None:
    with open_log(tmp_path) as log:
        for name, text in [("retention", "0.85"), ("daily-new", "3"), ("confidence", "OFF"), ("theme", "light")]:
            changed(log, name, text)
        take_parameters(log, range(21))
        found = settings_of(log.events("setting"))
        assert found == Settings(
            0.85, daily_new=3, confidence=False, theme="light", parameters=tuple(map(float, range(21)))
        )
        take_parameters(log, None)
        assert settings_of(log.events("setting")).parameters is None


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("retention", "1.5", "retention: 1.5 is not from 0.7 to 0.97; it is 0.70 to 0.97"),
        ("retention", "high", "'high' is no number"),
        ("retenton", "0.9", "Did you mean retention?"),
        ("theme", "red", "it is auto, dark or light"),
        ("daily_new", "3.5", "'3.5' is no number"),
    ],
)
def test_what_is_no_value_is_refused_and_nothing_is_stored(tmp_path: Path, name: str, text: str, said: str) -> None:
    with open_log(tmp_path) as log:
        with pytest.raises(QuizbookError) as error:
            changed(log, name, text)
        assert said in error.value.message
        assert error.value.exit_code == 2
        assert list(log.events()) == []


def test_every_setting_explains_itself_and_its_default_is_one_of_its_values() -> None:
    for one in KNOWN:
        text = (
            {True: "on", False: "off"}.get(one.default, str(one.default))
            if isinstance(one.default, bool)
            else str(one.default)
        )
        assert known(one.name).read(text) == one.default
        assert len(one.explanation) > 20
