"""The bytes of a bank file, as many as a bank file may have; and the complaint about a file that cannot be used."""

from __future__ import annotations

from pathlib import Path

LARGEST_FILE = 8 * 1024 * 1024  # bytes; the guide's bank has about 100 kB a chapter


class SourceError(Exception):
    """A file that cannot be read as YAML: the rule, a sentence, and the line and column, counted from 1."""

    def __init__(self, rule: str, sentence: str, line: int = 1, column: int = 1) -> None:
        super().__init__(sentence)
        self.rule, self.sentence, self.line, self.column = rule, sentence, line, column


def read_source(path: Path) -> bytes:
    """The content of a bank file. Raises SourceError if it is no plain file, too large, or cannot be read."""
    try:
        if not path.is_file():
            raise SourceError("unreadable-file", "This is no plain file.")
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise SourceError("unreadable-file", f"The file cannot be read: {error.strerror or error}.") from None
    if len(data) > LARGEST_FILE:
        limit = LARGEST_FILE // 1024 // 1024
        raise SourceError("yaml-size", f"The file is larger than {limit} MB: divide it into one file for each chapter.")
    return data
