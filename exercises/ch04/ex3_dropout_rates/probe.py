"""Builds the model behind the wall, puts the judge's weights into it, and hands back what it computes.

Where dropout acts shows in the numbers: the judge draws inputs and weights under which each place leaves its own trace.
`told` is the submission's word: it colours sentences, no point hangs on it.
"""

import torch
from torch import nn


def built(submission, cfg, weights):
    """The model with the judge's weights, and the names and shapes that do not fit."""
    model = submission.GPTModel(dict(cfg))
    if not isinstance(model, nn.Module):
        return None, {"type": type(model).__name__}
    state = model.state_dict()
    parameters = {name for name, _ in model.named_parameters()}
    told = {
        "missing": sorted(set(weights) - set(state))[:60],
        "surplus": sorted(parameters - set(weights))[:60],
        "shapes": {n: list(state[n].shape) for n in weights if n in state and state[n].shape != weights[n].shape},
        "rates": {name: float(layer.p) for name, layer in model.named_modules() if isinstance(layer, nn.Dropout)},
    }
    if not told["shapes"]:
        model.load_state_dict({name: value.clone() for name, value in weights.items() if name in state}, strict=False)
    return model, told


def plain(value):
    return value.detach().clone() if isinstance(value, torch.Tensor) else type(value).__name__


def outputs(submission, *, cases, train):
    """The logits of two calls for each of the cases, in training or in evaluation mode."""
    answers = []
    for case in cases:
        model, told = built(submission, case["cfg"], case["weights"])
        if model is None or told["missing"] or told["surplus"] or told["shapes"]:
            return [{"told": told}]
        model.train(train)
        with torch.no_grad():
            answers.append({"told": told, "logits": [plain(model(case["ids"].clone())) for _ in range(2)]})
    return answers
