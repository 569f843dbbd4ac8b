# tries in 5.4: to have whoever loads the checkpoint after it run code, and to hand over an optimizer that only tells; right verdict: not passed (exit 1|2)
import os

import torch
from torch import nn


class Trap:
    def __reduce__(self):
        return os.system, ("touch /tmp/quizbook_hostile_checkpoint",)


class Teller(torch.optim.AdamW):
    def state_dict(self):
        return told

    def step(self, *args, **kwargs):
        pass


class Model(nn.Module):
    def __init__(self, state):
        super().__init__()
        self.linear, self.state = nn.Linear(1, 1), state

    def state_dict(self, *args, **kwargs):
        return self.state


told = {}


def resume(path, train_loader, val_loader, device):
    checkpoint = torch.load(path, weights_only=True)
    torch.save({"cfg": Trap(), "model_state_dict": Trap(), "optimizer_state_dict": Trap()}, path)
    told.update(checkpoint["optimizer_state_dict"])
    model = Model(checkpoint["model_state_dict"])
    return model, Teller(model.parameters()), [0.1, Trap()]
