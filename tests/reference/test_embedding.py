"""The first step of a model: a vector for the token and one for its place, added."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from reference.embedding import embed

TOKENS, PLACES = nn.Embedding(11, 4), nn.Embedding(6, 4)


@settings(deadline=None)
@given(
    rows=st.lists(st.lists(st.integers(0, 10), min_size=6, max_size=6), min_size=1, max_size=3),
    length=st.integers(1, 6),
)
def test_each_vector_is_the_sum_of_two_rows(rows: list[list[int]], length: int) -> None:
    ids = torch.tensor(rows)[:, :length]
    embedded = embed(ids, TOKENS, PLACES)
    assert embedded.shape == (len(rows), length, 4)
    for row in range(len(rows)):
        for place in range(length):
            assert torch.equal(embedded[row, place], TOKENS.weight[rows[row][place]] + PLACES.weight[place])


def test_places_can_be_given_for_all_rows_or_for_each() -> None:
    ids = torch.tensor([[3, 1], [3, 1]])
    later = embed(ids, TOKENS, PLACES, torch.tensor([4, 5]))
    assert torch.equal(later[0, 0], TOKENS.weight[3] + PLACES.weight[4])
    own = embed(ids, TOKENS, PLACES, torch.tensor([[4, 5], [0, 1]]))
    assert torch.equal(own[0], later[0])
    assert torch.equal(own[1:], embed(ids[1:], TOKENS, PLACES))


def test_ids_of_32_bits_will_do() -> None:
    ids = torch.tensor([[3, 1]])
    assert torch.equal(embed(ids.int(), TOKENS, PLACES), embed(ids, TOKENS, PLACES))


def test_only_the_rows_that_were_looked_up_get_a_gradient() -> None:
    TOKENS.zero_grad()
    embed(torch.tensor([[3, 1, 3]]), TOKENS, PLACES).sum().backward()
    assert TOKENS.weight.grad is not None
    assert TOKENS.weight.grad.sum(dim=1).tolist() == [0, 4, 0, 8, 0, 0, 0, 0, 0, 0, 0]


def test_shapes_can_be_tried_without_memory() -> None:
    big = nn.Embedding(50257, 1600, device="meta"), nn.Embedding(1024, 1600, device="meta")
    assert embed(torch.zeros(8, 1024, dtype=torch.long, device="meta"), *big).shape == (8, 1024, 1600)


def test_the_place_of_the_last_token_must_exist() -> None:
    ids = torch.zeros(1, 6, dtype=torch.long)
    embed(ids, TOKENS, PLACES)
    with pytest.raises(ValueError, match="a row has 7 tokens; the context length allows at most 6"):
        embed(torch.zeros(1, 7, dtype=torch.long), TOKENS, PLACES)
    with pytest.raises(ValueError, match="at most 6"):
        embed(ids, TOKENS, PLACES, torch.arange(1, 7))
    with pytest.raises(ValueError, match="a place is -1; places are counted from 0"):
        embed(ids, TOKENS, PLACES, torch.arange(-1, 5))
