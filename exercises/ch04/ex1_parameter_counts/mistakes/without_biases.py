# expect: The biases of the feed forward's two linear layers are missing
def count_parameters(cfg):
    d = cfg["emb_dim"]
    return 2 * d * 4 * d, 4 * d * d
