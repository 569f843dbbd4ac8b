"""The mean of each row, over its columns."""


def row_means(x):
    """x: (rows, columns). Returns (rows,)."""
    return x.mean(dim=1)  # (rows,)
