# expect: Giving the local name target a new value
from torch import nn

from reference.attention import SelfAttention_v1


def transfer_weights(source, target):
    target = SelfAttention_v1(*target.W_query.shape)
    target.W_query = nn.Parameter(source.W_query.weight.T)
    target.W_key = nn.Parameter(source.W_key.weight.T)
    target.W_value = nn.Parameter(source.W_value.weight.T)
