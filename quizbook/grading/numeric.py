"""Numeric: a number, exact or within a tolerance, or rounded by the learner to the digits that were written."""

from __future__ import annotations

import re
from decimal import Context, Decimal

from quizbook.bank.questions import Numeric
from quizbook.grading.grade import Grade, ResponseError
from quizbook.grading.keys import as_text, is_blank, shown

_SCALES = {"k": 3, "m": 6, "b": 9, "g": 9, "t": 12}
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:([,_ \u2009\u202f\u00a0'])\d{3})(?:\1\d{3})*(?:\.\d+)?\Z")
_NUMBER = re.compile(r"([+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+)(?:[eE][+-]?\d{1,3})?)\s*([kKmMbBgGtT]?)\Z")
_LONGEST = 100
_EXACT = Context(prec=1000)


def read(question: Numeric, response: object) -> str:
    """The number as it was written, without spaces around it. Raises ResponseError where it is none."""
    if is_blank(response):
        raise ResponseError("Nothing is written: a number is wanted.")
    if isinstance(response, bool) or not isinstance(response, (str, int, float)):
        raise ResponseError(f"A number is wanted, such as 4321; this is {shown(response)}.")
    text = _shortest(response) if isinstance(response, float) else as_text(response)
    parse(question, text)
    return text.strip()


def grade(question: Numeric, response: object) -> Grade:
    """1 where the number agrees, else 0.

    tolerance 0: equal; a number: at most that far away; "rounded": at most half a unit of the last digit written away,
    where 2.36M is written to 10,000 (a number without a digit other than 0 rounds nothing, it has to be equal).
    """
    number, unit = parse(question, read(question, response))
    wanted = Decimal(repr(question.answer))
    away = abs(_EXACT.subtract(number, wanted))
    if question.tolerance == "rounded":
        allowed = Decimal(0) if number.is_zero() else _EXACT.divide(unit, Decimal(2))
    else:
        allowed = Decimal(repr(question.tolerance))
    if away <= allowed:
        exactly = "" if away.is_zero() else f": the exact number is {_said(question)}"
        return Grade(1.0, {}, f"Right{exactly}.")
    rounding = (
        " If you round, write it as such: 7.25M and not 7250000." if _looks_rounded(question, number, unit) else ""
    )
    return Grade(0.0, {}, f"Not right: the answer is {_said(question)}.{rounding}")


def parse(question: Numeric, text: str) -> tuple[Decimal, Decimal]:
    """The number that a text writes and the unit of its last digit: 2.36M is (2360000, 10000).

    Raises ResponseError: no number, a decimal comma, another unit, K or M where the exact number is wanted.
    """
    bare = text.strip().replace("−", "-").lstrip("≈~=").strip()
    if len(bare) > _LONGEST:
        raise ResponseError(f"A number is wanted; this text has {len(bare)} characters.")
    if question.unit and bare.casefold().endswith(question.unit.casefold()):
        bare = bare[: -len(question.unit)].rstrip()
    if _GROUPED.match(bare):
        bare = re.sub(r"[^\d.+-]", "", bare)
    found = _NUMBER.match(bare)
    if not found:
        raise ResponseError(_complaint(question, text, bare))
    if found[2] and question.tolerance != "rounded":
        raise ResponseError(f"This question wants the number written out, without {found[2]}; this is {shown(text)}.")
    number = Decimal(found[1].replace("_", ""))
    scale = _SCALES[found[2].casefold()] if found[2] else 0
    exponent = int(number.as_tuple().exponent) + scale
    return _EXACT.scaleb(number, scale), Decimal((0, (1,), exponent))


def _complaint(question: Numeric, text: str, bare: str) -> str:
    if re.fullmatch(r"[+-]?\d+,\d+", bare):
        return f"Write a decimal point, not a comma; this is {shown(text)}."
    unit = f" in {question.unit}" if question.unit else ""
    return f"A number is wanted{unit}, such as 4321 or 0.25; this is {shown(text)}."


def _shortest(value: float) -> str:
    """A float as it may have been written: 2360000.0 from 2.36e6 keeps its three digits."""
    if value != value or value in (float("inf"), float("-inf")):
        raise ResponseError(f"A number is wanted; this is {value}.")
    return str(Decimal(repr(value)).normalize())


def _said(question: Numeric) -> str:
    value = question.answer
    said = f"{value:,}" if isinstance(value, int) else repr(value)
    return f"{said} {question.unit}".rstrip()


def _looks_rounded(question: Numeric, number: Decimal, unit: Decimal) -> bool:
    """Whether a whole number with zeros at its end would have been right with a K, M or B."""
    if question.tolerance != "rounded" or unit != 1 or number.is_zero():
        return False
    last = Decimal(10) ** int(number.normalize(_EXACT).as_tuple().exponent)
    return abs(_EXACT.subtract(number, Decimal(repr(question.answer)))) <= last / 2
