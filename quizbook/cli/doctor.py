"""`quizbook doctor`: one line for each thing that has to work here, and what to do where it does not."""

from __future__ import annotations

import json as json_
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from quizbook import places
from quizbook.errors import QuizbookError

AKWIRW_IER = [33901, 86, 343, 86, 220, 959]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing: whether it works ("note": it does, with less), and what there is to say."""

    name: str
    state: Literal["ok", "note", "missing"]
    text: str


def doctor(*, json: bool, stop: bool) -> int:
    """Says what works here; 1 if something that is needed is missing. `stop` ends the warm processes instead."""
    if stop:
        from quizbook.judge.client import stop_all

        stopped = stop_all()
        print(json_.dumps({"stopped": stopped}) if json else f"{stopped} warm processes were told to end")
        return 0
    lines = [line for look in (_python, _history, _bank, _exercises, _wall, _terminal) for line in _safely(look)]
    if json:
        print(json_.dumps({"works": _works(lines), "lines": [asdict(line) for line in lines]}))
    else:
        for line in lines:
            print(f"{line.state:<8} {line.name:<10} {line.text}")
    return 0 if _works(lines) else 1


def _works(lines: list[Line]) -> bool:
    return all(line.state != "missing" for line in lines)


def _safely(look: Callable[[], list[Line]]) -> list[Line]:
    try:
        return look()
    except Exception as error:  # a doctor who falls ill at the first finding helps nobody
        text = error.message if isinstance(error, QuizbookError) else f"{type(error).__name__}: {error}"
        return [Line(look.__name__.removeprefix("_"), "missing", text)]


def _python() -> list[Line]:
    version = ".".join(map(str, sys.version_info[:3]))
    good = (3, 11) <= sys.version_info[:2] <= (3, 13)
    return [Line("python", "ok" if good else "note", version if good else f"{version}; tested are 3.11 to 3.13")]


def _history() -> list[Line]:
    from quizbook.study.store import open_log

    with open_log(places.home()) as log:
        attempts = sum(1 for _ in log.attempts())
    return [Line("history", "ok", f"{attempts} answers in {places.home()}")]


def _bank() -> list[Line]:
    from quizbook.bank.library import load_bank

    bank = load_bank()
    if not bank.questions:
        return [Line("bank", "missing", f"no questions in {places.bank_folders()[0]}; install quizbook again")]
    broken = {finding.file for finding in bank.findings}
    text = f"{len(bank.questions)} questions in {len(bank.chapters)} chapters"
    if broken:
        return [Line("bank", "note", f"{text}; {len(broken)} files are broken: quizbook bank lint")]
    return [Line("bank", "ok", text)]


def _exercises() -> list[Line]:
    from quizbook.judge.exercise import all_exercises

    found = all_exercises()
    ids = ", ".join(e.id for e in found)
    return [Line("exercises", "ok" if found else "missing", ids or f"none in {places.exercise_folders()[0]}")]


def _wall() -> list[Line]:
    from quizbook.judge.client import ask

    told: dict[str, Any] = ask({"do": "look"}, lambda text: print(f"quizbook: {text}", file=sys.stderr))
    wall = told["wall"]
    advice = "" if wall == "full" else "; fine for your own files, a class needs `full`: see docs/grading.md"
    tokens_agree = told["tokens"] == AKWIRW_IER
    return [
        Line("wall", "ok" if wall == "full" else "note", f"{wall}{advice}"),
        Line("torch", "ok", f"{told['torch']} on {told['device']}"),
        Line(
            "tokenizer",
            "ok" if tokens_agree else "missing",
            "GPT-2's, without a network" if tokens_agree else f"wrong ids: {told['tokens']}; install tiktoken again",
        ),
    ]


def _terminal() -> list[Line]:
    size = shutil.get_terminal_size((0, 0))
    encoding = (sys.stdout.encoding or "?").upper()
    shape = f"{size.columns}x{size.lines}, " if size.columns else ""
    colour = "no colour (NO_COLOR)" if "NO_COLOR" in os.environ else f"TERM={os.environ.get('TERM', 'not set')}"
    state: Literal["ok", "note"] = "ok" if encoding.startswith("UTF") else "note"
    advice = "" if state == "ok" else "; figures need UTF-8: set LANG=C.UTF-8"
    return [Line("terminal", state, f"{shape}{colour}, {encoding}{advice}")]
