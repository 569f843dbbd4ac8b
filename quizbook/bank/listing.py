"""Lists the files of a bank: from its index where a file is unchanged, else from its cache entry, else from itself."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from quizbook.bank import cache, collecting
from quizbook.bank.catalogue import ById, Questions, Read
from quizbook.bank.entry import UNUSABLE, Listing, listed, listing_of, question_in
from quizbook.bank.folders import shown
from quizbook.bank.index import Index, moment, stamp_of
from quizbook.bank.questions import AnyQuestion
from quizbook.bank.source import SourceError, read_source
from quizbook.errors import QuizbookError

if TYPE_CHECKING:
    from quizbook.bank.findings import Finding


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A bank file, with what it lists and what reads its sound questions by their number."""

    path: Path
    listing: Listing
    read: Read

    @property
    def name(self) -> str:
        """The path as findings print it."""
        return shown(self.path)

    @property
    def ids(self) -> Sequence[tuple[int, str]]:
        """The ids that were given, each with the index of its question."""
        return self.listing.numbered_ids

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that keep something out of the quiz."""
        if not self.listing.errors:
            return ()
        from quizbook.bank.findings import Finding

        return tuple(Finding(self.name, *rest) for rest in self.listing.errors)

    def questions(self, *, without: Collection[int] = ()) -> Questions:
        """The sound questions, but for those at these indexes."""
        listing = self.listing
        sound = listing.sound
        if without:
            at = [number for number, index in enumerate(sound) if index not in without]
            return self.questions().those(at)
        return Questions(
            tuple(cast("list[str]", [listing.ids[index] for index in sound])),
            tuple(listing.kinds),
            tuple(listing.sections),
            (self.read,) * len(sound),
            tuple(range(len(sound))),
        )


def list_files(paths: Sequence[Path], folders: Sequence[Path]) -> tuple[ListedFile, ...]:
    """List these files, which the bank of these folders consists of, and keep its index up to date.

    Never raises: what is wrong with a file is among its errors.
    """
    with collecting.at_rest():
        index = Index(folders)
        files = tuple(_listed(path, index) for path in paths)
        index.save()
    return files


def _listed(path: Path, index: Index) -> ListedFile:
    if found := index.listing(path):
        key, listing = found
        return ListedFile(path, listing, _Kept(path, key, listing))
    began, before = moment(), stamp_of(path)
    try:
        content = read_source(path)
    except SourceError as error:
        flawed = (error.line, error.column, error.rule, error.sentence)
        return ListedFile(path, Listing("", "", (), (), (), (), (flawed,)), ().__getitem__)
    key = cache.key_of(content)
    file = _from_entry(path, key) or _from_content(path, content, key)
    index.add(path, before, began, key, file.listing)
    return file


def _from_entry(path: Path, key: str) -> ListedFile | None:
    if (lines := cache.load(key)) is not None:
        with contextlib.suppress(*UNUSABLE):
            listing = listed(lines)
            return ListedFile(path, listing, _Kept(path, key, listing, lines))
    return None


def _from_content(path: Path, content: bytes, key: str) -> ListedFile:
    from quizbook.bank.bank_file import check_anew

    file = check_anew(path, content, key)
    return ListedFile(path, listing_of(file), file.questions.__getitem__)


class _Kept:
    """Reads questions from a file's cache entry, which is opened for the first of them; or from the file itself.

    The entry goes by the content that was listed. So a file that is edited during a quiz changes nothing in it.
    """

    def __init__(self, path: Path, key: str, listing: Listing, lines: Sequence[bytes] | None = None) -> None:
        self._path, self._key, self._listing, self._lines = path, key, listing, lines
        self._anew: ById | None = None

    def __call__(self, number: int) -> AnyQuestion:
        if self._anew is None:
            self._lines = self._lines or cache.load(self._key) or ()
            with contextlib.suppress(*UNUSABLE):
                return question_in(self._lines, number)
        return self._from_file(number)

    def _from_file(self, number: int) -> AnyQuestion:
        """The question with the same id in the file as it is now; the entry is gone, or somebody else's."""
        from quizbook.bank.bank_file import read_bank_file
        from quizbook.bank.findings import quoted

        if self._anew is None:
            self._anew = ById(Questions.of(read_bank_file(self._path).questions))
        id_ = self._listing.ids[self._listing.sound[number]]
        try:
            return self._anew[str(id_)]
        except KeyError:
            raise QuizbookError(
                f"The question {quoted(str(id_))} was taken out of {shown(self._path)} while it was asked. Begin again."
            ) from None
