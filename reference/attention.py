"""Attention, from a weighted sum without parameters to the causal multi-head attention of GPT-2, one class a step.

Every step keeps the one before and adds a single idea:

    simple_attention            tokens look at each other by the dot product of their embeddings
    SelfAttention_v1, _v2       three trained projections decide what is compared and what is passed on
    CausalAttention             no token sees a later one; dropout on the attention weights
    MultiHeadAttentionWrapper   several causal attentions side by side
    MultiHeadAttention          the same in one pass: one big projection, split into heads, fused and with a cache

Sources: Vaswani et al. 2017, "Attention Is All You Need", sections 3.2.1 (scaled dot product), 3.2.2 (heads) and 3.2.3
(masking); Radford et al. 2019 (GPT-2) for causal attention with dropout on the weights.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference.cache import LayerCache


def simple_attention_weights(inputs: Tensor) -> Tensor:
    """How much each token takes from each other one when nothing is trained.

    inputs: (..., tokens, d_in), one embedding a token.
    Returns (..., tokens, tokens): row i is the softmax of the dot products of token i with all tokens, so it sums to 1.
    Raises ValueError if inputs has no token dimension.
    """
    _check_shape(inputs)
    scores = inputs @ inputs.transpose(-2, -1)  # (..., tokens, tokens)
    return torch.softmax(scores, dim=-1)


def simple_attention(inputs: Tensor) -> Tensor:
    """Self-attention without trainable weights: every context vector is a weighted mean of all embeddings.

    inputs: (..., tokens, d_in), one embedding a token.
    Returns the context vectors, (..., tokens, d_in); the weights of the mean are `simple_attention_weights(inputs)`.
    Raises ValueError if inputs has no token dimension.
    """
    return simple_attention_weights(inputs) @ inputs  # (..., tokens, d_in)


def attention_weights(queries: Tensor, keys: Tensor, hidden: Tensor | None = None) -> Tensor:
    """Scaled dot-product attention up to the weights: softmax(queries keys^T / sqrt(d_k)).

    queries, keys: (..., tokens, d_k).
    hidden: (tokens, tokens) of bool, True where the token of the row must not see the token of the column.
    Returns (..., tokens, tokens); each row sums to 1.
    Source: Vaswani et al. 2017, section 3.2.1, equation 1; the mask as in section 3.2.3.
    """
    scores = queries @ keys.transpose(-2, -1)  # (..., tokens, tokens)
    if hidden is not None:
        # Before the softmax: a weight set to 0 after it would leave rows that no longer sum to 1.
        scores = scores.masked_fill(hidden, -torch.inf)
    # A dot product of d_k independent terms has a standard deviation of sqrt(d_k). Undivided, wide heads would push
    # the softmax to where it is all but one-hot, and its gradient all but zero.
    return torch.softmax(scores / keys.shape[-1] ** 0.5, dim=-1)


class SelfAttention_v1(nn.Module):
    """Self-attention with its three matrices as bare parameters, multiplied from the right: x @ W.

    d_in, d_out: sizes of an embedding and of a context vector. W_query, W_key, W_value: (d_in, d_out), drawn uniformly
    from [0, 1) in this order; simple, but no good start for training.
    Source: Vaswani et al. 2017, section 3.2.1.
    """

    def __init__(self, d_in: int, d_out: int) -> None:
        super().__init__()
        self.W_query = nn.Parameter(torch.rand(d_in, d_out))
        self.W_key = nn.Parameter(torch.rand(d_in, d_out))
        self.W_value = nn.Parameter(torch.rand(d_in, d_out))

    def forward(self, x: Tensor) -> Tensor:
        """Context vectors for x.

        x: (tokens, d_in), or (..., tokens, d_in) for a batch. Returns (..., tokens, d_out).
        Raises ValueError if the last dimension of x is not d_in.
        """
        _check_shape(x, d_in=self.W_query.shape[0])
        queries = x @ self.W_query  # (..., tokens, d_out)
        keys = x @ self.W_key  # (..., tokens, d_out)
        values = x @ self.W_value  # (..., tokens, d_out)
        return attention_weights(queries, keys) @ values  # (..., tokens, d_out)


class SelfAttention_v2(nn.Module):
    """Self-attention with its three matrices in linear layers, which start from a scale that suits training.

    nn.Linear computes x @ weight.T: W_query.weight is (d_out, d_in), the transpose of W_query in SelfAttention_v1.

    d_in, d_out: sizes of an embedding and of a context vector. qkv_bias: whether the three layers add a bias.
    Source: Vaswani et al. 2017, section 3.2.1.
    """

    def __init__(self, d_in: int, d_out: int, qkv_bias: bool = False) -> None:
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)

    def forward(self, x: Tensor) -> Tensor:
        """Context vectors for x.

        x: (tokens, d_in), or (..., tokens, d_in) for a batch. Returns (..., tokens, d_out).
        Raises ValueError if the last dimension of x is not d_in.
        """
        _check_shape(x, d_in=self.W_query.in_features)
        queries = self.W_query(x)  # (..., tokens, d_out)
        keys = self.W_key(x)  # (..., tokens, d_out)
        values = self.W_value(x)  # (..., tokens, d_out)
        context: Tensor = attention_weights(queries, keys) @ values  # (..., tokens, d_out)
        return context


class CausalAttention(nn.Module):
    """Self-attention in which no token sees a later one, with dropout on the attention weights.

    d_in, d_out: sizes of an embedding and of a context vector. context_length: most tokens of an input.
    dropout: probability with which a weight is dropped while training; the others grow by 1 / (1 - dropout).
    qkv_bias: whether the three layers add a bias.

    mask: a buffer, (context_length, context_length), True above the diagonal: it moves to a device with the module and
    is saved with it, but no optimizer touches it.
    Raises ValueError if context_length is less than 1 or dropout is no probability.
    Source: Vaswani et al. 2017, section 3.2.3.
    """

    mask: Tensor

    def __init__(self, d_in: int, d_out: int, context_length: int, dropout: float, qkv_bias: bool = False) -> None:
        super().__init__()
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.dropout = nn.Dropout(dropout)
        self.register_buffer("mask", _future(context_length))

    def forward(self, x: Tensor) -> Tensor:
        """Context vectors for x, each made of its own token and of earlier ones only.

        x: (batch, tokens, d_in), at most context_length tokens. Returns (batch, tokens, d_out).
        Raises ValueError if the last dimension of x is not d_in, or if x has more tokens than the context.
        """
        _check_shape(x, d_in=self.W_query.in_features, context_length=len(self.mask))
        tokens = x.shape[-2]
        queries = self.W_query(x)  # (batch, tokens, d_out)
        keys = self.W_key(x)  # (batch, tokens, d_out)
        values = self.W_value(x)  # (batch, tokens, d_out)
        weights = attention_weights(queries, keys, self.mask[:tokens, :tokens])  # (batch, tokens, tokens)
        context: Tensor = self.dropout(weights) @ values  # (batch, tokens, d_out)
        return context


class MultiHeadAttentionWrapper(nn.Module):
    """Several causal attentions over the same input, their context vectors side by side.

    d_in: size of an embedding. d_out: size of the context vector of ONE head; the output has num_heads * d_out.
    context_length, dropout, qkv_bias: as in CausalAttention. num_heads: how many attentions, each with its own weights.
    Raises ValueError if num_heads is less than 1, and what CausalAttention raises.
    Source: Vaswani et al. 2017, section 3.2.2, without the output projection.
    """

    def __init__(
        self, d_in: int, d_out: int, context_length: int, dropout: float, num_heads: int, qkv_bias: bool = False
    ) -> None:
        super().__init__()
        if num_heads < 1:
            raise ValueError(f"num_heads is {num_heads}; an attention has at least 1 head")
        self.heads = nn.ModuleList(
            CausalAttention(d_in, d_out, context_length, dropout, qkv_bias) for _ in range(num_heads)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Context vectors for x: head 0 first, then head 1, and so on.

        x: (batch, tokens, d_in), at most context_length tokens. Returns (batch, tokens, num_heads * d_out).
        Raises ValueError if the last dimension of x is not d_in, or if x has more tokens than the context.
        """
        return torch.cat([head(x) for head in self.heads], dim=-1)  # (batch, tokens, num_heads * d_out)


