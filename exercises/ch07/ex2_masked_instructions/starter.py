"""Exercise 7.2: a data set and batches in which instruction and input are masked."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.utils.data import Dataset

from reference.prompts import format_input

HEADLINE = "\n\n### Response:\n"


class InstructionDataset(Dataset):
    """Entries as token ids, and whatever custom_collate_fn has to know of each."""

    def __init__(self, data, tokenizer):
        # TODO
        raise NotImplementedError

    def __getitem__(self, index):
        raise NotImplementedError

    def __len__(self):
        raise NotImplementedError


def custom_collate_fn(
    batch, pad_token_id=50256, ignore_index=-100, allowed_max_length=None, device="cpu"
) -> tuple[Tensor, Tensor]:
    """Inputs and targets, (entries, tokens) each. batch: a list of items of the data set."""
    raise NotImplementedError


if __name__ == "__main__":
    import tiktoken

    dataset = InstructionDataset(
        [{"instruction": "Say hello.", "input": "", "output": "Hello!"}], tiktoken.get_encoding("gpt2")
    )
    print(custom_collate_fn([dataset[0]]))
