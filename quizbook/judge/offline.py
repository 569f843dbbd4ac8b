"""Makes `tiktoken.get_encoding("gpt2")` work without a network: honest submissions say it, and it would download."""

from __future__ import annotations

from tiktoken import registry


def register_gpt2() -> None:
    """From now on tiktoken makes its gpt2 encoding from installed files, when it is first asked for."""
    from reference.tokenizer import gpt2_parts

    registry._find_constructors()
    constructors = registry.ENCODING_CONSTRUCTORS
    if constructors is not None:
        constructors["gpt2"] = gpt2_parts


def make_gpt2() -> None:
    """Makes it now (0.4 s), for tiktoken and for the reference, so that processes forked later have it already."""
    from reference.tokenizer import gpt2_tokenizer

    encoding = registry.ENCODINGS["gpt2"] = gpt2_tokenizer()
    encoding.encode("")  # with the first text comes the package for regular expressions
