"""A model and a text that train in a second, for tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch
from torch.utils.data import DataLoader

from reference.config import GPTConfig
from reference.data import GPTDatasetV1, create_dataloader_v1
from reference.model import GPTModel
from reference.tokenizer import SimpleTokenizerV1, build_vocabulary

TEXT = " ".join(f"the {colour} {animal} sees a {other} ." for colour in ("red", "old", "wet", "shy")
                for animal in ("cat", "dog", "owl") for other in ("fox", "bee", "elk"))  # fmt: skip
TOKENIZER = SimpleTokenizerV1(build_vocabulary(TEXT))
CONFIG = GPTConfig(
    vocab_size=len(TOKENIZER.str_to_int), context_length=8, emb_dim=16, n_heads=2, n_layers=2, drop_rate=0.1
)


def model(seed: int = 1, **changes: Any) -> GPTModel:
    torch.manual_seed(seed)
    return GPTModel(replace(CONFIG, **changes))


def loader(text: str = TEXT, **changes: Any) -> DataLoader[Any]:
    settings = {"batch_size": 4, "max_length": 8, "stride": 4, "tokenizer": TOKENIZER} | changes
    return create_dataloader_v1(text, **settings)


def dataset(text: str = TEXT) -> GPTDatasetV1:
    return GPTDatasetV1(text, TOKENIZER, 8, 4)
