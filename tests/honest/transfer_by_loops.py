# right for 3.1: number by number in loops
import torch


@torch.no_grad()
def transfer_weights(source, target):
    for name in ["W_query", "W_key", "W_value"]:
        weight = getattr(source, name).weight
        matrix = getattr(target, name)
        for out in range(weight.shape[0]):
            for i in range(weight.shape[1]):
                matrix[i, out] = weight[out, i].item()
