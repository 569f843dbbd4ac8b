"""Counts by calculation: a linear layer from a to b has a * b weights, and b biases if it has any."""

from __future__ import annotations

from typing import Any


def linear(inputs: int, outputs: int, bias: bool) -> int:
    """The parameters of one linear layer."""
    return inputs * outputs + (outputs if bias else 0)


def count_parameters(cfg: dict[str, Any]) -> tuple[int, int]:
    """Feed forward: out to four times the width and back. Attention: query, key, value, and the output projection."""
    width = cfg["emb_dim"]
    feed_forward = linear(width, 4 * width, True) + linear(4 * width, width, True)
    attention = 3 * linear(width, width, cfg.get("qkv_bias", False)) + linear(width, width, True)
    return feed_forward, attention
