# right for 3.1: tried at the top of the file, random numbers used up
import random

import torch

from reference.attention import SelfAttention_v1, SelfAttention_v2


def transfer_weights(a, b):
    a_weights = [p.detach().clone() for p in a.parameters()]
    for parameter, weight in zip(b.parameters(), a_weights, strict=True):
        parameter.requires_grad_(False)
        parameter.copy_(weight.transpose(0, 1))
        parameter.requires_grad_(True)


v2, v1 = SelfAttention_v2(4, 3), SelfAttention_v1(4, 3)
transfer_weights(v2, v1)
print(random.random(), torch.allclose(v1(torch.ones(2, 4)), v2(torch.ones(2, 4))))