class MultiHeadAttention(nn.Module):
    """Causal multi-head attention in one pass: project once, split into heads, attend, join, mix.

    Unlike in the wrapper d_out is the size of the whole output; each head gets d_out / num_heads of it.
    What attention_weights and dropout do above, step by step, one fused operation does here, which never holds the
    (tokens, tokens) weights in memory. A cache of earlier keys and values saves projecting them again for every token.

    d_in, d_out: sizes of an embedding and of a context vector. context_length: most tokens of an input.
    dropout: probability with which an attention weight is dropped while training. num_heads: must divide d_out.
    qkv_bias: whether query, key and value layers add a bias; out_proj always does.
    Raises ValueError if num_heads is less than 1 or does not divide d_out, and what CausalAttention raises.
    Source: Vaswani et al. 2017, section 3.2.2; Dao et al. 2022, "FlashAttention", for the fused operation.
    """

    def __init__(
        self, d_in: int, d_out: int, context_length: int, dropout: float, num_heads: int, qkv_bias: bool = False
    ) -> None:
        super().__init__()
        if num_heads < 1:
            raise ValueError(f"num_heads is {num_heads}; an attention has at least 1 head")
        if d_out % num_heads:
            raise ValueError(f"d_out is {d_out} and num_heads is {num_heads}; every head needs the same whole share")
        _check_context_length(context_length)
        self.d_in = d_in
        self.d_out = d_out
        self.num_heads = num_heads
        self.head_dim = d_out // num_heads
        self.context_length = context_length
        self.W_query = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_key = nn.Linear(d_in, d_out, bias=qkv_bias)
        self.W_value = nn.Linear(d_in, d_out, bias=qkv_bias)
        # The heads know nothing of each other; this layer mixes what they found. It does not change the size.
        self.out_proj = nn.Linear(d_out, d_out)
        self.dropout = nn.Dropout(dropout)
        # The fused operation needs no mask; a state dict that has one, as CausalAttention's does, loads all the same.
        self.register_load_state_dict_pre_hook(_leave_out_mask)  # type: ignore[no-untyped-call]

    def forward(self, x: Tensor, *, visible: Tensor | None = None, cache: LayerCache | None = None) -> Tensor:
        """Context vectors for x, each made of its own token and of earlier ones only.

        x: (batch, tokens, d_in), at most context_length tokens.
        visible: (tokens, all tokens) or (batch, 1, tokens, all tokens) of bool, True where the token of the row may see
        the token of the column; by default every token sees itself and all before it.
        cache: the keys and values of the tokens before x; those of x are added to it.
        Returns (batch, tokens, d_out).
        Raises ValueError if the last dimension of x is not d_in, or if x has more tokens than the context.
        """
        _check_shape(x, d_in=self.d_in, context_length=self.context_length)
        queries, keys, values = self.W_query(x), self.W_key(x), self.W_value(x)  # (batch, tokens, d_out) each
        context = self.attend(queries, keys, values, visible=visible, cache=cache)  # (batch, tokens, d_out)
        mixed: Tensor = self.out_proj(context)  # (batch, tokens, d_out)
        return mixed

    def attend(
        self,
        queries: Tensor,
        keys: Tensor,
        values: Tensor,
        *,
        visible: Tensor | None = None,
        cache: LayerCache | None = None,
    ) -> Tensor:
        """What the heads find, side by side: all of `forward` but the four trained layers.

        queries, keys, values: (batch, tokens, d_out) each; visible and cache as in `forward`.
        Returns (batch, tokens, d_out).
        """
        queries, keys, values = map(self._split, (queries, keys, values))  # (batch, heads, tokens, head_dim) each
        if cache is not None:
            keys, values = cache.append(keys, values)  # (batch, heads, all tokens, head_dim)
        if visible is None and 1 < queries.shape[-2] < keys.shape[-2]:
            # is_causal would take the first query for the first of all tokens, but it comes after those of the cache.
            visible = _past(queries.shape[-2], keys.shape[-2], keys.device)  # (tokens, all tokens)
        context = F.scaled_dot_product_attention(  # softmax(queries keys^T / sqrt(head_dim)) values
            queries,
            keys,
            values,
            attn_mask=visible,
            # A single token sees all that is there, itself the last; several need the mask of the future.
            is_causal=visible is None and queries.shape[-2] > 1,
            dropout_p=self.dropout.p if self.training else 0.0,
        )  # (batch, heads, tokens, head_dim)
        return context.transpose(-3, -2).flatten(-2)  # (batch, tokens, d_out)

    def _split(self, projected: Tensor) -> Tensor:
        """From (batch, tokens, d_out) to (batch, heads, tokens, head_dim)."""
        heads = projected.view(*projected.shape[:-1], self.num_heads, self.head_dim)  # (batch, tokens, heads, head_dim)
        # Heads before tokens: matrix products then run over (tokens, head_dim), for each head on its own.
        return heads.transpose(-3, -2)  # (batch, heads, tokens, head_dim)


