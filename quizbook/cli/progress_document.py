"""The figures as the one JSON document that `quizbook progress --json` prints."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from quizbook.study.figures import Figures, Mastery
from quizbook.study.gain import Gain
from quizbook.study.shares import Share


def document(figures: Figures) -> dict[str, Any]:
    """Everything that the page and the charts show, shares and scores from 0 to 1, times in minutes."""
    retention = figures.retention
    return {
        "attempts": figures.answers,
        "due": figures.due,
        "questions_seen": figures.items,
        "by_chapter": {
            one.name: {"attempts": one.answers, "mean_score": _rounded(one.scores.value), "due": one.due}
            for one in figures.chapters
            if one.answers
        },
        "forecast": {str(day): count for day, count in figures.forecast.items()},
        "calibration": {
            name: {"attempts": share.of, "mean_score": _rounded(share.value), **_interval(share)}
            for name, share in figures.calibration.items()
        },
        "streak": figures.streak,
        "minutes": _minutes(figures.seconds),
        "retention": {
            "goal": retention.goal,
            **_share(retention.overall),
            "by_interval": {name: _share(share) for name, share in retention.by_interval.items()},
            "by_month": {name: _share(share) for name, share in retention.by_month.items()},
        },
        "days": {
            str(day): {"answers": done.answers, "minutes": _minutes(done.seconds)} for day, done in figures.days.items()
        },
        "mastery": {"chapters": _mastery(figures.chapters), "sections": _mastery(figures.sections)},
        "gain": {
            one.whole.name: {**_gain(one.whole), "sections": {section.name: _gain(section) for section in one.sections}}
            for one in figures.gains
        },
    }


def _share(share: Share) -> dict[str, Any]:
    return {"reviews": share.of, "remembered": _rounded(share.value), **_interval(share)}


def _interval(share: Share) -> dict[str, Any]:
    low, high = share.interval
    return {"low": _rounded(low), "high": _rounded(high)}


def _mastery(those: Iterable[Mastery]) -> dict[str, Any]:
    return {
        one.name: {
            "items": one.items,
            "seen": one.seen,
            "learning": one.learning,
            "mature": one.mature,
            "due": one.due,
            "latest_score": _rounded(one.latest.value),
            "minutes": _minutes(one.seconds),
        }
        for one in those
    }


def _gain(gain: Gain) -> dict[str, Any]:
    told = {"before": _rounded(gain.before), "after": _rounded(gain.after), "gain": _rounded(gain.normalised)}
    return {"items": gain.items, **told}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _minutes(seconds: float) -> float:
    return round(seconds / 60, 1)
