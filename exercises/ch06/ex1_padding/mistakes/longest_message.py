# expect: The rows are as long as the longest message
import torch


def padded(messages, tokenizer, model):
    encoded = [tokenizer.encode(text) for text in messages]
    max_length = max(len(ids) for ids in encoded)
    return torch.tensor([ids + [50256] * (max_length - len(ids)) for ids in encoded])
