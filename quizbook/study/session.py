"""One sitting: which question is on, what was answered, what comes of it; every front end drives this.

An answer is handed to `record` before anybody sees its feedback. A short answer takes two steps: the text is recorded
at once with its score open, the ticks follow as a regrade, so that a crash between them loses no text. What was
answered sure and wrong comes again in the same sitting, with its options in another order.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from quizbook.bank.questions import AnyQuestion, Kind, ShortAnswer
from quizbook.grading.grade import Grade
from quizbook.study.events import Attempt, Confidence, Event, Mode
from quizbook.study.presentation import Presentation, present
from quizbook.study.rating import sure_and_wrong
from quizbook.study.recording import attempt_on, flag_on, regrade_of, retraction_of

Stage = Literal["asking", "ticking", "answered", "over"]
BETWEEN = 3  # other questions, at least, before one comes again
SEEDS = 2**31


@dataclass(frozen=True, slots=True)
class Feedback:
    """What may be shown after an answer.

    response: in the question's own keys. grade: None in a pretest, where the key stays hidden.
    remark: the one remark about a short answer's text, or "".
    """

    shown: Presentation
    response: Any
    grade: Grade | None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question: its score (None while a short answer is not ticked) and the seconds it took."""

    question: AnyQuestion
    score: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class Tally:
    """Points reached of points possible, over the questions that have a score."""

    score: float = 0.0
    points: int = 0

    def plus(self, score: float) -> Tally:
        """This tally with one more scored question."""
        return Tally(self.score + score, self.points + 1)


@dataclass(frozen=True, slots=True)
class Summary:
    """A sitting in figures.

    total, answered, skipped: questions, without those that came again. open: short answers without ticks.
    again: questions that did not get everything right, in the order asked. seconds: spent on all answers.
    repeated: answers to questions that came again. hidden: of a pretest, where nothing tells what was right.
    """

    total: int
    answered: int
    skipped: int
    open: int
    overall: Tally
    by_kind: Mapping[Kind, Tally]
    seconds: float
    again: tuple[Outcome, ...]
    finished: bool
    repeated: int = 0
    hidden: bool = False


@dataclass(slots=True)
class _Turn:
    """One question as it is put: for the first time or again; what came of it, once it is answered."""

    question: AnyQuestion
    repeated: bool = False
    shown: Presentation | None = None
    hints: int = 0
    attempt: Attempt | None = None
    score: float | None = None
    seconds: float = 0.0

    @property
    def outcome(self) -> Outcome:
        return Outcome(self.question, self.score, self.seconds)


