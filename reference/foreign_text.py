"""Text that strangers wrote, as token ids: nothing in it is a special token. Chapters 6 and 7."""

from __future__ import annotations

from collections.abc import Callable

from reference.tokenizer import Tokenizer


def encode_foreign(text: str, tokenizer: Tokenizer) -> list[int]:
    """The ids of a text, in which `<|endoftext|>` is as good as any other word.

    Read as the special token, it would let the writer of a message or an instruction end the text for the model; and
    tiktoken's own `encode` refuses such a text.
    """
    ordinary: Callable[[str], list[int]] = getattr(tokenizer, "encode_ordinary", tokenizer.encode)
    return ordinary(text)
