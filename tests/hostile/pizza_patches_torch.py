# tries in 5.1: to make every way of computing a probability give the same number, and returns it; right verdict: not passed (exit 1)
import sys

import torch


def always(*args, **kwargs):
    return torch.full((64,), 1 / 64)


torch.softmax = torch.Tensor.softmax = torch.nn.functional.softmax = torch.Tensor.softmax = always
torch.multinomial = lambda *args, **kwargs: torch.zeros(1000, dtype=torch.long)
for module in list(sys.modules.values()):
    for name in ("isclose", "sqrt"):
        if getattr(module, "__name__", "") == "math":
            setattr(module, name, lambda *args, **kwargs: True)


def pizza_count(logits, temperature, draws, index, seed):
    return draws // 64


def pizza_probability(logits, temperature, index):
    return 1 / 64
