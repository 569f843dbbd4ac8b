# expect: turned, mirrored or shuffled, not transposed
import torch


def transfer_weights(source, target):
    with torch.no_grad():
        for name in ("W_query", "W_key", "W_value"):
            getattr(target, name).copy_(torch.rot90(getattr(source, name).weight))
