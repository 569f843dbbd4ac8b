# expect: a share of the draws
import torch


def pizza_count(logits, temperature, draws, index, seed):
    torch.manual_seed(seed)
    probas = torch.softmax(logits / temperature, dim=-1)
    return float((torch.multinomial(probas, draws, replacement=True) == index).float().mean())


def pizza_probability(logits, temperature, index):
    return torch.softmax(logits / temperature, dim=-1)[index].item()
