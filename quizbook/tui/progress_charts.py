"""The charts of the progress screen, computed from the whole log."""

from __future__ import annotations

from functools import partial

from quizbook import places
from quizbook.practice.today import Material
from quizbook.study.charts import progress_lines
from quizbook.study.figures import figures, items_of
from quizbook.study.standing import standing
from quizbook.study.store import open_log
from quizbook.tui.progress_screen import Drawn


def charts(material: Material) -> Drawn:
    """Reads the log, once; what is returned draws the charts in so many columns."""
    bank = material.bank
    items = items_of(bank, {exercise.item: exercise.chapter for exercise in material.exercises})
    with open_log(places.home()) as log:
        found = figures(log.rateable(), items, standing(log, bank.kind_of, places.cache()))
    return partial(progress_lines, found)
