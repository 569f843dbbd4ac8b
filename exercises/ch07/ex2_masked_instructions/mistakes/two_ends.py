# expect: two end-of-text tokens are kept
import torch
from torch.utils.data import Dataset

from reference.prompts import format_input


class InstructionDataset(Dataset):
    def __init__(self, data, tokenizer):
        self.data = data
        self.lengths = []
        self.encoded = []
        for entry in data:
            prompt = format_input(entry)
            full_text = prompt + "\n\n### Response:\n" + entry["output"]
            self.encoded.append(tokenizer.encode(full_text))
            self.lengths.append(len(tokenizer.encode(prompt)))

    def __getitem__(self, index):
        return self.lengths[index], self.encoded[index]

    def __len__(self):
        return len(self.data)


def custom_collate_fn(batch, pad_token_id=50256, ignore_index=-100, allowed_max_length=None, device="cpu"):
    longest = max(len(ids) + 1 for _, ids in batch)
    inputs_lst, targets_lst = [], []
    for length, ids in batch:
        row = ids.copy()
        row += [pad_token_id]
        padded = row + [pad_token_id] * (longest - len(row))
        inputs = torch.tensor(padded[:-1])
        targets = torch.tensor(padded[1:])
        mask = targets == pad_token_id
        indices = torch.nonzero(mask).squeeze()
        if indices.numel() > 1:
            targets[indices[2:]] = ignore_index
        targets[:length - 1] = ignore_index
        if allowed_max_length is not None:
            inputs = inputs[:allowed_max_length]
            targets = targets[:allowed_max_length]
        inputs_lst.append(inputs)
        targets_lst.append(targets)
    return torch.stack(inputs_lst).to(device), torch.stack(targets_lst).to(device)
