"""The small layers of a transformer block, and a deep network that shows what shortcuts are for. Chapter 4."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPTConfig


class LayerNorm(nn.Module):
    """Brings every embedding to mean 0 and variance 1, then lets training scale and shift each dimension.

    emb_dim: size of an embedding. scale, shift: (emb_dim,), at first all ones and all zeros.
    The variance divides by emb_dim, not by emb_dim - 1, as when GPT-2 was trained; eps is added to it, so that a
    constant input is not divided by 0.
    Source: Ba et al. 2016, "Layer Normalization".
    """

    def __init__(self, emb_dim: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.scale = nn.Parameter(torch.ones(emb_dim))
        self.shift = nn.Parameter(torch.zeros(emb_dim))

    def forward(self, x: Tensor) -> Tensor:
        """scale * (x - mean) / sqrt(variance + eps) + shift, over the last dimension, in one fused call.

        x: (..., emb_dim). Returns (..., emb_dim).
        """
        return F.layer_norm(x, self.scale.shape, self.scale, self.shift, self.eps)  # (..., emb_dim)


class GELU(nn.Module):
    """A smooth ReLU: x times the probability that a standard normal number is below x.

    GPT-2 was trained with an approximation, and so is this one: 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))).
    Source: Hendrycks and Gimpel 2016, "Gaussian Error Linear Units", section 2.
    """

    def forward(self, x: Tensor) -> Tensor:
        """x: any shape. Returns the same shape."""
        return F.gelu(x, approximate="tanh")


class FeedForward(nn.Module):
    """Two linear layers around a GELU that treat every token alike and on its own: wider by four times, and back.

    cfg: ours or the guide's dictionary; emb_dim counts. For 768 dimensions these are 4,722,432 parameters.
    Source: Vaswani et al. 2017, section 3.3; Radford et al. 2018 for the GELU.
    """

    def __init__(self, cfg: GPTConfig | Mapping[str, Any]) -> None:
        super().__init__()
        emb_dim = GPTConfig.of(cfg).emb_dim
        self.layers = nn.Sequential(nn.Linear(emb_dim, 4 * emb_dim), GELU(), nn.Linear(4 * emb_dim, emb_dim))

    def forward(self, x: Tensor) -> Tensor:
        """x: (..., emb_dim). Returns (..., emb_dim)."""
        out: Tensor = self.layers(x)  # (..., emb_dim)
        return out


class ExampleDeepNeuralNetwork(nn.Module):
    """Linear layers with GELUs in a row, with or without a shortcut around each: a stage for vanishing gradients.

    layer_sizes: the size of the input, then of each layer's output.
    use_shortcut: whether a layer's input is added to its output, which happens only where the two have the same shape.
    Raises ValueError if there are fewer than two sizes.
    Source: He et al. 2015, "Deep Residual Learning for Image Recognition", section 3.
    """

    def __init__(self, layer_sizes: Sequence[int], use_shortcut: bool) -> None:
        super().__init__()
        if len(layer_sizes) < 2:
            raise ValueError(f"layer_sizes is {list(layer_sizes)}; it needs an input size and at least one output size")
        self.use_shortcut = use_shortcut
        self.layers = nn.ModuleList(
            nn.Sequential(nn.Linear(before, after), GELU()) for before, after in pairwise(layer_sizes)
        )

    def forward(self, x: Tensor) -> Tensor:
        """x: (..., layer_sizes[0]). Returns (..., layer_sizes[-1])."""
        for layer in self.layers:
            out = layer(x)  # (..., size of this layer)
            x = x + out if self.use_shortcut and x.shape == out.shape else out
        return x


def gradient_means(model: nn.Module, x: Tensor) -> dict[str, float]:
    """The mean absolute gradient of each weight matrix, by name, after one backward pass towards a target of 0.

    x: a batch that the model takes. The model's gradients are cleared first, and hold this pass's afterwards.
    """
    model.zero_grad()
    output = model(x)
    F.mse_loss(output, torch.zeros_like(output)).backward()
    return {
        name: math.nan if weight.grad is None else weight.grad.abs().mean().item()
        for name, weight in model.named_parameters()
        if name.endswith("weight")
    }


def print_gradients(model: nn.Module, x: Tensor) -> None:
    """Prints `gradient_means`, a line a weight matrix."""
    for name, mean in gradient_means(model, x).items():
        print(f"{name} has a mean absolute gradient of {mean:.6g}")