@dataclass(slots=True)
class Session:
    """The state of a sitting; call `answer`, `tick`, `hint`, `skip`, `undo`, `flag` and `advance` as its stage allows.

    record: takes each event and returns when it is safe. clock: seconds that only grow.
    stage: "asking" (answer or skip), "ticking" (a short answer waits for its ticks), "answered" (advance), "over".
    """

    questions: Sequence[AnyQuestion]
    seed: int
    record: Callable[[Event], None]
    device: str
    mode: Mode = "quiz"
    clock: Callable[[], float] = time.monotonic
    stage: Stage = field(default="over", init=False)
    _turn: _Turn | None = field(default=None, init=False)
    _next: int = field(default=0, init=False)  # which of `questions` comes after those that wait
    _put_back: list[_Turn] = field(default_factory=list, init=False)  # were on when an answer before them was undone
    _again: list[tuple[int, _Turn]] = field(default_factory=list, init=False)  # from which number on, and what
    _answered: list[_Turn] = field(default_factory=list, init=False)
    _number: int = field(default=0, init=False)
    _repeats: int = field(default=0, init=False)
    _since: float = field(default=0.0, init=False)
    _skipped: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.advance()

    @property
    def number(self) -> int:
        """Which question is on, counted from 1."""
        return self._number

    @property
    def total(self) -> int:
        """How many questions are asked, with those that come again."""
        return len(self.questions) + self._repeats

    @property
    def shown(self) -> Presentation | None:
        """The question that is on; None when the sitting is over."""
        return self._turn.shown if self._turn else None

    @property
    def current(self) -> Presentation:
        """The question that is on. Raises RuntimeError when the sitting is over."""
        if self._turn is None or self._turn.shown is None:
            raise RuntimeError("the session is over")
        return self._turn.shown

    @property
    def hints(self) -> int:
        """How many hints were shown for the question that is on."""
        return self._turn.hints if self._turn else 0

    @property
    def repeated(self) -> bool:
        """Whether the question that is on was answered sure and wrong before, and comes again."""
        return self._turn is not None and self._turn.repeated

    @property
    def can_undo(self) -> bool:
        """Whether there is an answer to take back."""
        return bool(self._answered)

    def advance(self) -> None:
        """Go on to the next question, or end the sitting after the last; the clock starts anew."""
        self._turn = self._following()
        if self._turn is None:
            self.stage = "over"
            return
        self._number += 1
        self._put_on(self._turn)

    def _following(self) -> _Turn | None:
        if self._put_back:
            return self._put_back.pop()
        ready = self._again and (self._number >= self._again[0][0] or self._next >= len(self.questions))
        if ready:
            return self._again.pop(0)[1]
        if self._next < len(self.questions):
            self._next += 1
            return _Turn(self.questions[self._next - 1])
        return None

    def _put_on(self, turn: _Turn) -> None:
        if turn.shown is None:
            turn.shown = present(turn.question, (self.seed + turn.repeated) % SEEDS)
        self.stage = "asking"
        self._since = self.clock()

    def hint(self) -> str | None:
        """The next hint, which the attempt will carry as used; None when there is no further one, or in a pretest."""
        hints = () if self.mode == "pretest" else self.current.question.hints
        if self._turn is None or self.hints >= len(hints):
            return None
        self._turn.hints += 1
        return hints[self.hints - 1]

    def skip(self) -> None:
        """Leave this question without an answer (or a short answer without its ticks) and go on."""
        self._skipped += self.stage == "asking" and not self.repeated
        self.advance()

    def answer(self, response: object, confidence: Confidence | None = None) -> Feedback:
        """Grade a response, record the attempt, and give the feedback that may be shown.

        response: in the question's own keys. Raises ResponseError for one of the wrong shape: nothing is recorded and
        the question stays on. After a short answer without ticks the stage is "ticking".
        """
        from quizbook.grading.grader import as_stored, grade  # not before the first question is on the screen
        from quizbook.grading.short_answer import remark

        turn = self._expect("asking")
        shown, question = self.current, turn.question
        seconds = max(0.0, self.clock() - self._since)
        stored = as_stored(question, response)
        result = grade(question, stored)
        attempt = attempt_on(
            question,
            stored,
            result,
            device=self.device,
            mode=self.mode,
            seed=shown.seed,
            confidence=confidence,
            hints=turn.hints,
            seconds=round(seconds, 3),
        )
        self.record(attempt)
        turn.attempt, turn.score, turn.seconds = attempt, result.score, seconds
        self._answered.append(turn)
        if self.mode != "pretest" and not turn.repeated and sure_and_wrong(attempt):
            self._repeats += 1
            self._again.append((self._number + BETWEEN, _Turn(question, repeated=True)))
        said = ""
        if isinstance(question, ShortAnswer) and result.score is None:
            self.stage = "ticking"
            said = remark(question, stored["text"])
        else:
            self.stage = "answered"
        return Feedback(shown, stored, None if self.mode == "pretest" else result, said)

    def tick(self, ticked: Sequence[int]) -> Feedback:
        """Grade the short answer that waits by the points that its author ticks, counted from 1.

        Raises ResponseError for numbers that are no points.
        """
        from quizbook.grading.short_answer import grade_ticks, read_ticks

        turn = self._expect("ticking")
        question, attempt = turn.question, turn.attempt
        if attempt is None or not isinstance(question, ShortAnswer):
            raise RuntimeError("no short answer waits for ticks")
        numbers = read_ticks(question, list(ticked))
        result = grade_ticks(question, numbers)
        self.record(regrade_of(attempt, result))
        turn.score = result.score
        self.stage = "answered"
        return Feedback(self.current, {**attempt.response, "ticked": numbers}, result)

    def undo(self) -> bool:
        """Take the last answer back (an event says so, nothing is deleted) and put its question on again.

        The question that was on comes after it. Returns False where there is no answer to take back.
        """
        if not self._answered:
            return False
        undone = self._answered[-1]
        if undone.attempt is not None:
            self.record(retraction_of(undone.attempt))
        self._answered.pop()
        if self._turn is not None and self._turn is not undone:
            self._put_back.append(self._turn)
            self._number -= 1
        self._forget_repeat(undone)
        undone.attempt, undone.score, undone.seconds = None, None, 0.0
        self._turn = undone
        self._put_on(undone)
        return True

    def _forget_repeat(self, undone: _Turn) -> None:
        """What was to come again because of this answer does not."""
        if undone.repeated:
            return
        kept = [(at, turn) for at, turn in self._again if turn.question is not undone.question]
        waiting = [turn for turn in self._put_back if not (turn.repeated and turn.question is undone.question)]
        self._repeats -= len(self._again) - len(kept) + len(self._put_back) - len(waiting)
        self._again, self._put_back = kept, waiting

    def flag(self, note: str = "") -> None:
        """Mark the question that is on, with a note of what is wrong with it or what one wants to ask."""
        self.record(flag_on(self.current.question.id, note, device=self.device))

    def summary(self) -> Summary:
        """The sitting so far in figures; it may be asked for at any time."""
        first = [turn.outcome for turn in self._answered if not turn.repeated]
        told = [] if self.mode == "pretest" else first
        overall, by_kind = Tally(), dict[Kind, Tally]()
        for outcome in told:
            if outcome.score is not None:
                overall = overall.plus(outcome.score)
                kind = outcome.question.kind
                by_kind[kind] = by_kind.get(kind, Tally()).plus(outcome.score)
        left = self._next < len(self.questions) or self._again or self._put_back
        return Summary(
            total=len(self.questions),
            answered=len(first),
            skipped=self._skipped,
            open=sum(outcome.score is None for outcome in first),
            overall=overall,
            by_kind=by_kind,
            seconds=sum(turn.seconds for turn in self._answered),
            again=tuple(outcome for outcome in told if outcome.score is not None and outcome.score < 1),
            finished=self.stage in ("answered", "over") and not left,
            repeated=len(self._answered) - len(first),
            hidden=self.mode == "pretest",
        )

    def _expect(self, stage: Stage) -> _Turn:
        if self.stage != stage or self._turn is None:
            raise RuntimeError(f"the session is {self.stage}, not {stage}")
        return self._turn
