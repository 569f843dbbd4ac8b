"""The length of the prompt goes along with the ids, and the places of the mask follow from the two lengths."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.utils.data import Dataset

from reference.prompts import format_input

HEADLINE = "\n\n### Response:\n"


class InstructionDataset(Dataset):
    """Items are (tokens of the prompt, ids of the whole text)."""

    def __init__(self, data, tokenizer):
        self.items = []
        for entry in data:
            prompt = format_input(entry)
            ids = tokenizer.encode(prompt + HEADLINE + entry["output"])
            self.items.append((len(tokenizer.encode(prompt)), ids))

    def __getitem__(self, index):
        return self.items[index]

    def __len__(self):
        return len(self.items)


def custom_collate_fn(
    batch, pad_token_id=50256, ignore_index=-100, allowed_max_length=None, device="cpu"
) -> tuple[Tensor, Tensor]:
    """Masks by place and not by value: an id of the response may be equal to pad_token_id."""
    longest = max(len(ids) for _, ids in batch)
    rows = [ids + [pad_token_id] * (longest + 1 - len(ids)) for _, ids in batch]
    padded = torch.tensor(rows, device=device)  # (entries, tokens + 1)
    inputs, targets = padded[:, :-1], padded[:, 1:].clone()  # (entries, tokens) each
    for row, (prompt_length, ids) in zip(targets, batch, strict=True):
        row[: max(0, prompt_length - 1)] = ignore_index
        row[len(ids) :] = ignore_index
    return inputs[:, :allowed_max_length], targets[:, :allowed_max_length]
