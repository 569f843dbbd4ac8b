"""Whether two texts show the same printed output: spaces are forgiven, and digits that were not written."""

from __future__ import annotations

import re
from decimal import Decimal

_TOKEN = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|[^\W\d]\w*|\S")


def same_printed(expected: str, printed: str) -> bool:
    """Say whether `printed` is what `expected` claims.

    Spaces and line breaks only separate. A number that `expected` writes with a decimal point or an exponent may be
    off by half a unit of its last digit. A whole number is exact, and `2` is no `2.`: grading holds learners to that.
    """
    wanted, got = _TOKEN.findall(expected), _TOKEN.findall(printed)
    return len(wanted) == len(got) and all(map(_same_token, wanted, got))


def half_unit(number: str) -> Decimal:
    """Half a unit of the last digit of a number as it was written: 0.005 for "0.43", 5000 for "2.36e6", 0 for "17"."""
    if not re.search(r"[.eE]", number):
        return Decimal(0)
    exponent = Decimal(number).as_tuple().exponent
    return Decimal(5).scaleb(int(exponent) - 1)


def _same_token(wanted: str, got: str) -> bool:
    if wanted == got:
        return True
    if not (_is_float(wanted) and _is_float(got)):
        return False
    try:
        slack = Decimal(0) if wanted.endswith(".") else half_unit(wanted)
        return abs(Decimal(wanted) - Decimal(got)) <= slack
    except ArithmeticError:  # exponents beyond all bounds
        return False


def _is_float(token: str) -> bool:
    return token not in (".", "e", "E") and token[0] in ".0123456789" and not token.isdecimal()
