# expect: cut by tokens
import torch
from torch.utils.data import DataLoader, TensorDataset

from reference.tokenizer import gpt2_tokenizer


def make_loader(ids, batch_size, max_length, stride, drop_last):
    starts = range(0, len(ids) - max_length, stride)
    inputs = torch.tensor([ids[i : i + max_length] for i in starts])
    targets = torch.tensor([ids[i + 1 : i + max_length + 1] for i in starts])
    return DataLoader(TensorDataset(inputs, targets), batch_size=batch_size, drop_last=drop_last)


def losses(model, text, train_ratio, batch_size, max_length, stride):
    ids = gpt2_tokenizer().encode(text)
    split_idx = int(train_ratio * len(ids))
    results = []
    model.eval()
    for part, drop_last in ((ids[:split_idx], True), (ids[split_idx:], False)):
        loader = make_loader(part, batch_size, max_length, stride, drop_last)
        total = 0
        for inputs, targets in loader:
            with torch.no_grad():
                logits = model(inputs)
            total += torch.nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten()).item()
        results.append(total / len(loader))
    return tuple(results)
