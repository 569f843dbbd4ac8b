"""Exercise 3.1: two classes, the same attention. Make the second compute what the first computes."""

from __future__ import annotations

import torch

from reference.attention import SelfAttention_v1, SelfAttention_v2


def transfer_weights(source: SelfAttention_v2, target: SelfAttention_v1) -> None:
    """Give target the three weight matrices of source, so that both return the same context vectors.

    source: keeps each matrix in an nn.Linear without bias; source.W_query.weight is (d_out, d_in).
    target: keeps each matrix as a bare nn.Parameter; target.W_query is (d_in, d_out). It is changed in place.

    Afterwards source is what it was, and target can still be trained.
    """
    # TODO: copy W_query, W_key and W_value
    raise NotImplementedError


if __name__ == "__main__":
    torch.manual_seed(123)
    source, target = SelfAttention_v2(3, 2), SelfAttention_v1(3, 2)
    transfer_weights(source, target)
    x = torch.rand(6, 3)
    print(source(x))
    print(target(x))
