"""Makes a data set behind the wall, collates batches of its items, and hands back what comes out."""

from functools import partial

import tiktoken
import torch
from torch.utils.data import DataLoader


def collated(submission, *, data, batches):
    """For each batch, {"places": [...], "settings": {...}}, what custom_collate_fn makes of the items at these places."""
    dataset = dataset_of(submission, data)
    return [
        plain(submission.custom_collate_fn([dataset[place] for place in batch["places"]], **batch["settings"]))
        for batch in batches
    ]


def loaded(submission, *, data, batch_size, settings, times):
    """The batches of an unshuffled loader, several times over."""
    dataset = dataset_of(submission, data)
    collate = partial(submission.custom_collate_fn, device="cpu", **settings)
    loader = DataLoader(dataset, batch_size, shuffle=False, collate_fn=collate)
    return [[plain(batch) for batch in loader] for _ in range(times)]


def dataset_of(submission, data):
    return submission.InstructionDataset([dict(entry) for entry in data], tiktoken.get_encoding("gpt2"))


def plain(value):
    if isinstance(value, list | tuple):
        return [part if isinstance(part, torch.Tensor) else {"type": type(part).__name__} for part in value[:8]]
    return {"type": type(value).__name__}
