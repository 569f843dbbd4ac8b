"""One sitting: which question is on, what was answered, what comes of it; every front end drives this.

An answer is handed to `record` before anybody sees its feedback. A short answer takes two steps: the text is recorded
at once with its score open, the ticks follow as a regrade, so that a crash between them loses no text.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from quizbook.bank.questions import AnyQuestion, Kind, ShortAnswer
from quizbook.grading.grade import Grade
from quizbook.grading.grader import as_stored, grade
from quizbook.grading.short_answer import grade_ticks, read_ticks, remark
from quizbook.study.events import Attempt, Confidence, Event, Mode
from quizbook.study.presentation import Presentation, present
from quizbook.study.recording import attempt_on, regrade_of

Stage = Literal["asking", "ticking", "answered", "over"]


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

    total, answered, skipped: questions. open: short answers without ticks. again: questions that did not get
    everything right, in the order asked. seconds: spent on the questions that were answered.
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


@dataclass(slots=True)
class Session:
    """The state of a sitting; call `answer`, `tick`, `hint`, `skip` and `advance` as its stage allows.

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
    shown: Presentation | None = field(default=None, init=False)
    hints: int = field(default=0, init=False)
    _number: int = field(default=0, init=False)
    _since: float = field(default=0.0, init=False)
    _skipped: int = field(default=0, init=False)
    _outcomes: list[Outcome] = field(default_factory=list, init=False)
    _text: Attempt | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.advance()

    @property
    def number(self) -> int:
        """Which question is on, counted from 1."""
        return self._number

    @property
    def current(self) -> Presentation:
        """The question that is on. Raises RuntimeError when the sitting is over."""
        if self.shown is None:
            raise RuntimeError("the session is over")
        return self.shown

    def advance(self) -> None:
        """Go on to the next question, or end the sitting after the last; the clock starts anew."""
        self._text = None
        self.hints = 0
        if self._number >= len(self.questions):
            self.stage, self.shown = "over", None
            return
        self.shown = present(self.questions[self._number], self.seed)
        self._number += 1
        self.stage = "asking"
        self._since = self.clock()

    def hint(self) -> str | None:
        """The next hint, which the attempt will carry as used; None when there is no further one."""
        hints = self.current.question.hints
        if self.hints >= len(hints):
            return None
        self.hints += 1
        return hints[self.hints - 1]

    def skip(self) -> None:
        """Leave this question without an answer (or a short answer without its ticks) and go on."""
        self._skipped += self.stage == "asking"
        self.advance()

    def answer(self, response: object, confidence: Confidence | None = None) -> Feedback:
        """Grade a response, record the attempt, and give the feedback that may be shown.

        response: in the question's own keys. Raises ResponseError for one of the wrong shape: nothing is recorded and
        the question stays on. After a short answer without ticks the stage is "ticking".
        """
        self._expect("asking")
        shown, question = self.current, self.current.question
        seconds = max(0.0, self.clock() - self._since)
        stored = as_stored(question, response)
        result = grade(question, stored)
        attempt = attempt_on(
            question,
            stored,
            result,
            device=self.device,
            mode=self.mode,
            seed=self.seed,
            confidence=confidence,
            hints=self.hints,
            seconds=round(seconds, 3),
        )
        self.record(attempt)
        self._outcomes.append(Outcome(question, result.score, seconds))
        said = ""
        if isinstance(question, ShortAnswer) and result.score is None:
            self.stage, self._text = "ticking", attempt
            said = remark(question, stored["text"])
        else:
            self.stage = "answered"
        return Feedback(shown, stored, None if self.mode == "pretest" else result, said)

    def tick(self, ticked: Sequence[int]) -> Feedback:
        """Grade the short answer that waits by the points that its author ticks, counted from 1.

        Raises ResponseError for numbers that are no points.
        """
        self._expect("ticking")
        shown, attempt = self.current, self._text
        question = shown.question
        if attempt is None or not isinstance(question, ShortAnswer):
            raise RuntimeError("no short answer waits for ticks")
        numbers = read_ticks(question, list(ticked))
        result = grade_ticks(question, numbers)
        self.record(regrade_of(attempt, result))
        self._outcomes[-1] = Outcome(question, result.score, self._outcomes[-1].seconds)
        self.stage = "answered"
        return Feedback(shown, {**attempt.response, "ticked": numbers}, result)

    def summary(self) -> Summary:
        """The sitting so far in figures; it may be asked for at any time."""
        overall, by_kind = Tally(), dict[Kind, Tally]()
        for outcome in self._outcomes:
            if outcome.score is not None:
                overall = overall.plus(outcome.score)
                kind = outcome.question.kind
                by_kind[kind] = by_kind.get(kind, Tally()).plus(outcome.score)
        done = self.stage in ("answered", "over") and self._number >= len(self.questions)
        return Summary(
            total=len(self.questions),
            answered=len(self._outcomes),
            skipped=self._skipped,
            open=sum(outcome.score is None for outcome in self._outcomes),
            overall=overall,
            by_kind=by_kind,
            seconds=sum(outcome.seconds for outcome in self._outcomes),
            again=tuple(outcome for outcome in self._outcomes if outcome.score is not None and outcome.score < 1),
            finished=done,
        )

    def _expect(self, stage: Stage) -> None:
        if self.stage != stage:
            raise RuntimeError(f"the session is {self.stage}, not {stage}")
