"""Two loaders, and a mean over each."""

from __future__ import annotations

import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader

from reference.data import create_dataloader_v1
from reference.model import GPTModel


def losses(
    model: GPTModel, text: str, train_ratio: float, batch_size: int, max_length: int, stride: int
) -> tuple[float, float]:
    """The same for both parts, but for what becomes of an incomplete last batch."""
    cut = int(train_ratio * len(text))
    model.eval()
    train, val = (
        mean_loss(model, create_dataloader_v1(part, batch_size, max_length, stride, shuffle=False, drop_last=drop_last))
        for part, drop_last in ((text[:cut], True), (text[cut:], False))
    )
    return train, val


@torch.no_grad()
def mean_loss(model: GPTModel, loader: DataLoader) -> float:
    """Every batch counts the same."""
    total = 0.0
    for inputs, targets in loader:
        logits = model(inputs)  # (batch, tokens, vocab_size)
        total += F.cross_entropy(logits.flatten(0, 1), targets.flatten()).item()
    return total / len(loader)
