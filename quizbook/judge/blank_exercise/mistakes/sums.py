# expect: Those are the sums
def row_means(x):
    return x.sum(dim=1)
