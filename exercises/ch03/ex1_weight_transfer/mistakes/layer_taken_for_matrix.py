# expect: the matrix is their attribute weight
from torch import nn


def transfer_weights(source, target):
    target.W_query = nn.Parameter(source.W_query.T)
    target.W_key = nn.Parameter(source.W_key.T)
    target.W_value = nn.Parameter(source.W_value.T)
