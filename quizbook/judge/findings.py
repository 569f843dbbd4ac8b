"""How a check ends without passing: a sentence that names the mistake, what was expected and what came."""

from __future__ import annotations

from typing import ClassVar


class Finding(AssertionError):
    """The submission is not right yet; `sentence` says why, in words for the learner."""

    def __init__(self, sentence: str, expected: str | None = None, got: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence, self.expected, self.got = sentence, expected, got

    def message(self) -> str:
        """The sentence, and below it expected and got where they are known."""
        lines = [self.sentence]
        if self.expected is not None:
            lines.append(f"expected: {self.expected}")
        if self.got is not None:
            lines.append(f"got:      {self.got}")
        return "\n".join(lines)


class Remarks:
    """What the running check has to say although it passes; the plugin empties it before each check.

    A class attribute, since check.py's functions are called by pytest and can be handed nothing else; one process
    runs one check at a time.
    """

    of_this_check: ClassVar[list[str]] = []
