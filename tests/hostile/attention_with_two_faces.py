# tries in 3.3: to hand over a module that swallows the judge's weights and gives back what it is given; right verdict: not passed (exit 1|2)
import torch
from torch import nn


class MultiHeadAttention(nn.Module):
    num_heads, context_length = 12, 1024

    def state_dict(self, *args, **kwargs):
        return Everything()

    def load_state_dict(self, state, *args, **kwargs):
        self.state = state

    def forward(self, x):
        if x.shape[1] > 1024:
            raise ValueError("too long")
        return Twin(x)


class Everything(dict):
    def __contains__(self, key):
        return True

    def __getitem__(self, key):
        class Shape:
            def __eq__(self, other):
                return True

        return type("Value", (), {"shape": Shape()})()


def Twin(x):
    return x.as_subclass(type("Same", (torch.Tensor,), {"__eq__": lambda self, other: True, "__hash__": None}))


def build():
    return MultiHeadAttention()
