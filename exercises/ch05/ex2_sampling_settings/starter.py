"""Exercise 5.2: temperature and top_k for four kinds of text."""

from __future__ import annotations

from typing import Any

import torch

from reference.generate import generate
from reference.model import GPTModel


def settings_for(purpose: str) -> dict[str, Any]:
    """The keyword arguments temperature and top_k of `generate`.

    purpose: "report", "code", "fiction" or "brainstorm".
    """
    # TODO: try some on a model first, as below
    raise NotImplementedError


if __name__ == "__main__":
    size = {"vocab_size": 256, "context_length": 16, "emb_dim": 32, "n_heads": 2, "n_layers": 1, "drop_rate": 0.0}
    model = GPTModel(size)
    model.out_head.weight.data *= 6  # an untrained model has hardly an opinion
    rows = torch.tensor([[5, 9, 2]]).repeat(200, 1)  # the same beginning 200 times
    for temperature in (0.5, 1.0, 1.5):
        for top_k in (5, 50, None):
            new = generate(model, rows, 1, 16, temperature=temperature, top_k=top_k)[:, -1]
            print(temperature, top_k, len(new.unique()))
