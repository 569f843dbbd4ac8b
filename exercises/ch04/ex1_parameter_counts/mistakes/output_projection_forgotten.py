# expect: output projection is missing: it is a fourth layer
def count_parameters(cfg):
    d = cfg["emb_dim"]
    bias = 3 * d if cfg["qkv_bias"] else 0
    return 8 * d * d + 5 * d, 3 * d * d + bias
