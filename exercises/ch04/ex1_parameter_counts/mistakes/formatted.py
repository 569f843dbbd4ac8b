# expect: A text came in the place of a number
def count_parameters(cfg):
    d = cfg["emb_dim"]
    return f"{8 * d * d + 5 * d:,}", f"{4 * d * d + d:,}"
