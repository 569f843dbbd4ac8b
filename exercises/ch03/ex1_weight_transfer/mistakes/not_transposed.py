# expect: without transposing
from torch import nn


def transfer_weights(source, target):
    target.W_query = nn.Parameter(source.W_query.weight)
    target.W_key = nn.Parameter(source.W_key.weight)
    target.W_value = nn.Parameter(source.W_value.weight)
