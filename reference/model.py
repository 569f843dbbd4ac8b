"""GPT-2 from its parts: embeddings, a stack of transformer blocks, a head that scores every token. Chapter 4."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from reference.attention import MultiHeadAttention
from reference.cache import KVCache, LayerCache
from reference.config import GPTConfig
from reference.embedding import check_token_ids, embed
from reference.layers import FeedForward, LayerNorm


class TransformerBlock(nn.Module):
    """Attention, where tokens exchange what they know, then a feed forward, where each digests it for itself.

    Both work on a normalised copy of their input, and what they give is added to the input: the shortcut.
    cfg: ours or the guide's dictionary.
    Source: Vaswani et al. 2017, section 3.1; Radford et al. 2019, section 2.3, for the norm in front of each part.
    """

    def __init__(self, cfg: GPTConfig | Mapping[str, Any]) -> None:
        super().__init__()
        cfg = GPTConfig.of(cfg)
        self.att = MultiHeadAttention(
            d_in=cfg.emb_dim,
            d_out=cfg.emb_dim,
            context_length=cfg.context_length,
            dropout=cfg.rate("attn"),
            num_heads=cfg.n_heads,
            qkv_bias=cfg.qkv_bias,
        )
        self.ff = FeedForward(cfg)
        self.norm1 = LayerNorm(cfg.emb_dim)
        self.norm2 = LayerNorm(cfg.emb_dim)
        self.drop_shortcut = nn.Dropout(cfg.rate("shortcut"))

    def forward(self, x: Tensor, *, visible: Tensor | None = None, cache: LayerCache | None = None) -> Tensor:
        """x: (batch, tokens, emb_dim); visible and cache as in MultiHeadAttention. Returns (batch, tokens, emb_dim)."""
        x = x + self.drop_shortcut(self.att(self.norm1(x), visible=visible, cache=cache))  # (batch, tokens, emb_dim)
        x = x + self.drop_shortcut(self.ff(self.norm2(x)))  # (batch, tokens, emb_dim)
        return x


class GPTModel(nn.Module):
    """Token ids in, for every place the scores of the token that comes next out.

    cfg: ours or the guide's dictionary. With tie_weights the output head is the token embedding, as in GPT-2 itself;
    without, as in the guide, it has weights of its own. For GPT_CONFIG_124M that makes 163,009,536 parameters,
    124,412,160 when tied.
    Raises what GPTConfig.of raises. Source: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners".
    """

    def __init__(self, cfg: GPTConfig | Mapping[str, Any]) -> None:
        super().__init__()
        self.cfg = cfg = GPTConfig.of(cfg)
        self.tok_emb = nn.Embedding(cfg.vocab_size, cfg.emb_dim)
        self.pos_emb = nn.Embedding(cfg.context_length, cfg.emb_dim)
        self.drop_emb = nn.Dropout(cfg.rate("emb"))
        self.trf_blocks = nn.ModuleList(TransformerBlock(cfg) for _ in range(cfg.n_layers))
        self.final_norm = LayerNorm(cfg.emb_dim)
        self.out_head = nn.Linear(cfg.emb_dim, cfg.vocab_size, bias=False)
        if cfg.tie_weights:
            self.out_head.weight = self.tok_emb.weight

    def forward(
        self,
        in_idx: Tensor,
        *,
        cache: KVCache | None = None,
        attention_mask: Tensor | None = None,
        last_only: bool = False,
    ) -> Tensor:
        """The logits of the next token after each token.

        in_idx: (batch, tokens) of token ids, at most context_length.
        cache: what `new_cache` made; in_idx then holds only the tokens that are not in it yet.
        attention_mask: (batch, all tokens), 1 for a token and 0 for padding, tokens in the cache included. Padding is
        seen by nobody and takes no place; its own logits mean nothing.
        last_only: whether only the last place counts, which saves most of the output head's work.
        Returns (batch, tokens, vocab_size), or (batch, 1, vocab_size) with last_only.
        Raises ValueError for an id that is not in the vocabulary, for more tokens than the context, for ids or a mask
        of another shape; TypeError if the ids are no whole numbers.
        """
        check_token_ids(in_idx)
        before = 0 if cache is None else cache.length
        positions = _positions(in_idx, before, attention_mask)  # (tokens,) or (batch, tokens)
        visible = _visible(in_idx, before, attention_mask)  # None, or (..., tokens, all tokens)
        x = self.drop_emb(embed(in_idx, self.tok_emb, self.pos_emb, positions))  # (batch, tokens, emb_dim)
        for number, block in enumerate(self.trf_blocks):
            x = block(x, visible=visible, cache=cache.layers[number] if cache else None)  # (batch, tokens, emb_dim)
        if last_only:
            x = x[:, -1:]  # (batch, 1, emb_dim)
        logits: Tensor = self.out_head(self.final_norm(x))  # (batch, tokens, vocab_size)
        return logits

    def new_cache(self, capacity: int | None = None) -> KVCache:
        """An empty cache for `forward`, with room for `capacity` tokens, by default the context length."""
        return KVCache(self.cfg.n_layers, self.cfg.context_length if capacity is None else capacity)


class DummyGPTModel(nn.Module):
    """The outline of a GPT before its parts are there: blocks and final norm hand their input on unchanged.

    It is the first thing to build: token ids already become logits of the right shape.
    cfg: ours or the guide's dictionary.
    """

    def __init__(self, cfg: GPTConfig | Mapping[str, Any]) -> None:
        super().__init__()
        self.cfg = cfg = GPTConfig.of(cfg)
        self.tok_emb = nn.Embedding(cfg.vocab_size, cfg.emb_dim)
        self.pos_emb = nn.Embedding(cfg.context_length, cfg.emb_dim)
        self.drop_emb = nn.Dropout(cfg.rate("emb"))
        self.trf_blocks = nn.Sequential(*(nn.Identity() for _ in range(cfg.n_layers)))
        self.final_norm = nn.Identity()
        self.out_head = nn.Linear(cfg.emb_dim, cfg.vocab_size, bias=False)

    def forward(self, in_idx: Tensor) -> Tensor:
        """in_idx: (batch, tokens) of token ids. Returns (batch, tokens, vocab_size)."""
        x = self.drop_emb(embed(in_idx, self.tok_emb, self.pos_emb))  # (batch, tokens, emb_dim)
        logits: Tensor = self.out_head(self.final_norm(self.trf_blocks(x)))  # (batch, tokens, vocab_size)
        return logits


def evaluating(model: nn.Module) -> contextlib.AbstractContextManager[None]:
    """Dropout off inside; afterwards every layer is in the mode that it was in."""
    return all_evaluating(model.modules())


@contextlib.contextmanager
def all_evaluating(modules: Iterable[nn.Module]) -> Iterator[None]:
    """`evaluating` for a model's modules that are found once and used for many calls."""
    training = [module for module in modules if module.training]
    for module in training:
        module.training = False
    try:
        yield
    finally:
        for module in training:
            module.training = True


