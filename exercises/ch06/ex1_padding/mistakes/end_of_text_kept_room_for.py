# expect: A long message ends in an end-of-text token
import torch


def padded(messages, tokenizer, model):
    length = model.cfg.context_length
    rows = []
    for text in messages:
        ids = tokenizer.encode(text)[: length - 1] + [50256]
        while len(ids) < length:
            ids.append(50256)
        rows.append(ids)
    return torch.tensor(rows)
