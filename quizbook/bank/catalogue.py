"""Questions in order, listed by id, kind and section, and decoded one by one when they are asked for."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

from quizbook.bank.questions import AnyQuestion, Kind

Read = Callable[[int], AnyQuestion]  # decodes the question with that number in its file


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Questions(Sequence[AnyQuestion]):
    """A sequence of questions that costs little before they are read.

    ids, kinds, sections: of each question. reads, numbers: what decodes each of them, and by which number.
    """

    ids: tuple[str, ...]
    kinds: tuple[Kind, ...]
    sections: tuple[str, ...]
    reads: tuple[Read, ...]
    numbers: tuple[int, ...]

    @classmethod
    def of(cls, questions: Sequence[AnyQuestion]) -> Questions:
        """The same questions with their ids, kinds and sections at hand; a catalogue is given back as it is."""
        if isinstance(questions, Questions):
            return questions
        held = tuple(questions)
        return cls(
            tuple(question.id for question in held),
            tuple(question.kind for question in held),
            tuple(question.section for question in held),
            (held.__getitem__,) * len(held),
            tuple(range(len(held))),
        )

    @classmethod
    def joined(cls, parts: Iterable[Sequence[AnyQuestion]]) -> Questions:
        """Several sequences as one."""
        each = tuple(map(cls.of, parts))
        chain = itertools.chain.from_iterable
        return cls(
            tuple(chain(part.ids for part in each)),
            tuple(chain(part.kinds for part in each)),
            tuple(chain(part.sections for part in each)),
            tuple(chain(part.reads for part in each)),
            tuple(chain(part.numbers for part in each)),
        )

    def those(self, indexes: Iterable[int]) -> Questions:
        """The questions that stand at these indexes, in the order of the indexes."""
        at = tuple(indexes)
        return Questions(
            tuple(map(self.ids.__getitem__, at)),
            tuple(map(self.kinds.__getitem__, at)),
            tuple(map(self.sections.__getitem__, at)),
            tuple(map(self.reads.__getitem__, at)),
            tuple(map(self.numbers.__getitem__, at)),
        )

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, index: int) -> AnyQuestion: ...
    @overload
    def __getitem__(self, index: slice) -> Questions: ...
    def __getitem__(self, index: int | slice) -> AnyQuestion | Questions:
        if isinstance(index, slice):
            return self.those(range(len(self))[index])
        return self.reads[index](self.numbers[index])

    def __iter__(self) -> Iterator[AnyQuestion]:
        for read, number in zip(self.reads, self.numbers, strict=True):
            yield read(number)

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, Questions) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<{len(self)} questions: {', '.join(self.ids[:3])}{', ...' if len(self) > 3 else ''}>"


class ById(Mapping[str, AnyQuestion]):
    """Questions by their ids, each decoded when it is looked up.

    questions: the same in their order.
    """

    def __init__(self, questions: Questions) -> None:
        self.questions = questions
        self._index = dict(zip(questions.ids, range(len(questions)), strict=True))

    def __getitem__(self, id_: str) -> AnyQuestion:
        return self.questions[self._index[id_]]

    def __contains__(self, id_: object) -> bool:
        return id_ in self._index

    def __iter__(self) -> Iterator[str]:
        return iter(self._index)

    def __len__(self) -> int:
        return len(self._index)

    def those(self, ids: Iterable[str]) -> Questions:
        """The questions with these ids, in this order. Raises KeyError for an id that there is not."""
        return self.questions.those(map(self._index.__getitem__, ids))
