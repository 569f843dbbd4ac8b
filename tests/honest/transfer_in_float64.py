# right for 3.1: float64 on the way
import torch


def transfer_weights(source, target):
    for name in ("W_query", "W_key", "W_value"):
        matrix = getattr(source, name).weight.detach().double().T.contiguous()
        with torch.no_grad():
            getattr(target, name).copy_(matrix.float())
