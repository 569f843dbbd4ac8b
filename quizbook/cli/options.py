"""Every command with its arguments and options, in the one table that `plain` and `app` both read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ValueType = Literal["text", "number", "path", "flag"]


@dataclass(frozen=True, slots=True)
class Argument:
    """A value that is told by its place.

    name: of the keyword argument. many: takes all that is left, as a tuple; only the last argument can.
    """

    name: str
    help: str
    type: ValueType = "text"
    required: bool = True
    many: bool = False

    @property
    def shown(self) -> str:
        """How help and usage call it."""
        return self.name.upper()

    @property
    def default(self) -> tuple[()] | None:
        """What the command gets where nothing was given."""
        return () if self.many else None


@dataclass(frozen=True, slots=True)
class Option:
    """A value that is told by its flag; a flag alone is a yes.

    flags: the long one first, it names the keyword argument. shown: how help calls the value.
    choices: the only texts that are taken; without any, all are. least: the smallest number that is taken.
    """

    flags: tuple[str, ...]
    help: str
    type: ValueType = "flag"
    default: str | int | None = None
    shown: str | None = None
    choices: tuple[str, ...] = ()
    least: int | None = None

    @property
    def name(self) -> str:
        """The keyword argument, such as `require_wall` for `--require-wall`."""
        return self.flags[0].removeprefix("--").replace("-", "_")


Parameter = Argument | Option


@dataclass(frozen=True, slots=True)
class Command:
    """One command: what people type, and the function that does it.

    words: such as ("bank", "lint"). run: "module:function", imported when the command runs, called with the parameters'
    names as keywords; it returns the exit code. panel: where help shows it.
    """

    words: tuple[str, ...]
    help: str
    run: str
    panel: str
    parameters: tuple[Parameter, ...] = ()

    @property
    def arguments(self) -> tuple[Argument, ...]:
        """The parameters that are told by their place."""
        return tuple(p for p in self.parameters if isinstance(p, Argument))

    def option(self, flag: str) -> Option | None:
        """The option that has this flag."""
        return next((p for p in self.parameters if isinstance(p, Option) and flag in p.flags), None)

    def defaults(self) -> dict[str, object]:
        """The keyword arguments where nothing was given."""
        return {p.name: False if p.type == "flag" else p.default for p in self.parameters}


@dataclass(frozen=True, slots=True)
class Group:
    """Commands that share their first word. alone: the words of the command that the first word alone stands for."""

    name: str
    help: str
    panel: str
    alone: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A command line that was understood."""

    command: Command
    arguments: Mapping[str, object]


PANELS = ("Learn", "Exercises", "Bank", "House")
GROUPS = (
    Group("exercise", "Write exercises: verify, new.", "Exercises"),
    Group("bank", "Write questions: lint, prove, new, preview, stats, schema.", "Bank"),
    Group("data", "Bring data sets and weights here: list, get, add.", "House", alone=("data", "list")),
)
KINDS = ("multiple_choice", "matching", "ordering", "code_blank", "diagram", "short_answer", "tracing", "numeric")

JSON = Option(("--json",), "Print one JSON document; messages go to stderr.")
PLAIN = Option(("--plain",), "Plain lines instead of the full screen.")
EXERCISE = Argument("id", "The exercise, such as 3.1.")
BANK_PATHS = Argument("paths", "Files or folders; without any, the whole bank.", type="path", required=False, many=True)

