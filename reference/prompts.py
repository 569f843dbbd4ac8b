"""Instructions as text: the layouts of Alpaca and Phi-3, and the files that instructions come in. Chapter 7.

An entry is a mapping with "instruction", perhaps "input", and "output", the response that the model should learn.
Sources: Taori et al. 2023, "Stanford Alpaca"; Abdin et al. 2024, "Phi-3 Technical Report", section 2.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

Entry = Mapping[str, Any]
E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class PromptStyle:
    """What stands in front of the instruction, of the input if there is one, and of the response."""

    instruction: str
    input: str
    response: str


STYLES = {
    "alpaca": PromptStyle(
        "Below is an instruction that describes a task. "
        "Write a response that appropriately completes the request.\n\n### Instruction:\n",
        "\n\n### Input:\n",
        "\n\n### Response:\n",
    ),
    "phi3": PromptStyle("<|user|>\n", "\n", "\n<|assistant|>:\n"),
}


def read_instructions(path: str | Path) -> list[dict[str, Any]]:
    """The entries of a JSON file, a list of objects, in their order; a missing input becomes an empty one.

    Alpaca's file of 52,002 entries takes well below 100 MB of memory.
    Raises FileNotFoundError where there is no file, ValueError for a file that is no such list, with the line or with
    the index of the first bad entry, counted from 0.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text: {error}") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{path} is no JSON: {error}") from error
    if not isinstance(content, list):
        raise ValueError(f"{path} holds a JSON {type(content).__name__}; it is a list of entries")
    if not content:
        raise ValueError(f"{path} holds an empty list; at least 1 entry is needed")
    for index, entry in enumerate(content):
        check_entry(entry, index)
    return [{"input": "", **entry} for entry in content]


def check_entry(entry: object, index: int | None = None, required: Sequence[str] = ("instruction", "output")) -> None:
    """Raises ValueError, with the index, unless an entry has what is required and all of it is text.

    An output may be empty, as a few of Alpaca's are; an instruction may not.
    """
    where = "the entry" if index is None else f"entry {index}"
    if not isinstance(entry, Mapping):
        raise ValueError(f"{where} is of type {type(entry).__name__}; it is an object with {' and '.join(required)}")
    for key in required:
        if key not in entry:
            raise ValueError(f"{where} has no {key!r}; it has {', '.join(map(repr, entry)) or 'nothing at all'}")
    for key in ("instruction", "input", "output"):
        if not isinstance(entry.get(key, ""), str):
            raise ValueError(f"{where} has {entry[key]!r} as {key!r}; it is text")
    if not entry["instruction"].strip():
        raise ValueError(f"{where} has an empty instruction; the model would not know what to do")


def split_instructions(
    entries: Sequence[E], train_frac: float = 0.85, test_frac: float = 0.1
) -> tuple[list[E], list[E], list[E]]:
    """Divides entries without shuffling, as the guide does: training first, then test, and the rest is validation.

    train_frac, test_frac: shares from 0 to 1, together at most 1. Of 1,100 entries the defaults make 935, 110 and 55.
    Returns those to train on, to validate with, and to test at the end. Raises ValueError for other shares.
    """
    if not (0 <= train_frac <= 1 and 0 <= test_frac <= 1 and train_frac + test_frac <= 1):
        raise ValueError(
            f"train_frac is {train_frac} and test_frac is {test_frac}; each is from 0 to 1, and so is their sum"
        )
    train_end = int(len(entries) * train_frac)
    test_end = train_end + int(len(entries) * test_frac)
    return list(entries[:train_end]), list(entries[test_end:]), list(entries[train_end:test_end])


def style_named(name: str) -> PromptStyle:
    """One of the layouts. Raises ValueError for a name that is not there."""
    if name not in STYLES:
        raise ValueError(f"there is no prompt style {name!r}; there are {', '.join(map(repr, STYLES))}")
    return STYLES[name]


def format_input(entry: Entry, style: str = "alpaca") -> str:
    """The prompt up to where the response begins: the instruction, and the input if it is there and not empty.

    style: "alpaca", with headlines, or "phi3", which is shorter. The response's own headline is not part of it.
    Raises ValueError for an entry without instruction, or a style that is not there.
    """
    layout = style_named(style)
    check_entry(entry, required=("instruction",))
    prompt = f"{layout.instruction}{entry['instruction']}"
    return f"{prompt}{layout.input}{entry['input']}" if entry.get("input") else prompt


def format_response(output: str, style: str = "alpaca") -> str:
    """What follows `format_input`: the headline of the response and the response. Raises ValueError as format_input."""
    return f"{style_named(style).response}{output}"


def extract_response(generated: str, prompt: str) -> str:
    """The response alone: without the prompt that it goes on from, the headline in front of it, and blanks around it.

    generated: the whole text, as `generate` and decoding give it. prompt: what was handed in, `format_input(entry)`,
    with or without the response's headline. Headlines of both styles are taken off.
    Raises ValueError if the text does not begin with the prompt.
    """
    if not generated.startswith(prompt):
        raise ValueError(f"the generated text does not begin with its prompt; it begins with {generated[:40]!r}")
    response = generated[len(prompt) :].strip()
    for layout in STYLES.values():
        headline = layout.response.strip()
        # Phi-3's own layout has no colon, and a model may have learned it that way.
        for form in (headline, headline.rstrip(":")):
            if response.startswith(form):
                return response[len(form) :].strip()
    return response
