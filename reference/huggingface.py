"""Hugging Face's GPT-2: its state dict, and its folders of config.json and weights, into our model and back. Chapter 5.

The tensors are those of transformers' GPT2LMHeadModel; how they lie next to ours stands in `gpt2_layout`.
"""

from __future__ import annotations

import json
import os
import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from reference import gpt2_layout
from reference.config import GPTConfig
from reference.model import GPTModel

PREFIX = "transformer."
BUFFERS = re.compile(r"h\.\d+\.attn\.(bias|masked_bias)")  # masks, which older versions saved with the weights
NUMBERS = {
    "vocab_size": "vocab_size",
    "n_positions": "context_length",
    "n_embd": "emb_dim",
    "n_head": "n_heads",
    "n_layer": "n_layers",
}
RATES = {"embd_pdrop": "drop_rate_emb", "attn_pdrop": "drop_rate_attn", "resid_pdrop": "drop_rate_shortcut"}
ALWAYS: dict[str, tuple[Any, ...]] = {
    # What our model has no choice in: the values that stand for what it does, Hugging Face's default first.
    "model_type": ("gpt2",),
    "activation_function": ("gelu_new", "gelu_pytorch_tanh"),
    "layer_norm_epsilon": (1e-5,),
    "n_inner": (None,),
    "scale_attn_weights": (True,),
    "scale_attn_by_inverse_layer_idx": (False,),
    "add_cross_attention": (False,),
}
WEIGHTS, OLD_WEIGHTS, INDEX = "model.safetensors", "pytorch_model.bin", "model.safetensors.index.json"


def from_huggingface(state_dict: Mapping[str, Tensor], cfg: GPTConfig | Mapping[str, Any]) -> GPTModel:
    """A model with the weights of a GPT2LMHeadModel, or of a GPT2Model without its head.

    state_dict: with or without "transformer." before the names; without "lm_head.weight" the head is the token
    embedding. The weights are copied.
    cfg: ours or the guide's dictionary, with qkv_bias=True unless those biases are 0.
    Raises ValueError for a tensor that is missing, unknown, of another shape or not finite, by its name; where cfg ties
    the head to the embedding and the state dict has another head; and what GPTConfig.of raises.
    """
    theirs = {name.removeprefix(PREFIX): tensor for name, tensor in state_dict.items()}
    theirs = {name: tensor for name, tensor in theirs.items() if not BUFFERS.fullmatch(name)}
    prefix = PREFIX if any(name.startswith(PREFIX) for name in state_dict) else ""
    model = GPTModel(cfg)
    gpt2_layout.load(model, theirs, lambda name: _with_prefix(name, prefix))
    return model


def _with_prefix(name: str, prefix: str = PREFIX) -> str:
    return name if name.startswith("lm_head.") else f"{prefix}{name}"


def to_huggingface(model: GPTModel) -> dict[str, Tensor]:
    """The state dict for a GPT2LMHeadModel of the same shape: `load_state_dict` takes it as it is.

    Returns copies on the model's device. Query, key and value layers without biases get biases of 0. Where the model
    ties its head, "lm_head.weight" is the same tensor as "transformer.wte.weight", as in Hugging Face's own.
    Raises ValueError where the model is no plain GPTModel: with LoRA layers, or another head.
    """
    theirs = gpt2_layout.tensors_of(model)
    theirs.setdefault("lm_head.weight", theirs["wte.weight"])
    return {_with_prefix(name): tensor for name, tensor in theirs.items()}


def load_huggingface(folder: str | Path) -> GPTModel:
    """The model in a folder as `save_pretrained` writes it: config.json and model.safetensors, or pytorch_model.bin.

    Files in pickle's format are read as weights only: nothing in them is executed.
    Raises FileNotFoundError where a file is not there; ValueError for a config.json that describes another kind of
    model than ours, for files that are damaged or no weights, and what `from_huggingface` raises.
    """
    folder = Path(folder)
    cfg = _read_config(folder / "config.json")
    return from_huggingface(_read_weights(folder), cfg)


