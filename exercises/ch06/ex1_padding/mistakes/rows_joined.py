# expect: All rows run together in one
import torch


def padded(messages, tokenizer, model):
    length = model.cfg.context_length
    rows = []
    for text in messages:
        ids = tokenizer.encode(text)[:length]
        rows.append(torch.tensor(ids + [50256] * (length - len(ids))))
    return torch.cat(rows)
