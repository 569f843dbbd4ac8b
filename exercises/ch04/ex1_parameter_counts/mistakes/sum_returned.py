# expect: Two numbers are asked for
def count_parameters(cfg):
    d = cfg["emb_dim"]
    return 12 * d * d + 6 * d
