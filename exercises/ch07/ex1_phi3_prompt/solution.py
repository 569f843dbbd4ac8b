"""Put together what belongs together, and cut by length where a length is known."""

from __future__ import annotations

from collections.abc import Mapping

USER = "<|user|>"
ASSISTANT = "<|assistant|>"


def format_input(entry: Mapping[str, str]) -> str:
    """Lines of their own, and none for an input that is not there."""
    lines = [USER, entry["instruction"]]
    if entry.get("input"):
        lines.append(entry["input"])
    return "\n".join(lines)


def extract_response(generated: str, prompt: str) -> str:
    """Only the first mark, and only in front: further ones belong to the response."""
    response = generated[len(prompt) :].strip()
    for mark in (f"{ASSISTANT}:", ASSISTANT):
        if response.startswith(mark):
            return response.removeprefix(mark).strip()
    return response
