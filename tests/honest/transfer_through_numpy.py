# right for 3.1: numpy, and a helper class
import numpy as np
import torch


class Mover:
    def __init__(self, source, target):
        self.source, self.target = source, target

    def move(self, name):
        array = np.asarray(getattr(self.source, name).weight.detach()).T.copy()
        setattr(self.target, name, torch.nn.Parameter(torch.from_numpy(array)))


def transfer_weights(source, target):
    mover = Mover(source, target)
    for name in "W_query", "W_key", "W_value":
        mover.move(name)
