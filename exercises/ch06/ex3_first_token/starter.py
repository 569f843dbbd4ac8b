"""Exercise 6.3: a classifier that is read off its first token."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from reference.model import GPTModel


def classification_logits(model: GPTModel, batch: torch.Tensor) -> torch.Tensor:
    """The first token's logits. batch: (batch, tokens) of ids. Returns (batch, classes)."""
    # TODO
    raise NotImplementedError


def loss(model: GPTModel, batch: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The mean cross-entropy, one number with its graph. targets: (batch,) of class numbers."""
    raise NotImplementedError


def accuracy(model: GPTModel, loader: DataLoader) -> float:
    """The share of all messages whose class is found, from 0 to 1, without dropout."""
    raise NotImplementedError


if __name__ == "__main__":
    config = {"vocab_size": 50, "context_length": 8, "emb_dim": 12, "n_heads": 2, "n_layers": 2, "drop_rate": 0.1}
    gpt = GPTModel(config)
    gpt.out_head = nn.Linear(12, 2)
    messages = TensorDataset(torch.randint(50, (10, 6)), torch.randint(2, (10,)))
    print(accuracy(gpt, DataLoader(messages, batch_size=4)))
