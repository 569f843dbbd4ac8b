"""What a learner can set: each setting is an event of the log, the latest one counts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from quizbook.errors import QuizbookError
from quizbook.study.days import DAY_START
from quizbook.study.events import Event, Note
from quizbook.study.recording import setting_of
from quizbook.study.schedule import RETENTION
from quizbook.study.store import Log

THEMES = ("auto", "dark", "light")
PARAMETERS = 21  # of FSRS 6
YES, NO = ("on", "yes", "true", "1"), ("off", "no", "false", "0")


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with its value. parameters: FSRS's weights fitted to this learner, or None for the usual ones."""

    retention: float = RETENTION
    daily_reviews: int = 60
    daily_new: int = 10
    day_start: int = DAY_START
    confidence: bool = True
    theme: str = "auto"
    parameters: tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """One setting that people change: its name, what it does, and how a typed value is read (ValueError: it is none).

    values: what is allowed, in words.
    """

    name: str
    explanation: str
    values: str
    read: Callable[[str], Any]

    @property
    def default(self) -> Any:
        """The value where nothing was set."""
        return getattr(Settings(), self.name)


def _number(least: float, most: float, kind: type[int] | type[float]) -> Callable[[str], Any]:
    def read(text: str) -> int | float:
        try:
            value = kind(text)
        except ValueError:
            raise ValueError(f"{text!r} is no number") from None
        if not math.isfinite(value) or not least <= value <= most:
            raise ValueError(f"{text} is not from {least} to {most}")
        return value

    return read


def _switch(text: str) -> bool:
    if text.casefold() not in (*YES, *NO):
        raise ValueError(f"{text!r} is neither on nor off")
    return text.casefold() in YES


def _theme(text: str) -> str:
    if text not in THEMES:
        raise ValueError(f"{text!r} is none of {', '.join(THEMES)}")
    return text


KNOWN = (
    Known(
        "retention",
        "The share of reviews that you want to get right. Higher means more reviews: from 0.90 to 0.95 they nearly "
        "double; below 0.80 you relearn more than you save.",
        "0.70 to 0.97",
        _number(0.7, 0.97, float),
    ),
    Known(
        "daily_reviews",
        "The most questions that a day's review asks. What is left over waits; it is never marked as done.",
        "1 to 9999",
        _number(1, 9999, int),
    ),
    Known(
        "daily_new",
        "The most new questions that the home screen offers on a day. Each comes back about seven times in its first "
        "half year.",
        "0 to 9999",
        _number(0, 9999, int),
    ),
    Known(
        "day_start",
        "The hour at which a new day begins, so that studying after midnight still counts for the evening.",
        "0 to 23",
        _number(0, 23, int),
    ),
    Known(
        "confidence",
        "Whether the full screen asks how sure you are after each answer: one key more, and the only way to see how "
        "well you know what you know.",
        "on or off",
        _switch,
    ),
    Known("theme", "The colours of the full screen; auto follows the terminal.", "auto, dark or light", _theme),
)


def settings_of(notes: Iterable[Event]) -> Settings:
    """The settings as these events leave them; what is out of range (another version wrote it) counts as not set."""
    latest: dict[str, Note] = {}
    names = {field.name for field in fields(Settings)}
    for note in notes:
        if not isinstance(note, Note) or note.kind != "setting" or note.item is not None:
            continue
        key = note.body.get("key")
        if key in names and (key not in latest or (note.at, note.id) > (latest[key].at, latest[key].id)):
            latest[key] = note
    found = Settings()
    for key, note in latest.items():
        value = note.body.get("value")
        if key == "parameters":
            if value is None or _are_parameters(value):
                found = replace(found, parameters=None if value is None else tuple(map(float, value)))
            continue
        try:
            found = replace(found, **{key: known(key).read(_typed(value))})
        except ValueError:
            continue
    return found


def known(name: str) -> Known:
    """The setting of that name. Raises QuizbookError, with the nearest name, if there is none."""
    for one in KNOWN:
        if one.name == name.replace("-", "_"):
            return one
    import difflib

    names = [one.name for one in KNOWN]
    near = difflib.get_close_matches(name, names, n=1)
    hint = f" Did you mean {near[0]}?" if near else ""
    raise QuizbookError(f"there is no setting {name}; there are {', '.join(names)}.{hint}", kind="usage")


def changed(log: Log, name: str, text: str) -> Any:
    """Give a setting the value that was typed, by an event; returns the value.

    Raises QuizbookError where there is no such setting or the text is no value of it.
    """
    one = known(name)
    try:
        value = one.read(text.strip())
    except ValueError as error:
        raise QuizbookError(f"{one.name}: {error}; it is {one.values}", kind="usage") from None
    log.append(setting_of(one.name, value, device=log.device))
    return value


def take_parameters(log: Log, parameters: Sequence[float] | None) -> None:
    """Schedule by these weights of FSRS from now on; None goes back to the usual ones."""
    value = None if parameters is None else [float(one) for one in parameters]
    log.append(setting_of("parameters", value, device=log.device))


def _typed(value: object) -> str:
    return ("on" if value else "off") if isinstance(value, bool) else str(value)


def _are_parameters(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) == PARAMETERS
        and all(isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one) for one in value)
    )
