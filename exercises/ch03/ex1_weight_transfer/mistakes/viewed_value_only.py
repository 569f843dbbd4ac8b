# expect: W_value was reshaped, not transposed
from torch import nn


def transfer_weights(source, target):
    d_in, d_out = target.W_query.shape
    target.W_query = nn.Parameter(source.W_query.weight.detach().T.clone())
    target.W_key = nn.Parameter(source.W_key.weight.detach().T.clone())
    target.W_value = nn.Parameter(source.W_value.weight.detach().view(d_in, d_out).clone())