def save_huggingface(model: GPTModel, folder: str | Path) -> None:
    """Write config.json and model.safetensors, from which transformers' `from_pretrained` makes the same model.

    folder: is made where it is not there; the two files are replaced.
    Raises what `to_huggingface` raises, OSError where the folder cannot be written.
    """
    from safetensors.torch import save_file

    theirs = to_huggingface(model)
    if model.cfg.tie_weights:
        del theirs["lm_head.weight"]
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / f"{WEIGHTS}.{os.getpid()}.new"
    try:
        fresh.touch()
        mode = fresh.stat().st_mode
        save_file({name: tensor.cpu() for name, tensor in theirs.items()}, fresh, metadata={"format": "pt"})
        fresh.chmod(mode)  # the library puts a file there that only its owner can read
        fresh.replace(folder / WEIGHTS)
    finally:
        fresh.unlink(missing_ok=True)
    (folder / "config.json").write_text(json.dumps(_config_json(model.cfg), indent=2) + "\n", encoding="utf-8")


def _config_json(cfg: GPTConfig) -> dict[str, Any]:
    end_of_text = 50256 if cfg.vocab_size > 50256 else None
    return {
        "architectures": ["GPT2LMHeadModel"],
        **{name: values[0] for name, values in ALWAYS.items()},
        **{theirs: cfg[ours] for theirs, ours in NUMBERS.items()},
        **{theirs: cfg.rate(ours.removeprefix("drop_rate_")) for theirs, ours in RATES.items()},
        "bos_token_id": end_of_text,
        "eos_token_id": end_of_text,
        "tie_word_embeddings": cfg.tie_weights,
    }


def _read_config(path: Path) -> GPTConfig:
    """Our configuration from theirs, as long as theirs asks for nothing that ours cannot be."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise FileNotFoundError(f"there is no {path}; a folder of save_pretrained has one") from error
    except ValueError as error:
        raise ValueError(f"{path} is no JSON: {error}") from error
    if not isinstance(found, dict) or (missing := [name for name in NUMBERS if name not in found]):
        raise ValueError(f"{path} lacks {', '.join(missing) if isinstance(found, dict) else 'all keys'}")
    for name, values in ALWAYS.items():
        value = found.get(name, values[0])
        if value not in values and not (name == "n_inner" and value == 4 * found["n_embd"]):
            raise ValueError(f"{path} says {name} is {value!r}; this model can only be {values[0]!r}")
    rates = {ours: found.get(theirs, 0.1) for theirs, ours in RATES.items()}
    return GPTConfig.of(
        {ours: found[theirs] for theirs, ours in NUMBERS.items()}
        | ({"drop_rate": rates["drop_rate_emb"]} if len(set(rates.values())) == 1 else rates)
        | {"qkv_bias": True, "tie_weights": found.get("tie_word_embeddings", True)}
    )


def _read_weights(folder: Path) -> dict[str, Tensor]:
    if (folder / WEIGHTS).exists():
        return _read_safetensors(folder / WEIGHTS)
    if (folder / INDEX).exists():
        parts = _parts(folder / INDEX)
        return {name: tensor for part in parts for name, tensor in _read_safetensors(folder / part).items()}
    if (folder / OLD_WEIGHTS).exists():
        return _read_pickle(folder / OLD_WEIGHTS)
    raise FileNotFoundError(f"{folder} has neither {WEIGHTS} nor {OLD_WEIGHTS}")


def _parts(index: Path) -> list[str]:
    """The files that a large model's weights are spread over."""
    try:
        return sorted(set(json.loads(index.read_bytes())["weight_map"].values()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{index} has no weight_map that names the files of the weights: {error!r}") from error


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except SafetensorError as error:
        raise ValueError(f"{path} is damaged, or no safetensors file: {error}") from error


def _read_pickle(path: Path) -> dict[str, Tensor]:
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
        reason = str(error).partition("\n")[0]
        raise ValueError(f"{path} is damaged, or holds more than weights, and was not executed: {reason}") from error
    if not isinstance(found, dict) or not all(isinstance(tensor, Tensor) for tensor in found.values()):
        raise ValueError(f"{path} holds a {type(found).__name__}, not tensors by name")
    return found
