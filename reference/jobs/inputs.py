"""Finds what a command line names: data by file or name; a model by file, folder or size; the device."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import torch

from reference.checkpoint import load_model, load_state
from reference.config import GPTConfig, config_named, model_configs
from reference.model import GPTModel
from reference.sources import SOURCES, path_of
from reference.tokenizer import gpt2_tokenizer

OWN_FILES = ("model.safetensors", "checkpoint.pth")  # of a run folder, in the order in which they are looked for
DATA_SETS = [source.name for source in SOURCES if source.kind == "data"]


def data_file(name: str) -> Path:
    """The file of a data set, or the file of this path. `./the-verdict` is a path in any case.

    Raises FileNotFoundError where there is none, with what to do; ValueError for a folder.
    """
    if name in DATA_SETS:
        return path_of(name)
    path = Path(name).expanduser()
    if path.is_dir():
        raise ValueError(f"{name} is a folder; name a file in it")
    if not path.exists():
        raise FileNotFoundError(
            f"there is no file {name}, and no data set of this name; there are {', '.join(DATA_SETS)}"
        )
    return path


def device_named(name: str) -> torch.device:
    """The device of this name; "auto" takes the fastest that is here. Raises ValueError for one that is not here."""
    here = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(known for known, there in here.items() if there)
    if name not in here:
        raise ValueError(f"there is no device {name!r}; there are auto, {', '.join(here)}")
    if not here[name]:
        raise ValueError(f"torch finds no {name} device here; --device cpu always works")
    return torch.device(name)


def model_named(name: str, *, drop_rate: float | None = None, n_heads: int | None = None) -> GPTModel:
    """The model in a file or folder, or GPT-2 of this size with OpenAI's weights; on the CPU, in evaluation mode.

    name: a .safetensors or .pth file; a folder of ours, of Hugging Face's (config.json) or of OpenAI's (hparams.json);
    or "124M", "gpt2-small" and so on. drop_rate: of all places, instead of the model's own.
    n_heads: of a file that holds nothing but a state dict, as the guide saves it, and is of no size of GPT-2.
    Raises FileNotFoundError or ValueError where no such model can be had, ImportError where OpenAI's needs tensorflow.
    """
    path = Path(name).expanduser()
    size = None if path.exists() else _size(name)
    if size is not None:
        model = _openai(path_of(f"gpt2-{size}"))
    elif path.is_dir():
        model = _from_folder(path)
    elif path.exists():
        model = _from_file(path, n_heads)
    else:
        raise FileNotFoundError(f"there is no file or folder {name}, and no size of this name; there are {_sizes()}")
    return model if drop_rate is None else _with_dropout(model, drop_rate)


def ready(model: GPTModel, device: torch.device, fast: str | None) -> GPTModel:
    """A model for inference on a device, packed in a number format if one is given. Raises what `fast.pack` raises."""
    model = model.to(device).eval()
    if fast is None:
        return model
    from reference.fast import pack

    return pack(model, cast(Any, fast))


def check_vocabulary(model: GPTModel, name: str) -> None:
    """Raises ValueError if a model cannot be asked with GPT-2's tokens, the only ones that the jobs know."""
    tokens = gpt2_tokenizer().n_vocab
    if model.cfg.vocab_size < tokens:
        raise ValueError(f"the model {name} knows {model.cfg.vocab_size} tokens; GPT-2's tokenizer has {tokens}")


def _sizes() -> str:
    return ", ".join(full.split(" (")[0] for full in model_configs)


def _size(name: str) -> str | None:
    """Which of OpenAI's four sizes is meant, such as "124M"; None if none is."""
    try:
        config = config_named(name.removeprefix("gpt2-") if name.endswith("M") else name)
    except ValueError:
        return None
    full = next(full for full, known in model_configs.items() if known == config)
    return full.rstrip(")").split(" (")[1]


