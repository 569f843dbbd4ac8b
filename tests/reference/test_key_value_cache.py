"""Keys and values that are kept give the same context vectors as keys and values that are computed again."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from reference.attention import MultiHeadAttention
from reference.cache import KVCache, LayerCache
from reference.config import GPTConfig
from reference.model import GPTModel

CONTEXT = 9
torch.manual_seed(3)
MODEL = GPTModel(
    GPTConfig(vocab_size=19, context_length=CONTEXT, emb_dim=12, n_heads=3, n_layers=2, drop_rate=0.1, qkv_bias=True)
).eval()
ATTENTION = MultiHeadAttention(12, 12, CONTEXT, 0.1, num_heads=3).eval()
cuts = st.lists(st.integers(1, CONTEXT), min_size=1, max_size=CONTEXT).filter(lambda chunks: sum(chunks) <= CONTEXT)


def new_tokens(batch: int = 2, tokens: int = 1) -> tuple[Tensor, Tensor]:
    return torch.randn(batch, 3, tokens, 4), torch.randn(batch, 3, tokens, 4)


def test_what_came_earlier_stands_in_front_and_is_not_changed_later() -> None:
    cache = LayerCache(capacity=5)
    first, second = new_tokens(tokens=2), new_tokens(tokens=3)
    early = cache.append(*first)
    late = cache.append(*second)
    assert cache.length == 5
    for number in range(2):
        assert torch.equal(early[number], first[number])
        assert torch.equal(late[number], torch.cat([first[number], second[number]], dim=2))


def test_more_than_its_room_is_refused_and_what_is_in_it_stays() -> None:
    cache = LayerCache(capacity=3)
    cache.append(*new_tokens(tokens=2))
    with pytest.raises(ValueError, match="has room for 3 tokens, 2 are in it, and 2 came"):
        cache.append(*new_tokens(tokens=2))
    assert cache.length == 2
    cache.append(*new_tokens(tokens=1))


def test_another_batch_is_refused() -> None:
    cache = LayerCache(capacity=3)
    cache.append(*new_tokens(batch=2))
    with pytest.raises(ValueError, match="holds a batch of 2; one of 3 came"):
        cache.append(*new_tokens(batch=3))


def test_a_cache_has_room_for_at_least_one_token() -> None:
    for capacity in (0, -1):
        with pytest.raises(ValueError, match=f"capacity is {capacity}; a cache has room for at least 1 token"):
            KVCache(2, capacity)
        with pytest.raises(ValueError, match=f"capacity is {capacity};"):
            MODEL.new_cache(capacity)


def test_a_model_makes_a_cache_for_its_layers_and_its_context() -> None:
    cache = MODEL.new_cache()
    assert (len(cache.layers), cache.length) == (2, 0)
    assert {layer.capacity for layer in cache.layers} == {CONTEXT}
    assert {layer.capacity for layer in MODEL.new_cache(4).layers} == {4}


@settings(deadline=None)
@given(chunks=cuts, seed=st.integers(0, 99))
def test_attention_in_chunks_equals_attention_at_once(chunks: list[int], seed: int) -> None:
    torch.manual_seed(seed)
    x = torch.randn(2, sum(chunks), 12)
    cache = LayerCache(CONTEXT)
    with torch.no_grad():
        parts = [ATTENTION(part, cache=cache) for part in x.split(chunks, dim=1)]
        assert torch.allclose(torch.cat(parts, dim=1), ATTENTION(x), atol=1e-5)


@settings(deadline=None)
@given(chunks=cuts, seed=st.integers(0, 99))
def test_a_model_in_chunks_gives_the_logits_that_it_gives_at_once(chunks: list[int], seed: int) -> None:
    torch.manual_seed(seed)
    ids = torch.randint(0, 19, (2, sum(chunks)))
    cache = MODEL.new_cache(sum(chunks))
    with torch.no_grad():
        parts = [MODEL(part, cache=cache) for part in ids.split(chunks, dim=1)]
        assert torch.allclose(torch.cat(parts, dim=1), MODEL(ids), atol=1e-5)
    assert cache.length == sum(chunks)


@settings(deadline=None)
@given(chunks=cuts, lengths=st.tuples(*[st.integers(1, CONTEXT)] * 2), left=st.booleans(), seed=st.integers(0, 99))
def test_padding_makes_no_difference_in_chunks_either(
    chunks: list[int], lengths: tuple[int, int], left: bool, seed: int
) -> None:
    """Chunks that hold nothing but padding are among them, in front of a row's first token and behind its last."""
    torch.manual_seed(seed)
    tokens = sum(chunks)
    ids = torch.randint(0, 19, (2, tokens))
    mask = torch.stack([torch.arange(tokens) < min(length, tokens) for length in lengths]).long()
    if left:
        mask = mask.flip(1)
    cache, seen, parts = MODEL.new_cache(), 0, []
    with torch.no_grad():
        for part in ids.split(chunks, dim=1):
            seen += part.shape[1]
            parts.append(MODEL(part, cache=cache, attention_mask=mask[:, :seen]))
        together = torch.cat(parts, dim=1)
        assert together.isfinite().all()
        for row, kept in enumerate(mask.bool()):
            alone = MODEL(ids[row : row + 1, kept])
            assert torch.allclose(together[row : row + 1, kept], alone, atol=1e-5)


def test_a_context_that_is_full_takes_no_more_tokens() -> None:
    cache = MODEL.new_cache(CONTEXT + 5)
    with torch.no_grad():
        MODEL(torch.zeros(1, CONTEXT, dtype=torch.long), cache=cache)
        with pytest.raises(ValueError, match=f"{CONTEXT + 1} tokens; the context length allows at most {CONTEXT}"):
            MODEL(torch.zeros(1, 1, dtype=torch.long), cache=cache)
