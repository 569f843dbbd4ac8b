"""Exercise 6.2: a classifier of which every parameter is trained."""

from __future__ import annotations

import torch
from torch import nn

from reference.model import GPTModel


def make_classifier(model: GPTModel, num_classes: int) -> None:
    """Gives the model a new head with num_classes outputs, in place, and leaves all of it trainable.

    The model takes (batch, tokens) of ids and then gives (batch, tokens, num_classes).
    """
    # TODO
    raise NotImplementedError


if __name__ == "__main__":
    config = {"vocab_size": 50, "context_length": 8, "emb_dim": 12, "n_heads": 2, "n_layers": 2, "drop_rate": 0.0}
    gpt = GPTModel(config)
    make_classifier(gpt, 2)
    print(gpt(torch.tensor([[1, 2, 3]])).shape, [name for name, p in gpt.named_parameters() if not p.requires_grad])
