"""Exercise 4.1: count the parameters of the two large parts of a transformer block."""

from __future__ import annotations

from typing import Any

from reference.config import GPT_CONFIG_124M


def count_parameters(cfg: dict[str, Any]) -> tuple[int, int]:
    """How many parameters the feed forward module and the attention module of one block have, in this order.

    cfg: a dictionary like GPT_CONFIG_124M; emb_dim and qkv_bias decide.
    """
    # TODO: count the weights and biases of both parts
    raise NotImplementedError


if __name__ == "__main__":
    print(count_parameters(dict(GPT_CONFIG_124M)))
