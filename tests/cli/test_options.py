"""The table of commands: both readers of it agree, and it fits the functions and the bank that it speaks of."""

import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizbook.bank import questions
from quizbook.cli import app
from quizbook.cli.options import COMMANDS, GROUPS, KINDS, PANELS, Argument, Call, Command, Option, command
from quizbook.cli.plain import plain_form
from quizbook.errors import QuizbookError

REPOSITORY = Path(__file__).parents[2]
texts = st.text(st.characters(exclude_categories=(), exclude_characters="\0"), max_size=8)
numbers = st.integers(-2, 10**19).map(str) | st.sampled_from(["007", "1_000", "٣", "1e3", " 3", "+3", "3.0", ""])


def typer_form(words: list[str]) -> Call | None:
    """What Typer makes of a command line; None where it refuses it or shows help."""
    try:
        result = app.parse(words)
    except QuizbookError:
        return None
    return result if isinstance(result, Call) else None


@st.composite
def plain_lines(draw: st.DrawFn) -> tuple[Command, list[str], dict[str, object]]:
    """A command line in plain form, and the keyword arguments that it means."""
    known = draw(st.sampled_from(COMMANDS))
    arguments = known.defaults()
    pieces: list[list[str]] = []
    for parameter in known.parameters:
        if isinstance(parameter, Option):
            if not draw(st.booleans()):
                continue
            flag = parameter.flags[0]
            if parameter.type == "flag":
                arguments[parameter.name] = True
                pieces.append([flag])
                continue
            if parameter.type == "number":
                value: str | int = draw(st.integers(parameter.least or 0, 10**18 - 1))
            elif parameter.choices:
                value = draw(st.sampled_from(parameter.choices))
            else:
                value = draw(texts.filter(lambda text: not text.startswith("-")))
            arguments[parameter.name] = value
            pieces.append(draw(st.sampled_from([[flag, str(value)], [f"{flag}={value}"]])))
    pieces = draw(st.permutations(pieces))
    left_out = False
    for argument in known.arguments:
        values = [
            text
            for text in draw(st.lists(texts, min_size=argument.required, max_size=3 if argument.many else 1))
            if not text.startswith("-") or text == "-"
        ]
        if argument.required and not values:
            values = ["3.1"]
        elif left_out:
            values = []  # what comes first is the argument before it
        left_out = not values
        if argument.many:
            arguments[argument.name] = tuple(map(Path, values))
        elif values:
            arguments[argument.name] = values[0]
        places = sorted(draw(st.lists(st.integers(0, len(pieces)), min_size=len(values), max_size=len(values))))
        if not argument.many and len(known.arguments) > 1:
            places = [len(pieces)] * len(values)  # keep the arguments in their order
        for shift, (place, value) in enumerate(zip(places, values, strict=True)):
            pieces.insert(place + shift, [value])
    return known, [*known.words, *(word for piece in pieces for word in piece)], arguments


@settings(max_examples=120, deadline=None)
@given(line=plain_lines())
def test_a_plain_form_means_the_same_to_both_readers(line: tuple[Command, list[str], dict[str, object]]) -> None:
    known, words, arguments = line
    assert plain_form(words) == Call(known, arguments)
    assert typer_form(words) == Call(known, arguments)


@st.composite
def any_lines(draw: st.DrawFn) -> list[str]:
    """Command lines of all sorts: right, wrong, half plain."""
    known = draw(st.sampled_from(COMMANDS))
    flags = [flag for p in known.parameters if isinstance(p, Option) for flag in p.flags] or ["--json"]
    word = st.one_of(
        st.sampled_from(flags),
        st.builds("{}={}".format, st.sampled_from(flags), texts | numbers),
        numbers,
        texts,
        st.sampled_from(["--", "-", "-5", "--cout", "--no-json", "-n", "-n=5", "--=", "text", "numeric", "a b"]),
    )
    return [*known.words, *draw(st.lists(word, max_size=6))]


