"""Calls the four functions behind the wall, each for all names that come, and hands back what they return."""


def configs(submission, *, names):
    """The dictionaries, as far as their values are numbers, texts or nothing."""
    return [dict(submission.config(name)) for name in names]


def totals(submission, *, names):
    return [plain(submission.total_parameters(name)) for name in names]


def tied(submission, *, names):
    return [plain(submission.trainable_when_tied(name)) for name in names]


def sizes(submission, *, names):
    return [plain(submission.size_mb(name)) for name in names]


def plain(value):
    """A tensor or a NumPy number of one element counts as a number."""
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", 1) == 0 else value
