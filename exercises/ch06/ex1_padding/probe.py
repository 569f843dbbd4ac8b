"""Calls `padded` behind the wall, each time with a model of the size that the judge asks for."""

import torch

from reference.model import GPTModel
from reference.tokenizer import gpt2_tokenizer


def batches(submission, *, cases):
    """What `padded` makes of each case, (context_length, emb_dim, messages): the tensor, or what it is instead."""
    return [told(submission.padded(messages, gpt2_tokenizer(), built(*sizes))) for *sizes, messages in cases]


def built(context_length, emb_dim):
    sizes = {"context_length": context_length, "emb_dim": emb_dim, "vocab_size": 50257, "n_heads": 2, "n_layers": 1}
    return GPTModel({**sizes, "drop_rate": 0.0}).eval()


def told(value):
    """A tensor as it is; of anything else the type, and that of its first part."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    first = next(iter(value), None) if isinstance(value, list | tuple) else None
    return {"type": type(value).__name__, "of": type(first).__name__}
