# expect: Both are equal here, so that the shape does not show it
import torch


def transfer_weights(source, target):
    with torch.no_grad():
        for name in ("W_query", "W_key", "W_value"):
            weight = getattr(source, name).weight
            if weight.shape != getattr(target, name).shape:
                weight = weight.T
            getattr(target, name).copy_(weight)
