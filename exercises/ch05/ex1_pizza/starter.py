"""Exercise 5.1: count a token by drawing, and know its probability without."""

from __future__ import annotations

import torch


def pizza_count(logits: torch.Tensor, temperature: float, draws: int, index: int, seed: int) -> int:
    """How many of `draws` drawn tokens are token `index`.

    logits: (vocab_size,). seed: for torch.manual_seed, so that the same call gives the same count.
    """
    # TODO
    raise NotImplementedError


def pizza_probability(logits: torch.Tensor, temperature: float, index: int) -> float:
    """The exact probability that one drawn token is token `index`."""
    raise NotImplementedError


if __name__ == "__main__":
    scores = torch.tensor([4.51, 0.89, -1.90, 6.75, 1.63, -1.62, -1.89, 6.28, 1.79])
    for temperature in (1, 0.1, 5):
        print(temperature, pizza_count(scores, temperature, 1000, 6, 123), pizza_probability(scores, temperature, 6))
