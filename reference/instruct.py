"""Fine-tuning a GPT to follow instructions: the data set, its batches, and the responses of the result. Chapter 7.

The order of a fine-tuning; `reference.prompts` has the first line's functions:

    train, validation, test = split_instructions(read_instructions(path))
    loader = create_instruction_loader(train, tokenizer, batch_size=8, seed=123)
    reference.pretrain.train_model(model, loader, ...)          the loss is that of pretraining, and so is the loop
    answered = generate_responses(model, tokenizer, test)
    write_responses(answered, "instruction-data-with-response.json")

What the model is to learn is the next token, as in pretraining; what differs is the text. Targets of -100 count for
nothing in the loss: those that are padding and, where wanted, those of the instruction (exercise 7.2).
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Subset

from reference.checkpoint import write_whole
from reference.foreign_text import encode_foreign
from reference.generate import generate
from reference.pretrain import IGNORED, context_length
from reference.prompts import (
    Entry,
    check_entry,
    extract_response,
    format_input,
    format_response,
    read_instructions,
    split_instructions,
)
from reference.tokenizer import END_OF_TEXT_ID, Tokenizer

__all__ = [
    "Answered",
    "InstructionDataset",
    "create_instruction_loader",
    "custom_collate_fn",
    "extract_response",
    "format_input",
    "format_response",
    "generate_responses",
    "read_instructions",
    "split_instructions",
    "write_responses",
]

Item = list[int] | tuple[int, list[int]]
"""The token ids of an entry, or how many of them are instruction and input, and the ids."""


class InstructionDataset(Dataset[Item]):
    """Entries as token ids, prompt and response in one: a list for each, of its own length.

    data: entries with "instruction", "output" and perhaps "input". style: as in `format_input`.
    mask_instruction: whether an item is a tuple (instruction_length, ids), of which `custom_collate_fn` then masks the
    prompt in front of the response; otherwise it is the ids alone.
    The ids lie in one array of 4 bytes each: Alpaca's 52,002 entries take about 20 MB.
    Raises ValueError for a bad entry, with its index, or a style that is not there.
    """

    def __init__(
        self, data: Sequence[Entry], tokenizer: Tokenizer, *, style: str = "alpaca", mask_instruction: bool = False
    ) -> None:
        self.mask_instruction = mask_instruction
        self._ids = array("i")
        self._ends = array("q")
        self.instruction_lengths = array("i")
        for index, entry in enumerate(data):
            check_entry(entry, index)
            prompt = format_input(entry, style)
            self._ids.extend(encode_foreign(prompt + format_response(entry["output"], style), tokenizer))
            self._ends.append(len(self._ids))
            # A prompt that ends in blanks may share a token with the headline; a line break may be masked with it.
            self.instruction_lengths.append(len(encode_foreign(prompt, tokenizer)) if mask_instruction else 0)

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, index: int) -> Item:
        place = range(len(self))[index]
        start = self._ends[place - 1] if place else 0
        ids = self._ids[start : self._ends[place]].tolist()
        return (self.instruction_lengths[place], ids) if self.mask_instruction else ids


def custom_collate_fn(
    batch: Sequence[Item],
    pad_token_id: int = END_OF_TEXT_ID,
    ignore_index: int = IGNORED,
    allowed_max_length: int | None = None,
    device: torch.device | str = "cpu",
) -> tuple[Tensor, Tensor]:
    """Entries of different lengths as one batch: padded to the longest, and the targets one token ahead of the inputs.

    batch: lists of ids, or tuples (instruction_length, ids) whose instruction is then masked in the targets.
    pad_token_id: ends each entry, and fills what is missing. ignore_index: stands in the targets where nothing is to
    be learned: for all padding but the first, which tells the model where to stop.
    allowed_max_length: so many tokens are kept of each row. If that cuts every response off a masked batch, its mean
    loss is NaN; `create_instruction_loader` leaves such entries out.
    device: where the two tensors go; with worker processes leave them on the CPU.
    Returns inputs and targets, (batch, tokens) each: row by row padded[:-1] and padded[1:].
    Raises ValueError if allowed_max_length is less than 1.
    """
    if allowed_max_length is not None and allowed_max_length < 1:
        raise ValueError(f"allowed_max_length is {allowed_max_length}; a row has room for at least 1 token")
    items = [item if isinstance(item, tuple) else (0, item) for item in batch]
    tokens = max(len(ids) for _, ids in items)  # padded to one more, of which inputs and targets leave out one each
    inputs = torch.full((len(items), tokens), pad_token_id)  # (batch, tokens)
    targets = torch.full((len(items), tokens), ignore_index)  # (batch, tokens)
    for row, (instruction_length, ids) in enumerate(items):
        inputs[row, : len(ids)] = torch.tensor(ids)
        targets[row, : len(ids)] = torch.tensor([*ids[1:], pad_token_id][: len(ids)])
        # Targets are one ahead: the last token of the instruction is the target at instruction_length - 2.
        targets[row, : max(0, instruction_length - 1)] = ignore_index
    return inputs[:, :allowed_max_length].to(device), targets[:, :allowed_max_length].to(device)


def create_instruction_loader(
    data: Sequence[Entry],
    tokenizer: Tokenizer,
    batch_size: int = 8,
    *,
    style: str = "alpaca",
    mask_instruction: bool = False,
    allowed_max_length: int | None = None,
    device: torch.device | str = "cpu",
    shuffle: bool = True,
    drop_last: bool = True,
    seed: int = 123,
    num_workers: int = 0,
    pad_token_id: int = END_OF_TEXT_ID,
) -> DataLoader[Any]:
    """A loader of batches as `custom_collate_fn` makes them; for validation and test with shuffle, drop_last False.

    data, style, mask_instruction: as in InstructionDataset. allowed_max_length: at most the model's context length.
    Entries of which masking and cutting leave nothing to learn are left out: compare len(loader.dataset) with data's.
    device: of the batches; for worker processes, num_workers, leave it at the CPU. seed: of the order when shuffled.
    pad_token_id: as in custom_collate_fn.
    Raises ValueError if no entry is left, and what InstructionDataset and custom_collate_fn raise.
    """
    dataset = InstructionDataset(data, tokenizer, style=style, mask_instruction=mask_instruction)
    lengths = dataset.instruction_lengths
    room = max(lengths, default=0) if allowed_max_length is None else allowed_max_length
    useful = [place for place in range(len(dataset)) if lengths[place] - 1 < room]
    if not useful:
        limit = "" if allowed_max_length is None else f" within an allowed_max_length of {allowed_max_length}"
        raise ValueError(f"none of {len(dataset)} entries has anything to learn{limit}")
    return DataLoader(
        dataset if len(useful) == len(dataset) else Subset(dataset, useful),
        batch_size,
        shuffle=shuffle,
        drop_last=drop_last,
        num_workers=num_workers,
        collate_fn=partial(
            custom_collate_fn, pad_token_id=pad_token_id, allowed_max_length=allowed_max_length, device=device
        ),
        generator=torch.Generator().manual_seed(seed),
    )


@dataclass(frozen=True, slots=True)
class Answered:
    """How far `generate_responses` is: entries done, of how many, and the tokens that the model wrote so far."""

    done: int
    entries: int
    tokens: int


def generate_responses(
    model: nn.Module,
    tokenizer: Tokenizer,
    entries: Sequence[Entry],
    *,
    style: str = "alpaca",
    max_new_tokens: int = 256,
    batch_size: int = 8,
    eos_id: int = END_OF_TEXT_ID,
    on_progress: Callable[[Answered], object] | None = None,
    **sampling: Any,
) -> list[dict[str, Any]]:
    """The entries in their order, each with the model's answer under "model_response"; the given ones stay as they are.

    model: on any device; it runs without dropout, and its mode stays what it was. style: that of its training.
    Several prompts are answered at once, those of like length together, since padding costs time too. Where prompt and
    response are longer than the model's context, it sees the end of them.
    max_new_tokens: at most so many a response. eos_id: ends a response. sampling: temperature, top_k, top_p and seed as
    in `generate`, which is greedy by default. on_progress: hears after each batch how far it is.
    Raises ValueError for a bad entry, with its index, and for settings that `generate` refuses.
    """
    for index, entry in enumerate(entries):
        check_entry(entry, index, required=("instruction",))
    prompts = [encode_foreign(format_input(entry, style) + format_response("", style), tokenizer) for entry in entries]
    responses: dict[int, str] = {}
    tokens = 0
    for batch in _of_like_length(prompts, batch_size):
        idx, attention_mask = _padded([prompts[index] for index in batch], eos_id, model)  # (batch, tokens) each
        text = generate(
            model,
            idx,
            max_new_tokens,
            context_length(model),
            eos_id=eos_id,
            attention_mask=attention_mask,
            **sampling,
        )  # (batch, tokens + new tokens)
        for index, ids in zip(batch, text[:, idx.shape[1] :].tolist(), strict=True):
            response = list(takewhile(lambda token: token != eos_id, ids))
            responses[index] = extract_response(tokenizer.decode(response), prompt="")
            tokens += len(response)
        if on_progress:
            on_progress(Answered(len(responses), len(entries), tokens))
    return [{**entry, "model_response": responses[index]} for index, entry in enumerate(entries)]


def _of_like_length(prompts: Sequence[Sequence[int]], batch_size: int) -> Iterator[list[int]]:
    """The places of the prompts, from the shortest prompt to the longest, so many at a time."""
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}; at least 1 prompt is answered at a time")
    places = sorted(range(len(prompts)), key=lambda place: len(prompts[place]))
    for start in range(0, len(places), batch_size):
        yield places[start : start + batch_size]


def _padded(prompts: Sequence[Sequence[int]], pad_token_id: int, model: nn.Module) -> tuple[Tensor, Tensor]:
    """Prompts as one batch on the model's device, padded in front, and a mask that is 0 there: (batch, tokens) each."""
    device = next(model.parameters()).device
    tokens = max(map(len, prompts))
    idx = torch.tensor([[pad_token_id] * (tokens - len(ids)) + list(ids) for ids in prompts])  # (batch, tokens)
    mask = torch.tensor([[0] * (tokens - len(ids)) + [1] * len(ids) for ids in prompts])  # (batch, tokens)
    return idx.to(device), mask.to(device)


def write_responses(answered: Sequence[Entry], path: str | Path) -> None:
    """Stores entries with their responses as JSON, whole or not at all; `read_instructions` reads them back.

    Raises OSError where the file cannot be written.
    """
    content = json.dumps(list(answered), indent=4) + "\n"
    write_whole(Path(path), lambda file: file.write(content.encode()))