@settings(max_examples=250, deadline=None)
@given(words=any_lines())
def test_what_the_plain_reader_takes_typer_takes_alike(words: list[str]) -> None:
    plain = plain_form(words)
    if plain is not None:
        assert typer_form(words) == plain
    else:
        typer_form(words)  # takes it, shows help or refuses in words: whatever it is, no other exception


@pytest.mark.parametrize(
    "line",
    [
        *(
            "quiz --help",
            "quiz -h",
            "quiz --count",
            "quiz --count x",
            "quiz --count 0",
            "quiz --pretest=yes",
            "quiz extra",
        ),
        *(
            "check",
            "check 3.1 a b",
            "answer -- x",
            "bank lint --format xml",
            "bank",
            "bank lnt",
            "quizz",
            "--version",
            "",
        ),
    ],
)
def test_what_is_not_plain_is_left_to_typer(line: str) -> None:
    assert plain_form(line.split()) is None


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("progress extra", "Got unexpected extra argument(s) (extra). Try 'quizbook progress --help'."),
        ("quizz", "No such command 'quizz'. Did you mean 'quiz'? Try 'quizbook --help'."),
        ("bank lnt", "No such command 'lnt'. Did you mean 'lint'? Try 'quizbook bank --help'."),
        ("quiz --cout 3", "No such option: --cout. Did you mean --count? Try 'quizbook quiz --help'."),
        ("quiz --count x", "'--count': 'x' is no whole number of at most 18 digits. Try 'quizbook quiz --help'."),
        ("quiz --count 0", "0 is less than 1."),
        ("bank lint --format xml", "'xml' is none of text, json, github."),
        ("check", "Missing argument 'ID'. Try 'quizbook check --help'."),
    ],
)
def test_a_mistyped_line_is_answered_with_what_would_be_right(line: str, sentence: str) -> None:
    with pytest.raises(QuizbookError) as caught:
        app.parse(line.split())
    assert sentence in caught.value.message
    assert caught.value.kind == "usage"


@pytest.mark.parametrize("known", COMMANDS, ids=lambda known: " ".join(known.words))
def test_each_command_calls_a_function_that_takes_what_the_table_says(known: Command) -> None:
    module, _, function = known.run.partition(":")
    signature = inspect.signature(getattr(import_module(module), function))
    assert list(signature.parameters) == [parameter.name for parameter in known.parameters]


@pytest.mark.parametrize("known", COMMANDS, ids=lambda known: " ".join(known.words))
def test_each_command_has_its_place_and_its_words(known: Command) -> None:
    names = [parameter.name for parameter in known.parameters]
    flags = [flag for p in known.parameters if isinstance(p, Option) for flag in p.flags]
    assert command(*known.words) is known
    assert known.panel in PANELS
    assert len(known.words) == 1 or known.words[0] in {group.name for group in GROUPS}
    assert len(set(names)) == len(names)
    assert len(set(flags)) == len(flags)
    assert all(text.endswith((".", "stdin.")) for text in (known.help, *(p.help for p in known.parameters)))
    assert not any("[" in text for text in (known.help, *(p.help for p in known.parameters))), "Rich takes it as markup"
    assert not any(a.many for a in known.arguments[:-1])
    assert not any(isinstance(p, Argument) and p.type == "flag" for p in known.parameters)


def test_the_table_knows_every_kind_of_question() -> None:
    assert KINDS == questions.KINDS


def test_groups_name_all_their_commands() -> None:
    for group in GROUPS:
        members = [known.words[1] for known in COMMANDS if known.words[0] == group.name]
        assert group.help.endswith(f": {', '.join(members)}.")


def test_the_table_loads_nothing_heavy() -> None:
    code = "import sys; before = set(sys.modules); import quizbook.cli.plain; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "quizbook" in loaded
    assert not loaded & {"typer", "click", "rich", "pydantic", "yaml", "torch", "json", "pathlib", "sqlite3", "asyncio"}
