# right for 7.3: ids encoded in advance, a collator class, pad_sequence
import json

import torch
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader

TOP = "Below is an instruction that describes a task. Write a response that appropriately completes the request."


class Collator:
    def __init__(self, limit):
        self.limit = limit

    def __call__(self, rows):
        rows = [torch.tensor(row) for row in rows]
        x = pad_sequence(rows, batch_first=True, padding_value=50256)[:, :-1]
        y = pad_sequence([row[1:] for row in rows], batch_first=True, padding_value=-100)
        return x[:, : self.limit], y[:, : self.limit]


def prepare(path, tokenizer, batch_size, allowed_max_length):
    rows = []
    with open(path, encoding="utf-8") as f:
        data = json.load(f)
    for i, e in enumerate(data):
        if not isinstance(e, dict) or not all(isinstance(e.get(k), str) for k in ("instruction", "output")):
            raise ValueError(f"bad entry at index {i}")
        if not isinstance(e.get("input", ""), str):
            raise ValueError(f"bad input at index {i}")
        middle = "\n\n### Input:\n" + e["input"] if e.get("input") else ""
        text = TOP + "\n\n### Instruction:\n" + e["instruction"] + middle + "\n\n### Response:\n" + e["output"]
        rows.append(tokenizer.encode(text, disallowed_special=()) + [50256])
    return DataLoader(rows, batch_size=batch_size, shuffle=False, collate_fn=Collator(allowed_max_length))
