"""One function says which token speaks; the two others ask it."""

from __future__ import annotations

import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader

from reference.model import GPTModel


def classification_logits(model: GPTModel, batch: torch.Tensor) -> torch.Tensor:
    """(batch, tokens) in, (batch, classes) out."""
    return model(batch)[:, 0, :]


def loss(model: GPTModel, batch: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """With its graph; the model stays in the mode that it is in, since dropout belongs to training."""
    return F.cross_entropy(classification_logits(model, batch), targets)


def accuracy(model: GPTModel, loader: DataLoader) -> float:
    """Counts over all batches before it divides, so that a smaller last one weighs less."""
    right = messages = 0
    model.eval()
    with torch.no_grad():
        for batch, targets in loader:
            predicted = classification_logits(model, batch).argmax(dim=-1)  # (batch,)
            right += (predicted == targets).sum().item()
            messages += len(targets)
    return right / messages
