"""A verdict of the judge as the app shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from textual.content import Content

from quizbook.judge.exercise import Exercise
from quizbook.judge.telling import tell
from quizbook.judge.verdict import Verdict

STYLES = {"32": "$success", "31": "$error", "33": "$warning", "35": "$secondary", "2": "$foreground 60%"}
STYLES |= {"1": "bold", "1;32": "bold $success", "1;31": "bold $error"}
PAINTED = re.compile(r"\x1b\[([\d;]+)m(.*?)\x1b\[0m", re.DOTALL)


def verdict_text(document: Mapping[str, Any], exercise: Exercise, width: int) -> Content:
    """The checks with their marks and reasons, in the colours of the theme. document: the judge's verdict."""
    told = tell(Verdict.of_json(document), exercise, width, True, alone=False).rstrip("\n")
    parts: list[str | tuple[str, str]] = []
    at = 0
    for found in PAINTED.finditer(told):
        parts += [told[at : found.start()], (found[2], STYLES.get(found[1], ""))]
        at = found.end()
    return Content.assemble(*parts, told[at:])
