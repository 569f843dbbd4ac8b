"""Python text, read without running it: whether it is Python at all, and where its last expression begins."""

from __future__ import annotations

import ast
import warnings


class NotPythonError(ValueError):
    """Text that does not parse; the message is Python's own, with the line within the text."""


def parsed(code: str) -> ast.Module:
    """The syntax tree of a piece of code. Raises NotPythonError, whatever the text is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "\d" in a listing is no finding of ours
            return ast.parse(code)
    except SyntaxError as error:
        raise NotPythonError(f"{error.msg} (line {error.lineno})" if error.lineno else str(error.msg)) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise NotPythonError(str(error) or "it is nested too deeply") from None


def split_last_expression(code: str) -> tuple[str, str] | None:
    """The statements before the last one, and the last one's text; None unless the last one is an expression."""
    body = parsed(code).body
    if not body or not isinstance(body[-1], ast.Expr):
        return None
    last = body[-1]
    lines = code.encode().splitlines(keepends=True)
    before = b"".join(lines[: last.lineno - 1]) + lines[last.lineno - 1][: last.col_offset]
    return before.decode(), ast.get_source_segment(code, last) or ast.unparse(last)
