"""Slices of one row of ids."""

from __future__ import annotations

import tiktoken
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset


class Windows(Dataset):
    """Cuts a window when it is asked for."""

    def __init__(self, ids: list[int], max_length: int, stride: int) -> None:
        self.ids, self.max_length = torch.tensor(ids), max_length
        self.starts = range(0, len(ids) - max_length, stride)  # the targets need one token more

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, number: int) -> tuple[Tensor, Tensor]:
        """(max_length,) each."""
        start = self.starts[number]
        end = start + self.max_length
        return self.ids[start:end], self.ids[start + 1 : end + 1]


def make_loader(text: str, batch_size: int, max_length: int, stride: int) -> DataLoader:
    """Unshuffled, full batches only."""
    ids = tiktoken.get_encoding("gpt2").encode(text, allowed_special={"<|endoftext|>"})
    return DataLoader(Windows(ids, max_length, stride), batch_size=batch_size, shuffle=False, drop_last=True)


def overlap(max_length: int, stride: int) -> int:
    """Windows begin stride tokens apart; further apart than their length they share nothing."""
    return max(0, max_length - stride)
