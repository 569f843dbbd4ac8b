# right for 3.1: new parameters, sharing storage with the source
import torch


def transfer_weights(source, target):
    target.W_query = torch.nn.Parameter(source.W_query.weight.T)
    target.W_key = torch.nn.Parameter(source.W_key.weight.T)
    target.W_value = torch.nn.Parameter(source.W_value.weight.T)
