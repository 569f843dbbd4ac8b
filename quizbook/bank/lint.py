"""The findings of whole banks: those of each file, and those that only show across files, symbols and proofs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from quizbook import places
from quizbook.bank.bank_file import BankFile, Places, read_bank_files
from quizbook.bank.findings import Finding, Remark, named, quoted
from quizbook.bank.folders import bank_files
from quizbook.bank.library import doubled_ids
from quizbook.bank.proven import Outcome, outcomes
from quizbook.bank.rules.bank_wide import Entry, bank_warnings

GUIDE_IDS = Path(__file__).with_name("guide_ids.txt")
_About = tuple[int, int | None, Remark]  # the number of a file, a question's index there, what is wrong


@dataclass(frozen=True, slots=True)
class LintReport:
    """What lint found.

    findings: in the order of files, lines and columns. questions: how many were looked at.
    never_proven: how many of them have a proof that was never run here.
    """

    findings: tuple[Finding, ...]
    questions: int
    never_proven: int

    @property
    def errors(self) -> int:
        """How many of the findings are errors."""
        return sum(finding.severity == "error" for finding in self.findings)

    @property
    def summary(self) -> str:
        """The report in one line."""
        warnings = len(self.findings) - self.errors
        said = (
            f"{_counted(self.questions, 'question')}: {_counted(self.errors, 'error')}, {_counted(warnings, 'warning')}"
        )
        if not self.never_proven:
            return f"{said}."
        return f"{said}; {_counted(self.never_proven, 'proof')} never run here (`quizbook bank prove`)."


def lint_paths(paths: Sequence[Path] = ()) -> LintReport:
    """Check files and folders of questions; without any, every folder of the bank.

    Reads files, the sources that `see` names and the outcomes of proofs; runs no proof, imports nothing that a
    question names. Raises QuizbookError where a path does not exist.
    """
    files = read_bank_files(bank_files(paths or places.bank_folders()))
    look_up = Places()
    known = outcomes()
    entries = _entries(files)
    about: list[_About] = [
        *doubled_ids(files, look_up),
        *_missing_symbols(entries),
        *_proof_errors(entries, known),
        *_bank_warnings(files, entries),
        *_missing_items(files, entries),
    ]
    findings: list[list[Finding]] = [list(file.findings) for file in files]
    for number, index, remark in about:
        findings[number].append(look_up.finding(files[number], remark, index=index))
    for of_file in findings:
        of_file.sort(key=lambda finding: (finding.line, finding.column))
    return LintReport(
        tuple(itertools.chain.from_iterable(findings)), sum(file.count for file in files), _never_proven(entries, known)
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _entries(files: Sequence[BankFile]) -> list[Entry]:
    return [
        Entry(question, traits, number, index)
        for number, file in enumerate(files)
        for question, traits, index in zip(file.questions, file.traits, file.indexes, strict=True)
    ]


def _missing_symbols(entries: Sequence[Entry]) -> Iterator[_About]:
    if not any(entry.question.see for entry in entries):
        return
    from quizbook.bank.rules import symbols

    symbols.forget()
    for entry in entries:
        for position, name in enumerate(entry.question.see):
            if sentence := symbols.missing_symbol(name):
                yield entry.file, entry.index, Remark("see-missing", sentence, ("see", position))


def _proof_errors(entries: Sequence[Entry], known: dict[str, Outcome]) -> Iterator[_About]:
    if not known:
        return
    from quizbook.bank.proof import proof_hash

    for entry in entries:
        outcome = known.get(entry.question.id)
        key = proof_hash(entry.question) if outcome else None
        if outcome is None or key is None:
            continue
        if outcome.hash != key:
            sentence = "The proof is stale, the question changed since it was run: run `quizbook bank prove`."
            yield entry.file, entry.index, Remark("proof-stale", sentence, ("proof",))
        elif not outcome.ok:
            problems = "; ".join(outcome.problems) or "it gave no reason"
            yield entry.file, entry.index, Remark("proof-failed", f"The proof failed: {problems}.", ("proof",))


def _never_proven(entries: Sequence[Entry], known: dict[str, Outcome]) -> int:
    return sum(
        entry.question.id not in known and getattr(entry.question, "proof", None) is not None for entry in entries
    )


def _bank_warnings(files: Sequence[BankFile], entries: Sequence[Entry]) -> Iterator[_About]:
    """The rules over a whole bank, for each folder by itself: a course's bank answers for its own balance only."""
    folders = [file.path.absolute().parent for file in files]
    names = [file.name for file in files]
    for folder in dict.fromkeys(folders):
        together = [entry for entry in entries if folders[entry.file] == folder]
        for entry, remark in bank_warnings(together, names):
            yield entry.file, entry.index, remark


def _missing_items(files: Sequence[BankFile], entries: Sequence[Entry]) -> Iterator[_About]:
    """The items of the guide that our own bank lacks, in the chapters that it has a file for."""
    own = places.bank_folders()[0].resolve()
    ours = [number for number, file in enumerate(files) if file.path.resolve().parent == own]
    if not ours:
        return
    wanted = guide_items()
    for chapter in dict.fromkeys(files[number].chapter for number in ours):
        numbers = [number for number in ours if files[number].chapter == chapter]
        prefix = f"ch{int(chapter):02}." if chapter.isdecimal() else f"app{chapter}."
        have = {id_ for number in numbers for _, id_ in files[number].ids}
        if missing := [id_ for id_ in wanted if id_.startswith(prefix) and id_ not in have]:
            sentence = f"{len(missing)} items of the guide are missing in chapter {chapter}: {named(missing)}."
            yield numbers[0], None, Remark("missing-item", sentence, ("questions",), "warning", on_key=True)
    for entry in entries:
        kind = wanted.get(entry.question.id)
        if entry.file in ours and kind not in (None, entry.question.kind):
            sentence = f"{quoted(entry.question.id)} is {kind} in the guide, and {entry.question.kind} here."
            yield entry.file, entry.index, Remark("guide-kind", sentence, ("kind",), "warning")


def guide_items() -> dict[str, str]:
    """The guide's items by id, each with its kind (as our kinds are called), without the exercises."""
    lines = GUIDE_IDS.read_text(encoding="utf-8").splitlines()
    return dict(line.split() for line in lines if line and not line.startswith("#"))
