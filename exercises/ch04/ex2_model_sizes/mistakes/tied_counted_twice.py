# expect: tied weights are counted twice
from functools import cache
from typing import Any

import torch

from reference.config import GPT_CONFIG_124M
from reference.model import GPTModel

DIFFERENT = {
    "gpt2-small": {"emb_dim": 768, "n_layers": 12, "n_heads": 12},
    "gpt2-medium": {"emb_dim": 1024, "n_layers": 24, "n_heads": 16},
    "gpt2-large": {"emb_dim": 1280, "n_layers": 36, "n_heads": 20},
    "gpt2-xl": {"emb_dim": 1600, "n_layers": 48, "n_heads": 25},
}


def config(name: str) -> dict[str, Any]:
    """What differs, over what all have in common."""
    return {**GPT_CONFIG_124M, **DIFFERENT[name]}


@cache
def total_parameters(name: str) -> int:
    """Counted on a model that takes no memory."""
    with torch.device("meta"):
        model = GPTModel(config(name))
    return sum(parameter.numel() for parameter in model.parameters())


def trainable_when_tied(name: str) -> int:
    """Without the head's own matrix."""
    return total_parameters(name)


def size_mb(name: str) -> float:
    """Four bytes a parameter."""
    return total_parameters(name) * 4 / (1024 * 1024)
