"""The bank as the rest of the program sees it: every sound question of every folder, by chapter and by id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from quizbook import places
from quizbook.bank.catalogue import ById, Questions
from quizbook.bank.folders import bank_files, natural
from quizbook.bank.listing import ListedFile, list_files
from quizbook.bank.questions import AnyQuestion, Chapter, Kind
from quizbook.errors import QuizbookError

if TYPE_CHECKING:
    from quizbook.bank.bank_file import Numbered, Places
    from quizbook.bank.findings import Finding, Remark


@dataclass(frozen=True, slots=True)
class Bank:
    """All chapters in order, each with the questions of every file that names it.

    findings: the errors that kept a question or a file out; `bank lint` shows them with the warnings.
    Ids, kinds, sections and chapters are known at once; a question is decoded when it is asked for.
    """

    chapters: tuple[Chapter, ...]
    findings: tuple[Finding, ...] = ()
    _by_id: ById = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        every = Questions.joined(chapter.questions for chapter in self.chapters)
        object.__setattr__(self, "_by_id", ById(every))

    @property
    def questions(self) -> Questions:
        """Every question, chapter after chapter, in the order of the files."""
        return self._by_id.questions

    @property
    def questions_by_id(self) -> Mapping[str, AnyQuestion]:
        """Every question by its id, decoded when it is looked up."""
        return self._by_id

    @property
    def chapter_of(self) -> dict[str, str]:
        """The chapter of every question, by its id."""
        known: dict[str, str] = {}
        for chapter in self.chapters:
            known |= dict.fromkeys(Questions.of(chapter.questions).ids, chapter.chapter)
        return known

    @property
    def kind_of(self) -> dict[str, Kind]:
        """The kind of every question, by its id."""
        return dict(zip(self.questions.ids, self.questions.kinds, strict=True))

    @property
    def section_of(self) -> dict[str, str]:
        """The section of every question, by its id."""
        return dict(zip(self.questions.ids, self.questions.sections, strict=True))

    def by_id(self, id_: str) -> AnyQuestion:
        """The question with that id. Raises QuizbookError, with the nearest id, if there is none."""
        if id_ in self._by_id:
            return self._by_id[id_]
        raise self._unknown(id_)

    def those(self, ids: Iterable[str]) -> Questions:
        """The questions with these ids, in this order. Raises QuizbookError, with the nearest id, if there is none."""
        wanted = tuple(ids)
        if missing := [id_ for id_ in wanted if id_ not in self._by_id]:
            raise self._unknown(missing[0])
        return self._by_id.those(wanted)

    def __contains__(self, id_: object) -> bool:
        return id_ in self._by_id

    def _unknown(self, id_: str) -> QuizbookError:
        import difflib

        from quizbook.bank.findings import quoted

        nearest = difflib.get_close_matches(id_, self._by_id, n=1)
        hint = f" Did you mean {nearest[0]}?" if nearest else ""
        broken = " Some questions were left out: run `quizbook bank lint`." if self.findings else ""
        return QuizbookError(f"There is no question {quoted(id_)}.{hint}{broken}")


def load_bank(paths: Sequence[Path] | None = None) -> Bank:
    """Load every bank file of some files and folders (by default ours and those that QUIZBOOK_BANK names).

    What is broken is left out and told in `findings`: a question with an error, a file that is no YAML. Of two
    questions with one id the first counts. Raises QuizbookError where a path does not exist, or where there are
    findings and not a single question.
    """
    folders = places.bank_folders() if paths is None else paths
    files = list_files(bank_files(folders), folders)
    findings = [finding for file in files for finding in file.errors]
    left_out: set[tuple[int, int]] = set()
    if _doubled(files):
        from quizbook.bank.bank_file import Places

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


def doubled_ids(files: Sequence[Numbered], look_up: Places) -> Iterator[tuple[int, int, Remark]]:
    """Each question whose id was given before: the number of its file, its index there, and the remark about it."""
    from quizbook.bank.findings import Remark, quoted

    firsts: dict[str, tuple[int, int]] = {}
    for number, file in enumerate(files):
        for index, id_ in file.ids:
            first = firsts.setdefault(id_, (number, index))
            if first != (number, index):
                other = files[first[0]]
                line, column = look_up.of(other, ("questions", first[1], "id"))
                sentence = f"The id {quoted(id_)} is taken: it stands in {other.name}:{line}:{column} already."
                yield number, index, Remark("duplicate-id", sentence, ("id",))


def _doubled(files: Sequence[ListedFile]) -> bool:
    ids = [id_ for file in files for id_ in file.listing.ids if id_ is not None]
    return len(set(ids)) < len(ids)


def _chapters(files: Sequence[ListedFile], left_out: set[tuple[int, int]]) -> tuple[Chapter, ...]:
    """The chapters that the files make together: the title of a chapter's first file, the questions of all."""
    parts: dict[str, list[Questions]] = {}
    titles: dict[str, str] = {}
    for number, file in enumerate(files):
        if questions := file.questions(without={index for at, index in left_out if at == number}):
            parts.setdefault(file.listing.chapter, []).append(questions)
            titles.setdefault(file.listing.chapter, file.listing.title)
    return tuple(
        Chapter(chapter=name, title=titles[name], questions=Questions.joined(parts[name]))
        for name in sorted(parts, key=natural)
    )
