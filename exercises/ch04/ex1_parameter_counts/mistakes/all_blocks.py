# expect: all n_layers blocks are counted
def count_parameters(cfg):
    d, n = cfg["emb_dim"], cfg["n_layers"]
    bias = 3 * d if cfg["qkv_bias"] else 0
    return n * (8 * d * d + 5 * d), n * (4 * d * d + d + bias)
