# expect: source.W_query was transposed in place
from torch import nn


def transfer_weights(source, target):
    for name in ("W_query", "W_key", "W_value"):
        weight = getattr(source, name).weight
        weight.data = weight.data.T
        setattr(target, name, nn.Parameter(weight.detach().clone()))
