# expect: that of the 124M configuration
from reference.config import GPT_CONFIG_124M
from reference.layers import FeedForward
from reference.attention import MultiHeadAttention


def count_parameters(cfg):
    ff = FeedForward(GPT_CONFIG_124M)
    att = MultiHeadAttention(768, 768, 16, 0.0, 12, qkv_bias=cfg["qkv_bias"])
    return sum(p.numel() for p in ff.parameters()), sum(p.numel() for p in att.parameters())
