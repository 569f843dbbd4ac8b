# expect: A dimension of size 1 is left over
def row_means(x):
    return x.mean(dim=1, keepdim=True)
