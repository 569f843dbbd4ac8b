# right for 6.1: a full tensor that is written into row by row
import torch


def padded(messages, tokenizer, model):
    n = model.cfg["context_length"]
    batch = torch.full((len(messages), n), 50256, dtype=torch.long)
    for i, message in enumerate(messages):
        ids = tokenizer.encode(message)[:n]
        if ids:
            batch[i, : len(ids)] = torch.tensor(ids)
    return batch
