"""Tracing: what code prints, with spaces and the digits of floats forgiven and everything else exact.

The rule, token by token:
- White space never counts, nor where lines break, nor the style of quotes; `1 2` and `12` still differ.
- A number agrees with every spelling of its value: `2`, `2.`, `2.0`, `2.0000` (a printed type that was missed is said,
  not punished: keys in the bank are proven by the same rule, see `quizbook.bank.printed`). Integers are exact.
- Two floats agree to half a unit of the last digit of the one that writes fewer; an answer that writes fewer than the
  key needs at least three significant digits. For a printed `0.6667`, `0.667` and `0.66667` are right, `0.67` and
  `0.666` are not. `5.` with nothing behind the point is exact.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

from quizbook.bank.printed import half_unit
from quizbook.bank.questions import Tracing
from quizbook.grading.grade import Grade, ResponseError
from quizbook.grading.keys import as_text, is_blank, shown
from quizbook.grading.wording import coded

SIGNIFICANT = 3
_NUMBERS = ("int", "float")
_TOKEN = re.compile(
    r"""(?P<float>(?<![\w.])[+-]?(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d{1,4})?(?!\w)|(?<![\w.])[+-]?\d+[eE][+-]?\d{1,4}(?!\w))
      | (?P<int>(?<![\w.])[+-]?\d+(?!\w))
      | (?P<word>\w+)
      | (?P<mark>[^\w\s])""",
    re.VERBOSE,
)
_QUOTES = str.maketrans({'"': "'", "‘": "'", "’": "'", "“": "'", "”": "'", "−": "-"})
_LONGEST = 64 * 1024
_CONTEXT = 24


def read(question: Tracing, response: object) -> str:
    """The response as text. Raises ResponseError where it is no text (or a single number or truth value)."""
    if is_blank(response):
        raise ResponseError("Nothing is written: type what the code prints.")
    if not isinstance(response, (str, int, float)):
        raise ResponseError(f"Write what the code prints as text, in quotation marks; this is {shown(response)}.")
    text = as_text(response)
    if len(text) > _LONGEST:
        raise ResponseError("The text is longer than anything that the code prints.")
    return text


def grade(question: Tracing, response: object) -> Grade:
    """1 where every token agrees, else 0, with the first place where they part."""
    printed, written = _tokens(question.answer), _tokens(read(question, response))
    for wanted, given in zip(printed, written, strict=False):
        if not _agree(wanted, given):
            return Grade(0.0, {}, _difference(question, wanted, given))
    if len(written) < len(printed):
        missing = printed[len(written)].text
        return Grade(0.0, {}, f"Right as far as it goes, but the output goes on: next comes {coded(missing)}.")
    if len(written) > len(printed):
        surplus = written[len(printed)].text
        return Grade(0.0, {}, f"Right to the end of the output, but {coded(surplus)} is not printed any more.")
    for wanted, given in zip(printed, written, strict=True):
        if (wanted.kind, given.kind) == ("float", "int"):
            return Grade(1.0, {}, f"Right in value; as a float it is printed {coded(wanted.text)}.")
    return Grade(1.0, {}, "Right: that is what it prints.")


class _Token(NamedTuple):
    kind: str
    text: str
    start: int


def _tokens(text: str) -> list[_Token]:
    found = _TOKEN.finditer(text.translate(_QUOTES))
    return [_Token(str(token.lastgroup), token.group(), token.start()) for token in found]


def _agree(wanted: _Token, given: _Token) -> bool:
    if wanted.kind not in _NUMBERS or given.kind not in _NUMBERS:
        return wanted.text == given.text
    printed, written = Decimal(wanted.text), Decimal(given.text)
    if printed == written:
        return True
    if "int" in (wanted.kind, given.kind) or wanted.text.endswith("."):
        return False
    key_slack, own_slack = half_unit(wanted.text), half_unit(given.text)
    if own_slack > key_slack and _significant(written) < SIGNIFICANT:
        return False
    return abs(printed - written) <= max(key_slack, own_slack)


def _significant(number: Decimal) -> int:
    """Digits from the first that is not 0 on."""
    return 0 if number.is_zero() else len(number.as_tuple().digits)


def _difference(question: Tracing, wanted: _Token, given: _Token) -> str:
    before = " ".join(question.answer[: wanted.start].split())
    behind = before if len(before) <= _CONTEXT else f"…{before[-_CONTEXT:]}"
    where = f"after {coded(behind)} it prints" if behind else "it begins with"
    said = f"Not right: {where} {coded(wanted.text)}, you wrote {coded(given.text)}"
    if wanted.kind == given.kind == "float" and _significant(Decimal(given.text)) < SIGNIFICANT:
        return f"{said}. Where you round a float, write at least {SIGNIFICANT} significant digits."
    return f"{said}."
