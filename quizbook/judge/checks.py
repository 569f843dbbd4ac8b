"""What a check.py uses: fixtures come from the judge's pytest plugin, everything else from here.

    def test_outputs_agree(submission, seed):
        \"\"\"Both attention classes give the same context vectors.\"\"\"
        got = submission.call("outputs", x=x)
        assert_close(got["v1"], expected, looks_like(untransposed, "W_key was copied without transposing"))

The docstring is what the learner reads as the check's name; `@pytest.mark.points(2)` weighs it,
`@pytest.mark.needs("test_a")` skips it while another one fails.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sized
from typing import TYPE_CHECKING, Any

import torch

from quizbook.judge.findings import Finding, Remarks

if TYPE_CHECKING:
    from quizbook.judge.child import Raised

MOST_ELEMENTS = 16 * 2**20  # that hints are asked about
SHORT = 8  # numbers of a list that are shown
Hint = Callable[[torch.Tensor, torch.Tensor], str | None]


def fail(sentence: str, *, expected: object = None, got: object = None) -> None:
    """Ends the check: not passed, for this reason; expected and got are shown under it where they are given."""
    raise Finding(sentence, _told(expected), _told(got))


def remark(sentence: str) -> None:
    """Says something about a check that passes nevertheless."""
    Remarks.of_this_check.append(sentence)


def looks_like(value: torch.Tensor, sentence: str, *, rtol: float = 1e-4, atol: float = 1e-5) -> Hint:
    """A hint that names a mistake when the learner's value is the one that the mistake would give."""

    def hint(got: torch.Tensor, expected: torch.Tensor) -> str | None:
        same = got.shape == value.shape and torch.allclose(got.double(), value.double(), rtol=rtol, atol=atol)
        return sentence if same else None

    return hint


def assert_close(
    got: Any,
    expected: torch.Tensor,
    *hints: Hint,
    what: str = "the result",
    rtol: float = 1e-4,
    atol: float = 1e-5,
) -> None:
    """`got` is a tensor of the shape of `expected` whose elements differ by at most atol + rtol * |expected|.

    Otherwise the check ends with a sentence: that of the first hint that recognises the value, or what is wrong with
    type, shape, dtype, finiteness or the first element that differs, in this order.
    """
    if not isinstance(got, torch.Tensor):
        raise Finding(f"{what}: a tensor is expected", _shape(expected), describe(got))
    if got.dtype == torch.bool or got.dtype.is_complex:
        raise Finding(f"{what}: numbers are expected, not {_dtype(got)}", _shape(expected), _shape(got))
    if got.shape != expected.shape:
        named = _named(hints, got, expected)
        raise Finding(named or f"{what}: the shape is not the right one", _shape(expected), _shape(got))
    if not torch.isfinite(got).all():
        named, place = _named(hints, got, expected), _first(~torch.isfinite(got))
        raise Finding(
            named or f"{what}: a value is not finite", _shape(expected), f"{_value(got, place)} at {list(place)}"
        )
    wrong = ~torch.isclose(got.double(), expected.double(), rtol=rtol, atol=atol)
    if wrong.any():
        named, place = _named(hints, got, expected), _first(wrong)
        raise Finding(
            named or f"{what}: the values are not the right ones ({int(wrong.sum())} of {wrong.numel()} differ)",
            f"{_value(expected, place)} at {list(place)}  {_shape(expected)}",
            f"{_value(got, place)} at {list(place)}  {_shape(got)}",
        )
    if not got.dtype.is_floating_point and expected.dtype.is_floating_point:
        raise Finding(f"{what}: floating-point numbers are expected", _shape(expected), _shape(got))


