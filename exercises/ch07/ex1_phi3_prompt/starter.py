"""Exercise 7.1: instructions in the style of Phi-3, and the response out of what a model makes of them."""

from __future__ import annotations

from collections.abc import Mapping


def format_input(entry: Mapping[str, str]) -> str:
    """The prompt of an entry up to where the assistant's turn begins.

    entry: has "instruction" and "output", and perhaps "input", which may be empty.
    """
    # TODO
    raise NotImplementedError


def extract_response(generated: str, prompt: str) -> str:
    """The response alone. generated: begins with prompt; what follows may open with the assistant's mark."""
    raise NotImplementedError


if __name__ == "__main__":
    example = {"instruction": "Correct the spelling.", "input": "I recieved it.", "output": "I received it."}
    print(format_input(example))
    whole = f"{format_input(example)}\n<|assistant|>:\n{example['output']}"
    print(extract_response(whole, format_input(example)))
