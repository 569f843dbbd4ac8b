# expect: multiplied by the temperature
import torch


def pizza_count(logits, temperature, draws, index, seed):
    torch.manual_seed(seed)
    probas = torch.softmax(logits * temperature, dim=-1)
    return int((torch.multinomial(probas, draws, replacement=True) == index).sum())


def pizza_probability(logits, temperature, index):
    return torch.softmax(logits * temperature, dim=-1)[index].item()
