# expect: one mean of all numbers
def row_means(x):
    return x.mean()
