# expect: stood neither in source nor in target
import torch


def transfer_weights(source, target):
    d_in, d_out = target.W_query.shape
    for name in ("W_query", "W_key", "W_value"):
        setattr(target, name, torch.nn.Parameter(torch.randn(d_out, d_in).T))
