# tries: complex, boolean, tiny and integer matrices, another at every call; right verdict: not passed (exit 1)
import torch

KINDS = [torch.complex64, torch.bool, torch.float16, torch.bfloat16, torch.int8, torch.int64, torch.float64]
calls = 0


def transfer_weights(source, target):
    global calls
    for name in ("W_query", "W_key", "W_value"):
        weight = getattr(source, name).weight.detach()
        target._parameters.pop(name, None)
        target.__dict__[name] = weight.T.to(KINDS[calls % len(KINDS)]) * 2
        calls += 1
