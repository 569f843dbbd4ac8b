# expect: All three matrices of target hold the source's W_query
import torch


def transfer_weights(source, target):
    with torch.no_grad():
        for matrix in target.parameters():
            matrix.copy_(source.W_query.weight.T)
