# tries in 6.1: to answer with a tensor of a trillion numbers that takes four bytes where it is made; right verdict: not passed (exit 1|2)
import torch


def padded(messages, tokenizer, model):
    return torch.zeros(1, dtype=torch.int64).expand(2**20, 2**20)
