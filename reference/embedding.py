"""From token ids to what the first transformer block sees: a vector for the token plus one for its place. Chapter 2."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def embed(token_ids: Tensor, tok_emb: nn.Embedding, pos_emb: nn.Embedding, positions: Tensor | None = None) -> Tensor:
    """Looks up every token and every place, and adds the two. Neither vector depends on the other tokens.

    token_ids: (batch, tokens) of whole numbers below the size of tok_emb, at most as many tokens as pos_emb has places.
    positions: the place of each token, (tokens,) or (batch, tokens); by default 0, 1, 2, ...
    Returns (batch, tokens, emb_dim).
    Raises TypeError if token_ids are no whole numbers, ValueError for an id or a place that has no embedding.
    Source: Radford et al. 2018, section 3.1: positions are learned, unlike the sinusoids of Vaswani et al. 2017.
    """
    check_token_ids(token_ids)
    if positions is None:
        positions = torch.arange(token_ids.shape[-1], device=token_ids.device)  # (tokens,)
    _check_ranges(token_ids, tok_emb, positions, pos_emb)
    embedded: Tensor = tok_emb(token_ids) + pos_emb(positions)  # (batch, tokens, emb_dim)
    return embedded


def check_token_ids(token_ids: Tensor) -> None:
    """Raises TypeError if these are no whole numbers in a tensor, ValueError if its shape is not (batch, tokens)."""
    if not isinstance(token_ids, Tensor):
        raise TypeError(f"token ids are a {type(token_ids).__name__}; they are a tensor of shape (batch, tokens)")
    if token_ids.ndim != 2 or 0 in token_ids.shape:
        raise ValueError(
            f"token ids have shape {tuple(token_ids.shape)}; it is (batch, tokens), with at least one of each"
        )
    if token_ids.dtype not in (torch.int64, torch.int32):
        raise TypeError(f"token ids are {token_ids.dtype}; they are whole numbers, torch.int64")


def _check_ranges(token_ids: Tensor, tok_emb: nn.Embedding, positions: Tensor, pos_emb: nn.Embedding) -> None:
    """Say in our own words what would otherwise be an index error, or a crash of the whole process on a GPU."""
    if token_ids.device.type == "meta":
        return
    if (longest := int(positions.max()) + 1) > pos_emb.num_embeddings:
        raise ValueError(f"a row has {longest} tokens; the context length allows at most {pos_emb.num_embeddings}")
    if positions.min() < 0:
        raise ValueError(f"a place is {int(positions.min())}; places are counted from 0")
    if token_ids.min() < 0 or token_ids.max() >= tok_emb.num_embeddings:
        wrong = token_ids[(token_ids < 0) | (token_ids >= tok_emb.num_embeddings)][0]
        raise ValueError(f"token id {int(wrong)} is not in the vocabulary; ids are 0 to {tok_emb.num_embeddings - 1}")
