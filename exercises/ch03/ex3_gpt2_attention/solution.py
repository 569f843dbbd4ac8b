"""GPT-2 small's numbers in their places."""

from __future__ import annotations

from reference.attention import MultiHeadAttention


def build() -> MultiHeadAttention:
    """Named arguments, so that no two can be exchanged."""
    return MultiHeadAttention(d_in=768, d_out=768, context_length=1024, dropout=0.0, num_heads=12)
