# expect: the function returned a SelfAttention_v1, but the caller keeps the target
import copy

import torch


def transfer_weights(source, target):
    target = copy.deepcopy(target)
    with torch.no_grad():
        target.W_query.copy_(source.W_query.weight.T)
        target.W_key.copy_(source.W_key.weight.T)
        target.W_value.copy_(source.W_value.weight.T)
    return target