def _leave_out_mask(module: nn.Module, state_dict: dict[str, Tensor], prefix: str, *_: object) -> None:
    state_dict.pop(f"{prefix}mask", None)


def _future(context_length: int) -> Tensor:
    """(context_length, context_length) of bool, True where the column is a later token than the row."""
    _check_context_length(context_length)
    return torch.ones(context_length, context_length, dtype=torch.bool).triu(diagonal=1)


def _past(tokens: int, all_tokens: int, device: torch.device) -> Tensor:
    """(tokens, all_tokens) of bool for the last of all tokens, True where the column is the row's token or earlier."""
    return torch.ones(tokens, all_tokens, dtype=torch.bool, device=device).tril(all_tokens - tokens)


def _check_context_length(context_length: int) -> None:
    if context_length < 1:
        raise ValueError(f"context_length is {context_length}; a context holds at least 1 token")


def _check_shape(x: Tensor, *, d_in: int | None = None, context_length: int | None = None) -> None:
    """Say in our own words what would otherwise fail somewhere inside a matrix product."""
    shape = tuple(x.shape)
    if len(shape) < 2:
        raise ValueError(f"the input has shape {shape}; it needs a row for each token: (..., tokens, d_in)")
    if d_in is not None and shape[-1] != d_in:
        raise ValueError(f"the input has shape {shape}; its last dimension is {shape[-1]} and must be d_in = {d_in}")
    if context_length is not None and shape[-2] > context_length:
        raise ValueError(f"the input has {shape[-2]} tokens; the context length allows at most {context_length}")
