"""`quizbook quiz`: in the app, or in plain lines that ask, read what is typed and show what comes of it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from quizbook import places
from quizbook.bank.library import Bank, load_bank
from quizbook.bank.questions import AnyQuestion, ShortAnswer
from quizbook.cli.asking import Dialogue, Left
from quizbook.cli.lines import (
    COMMANDS,
    comparison_lines,
    feedback_lines,
    help_lines,
    question_lines,
    screen_width,
    summary_lines,
    wrapped,
)
from quizbook.cli.screen import in_the_app, takes_the_screen
from quizbook.errors import QuizbookError
from quizbook.grading.grade import ResponseError
from quizbook.study.draw import fresh_seed
from quizbook.study.events import Mode
from quizbook.study.selection import Selection, named, select
from quizbook.study.session import Session
from quizbook.study.store import Log, open_log
from quizbook.study.typed import read_ticks, read_typed, takes_free_text, takes_lines, wanted
from quizbook.study.wording import NO_HINTS, figure_words, hint_words


def quiz(
    *,
    chapter: str | None,
    section: str | None,
    kind: str | None,
    count: int | None,
    pretest: bool,
    posttest: bool,
    seed: int | None,
    plain: bool,
) -> int:
    """Ask questions and record every answer at once.

    count: that many, drawn by `seed`; without it all that fit, in the bank's order. pretest: hide the key.
    posttest: ask what was answered in a pretest, and tell the gain.
    Returns 0 when the session came to its end, 1 when it was left early.
    Raises QuizbookError where no question fits or the log cannot be opened.
    """
    if pretest and posttest:
        raise QuizbookError("A quiz is a pretest or a posttest, not both: leave one of the two out.", kind="usage")
    bank = load_bank()
    wish = Selection(
        chapter=chapter,
        section=section,
        kind=kind,
        count=count,
        seed=fresh_seed() if seed is None else seed,
        graded_only=pretest or posttest,
    )
    if not posttest:
        questions = select(bank.chapters, wish)  # what does not exist is told before a log is begun
    with open_log(places.home()) as log:
        if posttest:
            questions = select(bank.chapters, replace(wish, pretested=_pretested(log)))
        mode: Mode = "pretest" if pretest else "quiz"
        session = Session(questions, wish.seed, record=log.append, device=log.device, mode=mode)
        if takes_the_screen(plain=plain):
            code = in_the_app(session, log, title=_title(wish, mode))
        else:
            code = _in_lines(session, bank)
        if posttest:
            _say_last(_gain_lines(log, questions, bank))
        elif pretest and session.summary().answered:
            options = "".join(f" --{name} {value}" for name, value in named(wish))
            said = f"After reading, `quizbook quiz --posttest{options}` asks the same questions."
            _say_last(wrapped(said, screen_width()))
        return code


def _title(wish: Selection, mode: Mode) -> str:
    """What is asked, in a few words."""
    words = [mode, *(" ".join(pair) for pair in named(wish))]
    return ", ".join(words).capitalize()


def _in_lines(session: Session, bank: Bank) -> int:
    with Dialogue(sys.stdin, sys.stdout) as dialogue:
        if bank.findings:
            dialogue.say_last(["Questions with errors are left out; `quizbook bank lint` names them."])
        return run(session, dialogue)


def _say_last(lines: Iterable[str]) -> None:
    Dialogue(sys.stdin, sys.stdout).say_last(lines)


def _pretested(log: Log) -> frozenset[str]:
    from quizbook.study.posttest import pretested

    return pretested(log)


def _gain_lines(log: Log, questions: Sequence[AnyQuestion], bank: Bank) -> list[str]:
    """What the reading brought on the questions of a posttest."""
    from quizbook.study.charts import gains_of
    from quizbook.study.glyphs import in_encoding
    from quizbook.study.posttest import gains_on

    found = gains_on(log, questions, bank.chapter_of)
    return ["", *in_encoding(gains_of(found, screen_width()), sys.stdout.encoding)] if found else []


def run(session: Session, dialogue: Dialogue) -> int:
    """Hold a session in a dialogue to its end, then print the summary; 0 when it came to its end, 1 when left early."""
    sitting = _Sitting(session, dialogue, screen_width())
    try:
        sitting.open()
        while session.stage != "over":
            sitting.one_question()
    except Left:
        dialogue.say_last([""])
    summary = session.summary()
    dialogue.say_last(summary_lines(summary, sitting.width))
    return 0 if summary.finished else 1


class _Skip(Exception):
    """The learner wants to go on without an answer."""


class _Undone(Exception):
    """The last answer was taken back: its question is on again."""


@dataclass(frozen=True, slots=True)
class _Sitting:
    session: Session
    dialogue: Dialogue
    width: int

    def open(self) -> None:
        """Say what comes and how to leave."""
        total = len(self.session.questions)
        said = f"{total} question{'' if total == 1 else 's'}."
        if self.session.mode == "pretest":
            said += " A pretest: answer before you read; right and wrong stay hidden."
        self.dialogue.say([*wrapped(f"{said} :help says what you can type, :quit ends.", self.width), ""])

    def one_question(self) -> None:
        """Ask one question until it is answered or skipped, show what comes of it, and go on to the next."""
        session = self.session
        if session.repeated:
            self.dialogue.say(["Once more, since you were sure and it was wrong:"])
        self.dialogue.say([*question_lines(session.current, session.number, session.total, self.width), ""])
        try:
            self._answered()
        except _Undone:
            self.dialogue.say(["Taken back; here it is again.", ""])
        except _Skip:
            session.skip()
            self.dialogue.say(["Skipped.", ""])
        else:
            session.advance()

    def _answered(self) -> None:
        session, shown = self.session, self.session.current
        while True:
            try:
                typed = read_typed(shown, self._typed())
                feedback = session.answer(typed.response, typed.confidence)
            except ResponseError as error:
                self._complain(error)
            else:
                break
        question = shown.question
        if session.stage == "ticking" and isinstance(question, ShortAnswer):
            self.dialogue.say(["", *comparison_lines(question, feedback.remark, self.width), ""])
            while session.stage == "ticking":
                try:
                    line = self._line("points that your text makes, such as 1, or all, or none > ")
                    feedback = session.tick(read_ticks(question, line))
                except ResponseError as error:
                    self._complain(error)
        self.dialogue.say(["", *feedback_lines(feedback, self.width), ""])

    def _typed(self) -> str:
        """What the learner types for this question: a line, or lines up to an empty one or the end of the input."""
        shown = self.session.current
        if not takes_lines(shown):
            return self._line(f"{wanted(shown)} > ")
        lines: list[str] = []
        prompt = f"{wanted(shown)}; an empty line ends it > "
        try:
            while (line := self._line(prompt)).strip():
                lines.append(line)
                prompt = "> "
        except Left as left:
            if not lines:
                raise
            if not left.at_end:
                self._keep(lines)
                raise
        return "\n".join(lines)

    def _keep(self, lines: list[str]) -> None:
        """Record the text of a short answer that its author was interrupted in; half an output is worth nothing."""
        if isinstance(self.session.current.question, ShortAnswer):
            self.session.answer("\n".join(lines))

    def _line(self, prompt: str) -> str:
        """A line that is no command; commands are carried out here."""
        free_text = takes_free_text(self.session.current)
        while True:
            line = self.dialogue.ask(prompt)
            word = line.strip().casefold()
            if word in ("?", ":help"):
                self.dialogue.say(help_lines(self.session.current, self.width))
            elif word == ":quit":
                raise Left
            elif word == ":skip":
                raise _Skip
            elif word == ":undo":
                self._undo()
            elif word == ":flag" or word.startswith(":flag "):
                self.session.flag(line.strip()[len(":flag") :])
                self.dialogue.say(["Flagged; `quizbook flags` lists what you flagged."])
            elif word == ":hint":
                self._hint()
            elif word == ":alt":
                self._alt()
            elif word.startswith(":") and not free_text:
                known = ", ".join(name for name, _ in COMMANDS)
                self.dialogue.say(wrapped(f"There is no {line.strip()[:20]}; there are {known}.", self.width))
            else:
                return line

    def _undo(self) -> None:
        if self.session.undo():
            raise _Undone
        self.dialogue.say(["There is no answer to take back."])

    def _hint(self) -> None:
        if self.session.mode == "pretest":
            self.dialogue.say(wrapped(NO_HINTS, self.width))
            return
        before = self.session.hints
        self.dialogue.say(wrapped(hint_words(self.session.hint(), before), self.width))

    def _alt(self) -> None:
        self.dialogue.say(wrapped(figure_words(self.session.current.question), self.width))

    def _complain(self, error: ResponseError) -> None:
        self.dialogue.say(wrapped(str(error), self.width))
