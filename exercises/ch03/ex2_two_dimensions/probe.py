"""Builds the module behind the wall, puts the judge's weights into it, and hands back what it computes.

What `told` says of the module is the submission's word: it colours sentences, no point hangs on it.
"""

import torch
from torch import nn


def outputs(submission, *, cases):
    return [output(submission.build(case["d_in"], case["context_length"]), case) for case in cases]


def output(module, case):
    """The module's output for x under the judge's weights, and before under its own."""
    if not isinstance(module, nn.Module):
        return {"type": type(module).__name__}
    answer = {"type": type(module).__name__, "told": told(module)}
    with torch.no_grad():
        answer["own"] = tensor(module(case["x"]))
        state = module.state_dict()
        weights = {name: value for name, value in case["weights"].items() if name in state}
        if all(state[name].shape == value.shape for name, value in weights.items()):
            module.load_state_dict(weights, strict=False)
            module.train()
            answer["output"] = tensor(module(case["x"]))
    return answer


def tensor(value):
    return value.detach().clone() if isinstance(value, torch.Tensor) else type(value).__name__


def told(module):
    return {
        "parameters": [name for name, _ in module.named_parameters()][:40],
        "heads": len(getattr(module, "heads", [])) if isinstance(getattr(module, "heads", None), nn.ModuleList) else 0,
        "dropout": [float(layer.p) for layer in module.modules() if isinstance(layer, nn.Dropout)][:8],
    }
