# expect: did not move in the training step: its requires_grad is False
from torch import nn


def transfer_weights(source, target):
    target.W_query = nn.Parameter(source.W_query.weight.T, requires_grad=False)
    target.W_key = nn.Parameter(source.W_key.weight.T, requires_grad=False)
    target.W_value = nn.Parameter(source.W_value.weight.T, requires_grad=False)
