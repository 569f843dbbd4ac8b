"""tiktoken does the work; what is left is to decode one id at a time, or all of them."""

from __future__ import annotations

import tiktoken

tokenizer = tiktoken.get_encoding("gpt2")


def token_ids(text: str) -> list[int]:
    """Byte pairs, merged in the order in which GPT-2's vocabulary was built."""
    return tokenizer.encode(text)


def pieces(ids: list[int]) -> list[str]:
    """Each id by itself."""
    return [tokenizer.decode([number]) for number in ids]


def rebuild(ids: list[int]) -> str:
    """All ids at once, so that bytes of one character meet again."""
    return tokenizer.decode(ids)
