# right for 2.2: a list of pairs as the data set, unfold, prints
import tiktoken
import torch
from torch.utils.data import DataLoader, TensorDataset


def make_loader(text, batch_size, max_length, stride):
    enc = tiktoken.get_encoding("gpt2")
    ids = torch.tensor(enc.encode(text, allowed_special="all"), dtype=torch.long)
    if len(ids) <= max_length:
        return DataLoader([], batch_size=batch_size)
    windows = ids.unfold(0, max_length + 1, stride)
    print("windows:", windows.shape)
    x, y = windows[:, :-1].clone(), windows[:, 1:].clone()
    return DataLoader(TensorDataset(x, y), batch_size=batch_size, shuffle=False, drop_last=True, num_workers=0)


def overlap(max_length, stride):
    return len(set(range(max_length)) & set(range(stride, stride + max_length)))
