# expect: padded returns a list of list
import torch


def padded(messages, tokenizer, model):
    length = model.cfg.context_length
    rows = [tokenizer.encode(text)[:length] for text in messages]
    return [ids + [50256] * (length - len(ids)) for ids in rows]
