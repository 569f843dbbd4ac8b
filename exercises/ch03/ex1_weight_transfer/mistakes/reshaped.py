# expect: W_query was reshaped, not transposed
import torch


def transfer_weights(source, target):
    with torch.no_grad():
        target.W_query.copy_(source.W_query.weight.reshape(target.W_query.shape))
        target.W_key.copy_(source.W_key.weight.reshape(target.W_key.shape))
        target.W_value.copy_(source.W_value.weight.reshape(target.W_value.shape))