COMMANDS = (
    Command(
        ("quiz",),
        "Ask questions and grade the answers.",
        "quizbook.cli.quiz:quiz",
        "Learn",
        (
            Option(("--chapter",), "Only this chapter: 1 to 7, A, D or E.", "text", shown="CHAPTER"),
            Option(("--section",), "Only this section, such as 3.4.", "text", shown="SECTION"),
            Option(("--kind",), f"Only this kind: {', '.join(KINDS)}.", "text", shown="KIND", choices=KINDS),
            Option(("--count",), "How many questions to ask; without it, all that fit.", "number", shown="N", least=1),
            Option(("--pretest",), "Mark the answers as given before reading the chapter."),
            Option(("--posttest",), "Ask again what a pretest asked, and show what the reading brought."),
            Option(("--seed",), "Ask in the order that this number gives.", "number", shown="N", least=0),
            PLAIN,
        ),
    ),
    Command(
        ("review",),
        "Ask what is due today.",
        "quizbook.cli.review:review",
        "Learn",
        (PLAIN,),
    ),
    Command(
        ("drill",),
        "Train what goes badly; the schedule stays as it is.",
        "quizbook.cli.drill:drill",
        "Learn",
        (
            Option(("--weak",), "Questions of your weak sections, which is what every drill asks."),
            Option(("--count",), "How many questions to ask.", "number", 10, shown="N", least=1),
            PLAIN,
        ),
    ),
    Command(
        ("answer",),
        "Grade a file of answers.",
        "quizbook.cli.answer:answer",
        "Learn",
        (
            Argument("file", "A YAML or JSON file of {id: response, ...}; - reads stdin."),
            JSON,
            Option(("--record",), "Store the answers as attempts; without it nothing is stored."),
        ),
    ),
    Command(
        ("progress",),
        "Show what you answered, how well, and what is due.",
        "quizbook.cli.progress:progress",
        "Learn",
        (
            JSON,
            Option(("--html",), "Write a page with pictures into this file instead.", "text", shown="FILE"),
            Option(("--rebuild",), "Compute all due dates anew from the log, and say whether they are the same."),
            Option(("--regrade",), "Grade anew what an earlier key of a question graded."),
        ),
    ),
    Command(
        ("flags",),
        "List the questions that you flagged, with your notes.",
        "quizbook.cli.flags:flags",
        "Learn",
        (JSON, Option(("--remove",), "Take the flags of this question away; all takes all.", "text", shown="ID")),
    ),
    Command(
        ("settings",),
        "Show or change a setting: retention, daily numbers, day start.",
        "quizbook.cli.settings:settings",
        "Learn",
        (
            Argument("key", "The setting; without it, all are shown.", required=False),
            Argument("value", "Its new value.", required=False),
            JSON,
        ),
    ),
    Command(
        ("fit",),
        "Fit the schedule to your memory, from 1,000 reviews on.",
        "quizbook.cli.fit:fit_parameters",
        "Learn",
        (Option(("--reset",), "Go back to the usual parameters."), JSON),
    ),
    Command(
        ("serve",),
        "Open the full-screen app in a browser.",
        "quizbook.cli.serve:serve",
        "Learn",
        (
            Option(("--port",), "Serve on this port; without it, on one that is free.", "number", shown="N", least=0),
            Option(("--host",), "Serve on this address instead of 127.0.0.1.", "text", shown="HOST"),
            Option(("--i-know",), "The host may be one that other machines reach."),
        ),
    ),
    Command(
        ("exercises",),
        "List the exercises and how far you are.",
        "quizbook.cli.exercise:exercises",
        "Exercises",
        (JSON,),
    ),
    Command(
        ("start",),
        "Put an exercise's task and starter file here.",
        "quizbook.cli.exercise:start",
        "Exercises",
        (
            EXERCISE,
            Option(("--dir",), "Put them into this folder instead.", "text", shown="FOLDER"),
            Option(("--notebook",), "Write the starter as a notebook."),
            Option(("--fresh",), "Begin anew; your old file is moved aside."),
        ),
    ),
    Command(
        ("check",),
        "Grade your solution of an exercise.",
        "quizbook.cli.check:check",
        "Exercises",
        (
            EXERCISE,
            Argument("file", "Your file; without it, the one that `start` put here.", required=False),
            Option(("--seed",), "Draw the test data with this seed.", "number", shown="N", least=0),
            JSON,
            Option(("--junit",), "Write a JUnit report to this file too.", "text", shown="FILE"),
            Option(("--full",), "Run the long checks too."),
            Option(("--require-wall",), "Stop with exit code 3 unless the whole wall stands."),
        ),
    ),
    Command(
        ("watch",),
        "Check your file at every save.",
        "quizbook.cli.watch:watch",
        "Exercises",
        (Argument("id", "The exercise, such as 3.1; without it, the one you are at.", required=False),),
    ),
    Command(
        ("hint",),
        "Show the next hint.",
        "quizbook.cli.exercise:hint",
        "Exercises",
        (EXERCISE,),
    ),
    Command(
        ("solution",),
        "Show the solution, once you have passed.",
        "quizbook.cli.exercise:solution",
        "Exercises",
        (EXERCISE, Option(("--give-up",), "Show it although you have not passed.")),
    ),
    Command(
        ("grade",),
        "Grade a class: a folder with a file or a folder for each learner.",
        "quizbook.cli.grade:grade",
        "Exercises",
        (
            Argument("folder", "Where the submissions lie."),
            Option(("--exercise",), "All files are for this exercise, whatever they are called.", "text", shown="ID"),
            Option(("--out",), "Write a row a check to this .csv or .json file.", "text", "grades.csv", shown="FILE"),
            Option(
                ("--jobs",),
                "Grade so many at a time; without it, as many as there are cores.",
                "number",
                shown="N",
                least=1,
            ),
            Option(("--resume",), "Go on with a run that was stopped; what is graded and unchanged stays."),
            Option(("--regrade",), "Grade again what another check judged, and show the differences."),
            Option(("--feedback",), "Write a text for each learner into this folder.", "text", shown="FOLDER"),
            Option(("--allow-reduced-wall",), "Grade although a layer of the wall does not hold here."),
            JSON,
        ),
    ),
    Command(
        ("exercise", "verify"),
        "Prove the checkers against solutions and known mistakes.",
        "quizbook.cli.exercise:verify",
        "Exercises",
        (
            Argument("id", "The exercise, such as 3.1; without it, all of them.", required=False),
            Option(("--thorough",), "Take more seeds and the slow proofs too."),
        ),
    ),
    Command(
        ("exercise", "new"),
        "Write the folder of a new exercise, which works as it is.",
        "quizbook.cli.exercise:new",
        "Exercises",
        (
            Argument("id", "Its chapter and number, such as 8.1."),
            Option(("--title",), "What it is called.", "text", "Means of rows", shown="TEXT"),
            Option(
                ("--dir",),
                "The folder of exercises; without it, the first that QUIZBOOK_EXERCISES names, or ./exercises.",
                "text",
                shown="FOLDER",
            ),
        ),
    ),
    Command(
        ("bank", "lint"),
        "Find mistakes in question files, by line and column.",
        "quizbook.cli.bank:lint",
        "Bank",
        (
            BANK_PATHS,
            Option(
                ("--format",), "How to print the findings.", "text", default="text", choices=("text", "json", "github")
            ),
        ),
    ),
    Command(
        ("bank", "prove"),
        "Run the proofs of the keys behind the wall.",
        "quizbook.cli.bank:prove",
        "Bank",
        (BANK_PATHS, JSON),
    ),
    Command(
        ("bank", "new"),
        "Write a question of a kind, which is sound as it is.",
        "quizbook.cli.bank:new",
        "Bank",
        (
            Argument("kind", f"One of {', '.join(KINDS)}."),
            Argument("file", "Add it to this file, new or not; without it, print it.", required=False),
            Option(("--id",), "Its id, for ever.", "text", shown="ID"),
            Option(("--section",), "The section that it is about.", "text", "3.1", shown="SECTION"),
        ),
    ),
    Command(
        ("bank", "preview"),
        "Show questions as a learner sees them, again at every save.",
        "quizbook.cli.preview:preview",
        "Bank",
        (Argument("file", "A file of questions; with :ID behind it, only that question."),),
    ),
    Command(
        ("bank", "stats"),
        "Count the questions by kind and chapter.",
        "quizbook.cli.bank:stats",
        "Bank",
        (JSON,),
    ),
    Command(
        ("bank", "schema"),
        "Print the JSON Schema of a question file, for editors.",
        "quizbook.cli.bank:schema",
        "Bank",
    ),
    Command(
        ("data", "list"),
        "List the data sets and weights, and which of them are here.",
        "quizbook.cli.data:list_sources",
        "House",
        (JSON,),
    ),
    Command(
        ("data", "get"),
        "Download a data set or weights; what broke off is taken up again.",
        "quizbook.cli.data:get",
        "House",
        (
            Argument("name", "The data set or weights, such as the-verdict or gpt2-124M."),
            Option(("--mirror",), "Take the files from this address instead of their origin.", "text", shown="URL"),
            JSON,
        ),
    ),
    Command(
        ("data", "add"),
        "Take a file or a folder of weights that you have already.",
        "quizbook.cli.data:add",
        "House",
        (Argument("file", "The file, a zip archive that holds it, or the folder."), JSON),
    ),
    Command(
        ("export",),
        "Write the log of what you did to a file, as JSON Lines.",
        "quizbook.cli.export:export",
        "House",
        (
            Argument("file", "The file to write; - writes to stdout."),
            Option(("--anonymous",), "Leave out what tells whose it is: device, paths, texts, the calendar."),
            Option(("--force",), "Write over a file that is there already."),
        ),
    ),
    Command(
        ("sync",),
        "Bring together what you did on several machines, through a shared folder.",
        "quizbook.cli.sync:sync",
        "House",
        (Argument("folder", "A folder that the machines share, or a USB stick."), JSON),
    ),
    Command(
        ("doctor",),
        "Say what works here and what is missing.",
        "quizbook.cli.doctor:doctor",
        "House",
        (JSON, Option(("--stop",), "End the warm processes that quizbook left running.")),
    ),
)


def command(*words: str) -> Command:
    """The command of these words; KeyError if there is none."""
    for known in COMMANDS:
        if known.words == words:
            return known
    raise KeyError(" ".join(words))
