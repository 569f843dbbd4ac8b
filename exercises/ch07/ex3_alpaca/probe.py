"""Writes the judge's files into the scratch folder, calls prepare, and hands back the batches that come.

A file comes as bytes in a tensor, and each gets a name of its own.
"""

import itertools
from pathlib import Path

import torch
from torch.utils.data import DataLoader, Dataset

from reference.tokenizer import gpt2_tokenizer

torch.set_num_threads(1)
NAMES = map("".join, itertools.product("abcdefgh", repeat=4))  # no numbers: messages are searched for those
MOST_PARTS = 4  # of a batch that are handed back


def batches(submission, *, cases, most):
    """For each file: what prepare returned, its length, and its first batches, at most so many."""
    answers = []
    for case in cases:
        loader = prepared(submission, case)
        answer = {"kind": kind(loader), "length": length(loader), "batches": []}
        if isinstance(loader, DataLoader):
            answer["batches"] = [parts(batch) for batch in itertools.islice(loader, most)]
        answers.append(answer)
    return answers


def refusals(submission, *, cases):
    """For each file: when something was raised, what, and how many rows came where nothing was."""
    answers = []
    for case in cases:
        when, rows = "prepare", 0
        try:
            loader = prepared(submission, case)
            when = "batches"
            for batch in itertools.islice(loader, 200):
                rows += len(batch[0])
            answers.append({"when": None, "rows": rows})
        except Exception as error:
            answer = {"when": when, "type": type(error).__name__, "value_error": isinstance(error, ValueError)}
            answers.append({**answer, "message": str(error)[:1000], "rows": rows})
    return answers


def prepared(submission, case):
    path = Path(f"entries_{next(NAMES)}.json").absolute()
    path.write_bytes(case["file"].numpy().tobytes())
    return submission.prepare(path, gpt2_tokenizer(), case["batch_size"], case["allowed_max_length"])


def parts(batch):
    if not isinstance(batch, list | tuple):
        return {"type": type(batch).__name__, "parts": [taken(batch)]}
    return {"type": "pair", "parts": [taken(part) for part in batch[:MOST_PARTS]]}


def taken(value):
    return value.detach().clone() if isinstance(value, torch.Tensor) else type(value).__name__


def length(loader):
    try:
        return len(loader)
    except TypeError:
        return None


def kind(value):
    known = next((known for known in (DataLoader, Dataset) if isinstance(value, known)), type(value))
    return known.__name__
