"""Exercise 2.1: what byte-pair encoding makes of words that it has never seen."""

from __future__ import annotations

import tiktoken

tokenizer = tiktoken.get_encoding("gpt2")


def token_ids(text: str) -> list[int]:
    """The ids of a text in GPT-2's encoding."""
    # TODO
    raise NotImplementedError


def pieces(ids: list[int]) -> list[str]:
    """The text that each id stands for, in the same order."""
    raise NotImplementedError


def rebuild(ids: list[int]) -> str:
    """The text that all the ids stand for together."""
    raise NotImplementedError


if __name__ == "__main__":
    ids = token_ids("Akwirw ier")
    print(ids, pieces(ids), rebuild(ids))
