# right for 7.2: items as dictionaries, padding as tensors, a class with a method
import torch
from torch.utils.data import Dataset

from reference.prompts import format_input


class InstructionDataset(Dataset):
    def __init__(self, data, tokenizer):
        self.data, self.tokenizer = data, tokenizer

    def __len__(self):
        return len(self.data)

    def __getitem__(self, i):
        entry = self.data[i]
        prompt = format_input(entry)
        whole = prompt + "\n\n### Response:\n" + entry["output"]
        return {"n": len(self.tokenizer.encode(prompt)), "ids": torch.tensor(self.tokenizer.encode(whole))}


def custom_collate_fn(batch, pad_token_id=50256, ignore_index=-100, allowed_max_length=None, device="cpu"):
    width = max(len(item["ids"]) for item in batch)
    xs, ys = [], []
    for item in batch:
        ids, n = item["ids"], item["n"]
        x = torch.full((width,), pad_token_id)
        x[: len(ids)] = ids
        y = torch.full((width,), ignore_index)
        y[: len(ids)] = torch.cat([ids[1:], torch.tensor([pad_token_id])])
        y[: n - 1] = ignore_index
        xs.append(x)
        ys.append(y)
    xs, ys = torch.stack(xs), torch.stack(ys)
    if allowed_max_length is not None:
        xs, ys = xs[:, :allowed_max_length], ys[:, :allowed_max_length]
    return xs.to(device), ys.to(device)
