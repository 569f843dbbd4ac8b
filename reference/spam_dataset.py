"""Messages as rows of token ids, all of one length, and the three loaders that batch them. Chapter 6."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from reference.foreign_text import encode_foreign
from reference.messages import Message, read_csv
from reference.tokenizer import END_OF_TEXT_ID, Tokenizer

Loader = Any  # a DataLoader of (ids, labels), or anything that is iterated and measured like one


class SpamDataset(Dataset[tuple[Tensor, Tensor]]):
    """Messages as token ids of one length, each with the number of its class: (max_length,) and (), of torch.long.

    csv_file: the path of a file with the columns Label and Text, or messages.
    max_length: tokens of each item, shorter messages are padded behind, longer ones cut; by default as many as the
    longest message has. Validation and test data take that of the training data. pad_token_id: fills what is missing.
    Raises ValueError if there are no messages or max_length is less than 1, and what `read_csv` raises.
    """

    def __init__(
        self,
        csv_file: str | Path | Sequence[Message],
        tokenizer: Tokenizer,
        max_length: int | None = None,
        pad_token_id: int = END_OF_TEXT_ID,
    ) -> None:
        messages = read_csv(csv_file) if isinstance(csv_file, str | Path) else csv_file
        if not messages:
            raise ValueError("there are no messages; a dataset needs at least 1")
        encoded = [encode_foreign(message.text, tokenizer) for message in messages]
        self.max_length = row_length(max_length, default=max(1, *map(len, encoded)))
        self.inputs = torch.full((len(encoded), self.max_length), pad_token_id)  # (messages, max_length)
        for row, ids in zip(self.inputs, encoded, strict=True):
            row[: len(ids)] = torch.tensor(ids[: self.max_length])
        self.labels = torch.tensor([message.class_index for message in messages])  # (messages,)

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        return self.inputs[index], self.labels[index]


@dataclass(frozen=True, slots=True)
class SpamLoaders:
    """Batches of (batch, max_length) ids and (batch,) labels, to train on, to validate with and to test at the end."""

    train: Loader
    validation: Loader
    test: Loader
    max_length: int


def create_spam_loaders(
    train: str | Path | Sequence[Message],
    validation: str | Path | Sequence[Message],
    test: str | Path | Sequence[Message],
    tokenizer: Tokenizer,
    batch_size: int = 8,
    max_length: int | None = None,
    seed: int = 123,
    pad_token_id: int = END_OF_TEXT_ID,
) -> SpamLoaders:
    """The three loaders: all messages padded to the longest one of the training data, and only that data shuffled.

    train, validation, test, max_length, pad_token_id: as in SpamDataset. The training leaves out an incomplete last
    batch. seed: of the order in which the messages are trained on.
    """
    first = SpamDataset(train, tokenizer, max_length, pad_token_id)
    order = torch.Generator().manual_seed(seed)
    return SpamLoaders(
        train=DataLoader(first, batch_size, shuffle=True, drop_last=True, generator=order),
        validation=DataLoader(SpamDataset(validation, tokenizer, first.max_length, pad_token_id), batch_size),
        test=DataLoader(SpamDataset(test, tokenizer, first.max_length, pad_token_id), batch_size),
        max_length=first.max_length,
    )


def row_length(max_length: int | None, default: int) -> int:
    """How many tokens a row gets. Raises ValueError for none or fewer."""
    if max_length is not None and max_length < 1:
        raise ValueError(f"max_length is {max_length}; a message has room for at least 1 token")
    return default if max_length is None else max_length
