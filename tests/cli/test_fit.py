"""`quizbook fit`: what it needs, what it checks, what it takes and how to go back, as a process."""

from __future__ import annotations

import math
import os
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from program import Home

from quizbook.study.events import Attempt
from quizbook.study.settings import settings_of
from quizbook.study.store import open_log

START = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def learned(home: Home, *, items: int, forgetting: float = 0.0, right: float = 1.0) -> None:
    """Items answered six times each, with gaps of 1 to 27 days. forgetting: a day; right: what else decides."""
    chance = random.Random(7)
    events = []
    with open_log(home.path) as log:
        for item in range(items):
            day = item % 30
            for gap in (0, *chance.choices((1, 3, 9, 27), k=5)):
                day += gap
                score = float(chance.random() < right * math.exp(-forgetting * gap))
                at = START + timedelta(days=day)
                events.append(Attempt(
                    at=at, utc_offset=0, device=log.device, item=f"q{item}", text_hash="t", key_hash="k",
                    response="x", parts={}, score=score, seed=1, mode="review", version="0",
                ))  # fmt: skip
        log.append(*events)


def parameters(home: Home) -> tuple[float, ...] | None:
    with open_log(home.path) as log:
        return settings_of(log.events("setting")).parameters


def test_too_few_reviews_are_counted_and_nothing_changes(home: Home) -> None:
    learned(home, items=180, right=0.9)
    done = home.run("fit")
    assert done.returncode == 1
    assert done.stdout.startswith("A fit needs 1,000 reviews; you have 900, so 100 are missing.\n")
    assert home.document("fit", "--json", code=1) == {"taken": False, "reviews": 900, "missing": 100}
    assert home.notes() == []


def test_a_fit_that_predicts_better_is_taken_and_reset_goes_back(home: Home) -> None:
    learned(home, items=400, forgetting=0.08)
    told = home.document("fit", "--json", code=0)
    assert told["taken"] is True
    assert (told["reviews"], told["fitted_to"], told["checked_on"]) == (2000, 1700, 1200)
    assert told["log_loss"]["fitted"] < told["log_loss"]["in_force"]
    taken = parameters(home)
    assert taken is not None
    assert [round(one, 4) for one in taken] == told["parameters"]

    second = home.run("fit")
    assert second.returncode == 1
    assert "parameters in force (fitted before)" in second.stdout
    assert "Nothing is changed." in second.stdout
    assert parameters(home) == taken

    assert home.run("fit", "--reset").stdout == "The usual parameters are in force again.\n"
    assert parameters(home) is None
    assert home.document("fit", "--reset", "--json", code=0) == {"taken": False, "reset": False}
    assert len(home.notes()) == 2


def test_answers_at_random_change_nothing(home: Home) -> None:
    learned(home, items=400, right=0.5)
    done = home.run("fit")
    assert done.returncode == 1
    assert "Not taken" in done.stdout
    assert home.notes() == []


def test_without_the_extra_it_says_how_to_get_it(home: Home, tmp_path: Path) -> None:
    learned(home, items=250, right=0.9)
    (tmp_path / "fsrs_rs_python.py").write_text("raise ImportError('not here')\n")
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = home.run("fit", PYTHONPATH=path)
    assert done.returncode == 2
    assert done.stderr == "quizbook: the fit needs fsrs-rs-python: pip install 'quizbook[fit]'\n"
    assert home.notes() == []
