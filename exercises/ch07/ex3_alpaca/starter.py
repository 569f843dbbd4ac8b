"""Exercise 7.3: from a file in Alpaca's layout to padded batches."""

from __future__ import annotations

import json
from pathlib import Path

import tiktoken
import torch
from torch.utils.data import DataLoader, Dataset


def prepare(path: Path, tokenizer: tiktoken.Encoding, batch_size: int, allowed_max_length: int) -> DataLoader:
    """A loader of batches (inputs, targets), both int64 of (entries, tokens), in the order of the file.

    path: a JSON list of objects with "instruction", "input" and "output". allowed_max_length: columns at most.
    Raises ValueError, with the index, for an entry that is bad.
    """
    # TODO
    raise NotImplementedError


if __name__ == "__main__":
    entries = [{"instruction": "Name a colour.", "input": "", "output": "Blue."}]
    Path("alpaca.json").write_text(json.dumps(entries), encoding="utf-8")
    for inputs, targets in prepare(Path("alpaca.json"), tiktoken.get_encoding("gpt2"), 8, 1024):
        print(inputs, targets, isinstance(inputs, torch.Tensor), Dataset)
