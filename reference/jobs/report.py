"""Prints what came out of a job: as aligned lines, or as one JSON document."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Mapping, Sequence
from typing import Any

from reference.curves import curve_lines
from reference.jobs.run_folder import RunFolder

WIDEST = 80


def print_training(folder: RunFolder, *, as_json: bool) -> None:
    """The result that lies in a run folder, and its curves."""
    result = folder.read_json(folder.result)
    content = folder.read_json(folder.losses)
    training, validation = (values_of(content[name]) for name in ("training", "validation"))
    curves = curve_lines(training, validation, width(), x_label=f"loss, {content['steps']} steps")
    print_result(result, as_json=as_json, below=["", *curves])


def print_result(result: Mapping[str, Any], *, as_json: bool, below: Sequence[str] = ()) -> None:
    """result: values by name; a value may be a number, a text or None. below: lines that follow where it is no JSON."""
    if as_json:
        print(json.dumps(dict(result), ensure_ascii=False))
        return
    names = {name: name.replace("_", " ") for name in result}
    column = max(map(len, names.values()), default=0) + 2
    for name, value in result.items():
        print(f"{names[name]:<{column}}{shown_as(name, value)}")
    for line in below:
        print(line)


def values_of(numbers: Sequence[float | None]) -> list[float]:
    """Numbers as JSON has them; where there is none, NaN, which a curve leaves out."""
    return [math.nan if number is None else number for number in numbers]


def shown_as(name: str, value: object) -> str:
    """A value as people read it: shares as per cent, losses with three digits, large numbers with commas."""
    if value is None:
        return "-"
    if isinstance(value, float):
        if name.endswith("accuracy"):
            return f"{value:.2%}"
        return f"{value:.3f}" if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def width() -> int:
    """Columns to write in: those of the terminal, at most 80."""
    return min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns)
