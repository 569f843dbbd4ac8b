"""Exercise 4.3: a GPT whose dropout rates can be set place by place."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from reference.attention import MultiHeadAttention
from reference.layers import FeedForward, LayerNorm

CONFIG = {
    "vocab_size": 50257, "context_length": 1024, "emb_dim": 768, "n_heads": 12, "n_layers": 12, "qkv_bias": False,
    "drop_rate_emb": 0.1, "drop_rate_attn": 0.1, "drop_rate_shortcut": 0.1,
}  # fmt: skip


class GPTModel(nn.Module):
    """Token ids, (batch, tokens), to logits, (batch, tokens, vocab_size)."""

    def __init__(self, cfg: dict[str, Any]) -> None:
        super().__init__()
        # TODO: the embeddings, the blocks, the final norm and the head
        raise NotImplementedError
