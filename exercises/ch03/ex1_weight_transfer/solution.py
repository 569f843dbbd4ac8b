"""Exercise 3.1, solved: transpose each matrix and copy its numbers into the parameter that is there."""

from __future__ import annotations

import torch

from reference.attention import SelfAttention_v1, SelfAttention_v2


def transfer_weights(source: SelfAttention_v2, target: SelfAttention_v1) -> None:
    """Give target the three weight matrices of source, so that both return the same context vectors.

    source: its nn.Linear layers compute x @ weight.T, so each weight is (d_out, d_in).
    target: computes x @ W with W of (d_in, d_out). Its parameters stay the same objects, so an optimizer that already
    holds them goes on working, and their storage stays their own.
    """
    with torch.no_grad():  # setting values is no step of the computation that autograd should record
        target.W_query.copy_(source.W_query.weight.T)  # (d_in, d_out)
        target.W_key.copy_(source.W_key.weight.T)  # (d_in, d_out)
        target.W_value.copy_(source.W_value.weight.T)  # (d_in, d_out)
