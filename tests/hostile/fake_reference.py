# tries: a reference of its own, whose two classes share one set of weights; right verdict: not passed (exit 1)
import sys
import types

import torch
from torch import nn

SHARED = {}


class SelfAttention_v2(nn.Module):
    def __init__(self, d_in, d_out, qkv_bias=False):
        super().__init__()
        for name in ("W_query", "W_key", "W_value"):
            SHARED.setdefault((name, d_in, d_out), nn.Linear(d_in, d_out, bias=False))
            setattr(self, name, SHARED[name, d_in, d_out])

    def forward(self, x):
        return torch.zeros(*x.shape[:-1], self.W_query.out_features)


class SelfAttention_v1(SelfAttention_v2):
    def load_state_dict(self, state_dict, strict=True):
        return None


fake = types.ModuleType("reference.attention")
fake.SelfAttention_v1, fake.SelfAttention_v2 = SelfAttention_v1, SelfAttention_v2
sys.modules["reference.attention"] = fake


def transfer_weights(source, target):
    pass
