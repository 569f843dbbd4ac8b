# expect: returns nothing
def count_parameters(cfg):
    d = cfg["emb_dim"]
    print(8 * d * d + 5 * d, 4 * d * d + d)
