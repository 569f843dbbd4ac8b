# expect: the transfer wrote to target.W_q, a name that SelfAttention_v1 never reads
from torch import nn


def transfer_weights(source, target):
    target.W_q = nn.Parameter(source.W_query.weight.T)
    target.W_k = nn.Parameter(source.W_key.weight.T)
    target.W_v = nn.Parameter(source.W_value.weight.T)
