"""Calls the three functions behind the wall, on classifiers with the judge's weights.

`training`, whether the model is still in training mode after loss, is the submission's word: it colours a remark.
"""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from reference.model import GPTModel


def logits(submission, *, cases):
    """What classification_logits makes of each x, (batch, tokens)."""
    return [shown(submission.classification_logits(classifier(case).eval(), case["x"])) for case in cases]


def losses(submission, *, cases):
    """Each loss and the gradients that it leaves in the model, by name."""
    answers = []
    for case in cases:
        model = classifier(case).train()
        with torch.enable_grad():
            value = submission.loss(model, case["x"], case["y"])
        graph = isinstance(value, torch.Tensor) and value.requires_grad
        answer = {"value": shown(value), "graph": graph, "training": model.training}
        if graph and value.numel() == 1:
            value.sum().backward()
        gradients = {name: parameter.grad for name, parameter in model.named_parameters()}
        answer["gradients"] = {name: gradient for name, gradient in gradients.items() if gradient is not None}
        answers.append(answer)
    return answers


def shares(submission, *, cases):
    """What accuracy says of each model, handed over in training mode, and of a loader of its x and y."""
    answers = []
    for case in cases:
        loader = DataLoader(TensorDataset(case["x"], case["y"]), batch_size=case["batch_size"])
        answers.append(number(submission.accuracy(classifier(case).train(), loader)))
    return answers


def number(value):
    """A number of torch or numpy as one of Python's."""
    try:
        return value.item()
    except (AttributeError, ValueError, RuntimeError):
        return shown(value)


def shown(value):
    """A tensor or a number as it is, of anything else the name of its type."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    return value if isinstance(value, int | float) else type(value).__name__


def classifier(case):
    model = GPTModel(case["cfg"])
    model.out_head = nn.Linear(case["cfg"]["emb_dim"], case["classes"])
    model.load_state_dict(case["state"])
    return model
