"""`quizbook bank preview`: questions as a learner sees them, before and after answering, again at every save."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from quizbook.bank.bank_file import read_bank_file
from quizbook.bank.questions import AnyQuestion, MultipleChoice, ShortAnswer
from quizbook.cli.lines import background_lines, comparison_lines, labelled, question_lines, screen_width, wrapped
from quizbook.errors import QuizbookError
from quizbook.judge.watching import WatchedFile
from quizbook.study.presentation import Shown, answer_lines, present

LOOK = 0.1  # seconds between two looks at the file
CLEAR = "\x1b[2J\x1b[3J\x1b[H"
ORDER = 1  # the seed of the order that options are shown in: the same at every save


def preview(*, file: str) -> int:
    """Show a file's questions, or one of them; on a terminal until Ctrl-C, elsewhere once.

    file: a path, or path:id. Returns 0, or 1 where the file has errors or no such question.
    Raises QuizbookError where there is no such file.
    """
    path, id_ = _taken_apart(file)
    if not path.is_file():
        raise QuizbookError(f"there is no file {path}; `quizbook bank new KIND {path}` makes one", kind="input")
    if not sys.stdout.isatty():
        lines, sound = pages(path, id_, screen_width())
        print("\n".join(lines))
        return 0 if sound else 1
    watched = WatchedFile(path)
    sound = _show(path, id_)
    try:
        while True:
            time.sleep(LOOK)
            if watched.look() == "saved":
                sound = _show(path, id_)
    except KeyboardInterrupt:
        print()
        return 0 if sound else 1


def pages(path: Path, id_: str | None, width: int) -> tuple[list[str], bool]:
    """The lines of a preview, and whether there is nothing wrong: findings first, then question after question."""
    file = read_bank_file(path)
    lines = [str(finding) for finding in file.findings]
    questions = [question for question in file.questions if id_ in (None, question.id)]
    if not questions:
        known = ", ".join(question.id for question in file.questions[:5])
        lines.append(f"no sound question {id_ or ''} in {path}" + (f"; there are {known}" if known else ""))
    for number, question in enumerate(questions, 1):
        lines += ["", "─" * width, *_page(question, number, len(questions), width)]
    return lines, bool(questions) and not file.errors


def _page(question: AnyQuestion, number: int, total: int, width: int) -> list[str]:
    """A question, a line, and all that may be shown after answering it."""
    shown = present(question, ORDER)
    lines = [*question_lines(shown, number, total, width), "", f"{' after answering ':·^{width}}"]
    if isinstance(question, ShortAnswer):
        lines += comparison_lines(question, "", width)
    else:
        lines += ["The answer:"]
        for line in answer_lines(shown):
            lines += wrapped(line, width, indent="  ", hanging="   ")
    if isinstance(question, MultipleChoice):
        whys = [Shown(choice.label, choice.key, question.why.get(choice.key, "-")) for choice in shown.choices]
        lines += ["", "Why:", *labelled(whys, width)]
    lines += background_lines(question, width)
    for at, hint in enumerate(question.hints, 1):
        lines += wrapped(f"Hint {at}: {hint}", width, hanging="  ")
    return lines


def _show(path: Path, id_: str | None) -> bool:
    lines, sound = pages(path, id_, screen_width())
    print(f"{CLEAR}{chr(10).join(lines)}\n\n{path.name}: shown again at every save; Ctrl-C ends", flush=True)
    return sound


def _taken_apart(given: str) -> tuple[Path, str | None]:
    """The path and the id of path:id; a file whose own name holds a colon is a file."""
    path, colon, id_ = given.rpartition(":")
    if not colon or Path(given).is_file() or not path:
        return Path(given), None
    return Path(path), id_
