# expect: never comes
import torch


def pizza_count(logits, temperature, draws, index, seed):
    torch.manual_seed(seed)
    return sum(int(torch.argmax(logits / temperature) == index) for _ in range(draws))


def pizza_probability(logits, temperature, index):
    return torch.softmax(logits / temperature, dim=-1)[index].item()