def total_parameters(model: nn.Module) -> int:
    """How many numbers training can change; a matrix that two layers share counts once."""
    return sum(parameter.numel() for parameter in model.parameters())


def size_in_mb(model: nn.Module) -> float:
    """The memory of the parameters, in units of 1024 * 1024 bytes; 6,247.68 for GPT-2 XL with a head of its own."""
    return sum(parameter.numel() * parameter.element_size() for parameter in model.parameters()) / 1024**2


def _positions(in_idx: Tensor, before: int, attention_mask: Tensor | None) -> Tensor | None:
    """The place of each token, padding not counted: (tokens,) or (batch, tokens); None for 0, 1, 2, ..."""
    tokens = in_idx.shape[-1]
    if attention_mask is None:
        return torch.arange(before, before + tokens, device=in_idx.device) if before else None  # (tokens,)
    if not isinstance(attention_mask, Tensor):
        raise TypeError(f"attention_mask is a {type(attention_mask).__name__}; it is a tensor of 1 and 0")
    if attention_mask.shape != (len(in_idx), before + tokens):
        raise ValueError(
            f"attention_mask has shape {tuple(attention_mask.shape)}; it is (batch, all tokens), "
            f"here {(len(in_idx), before + tokens)}"
        )
    return (attention_mask.bool().cumsum(-1) - 1).clamp(min=0)[:, before:]  # (batch, tokens)


def _visible(in_idx: Tensor, before: int, attention_mask: Tensor | None) -> Tensor | None:
    """Who may see whom, as in MultiHeadAttention; None without padding, where its default serves."""
    if attention_mask is None:
        return None
    column = torch.arange(attention_mask.shape[-1], device=in_idx.device)  # (all tokens,)
    row = column[before:, None]  # (tokens, 1)
    # Padding sees itself: a softmax over nothing is 0/0, which not every device's attention turns into a number.
    return ((column <= row) & attention_mask.bool()[:, None, None, :]) | (column == row)  # (batch, 1, tokens, all)
