"""Reads the plain forms of the command line without Typer, whose import costs more than a whole quiz's start."""

from __future__ import annotations

from collections.abc import Sequence

from quizbook.cli.options import COMMANDS, GROUPS, Call, Command, Option, Parameter, command

LONGEST_NUMBER = 18  # digits; every such number fits 64 bits


def plain_form(words: Sequence[str]) -> Call | None:
    """Read the plain form of a command; None for everything that Typer has to look at.

    words: the command line without the program's name. Plain are the command's words, then in any order values,
    `--flag`, `--option value` and `--option=value`.
    """
    for known in COMMANDS:
        if tuple(words[: len(known.words)]) == known.words:
            return _read(known, words[len(known.words) :])
    for group in GROUPS:
        if group.alone and tuple(words) == (group.name,):
            return alone(group.alone)
    return None


def alone(words: tuple[str, ...]) -> Call:
    """The command of these words, with nothing behind it."""
    known = command(*words)
    return Call(known, known.defaults())


def _read(known: Command, words: Sequence[str]) -> Call | None:
    arguments = known.defaults()
    values: list[str] = []
    rest = iter(words)
    for word in rest:
        if not word.startswith("-") or word == "-":
            values.append(word)
            continue
        flag, equals, text = word.partition("=")
        option = known.option(flag) if flag.startswith("--") else None
        if option is None or (option.type == "flag" and equals):
            return None
        if option.type == "flag":
            arguments[option.name] = True
            continue
        if not equals:
            text = next(rest, "-")
            if text.startswith("-"):
                return None
        try:
            arguments[option.name] = value_of(option, text)
        except ValueError:
            return None
    return _place(known, values, arguments)


def _place(known: Command, values: list[str], arguments: dict[str, object]) -> Call | None:
    for argument in known.arguments:
        if argument.many:
            arguments[argument.name] = tuple(value_of(argument, text) for text in values)
            values = []
        elif values:
            arguments[argument.name] = value_of(argument, values.pop(0))
        elif argument.required:
            return None
    return None if values else Call(known, arguments)


def value_of(parameter: Parameter, text: str) -> object:
    """The value that a text on the command line stands for; ValueError says why it is none."""
    if parameter.type == "path":
        from pathlib import Path

        return Path(text)
    if isinstance(parameter, Option):
        if parameter.choices and text not in parameter.choices:
            raise ValueError(f"{text!r} is none of {', '.join(parameter.choices)}.")
        if parameter.type == "number":
            return _number(parameter, text)
    return text


def _number(option: Option, text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_NUMBER):
        raise ValueError(f"{text!r} is no whole number of at most {LONGEST_NUMBER} digits.")
    if option.least is not None and int(text) < option.least:
        raise ValueError(f"{text} is less than {option.least}.")
    return int(text)
