# expect: index says which token
import torch


def pizza_count(logits, temperature, draws, index, seed):
    torch.manual_seed(seed)
    probas = torch.softmax(logits / temperature, dim=-1)
    return int((torch.multinomial(probas, draws, replacement=True) == 0).sum())


def pizza_probability(logits, temperature, index):
    return torch.softmax(logits / temperature, dim=-1)[0].item()
