"""Exercise 2.2: windows of a text in batches, and how far they overlap."""

from __future__ import annotations

import tiktoken
import torch
from torch.utils.data import DataLoader, Dataset


class Windows(Dataset):
    """Pairs of inputs and targets, each (max_length,); the targets are one token further on."""

    def __init__(self, ids: list[int], max_length: int, stride: int) -> None:
        # TODO
        raise NotImplementedError


def make_loader(text: str, batch_size: int, max_length: int, stride: int) -> DataLoader:
    """Batches of (inputs, targets), each (batch_size, max_length), in the order of the text."""
    # TODO
    raise NotImplementedError


def overlap(max_length: int, stride: int) -> int:
    """How many tokens two neighbouring windows share."""
    raise NotImplementedError


if __name__ == "__main__":
    sentence = "I HAD always thought Jack Gisburn rather a cheap genius--though a good fellow enough"
    for size, step in ((2, 2), (8, 2)):
        print(next(iter(make_loader(sentence, 4, size, step))), overlap(size, step))
