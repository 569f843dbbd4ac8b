# expect: added to the old numbers
import torch


def transfer_weights(source, target):
    with torch.no_grad():
        for name in ("W_query", "W_key", "W_value"):
            getattr(target, name).add_(getattr(source, name).weight.T)
