"""The bank as the rest of the program sees it: every sound question of every folder, by chapter and by id."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from quizbook import places
from quizbook.bank.bank_file import BankFile, Places, read_bank_files
from quizbook.bank.findings import Finding, Remark, quoted
from quizbook.bank.folders import bank_files, natural
from quizbook.bank.questions import AnyQuestion, Chapter
from quizbook.errors import QuizbookError


@dataclass(frozen=True, slots=True)
class Bank:
    """All chapters in order, each with the questions of every file that names it.

    findings: the errors that kept a question or a file out; `bank lint` shows them with the warnings.
    """

    chapters: tuple[Chapter, ...]
    findings: tuple[Finding, ...] = ()
    _by_id: Mapping[str, AnyQuestion] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {question.id: question for question in self.questions})

    @property
    def questions(self) -> tuple[AnyQuestion, ...]:
        """Every question, chapter after chapter, in the order of the files."""
        return tuple(question for chapter in self.chapters for question in chapter.questions)

    @property
    def chapter_of(self) -> dict[str, str]:
        """The chapter of every question, by its id."""
        return {question.id: chapter.chapter for chapter in self.chapters for question in chapter.questions}

    @property
    def kind_of(self) -> dict[str, str]:
        """The kind of every question, by its id."""
        return {question.id: question.kind for question in self.questions}

    def by_id(self, id_: str) -> AnyQuestion:
        """The question with that id. Raises QuizbookError, with the nearest id, if there is none."""
        try:
            return self._by_id[id_]
        except KeyError:
            nearest = difflib.get_close_matches(id_, self._by_id, n=1)
            hint = f" Did you mean {nearest[0]}?" if nearest else ""
            broken = " Some questions were left out: run `quizbook bank lint`." if self.findings else ""
            raise QuizbookError(f"There is no question {quoted(id_)}.{hint}{broken}") from None

    def __contains__(self, id_: object) -> bool:
        return id_ in self._by_id


def load_bank(paths: Sequence[Path] | None = None) -> Bank:
    """Load every bank file of some files and folders (by default ours and those that QUIZBOOK_BANK names).

    What is broken is left out and told in `findings`: a question with an error, a file that is no YAML. Of two
    questions with one id the first counts. Raises QuizbookError where a path does not exist, or where there are
    findings and not a single question.
    """
    files = read_bank_files(bank_files(places.bank_folders() if paths is None else paths))
    findings = [finding for file in files for finding in file.errors]
    left_out: set[tuple[int, int]] = set()
    look_up = Places()
    for number, index, remark in doubled_ids(files, look_up):
        left_out.add((number, index))
        findings.append(look_up.finding(files[number], remark, index=index))
    bank = Bank(_chapters(files, left_out), tuple(findings))
    if findings and not bank.chapters:
        first = findings[0]
        more = f" There are {len(findings) - 1} more findings:" if len(findings) > 1 else ""
        raise QuizbookError(f"No question can be used. {first}{more} Run `quizbook bank lint`.")
    return bank


def doubled_ids(files: Sequence[BankFile], look_up: Places) -> Iterator[tuple[int, int, Remark]]:
    """Each question whose id was given before: the number of its file, its index there, and the remark about it."""
    firsts: dict[str, tuple[int, int]] = {}
    for number, file in enumerate(files):
        for index, id_ in file.ids:
            first = firsts.setdefault(id_, (number, index))
            if first != (number, index):
                other = files[first[0]]
                line, column = look_up.of(other, ("questions", first[1], "id"))
                sentence = f"The id {quoted(id_)} is taken: it stands in {other.name}:{line}:{column} already."
                yield number, index, Remark("duplicate-id", sentence, ("id",))


def _chapters(files: Sequence[BankFile], left_out: set[tuple[int, int]]) -> tuple[Chapter, ...]:
    chapters: dict[str, Chapter] = {}
    for number, file in enumerate(files):
        questions = tuple(
            question
            for index, question in zip(file.indexes, file.questions, strict=True)
            if (number, index) not in left_out
        )
        if not questions:
            continue
        begun = chapters.get(file.chapter)
        if begun is None:
            chapters[file.chapter] = Chapter(chapter=file.chapter, title=file.title, questions=questions)
        else:
            chapters[file.chapter] = replace(begun, questions=begun.questions + questions)
    return tuple(chapters[name] for name in sorted(chapters, key=natural))
