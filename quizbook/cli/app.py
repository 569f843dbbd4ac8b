"""The same table of commands as a Typer app: help, completion, and every form that is not plain."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, cast

import typer
from typer.core import TyperGroup
from typer.main import get_command

from quizbook import __version__
from quizbook.cli.options import COMMANDS, GROUPS, PANELS, Argument, Call, Command, Group, Parameter
from quizbook.cli.plain import alone, value_of
from quizbook.errors import QuizbookError

ABOUT = """Questions and exercises for people who learn to build a GPT from scratch.

Without a command, the full-screen app opens."""
SETTINGS = {"help_option_names": ["--help", "-h"]}
# What a usage error is called differs: newer versions of Typer carry a copy of Click, older ones use Click itself.
UsageError = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[1])


def parse(words: Sequence[str]) -> Call | int:
    """Read a command line; return what to run, or the exit code where Typer has done all (help, version, completion).

    QuizbookError: of kind usage, with the nearest command or option where a name is unknown.
    """
    try:
        result = get_command(build()).main(args=list(words), prog_name="quizbook", standalone_mode=False)
    except UsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            return 2
        place = "quizbook" if error.ctx is None else error.ctx.command_path
        message = re.sub(r" \(Possible options: (.*)\)$", r". Did you mean \1", error.format_message())
        end = "" if message.endswith((".", "?")) else "?" if "Did you mean" in message else "."
        raise QuizbookError(f"{message}{end} Try '{place} --help'.", kind="usage") from error
    return cast("Call | int", result)


def build() -> typer.Typer:
    """Make the app of the table; its commands return the Call instead of running it."""
    app = typer.Typer(name="quizbook", help=ABOUT, cls=_PanelOrder, context_settings=SETTINGS)
    app.callback()(_root)
    groups = {group.name: _group(group) for group in GROUPS}
    for known in COMMANDS:
        home = groups[known.words[0]] if len(known.words) > 1 else app
        panel = None if len(known.words) > 1 else known.panel
        home.command(known.words[-1], help=known.help, rich_help_panel=panel, context_settings=SETTINGS)(_run(known))
    for group in GROUPS:
        app.add_typer(groups[group.name], name=group.name, rich_help_panel=group.panel)
    return app


def _group(group: Group) -> typer.Typer:
    """The group's part of the app; its first word alone is a command, or else shows help."""
    if group.alone is None:
        return typer.Typer(help=group.help, no_args_is_help=True, context_settings=SETTINGS)
    made = typer.Typer(help=group.help, invoke_without_command=True, context_settings=SETTINGS)
    words = group.alone
    made.callback()(lambda: alone(words))
    return made


class _PanelOrder(TyperGroup):
    """Help shows the panels in the table's order, groups after the commands of their panel."""

    def list_commands(self, ctx: Any) -> list[str]:
        panels = {known.words[0]: known.panel for known in COMMANDS}
        return sorted(super().list_commands(ctx), key=lambda name: PANELS.index(panels[name]))


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"quizbook {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", metavar="", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    pass


def _run(known: Command) -> Callable[..., Call]:
    """A function whose signature tells Typer this command's parameters; it returns the Call."""

    def call(**arguments: Any) -> Call:
        for argument in known.arguments:
            if argument.many:
                arguments[argument.name] = tuple(arguments[argument.name] or ())
        return Call(known, arguments)

    call.__annotations__ = {}
    call.__signature__ = inspect.Signature([_declared(p) for p in known.parameters])  # type: ignore[attr-defined]
    return call


def _declared(parameter: Parameter) -> inspect.Parameter:
    if isinstance(parameter, Argument):
        annotation: Any = list[str] if parameter.many else str
        info: Any = typer.Argument(
            ... if parameter.required else None,
            help=parameter.help,
            metavar=parameter.shown,
            parser=_reader(parameter),
            show_default=False,
        )
    elif parameter.type == "flag":
        annotation = bool
        info = typer.Option(False, *parameter.flags, help=parameter.help, metavar="")
    else:
        annotation = Literal[parameter.choices] if parameter.choices else str
        info = typer.Option(
            parameter.default,
            *parameter.flags,
            help=parameter.help,
            metavar=parameter.shown,
            parser=_reader(parameter),
            show_default=parameter.default is not None,
        )
    return inspect.Parameter(parameter.name, inspect.Parameter.KEYWORD_ONLY, default=info, annotation=annotation)


def _reader(parameter: Parameter) -> Callable[[str], object]:
    def read(text: str) -> object:
        if not isinstance(text, str):
            return text  # a default has its type already
        try:
            return value_of(parameter, text)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error

    return read
