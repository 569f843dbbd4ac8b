"""Exercise 5.5: the losses of a model on both parts of a text."""

from __future__ import annotations

import torch

from reference.config import GPT_CONFIG_124M
from reference.data import create_dataloader_v1
from reference.model import GPTModel


def losses(
    model: GPTModel, text: str, train_ratio: float, batch_size: int, max_length: int, stride: int
) -> tuple[float, float]:
    """The mean loss of the training batches and of the validation batches, without dropout.

    model: gives logits (batch, tokens, vocab_size) for ids (batch, tokens). train_ratio: share of the characters.
    """
    # TODO: one loader for each part, then the mean of the losses of its batches
    raise NotImplementedError


if __name__ == "__main__":
    torch.manual_seed(123)
    small = GPTModel(GPT_CONFIG_124M.copy() | {"emb_dim": 32, "n_layers": 2, "n_heads": 4})
    print(losses(small, "It was a dark night, and nobody had any light. " * 40, 0.9, 2, 16, 16))
