"""Makes classifiers behind the wall, of models with the judge's weights, and trains them by one step.

`returned`, `kind`, `frozen`, `extra` and `wide` are the submission's word: they colour sentences, no point hangs on them.
"""

import torch
from torch.nn import functional as F

from reference.model import GPTModel


def made(submission, *, cases):
    """All weights of each model after make_classifier."""
    return [told(case, *classifier(submission, case)) for case in cases]


def logits(submission, *, cases):
    """All weights, and what the model then makes of x, (batch, tokens): the logits, or the name of their type."""
    answers = []
    for case in cases:
        model, returned = classifier(submission, case)
        with torch.no_grad():
            value = model(case["x"])
        shown = value.detach().clone() if isinstance(value, torch.Tensor) else type(value).__name__
        answers.append({**told(case, model, returned), "logits": shown})
    return answers


def steps(submission, *, cases):
    """All weights before and after one step of gradient descent, on what the last token says."""
    answers = []
    for case in cases:
        model, returned = classifier(submission, case)
        answer = told(case, model, returned)
        with torch.enable_grad():
            loss = F.cross_entropy(model(case["x"])[:, -1], case["y"])
        if loss.requires_grad:
            loss.backward()
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.requires_grad and parameter.grad is not None:
                    parameter.sub_(case["lr"] * parameter.grad)
        answers.append({**answer, "after": weights(model)})
    return answers


def classifier(submission, case):
    model = GPTModel(case["cfg"])
    model.load_state_dict(case["state"])
    model.requires_grad_(not case["frozen"])
    return model, submission.make_classifier(model, case["num_classes"])


def told(case, model, returned):
    head, bare = getattr(model, "out_head", None), GPTModel(case["cfg"])
    known = {*vars(bare), *bare._modules}
    wide = getattr(head, "out_features", None)
    return {
        "state": weights(model),
        "returned": type(returned).__name__,
        "kind": type(head).__name__,
        "frozen": [name for name, parameter in model.named_parameters() if not parameter.requires_grad],
        "extra": [name for name in {**vars(model), **model._modules, **model._parameters} if name not in known],
        "wide": wide if isinstance(wide, int) else None,
    }


def weights(model):
    return {name: value.detach().clone() for name, value in model.state_dict().items()}
