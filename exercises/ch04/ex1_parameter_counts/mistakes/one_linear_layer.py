# expect: Only the first linear layer
from reference.layers import FeedForward
from reference.attention import MultiHeadAttention


def count_parameters(cfg):
    ff = FeedForward(cfg).layers[0]
    att = MultiHeadAttention(cfg["emb_dim"], cfg["emb_dim"], 8, 0.0, cfg["n_heads"], cfg["qkv_bias"])
    return sum(p.numel() for p in ff.parameters()), sum(p.numel() for p in att.parameters())
