"""What may cross the wall arrives as it left, and whatever else arrives is a ValueError, soon and in little memory."""

from __future__ import annotations

import io
import json
import math
import struct
import tracemalloc

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quizbook.judge.values import DTYPES, MAGIC, MOST_HEADER, MOST_PAYLOAD, PREFIX, decode, encode, read_frame

relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=150)


@st.composite
def tensors(draw):
    dtype = getattr(torch, draw(st.sampled_from(DTYPES)))
    shape = draw(st.lists(st.integers(0, 4), max_size=4))
    raw = draw(st.binary(min_size=(n := math.prod(shape) * dtype.itemsize), max_size=n))
    if dtype == torch.bool:
        raw = bytes(byte & 1 for byte in raw)
    if not raw:
        return torch.empty(shape, dtype=dtype)
    tensor = torch.frombuffer(bytearray(raw), dtype=dtype).reshape(shape)
    return tensor.T if tensor.dim() == 2 and draw(st.booleans()) else tensor


plain = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.characters(categories=["Cs", "Co", "Cn"])
    | tensors()
)
values = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def sent(value):
    frame = read_frame(io.BytesIO(encode(value)).read)
    assert frame is not None
    return decode(*frame)


def same(a, b):
    if isinstance(a, torch.Tensor):
        bits = isinstance(b, torch.Tensor) and a.dtype == b.dtype and a.shape == b.shape
        return bits and a.contiguous().reshape(-1).view(torch.uint8).equal(b.contiguous().reshape(-1).view(torch.uint8))
    if type(a) is not type(b):
        return False
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return (
        a == b and math.copysign(1, a) == math.copysign(1, b) if isinstance(a, float) and a == a else a == b or a != a
    )


@relaxed
@given(values)
def test_a_value_arrives_as_it_left(value):
    assert same(value, sent(value))


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        -0.0,
        5e-324,
        10**3999,
        -(10**3999),
        "\ud800",
        {"": {"l": [1]}},
        {"t": ["float32", [2]]},
        {"f": "nan"},
        (),
    ],
)
def test_a_value_at_the_edge_arrives_too(value):
    assert same(value, sent(value))


def test_subclasses_arrive_as_the_plain_kind():
    class Liar(dict):
        pass

    class Word(str):
        pass

    assert type(sent(Liar(a=Word("b")))) is dict
    assert type(sent(Word("b"))) is str
    assert type(sent(torch.nn.Parameter(torch.ones(2)))) is torch.Tensor


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (object(), "object"),
        ({1: 2}, "int"),
        (b"bytes", "bytes"),
        ({1, 2}, "set"),
        (1j, "complex"),
        (10**4000, "4,000"),
        (torch.eye(2).to_sparse(), "sparse"),
        (torch.zeros(2, dtype=torch.complex128), "complex128"),
        (len, "builtin"),
    ],
)
def test_what_may_not_cross_is_named(value, word):
    with pytest.raises(TypeError, match=word):
        encode([value])


def test_what_is_nested_too_deep_does_not_cross():
    deep: list[object] = []
    for _ in range(60):
        deep = [deep]
    with pytest.raises(TypeError, match="deep"):
        encode(deep)
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(TypeError, match="deep"):
        encode(loop)


def arrive(raw: bytes) -> None:
    """Reads and decodes all frames of a stream."""
    stream = io.BytesIO(raw)
    while (frame := read_frame(stream.read)) is not None:
        decode(*frame)


def harmless(raw: bytes) -> None:
    """Arriving either works or raises ValueError, in memory that is bounded by what arrived."""
    tracemalloc.start()
    try:
        arrive(raw)
    except ValueError:
        pass
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 300 * len(raw) + 2**20


@relaxed
@given(st.binary(max_size=400))
def test_random_bytes_are_a_value_error(raw):
    harmless(raw)
    harmless(MAGIC + raw)


@relaxed
@given(st.binary(max_size=300), st.binary(max_size=100))
def test_a_frame_of_random_bytes_is_a_value_error(header, payload):
    harmless(PREFIX.pack(MAGIC, len(header), len(payload)) + header + payload)


