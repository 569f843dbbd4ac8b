"""Draw and count, or read the probability off."""

from __future__ import annotations

import torch


def pizza_count(logits: torch.Tensor, temperature: float, draws: int, index: int, seed: int) -> int:
    """All draws in one call, with replacement: a token can come again."""
    torch.manual_seed(seed)
    drawn = torch.multinomial(torch.softmax(logits / temperature, dim=-1), draws, replacement=True)  # (draws,)
    return int((drawn == index).sum())


def pizza_probability(logits: torch.Tensor, temperature: float, index: int) -> float:
    """What the share of an endless number of draws would be."""
    return torch.softmax(logits / temperature, dim=-1)[index].item()
