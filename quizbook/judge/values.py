"""What may cross the wall: numbers, strings, lists, dicts and tensors, in length-framed messages, and nothing else.

A frame is `QB1\\n`, the length of a JSON header, the length of the raw bytes behind it (both unsigned, big-endian), the
header, the bytes. In the header every container is an object with one key that says what it is, so that no value of a
learner can be taken for another: {"l": [...]} a list, {"u": [...]} a tuple, {"d": [[key, value], ...]} a dict,
{"t": [dtype, shape]} a tensor whose bytes follow those of the one before, {"f": "nan"} a float that JSON cannot write.

Decoding trusts nothing: it is fed by a process that a stranger wrote. It never evaluates and never allocates more than
the frame holds; whatever does not fit raises ValueError.
"""

from __future__ import annotations

import json
import math
import struct
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

MAGIC = b"QB1\n"
PREFIX = struct.Struct(">4sIQ")
MOST_HEADER = 4 * 2**20  # bytes; whoever reads it needs some forty times as much
MOST_PAYLOAD = 512 * 2**20  # bytes
MOST_DEPTH = 40
MOST_DIMENSIONS = 16
DTYPES = (
    "float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool", "complex64",
)  # fmt: skip
Read = Callable[[int], bytes]


def encode(value: object) -> bytes:
    """One frame that holds `value`; TypeError names the type of the first part that may not cross."""
    chunks: list[bytes] = []
    header = json.dumps(_lower(value, chunks, 0), ensure_ascii=True, allow_nan=False).encode()
    size = sum(map(len, chunks))
    if len(header) > MOST_HEADER or size > MOST_PAYLOAD:
        raise TypeError(f"the value is too large to be handed over ({(len(header) + size) / 2**20:.0f} MiB)")
    return b"".join((PREFIX.pack(MAGIC, len(header), size), header, *chunks))


def read_frame(read: Read) -> tuple[bytes, bytes] | None:
    """The header and the bytes of the next frame, by `read(n)`, which gives exactly n bytes, or fewer at the end.

    None at the end of the stream; ValueError for anything that is no frame or is larger than allowed.
    """
    prefix = read(PREFIX.size)
    if not prefix:
        return None
    if len(prefix) < PREFIX.size:
        raise ValueError("the message stops short")
    magic, header_size, payload_size = PREFIX.unpack(prefix)
    if magic != MAGIC:
        raise ValueError("the message does not start as one")
    if header_size > MOST_HEADER or payload_size > MOST_PAYLOAD:
        raise ValueError("the message claims to be larger than allowed")
    header, payload = read(header_size), read(payload_size)
    if len(header) < header_size or len(payload) < payload_size:
        raise ValueError("the message stops short")
    return header, payload


def decode(header: bytes, payload: bytes) -> Any:
    """The value that a frame holds; ValueError where it is no value of ours."""
    try:
        return _Reader(payload).value(json.loads(header, parse_constant=_no_constant), 0)
    except (ValueError, RecursionError, TypeError, IndexError, RuntimeError, OverflowError) as error:
        raise ValueError(f"the message cannot be read: {type(error).__name__}") from error


def _lower(value: object, chunks: list[bytes], depth: int) -> object:
    if depth > MOST_DEPTH:
        raise TypeError(f"the value is nested more than {MOST_DEPTH} deep")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if abs(value) < 10**4000 else _refuse_int()
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"f": repr(float(value))}
    if isinstance(value, str):
        return str(value)
    if isinstance(value, dict):
        if wrong := next((k for k in value if not isinstance(k, str)), None):
            raise TypeError(f"a dict that crosses the wall has keys of text, not {type(wrong).__name__}")
        return {"d": [[str(k), _lower(v, chunks, depth + 1)] for k, v in value.items()]}
    if isinstance(value, list | tuple):
        return {"u" if isinstance(value, tuple) else "l": [_lower(v, chunks, depth + 1) for v in value]}
    if _is_tensor(value):
        return {"t": _tensor_out(value, chunks)}
    raise TypeError(f"{type(value).__name__} is no plain value; numbers, text, lists, dicts and tensors are")


def _refuse_int() -> object:
    raise TypeError("the whole number is longer than 4,000 digits")


def _is_tensor(value: object) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def _tensor_out(value: Any, chunks: list[bytes]) -> list[object]:
    import torch

    name = str(value.dtype).removeprefix("torch.")
    if name not in DTYPES or value.layout is not torch.strided:
        raise TypeError(f"a tensor of {name}, {value.layout}, cannot be handed over; dense ones of {DTYPES[0]} ... can")
    flat = value.detach().resolve_conj().resolve_neg().cpu().contiguous().reshape(-1)
    chunks.append(bytes(flat.view(torch.uint8).numpy().tobytes()) if flat.numel() else b"")
    return [name, list(value.shape)]


class _Reader:
    """Lifts a JSON tree to values; each tensor takes the bytes that follow those of the one before it."""

    def __init__(self, payload: bytes) -> None:
        self.payload = memoryview(payload)
        self.taken = 0

    def value(self, tree: Any, depth: int) -> Any:
        if depth > MOST_DEPTH:
            raise ValueError("nested too deep")
        if tree is None or isinstance(tree, bool | int | float | str):
            return tree
        if not isinstance(tree, dict) or len(tree) != 1:
            raise ValueError("a container without its name")
        ((kind, content),) = tree.items()
        if kind == "f" and content in ("nan", "inf", "-inf"):
            return float(content)
        if not isinstance(content, list):
            raise ValueError("a container without content")
        match kind:
            case "l":
                return [self.value(item, depth + 1) for item in content]
            case "u":
                return tuple(self.value(item, depth + 1) for item in content)
            case "d":
                return {_text(key): self.value(item, depth + 1) for key, item in content}
            case "t":
                return self.tensor(*content)
        raise ValueError("a container of no known kind")

    def tensor(self, name: object, shape: object) -> torch.Tensor:
        import torch

        if name not in DTYPES or not isinstance(shape, list) or len(shape) > MOST_DIMENSIONS:
            raise ValueError("a tensor of no known kind")
        if not all(type(n) is int and 0 <= n < 2**40 for n in shape):
            raise ValueError("a tensor with an impossible shape")
        dtype = getattr(torch, str(name))
        count = math.prod(shape)
        if count == 0:
            return torch.empty(shape, dtype=dtype)
        end = self.taken + count * dtype.itemsize
        if end > len(self.payload):
            raise ValueError("a tensor that reaches beyond its message")
        raw = bytearray(self.payload[self.taken : end])
        self.taken = end
        if name == "bool":  # bytes other than 0 and 1 are undefined as bool
            return torch.frombuffer(raw, dtype=torch.uint8).ne(0).reshape(shape)
        return torch.frombuffer(raw, dtype=dtype).reshape(shape)


def _text(key: object) -> str:
    if not isinstance(key, str):
        raise ValueError("a key that is no text")
    return key


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")