@relaxed
@given(values, st.data())
def test_a_frame_with_changed_bytes_never_raises_anything_else(value, data):
    raw = bytearray(encode(value))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    harmless(bytes(raw))


@relaxed
@given(values, st.data())
def test_a_frame_that_is_cut_short_is_a_value_error(value, data):
    raw = encode(value)
    cut = raw[: data.draw(st.integers(1, len(raw) - 1))]
    with pytest.raises(ValueError, match="short"):
        arrive(cut)


trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["l", "u", "d", "t", "f", "x"]), inner, max_size=2)
        | st.fixed_dictionaries(
            {
                "t": st.tuples(
                    st.sampled_from([*DTYPES, "float8", "nn"]), st.lists(st.integers(-2, 2**41), max_size=3)
                ).map(list)
            }
        )
        | st.fixed_dictionaries({"d": st.lists(st.tuples(st.text(max_size=2) | inner, inner).map(list), max_size=2)})
    ),
    max_leaves=10,
)


@relaxed
@given(trees, st.binary(max_size=64))
def test_json_that_is_no_value_of_ours_never_raises_anything_else(tree, payload):
    header = json.dumps(tree).encode()
    harmless(PREFIX.pack(MAGIC, len(header), len(payload)) + header + payload)


@pytest.mark.parametrize(
    "header",
    [
        b"[" * 100_000,
        b'{"l":[' * 100_000,
        b'{"l":[' * 100 + b"]}" * 100,
        b"1" * 100_000,
        b"NaN",
        b"Infinity",
        b'"\xff"',
        b"",
        b'{"t":["float32",[1099511627776]]}',
        b'{"t":["float32",[1099511627776,0,1099511627776]]}',
        b'{"t":["float32",[-1]]}',
        b'{"t":["float32",[true]]}',
        b'{"t":["float32",[1.0]]}',
        b'{"t":[["float32"],[]]}',
        b'{"t":[]}',
        b'{"t":["storage",[]]}',
        b'{"t":["float32",[%s]]}' % b",".join([b"1"] * 17),
        b'{"d":[["a"]]}',
        b'{"d":[[1,2]]}',
        b'{"d":[7]}',
        b'{"l":{}}',
        b"{}",
        b'{"l":[],"d":[]}',
        b'{"f":"1"}',
        b'{"f":NaN}',
        b"1e400 1",
        b'{"t":["float32",[0]]}x',
    ],
)
def test_a_header_made_to_break_the_reader_does_not(header):
    raw = PREFIX.pack(MAGIC, len(header), 4) + header + b"abcd"
    if b"0,1099511627776" not in header:
        with pytest.raises(ValueError, match=r"message|NaN|Infinity"):
            arrive(raw)
    harmless(raw)


@pytest.mark.parametrize("sizes", [(2**32 - 1, 0), (0, 2**64 - 1), (MOST_HEADER + 1, 0), (0, MOST_PAYLOAD + 1)])
def test_a_message_that_claims_too_much_is_refused_before_it_is_read(sizes):
    asked = []

    def read(size: int) -> bytes:
        asked.append(size)
        return PREFIX.pack(MAGIC, *sizes)

    with pytest.raises(ValueError, match="larger than allowed"):
        read_frame(read)
    assert asked == [PREFIX.size]


def test_the_end_of_a_stream_is_no_message():
    assert read_frame(io.BytesIO(b"").read) is None


def test_two_tensors_do_not_share_bytes_and_may_be_changed():
    first, second = sent([torch.ones(3), torch.zeros(3)])
    first.add_(1)
    assert second.tolist() == [0, 0, 0]


def test_a_boolean_tensor_made_of_other_bytes_holds_only_true_and_false():
    header = b'{"t":["bool",[3]]}'
    value = decode(header, bytes([0, 2, 255]))
    assert value.view(torch.uint8).tolist() == [0, 1, 1]


def test_the_prefix_is_what_the_documentation_says():
    raw = encode([1])
    magic, header, payload = struct.unpack(">4sIQ", raw[:16])
    assert (magic, payload) == (b"QB1\n", 0)
    assert json.loads(raw[16 : 16 + header]) == {"l": [1]}
