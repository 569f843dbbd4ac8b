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
from collections.abc import Callable
from typing import Any

import torch

from quizbook.judge.findings import Finding, Remarks

MOST_ELEMENTS = 16 * 2**20  # that hints are asked about
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


def describe(value: object) -> str:
    """A value in a few words, the same for everything that may cross the wall."""
    if isinstance(value, torch.Tensor):
        return _shape(value)
    if isinstance(value, str):
        return f"the text {value[:60]!r}" + ("..." if len(value) > 60 else "")
    if isinstance(value, list | tuple | dict):
        return f"a {type(value).__name__} of {len(value)}"
    told = repr(value)
    return told if len(told) <= 60 else f"{told[:57]}..."


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
