"""The one exception that is meant for people: a sentence, where it belongs, and the exit code that goes with it."""

from __future__ import annotations

from typing import Literal

ErrorKind = Literal["usage", "input", "no_wall", "internal"]
EXIT_CODES: dict[ErrorKind, int] = {"usage": 2, "input": 2, "no_wall": 3, "internal": 4}


class QuizbookError(Exception):
    """Something that a person has to know: what is wrong, where, and what to do next.

    kind: decides the exit code (2 bad input or usage, 3 no wall, 4 our own fault).
    line, column: counted from 1, where the message is about a place in a file.
    """

    def __init__(
        self, message: str, *, kind: ErrorKind = "input", line: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.kind: ErrorKind = kind
        self.line = line
        self.column = column

    @property
    def exit_code(self) -> int:
        """2, 3 or 4, as CLI users and scripts know them."""
        return EXIT_CODES[self.kind]

    def as_json(self) -> dict[str, object]:
        """The document that every command prints with --json when it cannot do its work."""
        error: dict[str, object] = {"kind": self.kind, "message": self.message}
        if self.line is not None:
            error["line"] = self.line
        if self.column is not None:
            error["column"] = self.column
        return {"passed": False, "error": error}
