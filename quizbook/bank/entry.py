"""The cache entry of one bank file: a line that lists its questions, a line for lint, and a line for each question."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, cast

from quizbook.bank.plain import as_plain, from_plain

if TYPE_CHECKING:
    from pathlib import Path

    from quizbook.bank.bank_file import BankFile
    from quizbook.bank.questions import AnyQuestion, Kind

UNUSABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError, RecursionError)  # of what something else wrote
_BEFORE = 2  # lines before the first question
Flawed = tuple[int, int, str, str]  # line, column, rule, sentence of an error


@dataclass(frozen=True, slots=True)
class Listing:
    """What a bank file offers, as much as it takes to choose among its questions.

    ids: of all its questions, None where one has none. unsound: the indexes of those that cannot be asked.
    kinds, sections: of the sound ones. errors: what keeps something out.
    """

    chapter: str
    title: str
    ids: Sequence[str | None]
    unsound: Sequence[int]
    kinds: Sequence[Kind]
    sections: Sequence[str]
    errors: Sequence[Flawed]

    @property
    def sound(self) -> Sequence[int]:
        """The indexes of the questions that can be asked, in the order of their lines."""
        every = range(len(self.ids))
        return every if not self.unsound else sorted(set(every).difference(self.unsound))

    @property
    def numbered_ids(self) -> tuple[tuple[int, str], ...]:
        """The ids that were given, each with the index of its question."""
        return tuple((index, id_) for index, id_ in enumerate(self.ids) if id_ is not None)

    def as_plain(self) -> dict[str, Any]:
        """Values that json can write."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def listing_from(plain: dict[str, Any]) -> Listing:
    """The listing that `as_plain` wrote. Raises one of UNUSABLE for anything else."""
    listing = Listing(**plain)
    if not len(listing.kinds) == len(listing.sections) == len(listing.ids) - len(listing.unsound):
        raise ValueError("the columns differ in length")
    return listing


def listing_of(file: BankFile) -> Listing:
    """The listing of a file that was read."""
    ids: list[str | None] = [None] * file.count
    for index, id_ in file.ids:
        ids[index] = id_
    return Listing(
        file.chapter,
        file.title,
        ids,
        sorted(set(range(file.count)).difference(file.indexes)),
        [question.kind for question in file.questions],
        [question.section for question in file.questions],
        [(f.line, f.column, f.rule, f.sentence) for f in file.errors],
    )


def values_of(file: BankFile) -> list[Any]:
    """The values of an entry, line by line."""
    for_lint = {
        "traits": [[traits.asked, traits.right, traits.longest, traits.options] for traits in file.traits],
        "findings": [[f.line, f.column, f.rule, f.sentence, f.severity] for f in file.findings],
    }
    return [listing_of(file).as_plain(), for_lint, *map(as_plain, file.questions)]


def listed(lines: Sequence[bytes]) -> Listing:
    """The listing in an entry. Raises one of UNUSABLE for the entry of something else."""
    listing = listing_from(json.loads(lines[0]))
    if len(lines) != _BEFORE + len(listing.kinds):
        raise ValueError("there is not a line for each question")
    return listing


def question_in(lines: Sequence[bytes], number: int) -> AnyQuestion:
    """The sound question with that number, counted from 0. Raises one of UNUSABLE for the entry of something else."""
    return from_plain(json.loads(lines[_BEFORE + number]))


def file_in(lines: Sequence[bytes], path: Path, name: str) -> BankFile:
    """All of an entry, as the file with this path. Raises one of UNUSABLE for the entry of something else."""
    from quizbook.bank.bank_file import BankFile
    from quizbook.bank.findings import Finding
    from quizbook.bank.rules.bank_wide import Traits

    listing, for_lint = listed(lines), json.loads(lines[1])
    questions = cast("list[dict[str, Any]]", json.loads(b"[%b]" % b",".join(lines[_BEFORE:])))
    return BankFile(
        path,
        name,
        listing.chapter,
        listing.title,
        len(listing.ids),
        tuple(map(from_plain, questions)),
        tuple(listing.sound),
        tuple(Traits(asked, right, longest, tuple(options)) for asked, right, longest, options in for_lint["traits"]),
        listing.numbered_ids,
        tuple(Finding(name, *rest) for rest in for_lint["findings"]),
    )
