"""A trained classifier as one file: weights, shape, and the length that messages have to be padded to. Chapter 6."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import nn

from reference.checkpoint import load_state, write_whole
from reference.config import GPTConfig
from reference.model import GPTModel


def save_classifier(model: GPTModel, path: str | Path, max_length: int) -> None:
    """Writes a classifier as safetensors, whole or not at all; `load_classifier` reads it back.

    max_length: tokens that its training messages were padded to; without it the weights are of no use.
    Raises ValueError if the model still scores the vocabulary, or for a max_length that it cannot take; OSError if the
    file cannot be written.
    """
    from safetensors.torch import save

    if model.out_head.bias is None:
        raise ValueError("the model has no classification head; add_classification_head(model, 2), then train it")
    _check_length(max_length, model.cfg.context_length)
    about = {"cfg": asdict(model.cfg), "classes": model.out_head.out_features, "max_length": max_length}
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    # A single entry: several are written in an order that changes, and the same weights would be other files.
    content = save(tensors, {"classifier": json.dumps(about)})
    write_whole(Path(path), lambda file: file.write(content))


def load_classifier(path: str | Path, device: torch.device | str = "cpu") -> tuple[GPTModel, int]:
    """The classifier in a file that `save_classifier` wrote, in evaluation mode, and its max_length.

    Raises FileNotFoundError where there is no file, ValueError for one that is cut off or holds no classifier.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), "pt") as file:
            about = json.loads((file.metadata() or {}).get("classifier", "null"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # it is no dictionary
    except (SafetensorError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} is no safetensors file, or is cut off: {error}") from None
    if about is None:
        raise ValueError(f"{path} holds no classifier; save_classifier writes one")
    model, max_length = _described(about, path)
    load_state(model, tensors, path)
    return model.to(device).eval(), max_length


def _described(about: Any, path: str | Path) -> tuple[GPTModel, int]:
    """A model of the shape that the file tells, with weights that are still random, and the length of its rows."""
    try:
        cfg = GPTConfig.of(about["cfg"])
        _check_length(about["max_length"], cfg.context_length)
        model = GPTModel(cfg)
        model.out_head = nn.Linear(cfg.emb_dim, about["classes"])
        return model, about["max_length"]
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{path} tells no shape that a classifier can have: {error}") from None


def _check_length(max_length: int, context_length: int) -> None:
    if not 1 <= max_length <= context_length:
        raise ValueError(f"max_length is {max_length}; this model takes rows of 1 to {context_length} tokens")
