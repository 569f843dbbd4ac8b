"""Goes through the loader behind the wall, twice, and hands back its batches as tensors."""

import itertools

import torch

MOST = 600  # batches of a pass: more than any right loader gives here


def loaded(submission, *, cases):
    """What kind of thing comes back and the batches of two passes over it, for each of the cases."""
    return [one(submission.make_loader(*case)) for case in cases]


def one(loader):
    answer = {"type": type(loader).__name__}
    workers = getattr(loader, "num_workers", 0)
    if isinstance(workers, int) and workers > 0:  # they could not even start, and the error would not say why
        return {**answer, "workers": int(workers)}
    if hasattr(loader, "__iter__") or hasattr(loader, "__getitem__"):
        answer["passes"] = [[plain(batch) for batch in itertools.islice(loader, MOST)] for _ in range(2)]
    return answer


def plain(value):
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, list | tuple):
        return [plain(part) for part in value[:64]]
    if isinstance(value, dict):
        return {"keys": [str(key) for key in value][:8]}
    return value if isinstance(value, int | float) else type(value).__name__


def overlaps(submission, *, cases):
    return [plain(submission.overlap(*case)) for case in cases]
