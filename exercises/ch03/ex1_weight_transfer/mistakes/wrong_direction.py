# expect: wrong direction
import torch


def transfer_weights(source, target):
    with torch.no_grad():
        source.W_query.weight.copy_(target.W_query.T)
        source.W_key.weight.copy_(target.W_key.T)
        source.W_value.weight.copy_(target.W_value.T)
