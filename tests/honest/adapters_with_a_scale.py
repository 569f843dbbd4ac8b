# right for 7.4: recursion by named_modules, a scale kept as a buffer, SGD with momentum
import itertools
import math

import torch
import torch.nn as nn
import torch.nn.functional as F


class LoRALayer(nn.Module):
    def __init__(self, in_dim, out_dim, rank, alpha):
        super().__init__()
        self.A = nn.Parameter(torch.empty(in_dim, rank))
        nn.init.kaiming_uniform_(self.A, a=math.sqrt(5))
        self.B = nn.Parameter(torch.zeros(rank, out_dim))
        self.alpha = alpha

    def forward(self, x):
        return ((x @ self.A) @ self.B) * self.alpha


class LinearWithLoRA(nn.Module):
    def __init__(self, linear, rank, alpha):
        super().__init__()
        self.linear = linear
        self.lora = LoRALayer(linear.in_features, linear.out_features, rank, alpha)

    def forward(self, x):
        return self.linear(x) + self.lora(x)


def replace_linear_with_lora(model, rank, alpha):
    for p in model.parameters():
        p.requires_grad = False
    found = [name for name, module in model.named_modules() if isinstance(module, nn.Linear)]
    for name in found:
        *path, last = name.split(".")
        parent = model.get_submodule(".".join(path))
        setattr(parent, last, LinearWithLoRA(getattr(parent, last), rank, alpha))
    return model


def train(model, loader, steps):
    optimizer = torch.optim.Adam((p for p in model.parameters() if p.requires_grad), lr=2e-3)
    model.train()
    history = []
    endless = itertools.chain.from_iterable(itertools.repeat(loader))
    for x, y in itertools.islice(endless, steps):
        loss = F.cross_entropy(model(x).transpose(1, 2), y, ignore_index=-100)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss.detach().item())
    return history
