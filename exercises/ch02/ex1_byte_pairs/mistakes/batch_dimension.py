# expect: list of one list
import tiktoken

tokenizer = tiktoken.get_encoding("gpt2")


import torch


def token_ids(text):
    return torch.tensor(tokenizer.encode(text)).unsqueeze(0).tolist()


def pieces(ids):
    return [tokenizer.decode([number]) for number in ids]


def rebuild(ids):
    return tokenizer.decode(ids)
