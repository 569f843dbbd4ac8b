"""What reading a chapter brought: the answers before and after it, on the same questions.

Source: Hake 1998, "Interactive-engagement versus traditional methods". The normalised gain is the part of what was
missing before that is there after: (after - before) / (1 - before).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from quizbook.bank.folders import natural
from quizbook.study.days import DAY_START, study_day
from quizbook.study.events import Attempt

SEEDS = 2**31  # of a session; a question that comes again is drawn by the next one
AFTER = ("quiz", "review", "exam")  # the modes whose answers tell what was learned


@dataclass(frozen=True, slots=True)
class Gain:
    """The questions of a section or chapter that were answered before and after reading.

    before, after: their mean score, from 0 to 1.
    """

    name: str
    items: int
    before: float
    after: float

    @property
    def normalised(self) -> float | None:
        """The part of what was missing that was learned: 1 is all of it, below 0 something was lost.

        None where everything was right before: there was nothing to gain, and the formula would divide by zero.
        """
        return None if self.before >= 1 else (self.after - self.before) / (1 - self.before)


@dataclass(frozen=True, slots=True)
class ChapterGain:
    """A chapter's gain over all its questions (not the mean of its sections), and that of each section."""

    whole: Gain
    sections: tuple[Gain, ...]


@dataclass(slots=True)
class _Pair:
    """One question: its score before, its latest after, and the sitting that this one comes from."""

    before: float
    after: float | None = None
    sitting: tuple[int, date] | None = None


class BeforeAndAfter:
    """Takes the attempts that count one by one, oldest first, and keeps what the gain needs of them.

    Before is the first pretest answer to a question. After is the latest answer outside a pretest that came later. A
    question that comes again in the same sitting, after its feedback, was answered from memory of it: the first counts.
    """

    def __init__(self, day_start: int = DAY_START) -> None:
        self._pairs: dict[str, _Pair] = {}
        self._day_start = day_start

    def take(self, attempt: Attempt) -> None:
        """Look at the next attempt."""
        score = score_of(attempt)
        if score is None:
            return
        if attempt.mode == "pretest":
            if attempt.item not in self._pairs:
                self._pairs[attempt.item] = _Pair(score)
            return
        pair = self._pairs.get(attempt.item)
        if pair is None or attempt.mode not in AFTER:
            return
        if not self._comes_again(attempt, pair):
            day = study_day(attempt.at, attempt.utc_offset, self._day_start)
            pair.after, pair.sitting = score, None if attempt.seed is None else (attempt.seed, day)

    def _comes_again(self, attempt: Attempt, pair: _Pair) -> bool:
        """Whether this is the same question for the second time in a sitting, which then has the next seed."""
        if attempt.seed is None or pair.sitting is None:
            return False
        seed, day = pair.sitting
        again = attempt.seed in (seed, (seed + 1) % SEEDS)
        return again and day == study_day(attempt.at, attempt.utc_offset, self._day_start)

    def gains(self, chapters: Mapping[str, str], sections: Mapping[str, str]) -> tuple[ChapterGain, ...]:
        """The gain of every chapter that has questions in both, in the chapters' order.

        chapters, sections: of each question, by its id; what is in no bank any more is left out.
        """
        found: dict[str, dict[str, list[_Pair]]] = {}
        for item, pair in self._pairs.items():
            if pair.after is not None and item in chapters:
                by_section = found.setdefault(chapters[item], {})
                by_section.setdefault(sections.get(item, ""), []).append(pair)
        return tuple(_chapter(name, found[name]) for name in sorted(found, key=natural))


def gains(
    attempts: Iterable[Attempt],
    chapters: Mapping[str, str],
    sections: Mapping[str, str],
    day_start: int = DAY_START,
) -> tuple[ChapterGain, ...]:
    """The gains of these attempts, which count today; those on one item come oldest first."""
    fold = BeforeAndAfter(day_start)
    for attempt in attempts:
        fold.take(attempt)
    return fold.gains(chapters, sections)


def score_of(attempt: Attempt) -> float | None:
    """The score from 0 to 1 that the figures count with; None while it is open, or where it is no number."""
    score = attempt.score
    return None if score is None or score != score else min(1.0, max(0.0, score))


def _chapter(name: str, by_section: Mapping[str, list[_Pair]]) -> ChapterGain:
    sections = tuple(_gain(section, by_section[section]) for section in sorted(by_section, key=natural))
    return ChapterGain(_gain(name, [pair for pairs in by_section.values() for pair in pairs]), sections)


def _gain(name: str, pairs: list[_Pair]) -> Gain:
    count = len(pairs)
    return Gain(name, count, sum(p.before for p in pairs) / count, sum(p.after or 0.0 for p in pairs) / count)
