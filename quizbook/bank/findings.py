"""What is wrong with a bank, and where: the findings and their three printed forms."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

Severity = Literal["error", "warning"]
Place = tuple[str | int, ...]  # the way to a value in a file: ("questions", 3, "options", "b")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong in one place.

    file: as it should be printed. line, column: counted from 1. rule: a short name for it, in kebab-case.
    sentence: what is wrong and what to do. severity: an error keeps a question out of the quiz, a warning does not.
    """

    file: str
    line: int
    column: int
    rule: str
    sentence: str
    severity: Severity = "error"

    def __str__(self) -> str:
        return f"{printable(self.file)}:{self.line}:{self.column}: {self.rule}: {printable(self.sentence)}"


@dataclass(frozen=True, slots=True)
class Remark:
    """A finding before its line and column are looked up; rules speak in remarks.

    at: the way to the value that it is about, from the question (or the file) on.
    on_key: whether the key there is meant and not its value.
    """

    rule: str
    sentence: str
    at: Place = ()
    severity: Severity = "error"
    on_key: bool = False


def printable(text: str) -> str:
    """The text in one line, with characters that would move a terminal's cursor written as escapes."""
    return _UNPRINTABLE.sub(lambda found: f"\\x{ord(found.group()):02x}", text)


def quoted(text: str, width: int = 40) -> str:
    """A piece of a person's text as a sentence may name it: in backticks, in one line, cut to `width` characters."""
    line = printable(" ".join(text.split()))
    return f"`{line}`" if len(line) <= width else f"`{line[: width - 1]}…`"


def named(keys: Iterable[str]) -> str:
    """Keys as a sentence lists them: "`a`, `b` and `c`"; ten at the most, "none" where there is none."""
    listed = list(keys)
    if not listed:
        return "none"
    shown = [quoted(key) for key in listed[: 10 if len(listed) == 10 else 9]]
    if len(listed) > len(shown):
        shown.append(f"{len(listed) - len(shown)} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def as_json(findings: Sequence[Finding], *, questions: int, never_proven: int) -> str:
    """One JSON document: counts and the list of findings."""
    errors = sum(finding.severity == "error" for finding in findings)
    document = {
        "questions": questions,
        "errors": errors,
        "warnings": len(findings) - errors,
        "never_proven": never_proven,
        "findings": [asdict(finding) for finding in findings],
    }
    return json.dumps(document, ensure_ascii=True, indent=2)


def as_github(finding: Finding) -> str:
    """A workflow command that makes GitHub show the finding beside the line that it is about."""
    where = f"file={_property(finding.file)},line={finding.line},col={finding.column},title={_property(finding.rule)}"
    return f"::{finding.severity} {where}::{_data(finding.sentence)}"


def _data(text: str) -> str:
    return printable(text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A"))


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
