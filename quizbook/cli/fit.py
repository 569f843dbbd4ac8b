"""`quizbook fit`: FSRS's parameters fitted to the learner, taken only where they predict later reviews better."""

from __future__ import annotations

import json as json_
import sys
from collections.abc import Mapping
from typing import Any

from quizbook import places
from quizbook.bank.library import load_bank
from quizbook.study.fitting import CUTS, FEWEST, Fit, fit, reviews_in, steps
from quizbook.study.settings import settings_of, take_parameters
from quizbook.study.store import Log, open_log

LONG = 10_000  # reviews; a fit to them takes more than a second
WORTH = "a review is an answer on something that you answered on an earlier day too"


def fit_parameters(*, reset: bool, json: bool) -> int:
    """Fit and take what is better, or go back to the usual parameters.

    Returns 0 where they were taken (or reset), 1 where nothing changed.
    """
    with open_log(places.home()) as log:
        told, lines = _reset(log) if reset else _fit(log)
    print(json_.dumps(told) if json else "\n".join(lines))
    return 0 if told["taken"] or reset else 1


def _reset(log: Log) -> tuple[dict[str, Any], list[str]]:
    """Go back to the usual parameters; an event only where others are in force."""
    fitted = settings_of(log.events("setting")).parameters is not None
    if fitted:
        take_parameters(log, None)
    said = "are in force again" if fitted else "are in force already; nothing is changed"
    return {"taken": False, "reset": fitted}, [f"The usual parameters {said}."]


def _fit(log: Log) -> tuple[dict[str, Any], list[str]]:
    """What is printed, as a document and as lines; what is better is taken."""
    settings = settings_of(log.events("setting"))
    history = steps(log.rateable(), load_bank().kind_of, settings.day_start)
    reviews = reviews_in(history)
    told: dict[str, Any] = {"taken": False, "reviews": reviews, "missing": max(0, FEWEST - reviews)}
    if reviews < FEWEST:
        return told, [
            f"A fit needs {FEWEST:,} reviews; you have {reviews:,}, so {FEWEST - reviews:,} are missing.",
            f"({WORTH[0].upper()}{WORTH[1:]}.)",
        ]
    if reviews > LONG:
        print(f"quizbook: fitting to {reviews:,} reviews ...", file=sys.stderr)
    found = fit(history, settings.parameters)
    if found.better:
        take_parameters(log, found.parameters)
    in_force = "usual" if settings.parameters is None else "fitted before"
    told |= _document(found, in_force)
    return told, _lines(found, told)


def _document(found: Fit, in_force: str) -> dict[str, Any]:
    return {
        "taken": found.better,
        "fitted_to": found.fitted_to,
        "checked_on": found.checked_on,
        "in_force": in_force,
        "log_loss": {
            "in_force": round(found.before, 4),
            "fitted": round(found.after, 4),
            "average": round(found.average, 4),
            "standard_error": round(found.error, 4),
        },
        "parameters": [round(one, 4) for one in found.parameters],
    }


def _lines(found: Fit, told: Mapping[str, Any]) -> list[str]:
    return [
        f"Fitted to the first {CUTS[0]:.0%} of your {told['reviews']:,} reviews and checked on those that came next, "
        f"{len(CUTS)} times",
        f"over, up to the first {CUTS[-1]:.0%}: {found.checked_on:,} reviews that the fit had not seen.",
        "How badly each predicts them (log loss; lower is better):",
        f"  {'parameters in force (' + told['in_force'] + ')':<40}{found.before:.4f}",
        f"  {'parameters of this fit':<40}{found.after:.4f}   by chance ±{found.error:.4f}",
        f"  {'your average, for every review the same':<40}{found.average:.4f}",
        _outcome(found),
    ]


def _outcome(found: Fit) -> str:
    if found.better:
        return "Taken: what is due is computed by this fit from now on. `quizbook fit --reset` goes back."
    if found.lower:
        return "Not taken: it knows no more of you than your average does. Nothing is changed."
    if found.after < found.before:
        return "Not taken: the gain is so small that it may be chance. Nothing is changed."
    return "Not taken: it predicts no better than what is in force. Nothing is changed."
