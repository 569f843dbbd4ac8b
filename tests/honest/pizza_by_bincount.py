# right for 5.1: bincount, tensors returned, prints
import torch


def pizza_probability(logits, temperature, index):
    answer = (logits / temperature).log_softmax(-1).exp()[index]
    print("probability", answer)
    return answer


def pizza_count(logits, temperature, draws, index, seed):
    torch.manual_seed(seed)
    sampled = torch.multinomial((logits / temperature).softmax(0), draws, replacement=True)
    return torch.bincount(sampled, minlength=len(logits))[index]