def assert_equal(got: Any, expected: Any, *known: tuple[Any, str], what: str = "the result") -> None:
    """`got` is the expected number, text or list of such; a number may be of another type, 2.0 for 2.

    known: values that typical mistakes give, each with the sentence that names the mistake; the first that fits is
    what the learner reads, or else that `what` is not the right one.
    """
    if _same(got, expected):
        return
    for value, sentence in known:
        if _same(got, value) and not _same(value, expected):
            raise Finding(sentence, describe(expected), describe(got))
    raise Finding(f"{what} is not the right one", describe(expected), describe(got))


def assert_one_each(got: Any, asked: Sized, what: str) -> None:
    """`got` is a list with one answer for each of what was asked; otherwise the check ends. what: a word for one."""
    if not isinstance(got, list) or len(got) != len(asked):
        fail(f"What came back is not one answer for each {what}.", got=describe(got))


def part(answer: Any, *path: str | int) -> Any:
    """What lies under these keys and places in an answer, or None: its form is the submission's word too."""
    for key in path:
        if isinstance(answer, dict):
            answer = answer.get(key)
        elif isinstance(answer, list) and isinstance(key, int) and key < len(answer):
            answer = answer[key]
        else:
            return None
    return answer


def _same(got: Any, expected: Any) -> bool:
    if isinstance(expected, list | tuple):
        fits = isinstance(got, list | tuple) and len(got) == len(expected)
        return fits and all(map(_same, got, expected))
    if isinstance(expected, bool) or isinstance(got, bool):
        return got is expected
    if isinstance(expected, int | float):
        return isinstance(got, int | float) and got == expected
    return type(got) is type(expected) and bool(got == expected)


def diagnosis(sayings: Iterable[tuple[str, str, str]]) -> Callable[[Raised], str | None]:
    """What a check.py calls `diagnose`: the sentence for an exception of the submission, or None.

    sayings: a pattern for the whole name of the type, one for a part of the message, and the sentence, in which {0}
    stands for the first group of the second pattern; the first that fits counts.
    """
    rows = [(re.compile(kind), re.compile(message, re.DOTALL), sentence) for kind, message, sentence in sayings]

    def diagnose(raised: Raised) -> str | None:
        for kind, message, sentence in rows:
            if kind.fullmatch(raised.type) and (found := message.search(raised.message)):
                return sentence.format(*found.groups())
        return None

    return diagnose


def describe(value: object) -> str:
    """A value in a few words, the same for everything that may cross the wall."""
    if isinstance(value, torch.Tensor):
        return _shape(value)
    if isinstance(value, str):
        return f"the text {value[:60]!r}" + ("..." if len(value) > 60 else "")
    numbers = isinstance(value, list | tuple) and 0 < len(value) <= SHORT and all(map(_is_number, value))
    if isinstance(value, list | tuple | dict) and not numbers:
        return f"a {type(value).__name__} of {len(value)}"
    told = repr(value)
    return told if len(told) <= 60 else f"{told[:57]}..."


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _named(hints: tuple[Hint, ...], got: torch.Tensor, expected: torch.Tensor) -> str | None:
    if got.numel() > MOST_ELEMENTS:  # nothing that a check expects is as large, and hints sort and compare
        return None
    return next((sentence for hint in hints if (sentence := _recognised(hint, got, expected))), None)


def _recognised(hint: Hint, got: torch.Tensor, expected: torch.Tensor) -> str | None:
    try:
        return hint(got, expected)
    except RuntimeError:  # a hint that compares shapes which do not fit recognises nothing
        return None


def _told(value: object) -> str | None:
    return None if value is None else value if isinstance(value, str) else describe(value)


def _shape(tensor: torch.Tensor) -> str:
    return f"shape {tuple(tensor.shape)}, {_dtype(tensor)}"


def _dtype(tensor: torch.Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _first(where: torch.Tensor) -> tuple[int, ...]:
    return tuple(int(i) for i in where.nonzero()[0])


def _value(tensor: torch.Tensor, place: tuple[int, ...]) -> str:
    value = tensor[place].item()
    return f"{value:.6g}" if math.isfinite(value) else str(value)
