"""Builds the judge's model behind the wall and hands back what losses returns, for each text twice."""

import copy
import numbers

import torch

from reference.model import GPTModel


def measured(submission, *, cfg, weights, cases):
    model = GPTModel(cfg)
    model.load_state_dict(weights)
    return [twice(submission, model.train(), **case) for case in cases]


def twice(submission, model, *, text, settings):
    """Both times the same model, which is a new copy for each text."""
    model = copy.deepcopy(model)
    return [plain(submission.losses(model, text, *settings)) for _ in range(2)]


def of_gpt2(submission, *, cfg, weights, text, settings):
    """What losses returns for GPT-2 itself; its head is the token embedding."""
    with torch.device("meta"):
        model = GPTModel(cfg)
    model.load_state_dict(weights | {"out_head.weight": weights["tok_emb.weight"]}, assign=True)
    return plain(submission.losses(model, text, *settings))


def plain(value):
    if isinstance(value, tuple | list):
        return [plain(part) for part in value[:50]]
    if torch.is_tensor(value):
        return value.item() if value.numel() == 1 else value
    return (
        float(value) if isinstance(value, numbers.Real) and not isinstance(value, bool) else f"a {type(value).__name__}"
    )
