"""Calls both functions behind the wall and hands back what they return; a tensor of one element counts as a number."""


def counts(submission, *, cases):
    return [plain(submission.pizza_count(case["logits"].clone(), *case["rest"])) for case in cases]


def chances(submission, *, cases):
    return [plain(submission.pizza_probability(case["logits"].clone(), *case["rest"])) for case in cases]


def plain(value):
    return value.item() if hasattr(value, "item") and getattr(value, "numel", lambda: 1)() == 1 else value
