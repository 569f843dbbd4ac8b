# expect: fill the shorter ones up with 50256, and cut the longer ones
import torch


def padded(messages, tokenizer, model):
    max_length = model.cfg["context_length"]
    encoded = [tokenizer.encode(text) for text in messages]
    return torch.tensor([ids + [50256] * (max_length - len(ids)) for ids in encoded])
