# expect: The count is calculated
import torch


def pizza_count(logits, temperature, draws, index, seed):
    return round(draws * pizza_probability(logits, temperature, index))


def pizza_probability(logits, temperature, index):
    return torch.softmax(logits / temperature, dim=-1)[index].item()
