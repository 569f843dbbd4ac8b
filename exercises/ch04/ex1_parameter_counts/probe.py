"""Calls count_parameters behind the wall, once for each configuration, and hands back what it returns."""


def counts(submission, *, configs):
    """What the submission answers for each configuration; a tensor of one element counts as a number."""
    return [plain(submission.count_parameters(dict(cfg))) for cfg in configs]


def plain(value):
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
        return value.item()
    return value
