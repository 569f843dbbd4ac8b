# expect: Of long messages the end is kept
import torch


def padded(messages, tokenizer, model):
    length = model.cfg.context_length
    rows = [tokenizer.encode(text)[-length:] for text in messages]
    return torch.tensor([ids + [50256] * (length - len(ids)) for ids in rows])
