"""Check all entries at once, keep their ids in lists, pad a batch when it is needed."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import tiktoken
import torch
from torch.utils.data import DataLoader, Dataset

END_OF_TEXT = 50256
IGNORED = -100
INTRODUCTION = (
    "Below is an instruction that describes a task. Write a response that appropriately completes the request."
)


def check_entry(index: int, entry: object) -> None:
    """Raises ValueError, with the index, unless the entry has what is needed and all of it is text."""
    if not isinstance(entry, dict):
        raise ValueError(f"entry {index} is no object")
    for key in ("instruction", "output"):
        if key not in entry:
            raise ValueError(f"entry {index} has no {key}")
    for key in ("instruction", "input", "output"):
        if not isinstance(entry.get(key, ""), str):
            raise ValueError(f"the {key} of entry {index} is no text")


def full_text(entry: dict[str, str]) -> str:
    """Prompt and response in one."""
    text = f"{INTRODUCTION}\n\n### Instruction:\n{entry['instruction']}"
    if entry.get("input"):
        text += f"\n\n### Input:\n{entry['input']}"
    return f"{text}\n\n### Response:\n{entry['output']}"


class Entries(Dataset):
    """The ids of each entry, encoded when they are asked for."""

    def __init__(self, entries: list[dict[str, str]], tokenizer: tiktoken.Encoding) -> None:
        self.entries, self.tokenizer = entries, tokenizer

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, index: int) -> list[int]:
        return self.tokenizer.encode_ordinary(full_text(self.entries[index]))


def collate(batch: list[list[int]], allowed_max_length: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows of one length: inputs and targets, (entries, tokens) each."""
    longest = max(map(len, batch))
    inputs = [ids + [END_OF_TEXT] * (longest - len(ids)) for ids in batch]
    targets = [[*ids[1:], END_OF_TEXT] + [IGNORED] * (longest - len(ids)) for ids in batch]
    return torch.tensor(inputs)[:, :allowed_max_length], torch.tensor(targets)[:, :allowed_max_length]


def prepare(path: Path, tokenizer: tiktoken.Encoding, batch_size: int, allowed_max_length: int) -> DataLoader:
    """A loader of batches (inputs, targets), both int64 of (entries, tokens), in the order of the file."""
    entries = json.loads(path.read_text(encoding="utf-8"))
    for index, entry in enumerate(entries):
        check_entry(index, entry)
    return DataLoader(
        Entries(entries, tokenizer), batch_size, collate_fn=partial(collate, allowed_max_length=allowed_max_length)
    )
