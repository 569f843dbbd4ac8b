# expect: does not say which entry
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
    if not isinstance(entry, dict):
        raise ValueError("an entry is no object")
    for key in ("instruction", "output"):
        if key not in entry:
            raise ValueError(f"an entry has no {key}")
    for key in ("instruction", "input", "output"):
        if not isinstance(entry.get(key, ""), str):
            raise ValueError(f"a {key} is no text")


def full_text(entry: dict[str, str]) -> str:
    text = f"{INTRODUCTION}\n\n### Instruction:\n{entry['instruction']}"
    if entry.get("input"):
        text += f"\n\n### Input:\n{entry['input']}"
    return f"{text}\n\n### Response:\n{entry['output']}"


class Entries(Dataset):

    def __init__(self, entries: list[dict[str, str]], tokenizer: tiktoken.Encoding) -> None:
        self.entries, self.tokenizer = entries, tokenizer

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, index: int) -> list[int]:
        return self.tokenizer.encode_ordinary(full_text(self.entries[index]))


def collate(batch: list[list[int]], allowed_max_length: int) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(map(len, batch))
    inputs = [ids + [END_OF_TEXT] * (longest - len(ids)) for ids in batch]
    targets = [[*ids[1:], END_OF_TEXT] + [IGNORED] * (longest - len(ids)) for ids in batch]
    return torch.tensor(inputs)[:, :allowed_max_length], torch.tensor(targets)[:, :allowed_max_length]


def prepare(path: Path, tokenizer: tiktoken.Encoding, batch_size: int, allowed_max_length: int) -> DataLoader:
    entries = json.loads(path.read_text(encoding="utf-8"))
    for index, entry in enumerate(entries):
        check_entry(index, entry)
    return DataLoader(
        Entries(entries, tokenizer), batch_size, collate_fn=partial(collate, allowed_max_length=allowed_max_length)
    )
