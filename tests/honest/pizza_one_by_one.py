# right for 5.1: one draw at a time in a loop, float64, a generator of its own
import torch


def probabilities(logits, temperature):
    scaled = logits.double() / temperature
    e = torch.exp(scaled - scaled.max())
    return e / e.sum()


def pizza_count(logits, temperature, draws, index, seed):
    g = torch.Generator()
    g.manual_seed(seed)
    p = probabilities(logits, temperature)
    hits = 0
    for _ in range(draws):
        hits += int(torch.multinomial(p, num_samples=1, generator=g).item() == index)
    return hits


def pizza_probability(logits, temperature, index):
    return probabilities(logits, temperature)[index].item()