def _openai(folder: Path) -> GPTModel:
    from reference.openai import config_of, download_and_load_gpt2, load_weights_into_gpt

    settings, params = download_and_load_gpt2(folder.name, folder.parent)
    model = GPTModel(config_of(settings))
    load_weights_into_gpt(model, params)
    return model.eval()


def _from_folder(folder: Path) -> GPTModel:
    if (folder / "config.json").exists():
        from reference.huggingface import load_huggingface

        return load_huggingface(folder).eval()
    if (folder / "hparams.json").exists():
        return _openai(folder.absolute())
    for name in OWN_FILES:
        if (folder / name).exists():
            return _from_file(folder / name, None)
    raise FileNotFoundError(
        f"{folder} holds no model: neither config.json (Hugging Face) nor hparams.json (OpenAI) nor "
        f"{' nor '.join(OWN_FILES)}"
    )


def _from_file(path: Path, n_heads: int | None) -> GPTModel:
    if is_classifier(path):
        raise ValueError(f"{path} holds a classifier, which writes no text; classify --model {path} uses it")
    if path.suffix == ".safetensors" and (path.parent / "config.json").exists() and "config" not in _about(path):
        from reference.huggingface import load_huggingface

        return load_huggingface(path.parent).eval()
    if path.suffix in (".pth", ".pt") and (state := _bare_state(path)) is not None:
        model = GPTModel(_shape_of(state, path, n_heads))
        load_state(model, state, path)
        return model.eval()
    return load_model(path)


def is_classifier(path: Path) -> bool:
    """Whether a file is one that `save_classifier` wrote."""
    return path.suffix == ".safetensors" and "classifier" in _about(path)


def _about(path: Path) -> Mapping[str, str]:
    """The metadata of a safetensors file; none where it cannot be read, which whoever loads it will say better."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            return file.metadata() or {}
    except (SafetensorError, OSError):
        return {}


def _bare_state(path: Path) -> dict[str, torch.Tensor] | None:
    """The state dict in a file that holds nothing else, as `torch.save(model.state_dict(), path)` writes it."""
    try:
        content: Any = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except Exception:  # whoever loads it in earnest says what is wrong
        return None
    is_bare = isinstance(content, dict) and "tok_emb.weight" in content
    return content if is_bare else None


def _shape_of(state: Mapping[str, torch.Tensor], path: Path, n_heads: int | None) -> GPTConfig:
    """The configuration that a state dict's shapes tell, but for the heads, which no shape depends on."""
    try:
        vocab_size, emb_dim = state["tok_emb.weight"].shape
        context_length = len(state["pos_emb.weight"])
        n_layers = 1 + max(int(name.split(".")[1]) for name in state if name.startswith("trf_blocks."))
    except (KeyError, ValueError, IndexError, AttributeError):
        raise ValueError(
            f"{path} holds weights, but not those of a GPTModel: names such as trf_blocks.0 are missing"
        ) from None
    known = {(config.emb_dim, config.n_layers): config.n_heads for config in model_configs.values()}
    heads = n_heads or known.get((emb_dim, n_layers))
    if heads is None:
        raise ValueError(
            f"{path} does not tell how many attention heads its model has: "
            f"convert {path} model.safetensors --n-heads N writes a file that does"
        )
    return GPTConfig(
        vocab_size, context_length, emb_dim, heads, n_layers, qkv_bias="trf_blocks.0.att.W_query.bias" in state
    )


def _with_dropout(model: GPTModel, drop_rate: float) -> GPTModel:
    """The same weights in a model with another rate of dropout."""
    cfg = replace(model.cfg, drop_rate=drop_rate, drop_rate_emb=None, drop_rate_attn=None, drop_rate_shortcut=None)
    other = GPTModel(cfg)
    load_state(other, model.state_dict())
    return other.eval()


def read_json(path: Path) -> Any:
    """The content of a JSON file. Raises ValueError where it is none."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is no JSON: {error}") from None
