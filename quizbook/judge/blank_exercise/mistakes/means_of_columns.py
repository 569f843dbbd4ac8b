# expect: Those are the means of the columns
def row_means(x):
    return x.mean(dim=0)
