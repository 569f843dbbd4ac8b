"""The types of a question, one a kind, frozen, as the rest of the house knows them.

`docs/writing-questions.md` describes the same fields for people. Keys (of options, blanks, labels, steps) are text
always: the YAML `1:` is the key "1" here. Nothing in this module imports pydantic; `parse` validates against it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import ClassVar, Literal, get_args

Kind = Literal["multiple_choice", "matching", "ordering", "code_blank", "diagram", "short_answer", "tracing", "numeric"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Question:
    """What every question has, whatever its kind.

    Equality, hash and repr are what a dataclass makes of its fields; made anew for each kind, they would cost every
    command 5 ms.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    id: str
    kind: Kind
    section: str
    prompt: str
    explain: str = ""
    see: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    guide: str | None = None
    erratum: str | None = None

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        names = [field.name for field in fields(self)]
        return [getattr(self, name) for name in names] == [getattr(other, name) for name in names]

    def __hash__(self) -> int:
        return hash((type(self), self.id))

    def __repr__(self) -> str:
        told = ", ".join(f"{field.name}={getattr(self, field.name)!r}" for field in fields(self))
        return f"{type(self).__name__}({told})"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class MultipleChoice(Question):
    """Pick one option, or all that hold when `answer` lists several."""

    kind: Literal["multiple_choice"] = "multiple_choice"
    options: Mapping[str, str]
    answer: str | tuple[str, ...]
    why: Mapping[str, str] = field(default_factory=dict)

    @property
    def right(self) -> tuple[str, ...]:
        """The keys of the right options, also where there is only one."""
        return (self.answer,) if isinstance(self.answer, str) else self.answer


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Matching(Question):
    """Give each left side its right side; there may be more right sides than left ones."""

    kind: Literal["matching"] = "matching"
    left: Mapping[str, str]
    right: Mapping[str, str]
    answer: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Ordering(Question):
    """Put the steps in order: one (`answer`), or any that a DAG allows (`after`: step -> those before it)."""

    kind: Literal["ordering"] = "ordering"
    steps: Mapping[str, str]
    answer: tuple[str, ...] | None = None
    after: Mapping[str, tuple[str, ...]] | None = None
    fixed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class CodeBlank(Question):
    """Fill the blanks «1», «2» ... of a listing, with the keys of `terms` or, where there are none, with typed code."""

    kind: Literal["code_blank"] = "code_blank"
    listing: str
    terms: Mapping[str, str] = field(default_factory=dict)
    accept: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    answer: Mapping[str, str] = field(default_factory=dict)
    also: tuple[Mapping[str, str], ...] = ()
    proof: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Diagram(Question):
    """Give each place ①, ② ... of a figure (or «1», «2» of a listing) its label; `alt` says the figure in words."""

    kind: Literal["diagram"] = "diagram"
    figure: str | None = None
    listing: str | None = None
    alt: str = ""
    labels: Mapping[str, str]
    answer: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One thing that a good short answer says, and the words that would touch it."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    point: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class ShortAnswer(Question):
    """Write freely, compare with the model answer, tick the points that were made."""

    kind: Literal["short_answer"] = "short_answer"
    answer: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Tracing(Question):
    """Say what a piece of code prints."""

    kind: Literal["tracing"] = "tracing"
    code: str
    answer: str
    proof: Literal["run"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Numeric(Question):
    """Compute a number; `tolerance` is absolute, or "rounded": half a unit of the last digit that was written."""

    kind: Literal["numeric"] = "numeric"
    answer: int | float
    tolerance: float | Literal["rounded"] = 0
    unit: str = ""
    proof: str | None = None


AnyQuestion = MultipleChoice | Matching | Ordering | CodeBlank | Diagram | ShortAnswer | Tracing | Numeric
QUESTION_TYPES: Mapping[Kind, type[AnyQuestion]] = {
    "multiple_choice": MultipleChoice,
    "matching": Matching,
    "ordering": Ordering,
    "code_blank": CodeBlank,
    "diagram": Diagram,
    "short_answer": ShortAnswer,
    "tracing": Tracing,
    "numeric": Numeric,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One bank file: a chapter's title and its questions in the order in which they stand.

    A bank that was loaded joins the files of a chapter, and its questions are decoded as they are asked for.
    """

    chapter: str
    title: str
    questions: Sequence[AnyQuestion]
