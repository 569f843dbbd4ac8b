"""`quizbook data list`, `get` and `add`: data sets and weights, by checksum, in one folder."""

from __future__ import annotations

import contextlib
import json as json_
import os
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from quizbook.cli.lines import screen_width
from quizbook.errors import QuizbookError
from reference.sources import SOURCES, Source, amount, data_folder, state_of

if TYPE_CHECKING:
    from reference.obtain import Report

COLUMN = 18  # where the words about a source begin


def list_sources(*, json: bool) -> int:
    """Lists what there is, and whether it is here."""
    folder = data_folder()
    states = [(source, state_of(source)) for source in SOURCES]
    if json:
        rows = [_row(source) | {"state": state} for source, state in states]
        print(json_.dumps({"folder": str(folder), "sources": rows}, ensure_ascii=False))
        return 0
    width = screen_width()
    for source, state in states:
        print(f"{source.name:<{COLUMN}}{amount(source.size):<10}{state}")
        said = f"{source.what}. Chapter{'s' if len(source.chapters) > 1 else ''} {source.chapters}."
        for text in (said, f"{source.licence}; {source.origin}"):
            print(textwrap.fill(text, width, initial_indent=" " * COLUMN, subsequent_indent=" " * COLUMN))
    here = [source for source, state in states if state == "here"]
    print(f"\n{len(here)} of {len(SOURCES)} here, {amount(sum(s.size for s in here))}, in {folder}")
    if len(here) < len(SOURCES):
        print("quizbook data get NAME downloads one, quizbook data add FILE takes your copy.")
    return 0


def get(*, name: str, mirror: str | None, json: bool) -> int:
    """Downloads one; Ctrl-C keeps what came."""
    from reference import obtain

    try:
        with _errors_for_people(), _progress() as report:
            path = obtain.get(name, mirror=mirror, report=report)
    except KeyboardInterrupt:
        print(f"\nquizbook: stopped; `quizbook data get {name}` goes on from here.", file=sys.stderr)
        return 1
    print(json_.dumps({"name": name, "path": str(path)}) if json else f"{name} is here: {path}")
    return 0


def add(*, file: str, json: bool) -> int:
    """Takes a copy of a file or folder, and says what it is."""
    from reference import obtain

    with _errors_for_people(), _progress() as report:
        source = obtain.add(Path(file).expanduser(), report=report)
    path = data_folder() / source.place
    print(json_.dumps(_row(source)) if json else f"{file} is {source.name}: {source.what}.\nIt is here now: {path}")
    return 0


def _row(source: Source) -> dict[str, object]:
    return {
        "name": source.name,
        "kind": source.kind,
        "what": source.what,
        "chapters": source.chapters,
        "bytes": source.size,
        "path": str(data_folder() / source.place),
        "origin": source.origin,
        "licence": source.licence,
    }


@contextlib.contextmanager
def _errors_for_people() -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        message = f"{error.strerror}: {error.filename}" if isinstance(error, OSError) and error.strerror else str(error)
        raise QuizbookError(f"{message}.") from error


def _progress() -> contextlib.AbstractContextManager[Report]:
    """Bars on a terminal, lines elsewhere."""
    from reference.obtain import progress_lines

    return _bars() if sys.stderr.isatty() and "NO_COLOR" not in os.environ else progress_lines()


@contextlib.contextmanager
def _bars() -> Iterator[Callable[[str, int, int | None, float], None]]:
    """A bar a file, with the speed and the time that is left."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    short = TextColumn("{task.description:.22}")
    columns = (short, BarColumn(None), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        tasks = {}

        def report(name: str, done: int, total: int | None, per_second: float) -> None:
            if name not in tasks:
                tasks[name] = progress.add_task(name, total=total, completed=done)
            progress.update(tasks[name], completed=done, total=total)

        yield report
