"""Cut, then fill up: both to what the model's table of positions holds."""

from __future__ import annotations

import tiktoken
import torch

from reference.model import GPTModel

PAD_TOKEN_ID = 50256


def padded(messages: list[str], tokenizer: tiktoken.Encoding, model: GPTModel) -> torch.Tensor:
    """(messages, context_length): the model has one embedding for each position, so their number is its length."""
    length = model.pos_emb.weight.shape[0]
    rows = [tokenizer.encode(message)[:length] for message in messages]
    return torch.tensor([row + [PAD_TOKEN_ID] * (length - len(row)) for row in rows])  # (messages, context_length)
