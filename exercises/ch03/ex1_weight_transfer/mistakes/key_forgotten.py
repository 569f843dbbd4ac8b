# expect: W_key was forgotten
import torch


def transfer_weights(source, target):
    with torch.no_grad():
        target.W_query.copy_(source.W_query.weight.T)
        target.W_value.copy_(source.W_value.weight.T)
