# right for 3.1: an experiment behind __main__, a plot, a seed set at import
import matplotlib.pyplot as plt
import torch

from reference.attention import SelfAttention_v1, SelfAttention_v2

torch.manual_seed(789)


def transfer_weights(source, target):
    """Puts the weights of source into target."""
    with torch.no_grad():
        for (name, new), layer in zip(target.named_parameters(), [source.W_query, source.W_key, source.W_value]):
            new[:] = torch.einsum("oi->io", layer.weight)


figure, axes = plt.subplots()
axes.plot(torch.linspace(0, 1, 5).numpy())
plt.show()

if __name__ == "__main__":
    v1, v2 = SelfAttention_v1(3, 2), SelfAttention_v2(3, 2)
    transfer_weights(v2, v1)
    x = torch.rand(6, 3)
    assert torch.allclose(v1(x), v2(x))
    raise SystemExit("done")
