"""Exercise 6.1: rows of token ids that are as long as the model's context."""

from __future__ import annotations

import tiktoken
import torch

from reference.model import GPTModel

PAD_TOKEN_ID = 50256


def padded(messages: list[str], tokenizer: tiktoken.Encoding, model: GPTModel) -> torch.Tensor:
    """The messages as one batch for the model, padded or cut to its context length.

    Returns (messages, context_length) of token ids.
    """
    # TODO
    raise NotImplementedError


if __name__ == "__main__":
    config = {"vocab_size": 50257, "context_length": 12, "emb_dim": 8, "n_heads": 2, "n_layers": 1, "drop_rate": 0.0}
    print(padded(["Call me", "You won"], tiktoken.get_encoding("gpt2"), GPTModel(config)))
