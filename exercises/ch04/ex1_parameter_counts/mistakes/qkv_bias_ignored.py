# expect: qkv_bias is true here
def count_parameters(cfg):
    d = cfg["emb_dim"]
    return 8 * d * d + 5 * d, 4 * d * d + d
