"""Makes a data set behind the wall, collates batches of its items, and hands back what comes out."""

from functools import partial

import tiktoken
import torch
from torch.utils.data import DataLoader


def collated(submission, *, data, batches):
    """For each batch, {"places": [...], "settings": {...}}, what custom_collate_fn makes of the items at these places.

    Each batch has a data set of its own: items that are changed in place are `loaded`'s affair.
    """
    answers = []
    for batch in batches:
        dataset = dataset_of(submission, data)
        items = [dataset[place] for place in batch["places"]]
        answers.append(plain(submission.custom_collate_fn(items, **batch["settings"])))
    return answers


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
