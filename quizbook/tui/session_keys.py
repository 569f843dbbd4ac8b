"""The commands of a question session, the two keys of each, and which of them are at hand.

An option's letter wins while its question is asked, and so does any letter while one writes; a command whose letter is
taken works by its function key all the same, and the foot of the screen shows the key that works now.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from quizbook.bank.questions import Diagram
from quizbook.study.session import Session
from quizbook.tui.hint_bar import KeyHint, key_hint


class Command(NamedTuple):
    """What can be done at any question.

    key: of a letter that no option has. always: the key that works whatever else letters do. words: for the foot of
    the screen. explanation: for the list of all keys.
    """

    name: str
    key: str
    always: str
    words: str
    explanation: str


COMMANDS = (
    Command("hint", "h", "f2", "hint", "show the next hint"),
    Command("alt", "a", "f8", "in words", "say the figure in words"),
    Command("skip", "s", "f3", "skip", "go on without an answer"),
    Command("undo", "u", "f4", "undo", "take the last answer back and answer again"),
    Command("flag", "x", "f6", "flag", "mark the question, with a note if you like"),
    Command("reference", "r", "f7", "code", "read the code that the question is about"),
    Command("help", "question_mark", "f1", "keys", "show all keys"),
    Command("leave", "escape", "escape", "leave", "end here; what you answered is kept"),
)
SCROLLING = (
    ("PgUp PgDn", "scroll; so do ↑ ↓, and Ctrl with ↑ ↓ where those do something else"),
    ("← →", "scroll a wide listing or figure; Alt with ← → while you write"),
)


def command_for(key: str, *, taken: Collection[str], writing: bool) -> Command | None:
    """The command of a key. taken: letters that are answers now. writing: whether letters go into a text."""
    for command in COMMANDS:
        if key == command.always or (key == command.key and not writing and key not in taken):
            return command
    return None


def commands_at_hand(session: Session, *, taken: Collection[str], writing: bool, waits: bool = False) -> list[KeyHint]:
    """A hint for each command that would do something now, under the key that works now.

    waits: an answer waits for how sure its author is; before that is said there is no other hint and no skipping.
    """
    hints = []
    for command in COMMANDS:
        if _would_do_something(command.name, session) and not (waits and command.name in ("hint", "skip", "undo")):
            free = not writing and command.key not in taken
            hints.append(key_hint(command.key if free else command.always, command.words))
    return hints


def may_read_code(session: Session) -> bool:
    """Whether the question names code that may be looked at: in a pretest nothing is given away."""
    return session.shown is not None and bool(session.shown.question.see) and session.mode != "pretest"


def _would_do_something(name: str, session: Session) -> bool:
    question = session.shown.question if session.shown else None
    match name:
        case "hint":
            there = question is not None and session.stage == "asking" and session.hints < len(question.hints)
            return there and session.mode != "pretest"
        case "skip":
            return session.stage in ("asking", "ticking")
        case "undo":
            return session.can_undo
        case "flag":
            return question is not None
        case "reference":
            return may_read_code(session)
        case "alt":
            return isinstance(question, Diagram) and bool(question.alt)
    return True
