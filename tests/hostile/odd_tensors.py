# tries: tensors of sixteen dimensions, of none, without elements, sparse, quantized, on the meta device; right verdict: not passed (exit 1)
import torch

calls = 0


def kinds():
    yield lambda: torch.zeros([1] * 16)
    yield lambda: torch.tensor(3.0)
    yield lambda: torch.zeros(2**39, 0)
    yield lambda: torch.eye(3).to_sparse()
    yield lambda: torch.quantize_per_tensor(torch.zeros(3, 2), 0.1, 0, torch.qint8)
    yield lambda: torch.zeros(3, 2, device="meta")
    yield lambda: torch.zeros(1).expand(2**33)


def transfer_weights(source, target):
    global calls
    made = list(kinds())
    for name in ("W_query", "W_key", "W_value"):
        target._parameters.pop(name, None)
        target.__dict__[name] = made[calls % len(made)]()
        calls += 1
