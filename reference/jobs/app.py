"""The command line as a Typer app: a command a job, an option for each field of its settings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import MISSING, fields
from typing import Any, cast, get_type_hints

import typer
from typer.main import get_command

from reference.jobs.settings import JOBS, Job

PROGRAM = "python -m reference"
ABOUT = """A GPT to read and to use: train it, let it write, teach it to classify and to follow instructions.

Exit codes: 0 done, 1 interrupted, 2 bad input, 4 a fault of this program."""
STYLE = {"help_option_names": ["--help", "-h"]}
# Newer versions of Typer carry a copy of Click, older ones use Click itself; the class is found from one of its own.
UsageError = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[1])


def parse(words: Sequence[str]) -> tuple[str, Job] | int:
    """The job that a command line names and its settings, or the exit code where Typer has done all, as for --help.

    Raises ValueError for a word that is no job, an unknown option, or a value that is out of its range.
    """
    try:
        result = get_command(build()).main(args=list(words) or ["--help"], prog_name=PROGRAM, standalone_mode=False)
    except UsageError as error:
        place = PROGRAM if error.ctx is None else error.ctx.command_path
        said = re.sub(r" \(Possible options: (.*)\)$", r". Did you mean \1", error.format_message())
        end = "" if said.endswith((".", "?")) else "?" if "Did you mean" in said else "."
        raise ValueError(f"{said}{end} Try '{place} --help'.") from None
    return cast("tuple[str, Job] | int", result)


def build() -> typer.Typer:
    """The app; its commands do nothing but return their settings."""
    app = typer.Typer(name=PROGRAM, help=ABOUT, add_completion=False, context_settings=STYLE, rich_markup_mode=None)
    app.callback()(lambda: None)
    for name, job in JOBS.items():
        about = inspect.getdoc(job) or ""
        short = re.split(r" \(|[,:.]", about, maxsplit=1)[0]  # where there is no room for all of it
        app.command(name, help=about, short_help=short, context_settings=STYLE)(_command(name, job))
    return app


def _command(name: str, job: type[Job]) -> Callable[..., tuple[str, Job]]:
    """A function whose signature tells Typer the fields of a job's settings."""

    def call(**given: Any) -> tuple[str, Job]:
        frozen: Any = {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}
        return name, job(**frozen)

    hints = get_type_hints(job, include_extras=True)
    call.__annotations__ = {}
    call.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(
                field.name,
                inspect.Parameter.KEYWORD_ONLY,
                default=inspect.Parameter.empty if field.default is MISSING else field.default,
                annotation=hints[field.name],
            )
            for field in fields(job)
        ]
    )
    return call
