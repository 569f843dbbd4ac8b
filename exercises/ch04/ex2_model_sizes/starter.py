"""Exercise 4.2: the four sizes of GPT-2 from one configuration."""

from __future__ import annotations

from typing import Any

import torch

from reference.config import GPT_CONFIG_124M
from reference.model import GPTModel

NAMES = ("gpt2-small", "gpt2-medium", "gpt2-large", "gpt2-xl")


def config(name: str) -> dict[str, Any]:
    """A dictionary like GPT_CONFIG_124M for one of NAMES."""
    # TODO: replace the numbers that differ
    raise NotImplementedError


def total_parameters(name: str) -> int:
    """All parameters of a GPTModel of that size, the output head's own included."""
    raise NotImplementedError


def trainable_when_tied(name: str) -> int:
    """The parameters that are left when the output head shares the token embedding's weights."""
    raise NotImplementedError


def size_mb(name: str) -> float:
    """The memory of all parameters at 4 bytes each, in MB of 1024 * 1024 bytes."""
    raise NotImplementedError


if __name__ == "__main__":
    for name in NAMES:
        print(name, total_parameters(name), trainable_when_tied(name), size_mb(name))
