"""Exercise 7.4: adapters of low rank beside the linear layers of a model, and their training."""

from __future__ import annotations

import math

import torch
from torch import nn


class LoRALayer(nn.Module):
    """alpha * (x @ A @ B). A: (in_dim, rank), random numbers. B: (rank, out_dim), zeros."""

    def __init__(self, in_dim: int, out_dim: int, rank: int, alpha: float) -> None:
        super().__init__()
        # TODO
        raise NotImplementedError

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x: (..., in_dim). Returns (..., out_dim)."""
        raise NotImplementedError


class LinearWithLoRA(nn.Module):
    """The given layer, kept as `linear`, and a LoRALayer of fitting size, `lora`."""

    def __init__(self, linear: nn.Linear, rank: int, alpha: float) -> None:
        super().__init__()
        raise NotImplementedError

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """x: (..., in_dim). Returns (..., out_dim), the sum of both."""
        raise NotImplementedError


def replace_linear_with_lora(model: nn.Module, rank: int, alpha: float) -> None:
    """Freezes the model, then puts a LinearWithLoRA in the place of every nn.Linear, at any depth."""
    raise NotImplementedError


def train(model: nn.Module, loader: torch.utils.data.DataLoader, steps: int) -> list[float]:
    """Trains the adapters for so many batches; the loss of each, as it was before the step.

    loader: gives pairs (inputs, targets), (batch, tokens) each; begin it again when it ends.
    """
    raise NotImplementedError


if __name__ == "__main__":
    layer = LinearWithLoRA(nn.Linear(8, 4), rank=2, alpha=4)
    x = torch.rand(3, 8)
    print(torch.equal(layer(x), layer.linear(x)), 1 / math.sqrt(2), layer.lora.A)
