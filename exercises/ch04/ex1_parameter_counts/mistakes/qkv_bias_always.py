# expect: qkv_bias is false here
def count_parameters(cfg):
    d = cfg["emb_dim"]
    return 8 * d * d + 5 * d, 4 * (d * d + d)
