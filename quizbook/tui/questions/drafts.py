"""An answer that is not finished: what a letter, an arrow or a click makes of it, and the response it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from quizbook.grading.grade import ResponseError
from quizbook.grading.keys import listed
from quizbook.study.presentation import Presentation, Shown


@dataclass(frozen=True, slots=True)
class Picks:
    """Options picked so far (their keys); a new pick replaces the old one where only one is right."""

    shown: Presentation
    picked: frozenset[str] = frozenset()

    def chosen(self, choice: Shown) -> Picks:
        """With this option picked, or, where several may be, picked or dropped again."""
        return replace(self, picked=self.picked ^ {choice.key} if self.shown.several else frozenset({choice.key}))

    def response(self) -> str | list[str]:
        """The pick or, where several may be right, the picks in the order shown. Raises ResponseError without any."""
        picks = [choice.key for choice in self.shown.choices if choice.key in self.picked]
        if not picks:
            labels = [choice.label for choice in self.shown.choices]
            raise ResponseError(f"Nothing is picked yet: press {listed(labels)}.")
        return picks if self.shown.several else picks[0]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Places and what was put there (place key -> choice key); `at`: the place that the next letter fills."""

    shown: Presentation
    values: Mapping[str, str] = field(default_factory=dict)
    at: int = 0

    def chosen(self, choice: Shown) -> Pairs:
        """With this choice at the place that is on; then the next open place is on, if there is one."""
        values = {**self.values, self.shown.places[self.at].key: choice.key}
        places = self.shown.places
        order = [*range(self.at + 1, len(places)), *range(self.at)]
        return replace(self, values=values, at=next((at for at in order if places[at].key not in values), self.at))

    def moved(self, by: int) -> Pairs:
        """With another place on; after the last comes the first."""
        return replace(self, at=(self.at + by) % len(self.shown.places))

    def turned_to(self, at: int) -> Pairs:
        """With this place on."""
        return replace(self, at=at)

    def cleared(self) -> Pairs:
        """Without what stands at the place that is on or, where that is open, at the last filled place before it."""
        places = self.shown.places
        order = [*range(self.at, -1, -1), *range(len(places) - 1, self.at, -1)]
        at = next((at for at in order if places[at].key in self.values), self.at)
        return replace(self, values={k: v for k, v in self.values.items() if k != places[at].key}, at=at)

    def response(self) -> dict[str, str]:
        """Place -> choice, in the order of the places. Raises ResponseError where a place is open."""
        if waiting := [place.label for place in self.shown.places if place.key not in self.values]:
            verb = "is" if len(waiting) == 1 else "are"
            raise ResponseError(f"{listed(waiting, 'and')} {verb} still open; a guess costs nothing.")
        return {place.key: self.values[place.key] for place in self.shown.places}


@dataclass(frozen=True, slots=True)
class Steps:
    """Positions of an ordering and the step at each (its key, None: open); `at`: the position that is on.

    Given steps stand at their positions from the start and stay there.
    """

    shown: Presentation
    order: tuple[str | None, ...]
    at: int

    @classmethod
    def of(cls, shown: Presentation) -> Steps:
        """No step placed but the given ones."""
        given = {position - 1: step.key for position, step in (shown.given or {}).items()}
        order = tuple(given.get(at) for at in range(len(shown.choices) + len(given)))
        return cls(shown, order, order.index(None) if None in order else 0)

    @property
    def fixed(self) -> frozenset[int]:
        """The positions of given steps, from 0."""
        return frozenset(position - 1 for position in self.shown.given or {})

    @property
    def free(self) -> tuple[int, ...]:
        """The positions that are the learner's, from 0."""
        return tuple(at for at in range(len(self.order)) if at not in self.fixed)

    @property
    def waiting(self) -> tuple[Shown, ...]:
        """The steps that have no position yet."""
        return tuple(step for step in self.shown.choices if step.key not in self.order)

    def chosen(self, step: Shown) -> Steps:
        """With this step at the first open position; a step that stands already is on and stays."""
        if step.key in self.order:
            return replace(self, at=self.order.index(step.key))
        return self._with({self.order.index(None): step.key}, self.order.index(None))

    def moved(self, by: int) -> Steps:
        """With the position so many further on (among the learner's own), at most the first or the last."""
        if not self.free:
            return self
        here = self.free.index(self.at) if self.at in self.free else 0
        return replace(self, at=self.free[min(max(here + by, 0), len(self.free) - 1)])

    def turned_to(self, at: int) -> Steps:
        """With this position on, if it is one of the learner's own."""
        return replace(self, at=at) if at in self.free else self

    def shifted(self, by: int) -> Steps:
        """With the step that is on moved so many positions; the steps that it passes close up."""
        return self.dragged(self.moved(by).at)

    def dragged(self, to: int) -> Steps:
        """With the step that is on at position `to`, those between one nearer to where it came from."""
        if to not in self.free or self.at not in self.free:
            return self
        steps = [self.order[at] for at in self.free]
        steps.insert(self.free.index(to), steps.pop(self.free.index(self.at)))
        return self._with(dict(zip(self.free, steps, strict=True)), to)

    def cleared(self) -> Steps:
        """Without the step that is on or, where the position is open, without the last one before it."""
        filled = [at for at in self.free if self.order[at] is not None]
        before = [at for at in filled if at <= self.at] or filled
        if not before:
            return self
        emptied = self._with({before[-1]: None}, before[-1])
        earlier = [at for at in filled if at < before[-1]]
        return replace(emptied, at=earlier[-1]) if earlier else emptied

    def response(self) -> list[str]:
        """The learner's steps in order, without the given ones. Raises ResponseError where a position is open."""
        if self.waiting:
            labels = listed([step.label for step in self.waiting], "and")
            verb = "has" if len(self.waiting) == 1 else "have"
            raise ResponseError(f"Every step is wanted: {labels} {verb} no place yet.")
        return [step for at in self.free if (step := self.order[at]) is not None]

    def _with(self, steps: Mapping[int, str | None], at: int) -> Steps:
        return replace(self, order=tuple(steps.get(n, step) for n, step in enumerate(self.order)), at=at)
