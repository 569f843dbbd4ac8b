"""The share of right pairs: the one rule of matching, of blanks filled with terms and of labels on a figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from quizbook.grading.grade import Grade
from quizbook.grading.wording import several, share


def grade_pairs(
    given: Mapping[str, str],
    key: Mapping[str, str],
    texts: Mapping[str, str],
    *,
    noun: str,
    wants: Callable[[str, str], str],
) -> Grade:
    """Grade pairs that are already in the question's own keys.

    given, key: place -> value. texts: value -> its text; values with the same text are worth the same.
    noun: what is counted ("pair"). wants: (place, text of its right value) -> "place 2 is “...”".
    """
    parts = {at: at in given and same(given[at], right, texts) for at, right in key.items()}
    count = sum(parts.values())
    missed = [wants(at, texts[key[at]]) for at, right in parts.items() if not right]
    reason = f": {several(missed)}" if missed else ""
    return Grade(count / len(parts), parts, f"{share(count, len(parts), noun)}{reason}.")


def same(given: str, right: str, texts: Mapping[str, str]) -> bool:
    """Whether two values are the same one or say the same."""
    return given == right or " ".join(texts[given].split()) == " ".join(texts[right].split())
