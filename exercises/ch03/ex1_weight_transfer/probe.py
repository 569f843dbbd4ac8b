"""Calls transfer_weights behind the wall on modules with the judge's numbers, and hands back what became of them.

`kinds`, `extra`, `returned` and `moved_along` are the submission's word: they colour sentences, no point hangs on them.
"""

import torch
from torch import nn

from reference.attention import SelfAttention_v1, SelfAttention_v2

NAMES = ("W_query", "W_key", "W_value")


def transfer(submission, *, pairs):
    """The matrices of both modules after a transfer, pair by pair; source: (d_out, d_in), target: (d_in, d_out)."""
    return [told(*transferred(submission, **pair)) for pair in pairs]


def outputs(submission, *, pairs):
    """What each target makes of its x, (tokens, d_in), after the transfer."""
    return [context_vectors(transferred(submission, pair["source"], pair["target"])[1], pair["x"]) for pair in pairs]


def step(submission, *, pairs):
    """What is left of each target after the transfer and one training step."""
    return [trained(submission, **pair) for pair in pairs]


def transferred(submission, source, target):
    v2, v1 = build(source, target)
    return v2, v1, submission.transfer_weights(v2, v1)


def context_vectors(v1, x):
    with torch.no_grad():
        return v1(x).clone()


def trained(submission, *, source, target, x, y, lr):
    """The target's matrices after the transfer and one step of gradient descent on everything it calls a parameter."""
    v2, v1 = build(source, target)
    submission.transfer_weights(v2, v1)
    before = kinds(v1)
    with torch.enable_grad():
        loss = (v1(x) - y).pow(2).mean()
    parameters = [parameter for parameter in v1.parameters() if parameter.requires_grad]
    if loss.requires_grad:
        loss.backward()
    with torch.no_grad():
        for parameter in parameters:
            if parameter.grad is not None:
                parameter.sub_(lr * parameter.grad)
    return {"target": matrices(v1), "kinds": before}


def two_pairs(submission, *, pairs):
    """Two transfers, one after the other, and only then the matrices of both targets; each of `pairs` is two."""
    return [one_after_the_other(submission, **pair) for pair in pairs]


def one_after_the_other(submission, *, first, second):
    built = [build(**first), build(**second)]
    for v2, v1 in built:
        submission.transfer_weights(v2, v1)
    return {"first": matrices(built[0][1]), "second": matrices(built[1][1])}


def shared(submission, *, source, target):
    """The matrices of the source that move along when those of the target are changed in place."""
    v2, v1 = build(source, target)
    submission.transfer_weights(v2, v1)
    before = matrices(v2)
    with torch.no_grad():
        for name in NAMES:
            getattr(v1, name).add_(1.0)
    after = matrices(v2)
    return {"moved_along": [name for name in NAMES if name in before and not torch.equal(before[name], after[name])]}


def build(source, target):
    """A SelfAttention_v2 and a SelfAttention_v1 that hold the given matrices."""
    d_in, d_out = target["W_query"].shape
    v2, v1 = SelfAttention_v2(d_in, d_out), SelfAttention_v1(d_in, d_out)
    v2.load_state_dict({f"{name}.weight": matrix for name, matrix in source.items()})
    v1.load_state_dict(target)
    return v2, v1


def told(v2, v1, returned):
    return {
        "source": matrices(v2),
        "target": matrices(v1),
        "kinds": kinds(v1),
        "extra": extra(v1),
        "returned": type(returned).__name__,
    }


def extra(v1):
    """Attributes that a SelfAttention_v1 does not have by itself."""
    known = {*vars(SelfAttention_v1(1, 1)), *NAMES}
    found = [name for name in {**vars(v1), **v1._parameters, **v1._buffers, **v1._modules} if name not in known]
    found += [f"{name}.{key}" for name in NAMES for key in getattr(getattr(v1, name, None), "__dict__", {})]
    return found + ["forward"] * bool(v1._forward_hooks or v1._forward_pre_hooks)


def matrices(module):
    """Copies of the matrices that the module has, by name; what is no tensor is left out."""
    found = {}
    for name in NAMES:
        held = getattr(module, name, None)
        matrix = held.weight if isinstance(held, nn.Linear) and isinstance(module, SelfAttention_v2) else held
        if isinstance(matrix, torch.Tensor):
            found[name] = matrix.detach().clone()
    return found


def kinds(module):
    """What each of the three names holds: parameter, frozen parameter, buffer, plain tensor, or the name of a type."""
    found = {}
    for name in NAMES:
        held = getattr(module, name, None)
        if isinstance(held, nn.Parameter):
            registered = any(held is parameter for parameter in module.parameters())
            found[name] = (
                ("parameter" if held.requires_grad else "frozen parameter") if registered else "stray parameter"
            )
        elif isinstance(held, torch.Tensor):
            found[name] = "buffer" if name in module._buffers else "plain tensor"
        else:
            found[name] = type(held).__name__
    return found
