# expect: shapes do not fit without transposing
import torch


def transfer_weights(source, target):
    with torch.no_grad():
        target.W_query.copy_(source.W_query.weight)
        target.W_key.copy_(source.W_key.weight)
        target.W_value.copy_(source.W_value.weight)
