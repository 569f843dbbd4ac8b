"""One bank file, read and checked: its sound questions, and everything that is wrong in the file by itself."""

from __future__ import annotations

import bisect
import contextlib
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from quizbook.bank import cache, collecting
from quizbook.bank.entry import UNUSABLE, file_in, values_of
from quizbook.bank.findings import Finding, Place, Remark
from quizbook.bank.folders import shown
from quizbook.bank.questions import AnyQuestion
from quizbook.bank.rules.bank_wide import Traits, traits_of
from quizbook.bank.source import SourceError, read_source

if TYPE_CHECKING:
    import yaml

    from quizbook.bank.parse import Parsed
    from quizbook.bank.yaml_values import Flaw

MOST_FINDINGS = 500  # of one file; nobody reads more


@dataclass(frozen=True, slots=True)
class BankFile:
    """What was read from a file.

    name: the path as findings print it. count: of the questions in the file, sound or not.
    questions: the sound ones; indexes: where each of them stands in the file's list, counted from 0; traits: of each.
    ids: of all questions that have one, each with its index. findings: of the file alone.
    """

    path: Path
    name: str
    chapter: str
    title: str
    count: int
    questions: tuple[AnyQuestion, ...]
    indexes: tuple[int, ...]
    traits: tuple[Traits, ...]
    ids: tuple[tuple[int, str], ...]
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that keep something out of the quiz."""
        return tuple(finding for finding in self.findings if finding.severity == "error")


def read_bank_files(paths: Iterable[Path]) -> tuple[BankFile, ...]:
    """Read several files, each from the cache where its content was read before."""
    with collecting.at_rest():
        return tuple(map(read_bank_file, paths))


def read_bank_file(path: Path) -> BankFile:
    """Read a file, from the cache where its content was read before. Never raises: what is wrong is a finding."""
    name = shown(path)
    try:
        content = read_source(path)
    except SourceError as error:
        return BankFile(path, name, "", "", 0, (), (), (), (), (_finding(name, error),))
    key = cache.key_of(content)
    if (lines := cache.load(key)) is not None:
        with contextlib.suppress(*UNUSABLE):
            return file_in(lines, path, name)
    return check_anew(path, content, key)


def check_anew(path: Path, content: bytes, key: str) -> BankFile:
    """Parse and check a file's content, whatever the cache holds, and keep what came of it there under the key."""
    file = _checked(path, shown(path), content)
    cache.store(key, values_of(file))
    return file


class Numbered(Protocol):
    """A file of which the path and the ids are known, each id with the index of its question."""

    @property
    def path(self) -> Path: ...  # noqa: D102
    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def ids(self) -> Sequence[tuple[int, str]]: ...  # noqa: D102


class Places:
    """Looks up lines and columns, reading each file again when it is asked about for the first time."""

    def __init__(self) -> None:
        self._roots: dict[Path, yaml.Node | None] = {}

    def of(self, file: Numbered, place: Place, *, on_key: bool = False) -> tuple[int, int]:
        """Line and column, counted from 1, of a place in a file; 1, 1 if the file cannot be read any more."""
        from quizbook.bank.yaml_source import compose
        from quizbook.bank.yaml_values import place_of

        if file.path not in self._roots:
            try:
                self._roots[file.path] = compose(read_source(file.path))
            except SourceError:
                self._roots[file.path] = None
        root = self._roots[file.path]
        return place_of(root, place, on_key=on_key) if root else (1, 1)

    def finding(self, file: Numbered, remark: Remark, *, index: int | None = None) -> Finding:
        """A remark about a file, or about the question with that index in it, as a finding."""
        place = remark.at if index is None else ("questions", index, *remark.at)
        line, column = self.of(file, place, on_key=remark.on_key)
        return Finding(file.name, line, column, remark.rule, remark.sentence, remark.severity)


def _checked(path: Path, name: str, content: bytes) -> BankFile:
    """Parse and check a file's content."""
    from quizbook.bank.parse import parse
    from quizbook.bank.yaml_source import compose
    from quizbook.bank.yaml_values import place_of
    from quizbook.bank.yaml_values import values_of as plain_values_of

    try:
        root = compose(content)
        value, flaws = plain_values_of(root, len(content))
        parsed = parse(value)
        flawed = _flawed_questions(root, flaws)
        sound: list[tuple[int, AnyQuestion]] = []
        remarks = itertools.chain(parsed.remarks, _checks(parsed, flawed, sound))
        some = itertools.islice(remarks, MOST_FINDINGS)
        located = [(*place_of(root, r.at, on_key=r.on_key), r.rule, r.sentence, r.severity) for r in some]
        unshown = sum(1 for _ in remarks) + max(0, len(flaws) - MOST_FINDINGS)  # and every question is checked
    except SourceError as error:
        return BankFile(path, name, "", "", 0, (), (), (), (), (_finding(name, error),))
    findings = [_finding(name, flaw) for flaw in flaws[:MOST_FINDINGS]]
    findings += [Finding(name, *rest) for rest in located]
    findings.sort(key=lambda finding: (finding.line, finding.column))
    if unshown:
        sentence = f"There are {unshown} more findings in this file: mend the first ones first."
        findings.append(Finding(name, findings[-1].line, findings[-1].column, "too-many", sentence))
    return BankFile(
        path,
        name,
        parsed.chapter,
        parsed.title,
        parsed.count,
        tuple(question for _, question in sound),
        tuple(index for index, _ in sound),
        tuple(traits_of(question) for _, question in sound),
        parsed.ids,
        tuple(findings),
    )


def _finding(name: str, about: Flaw | SourceError) -> Finding:
    return Finding(name, about.line, about.column, about.rule, about.sentence)


def _checks(parsed: Parsed, flawed: set[int], sound: list[tuple[int, AnyQuestion]]) -> Iterator[Remark]:
    """The remarks on each question by itself; adds the questions that are sound to `sound` on the way."""
    from quizbook.bank.rules.question_errors import errors_of
    from quizbook.bank.rules.question_warnings import warnings_of

    for index, question in parsed.questions:
        errors = list(errors_of(question, parsed.chapter))
        if not errors and index not in flawed:
            sound.append((index, question))
        for remark in errors or warnings_of(question, parsed.chapter):
            yield replace(remark, at=("questions", index, *remark.at))


def _flawed_questions(root: yaml.Node, flaws: Sequence[Flaw]) -> set[int]:
    """The indexes of the questions in whose lines the YAML itself is flawed."""
    from yaml import SequenceNode

    pairs = root.value if isinstance(root.value, list) and flaws else []
    listed = next((pair[1] for pair in pairs if isinstance(pair, tuple) and pair[0].value == "questions"), None)
    if not isinstance(listed, SequenceNode):
        return set()
    starts = [(item.start_mark.line + 1, item.start_mark.column + 1) for item in listed.value]
    end = (listed.end_mark.line + 1, listed.end_mark.column + 1)
    places = [(flaw.line, flaw.column) for flaw in flaws]
    return {bisect.bisect(starts, place) - 1 for place in places if place < end}
