# right for 4.2: models on the meta device, dictionaries built by |
import torch

from reference.config import GPT_CONFIG_124M
from reference.model import GPTModel

CHANGES = {
    "gpt2-small": {},
    "gpt2-medium": {"emb_dim": 1024, "n_layers": 24, "n_heads": 16},
    "gpt2-large": {"emb_dim": 1280, "n_layers": 36, "n_heads": 20},
    "gpt2-xl": {"emb_dim": 1600, "n_layers": 48, "n_heads": 25},
}


def config(name):
    return dict(GPT_CONFIG_124M) | CHANGES[name]


def model(name):
    with torch.device("meta"):
        return GPTModel(config(name))


def total_parameters(name):
    total = 0
    for parameter in model(name).parameters():
        total += parameter.numel()
    return total


def trainable_when_tied(name):
    return total_parameters(name) - model(name).out_head.weight.numel()


def size_mb(name):
    return f(total_parameters(name))


def f(count, bytes_each=4):
    return round(count * bytes_each / (1024 * 1024), 2)
