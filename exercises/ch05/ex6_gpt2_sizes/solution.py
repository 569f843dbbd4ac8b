"""The shape from hparams.json, each tensor to its place, and the largest logit again and again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor

from reference.generate import generate
from reference.model import GPTModel
from reference.tokenizer import gpt2_tokenizer

SHAPE = {
    "vocab_size": "n_vocab",
    "context_length": "n_ctx",
    "emb_dim": "n_embd",
    "n_heads": "n_head",
    "n_layers": "n_layer",
}
NORMS = {"ln_1": "norm1", "ln_2": "norm2"}
LAYERS = {"attn/c_proj": "att.out_proj", "mlp/c_fc": "ff.layers.0", "mlp/c_proj": "ff.layers.2"}


def read_checkpoint(folder: Path) -> tuple[dict[str, int], dict[str, Tensor]]:
    """OpenAI's settings and its tensors by their names."""
    import tensorflow as tf

    settings = json.loads((folder / "hparams.json").read_text(encoding="utf-8"))
    reader = tf.train.load_checkpoint(str(folder / "model.ckpt"))
    names = [name for name in reader.get_variable_to_shape_map() if name.startswith("model/")]
    return settings, {name: torch.from_numpy(reader.get_tensor(name).squeeze()) for name in names}


def load_gpt2(size: str, models_dir: str) -> GPTModel:
    """load_state_dict makes sure that every parameter got its numbers."""
    settings, theirs = read_checkpoint(Path(models_dir, size))
    cfg = {ours: settings[name] for ours, name in SHAPE.items()} | {"drop_rate": 0.0, "qkv_bias": True}
    model = GPTModel(cfg)
    state = {
        "tok_emb.weight": theirs["model/wte"],
        "pos_emb.weight": theirs["model/wpe"],
        "out_head.weight": theirs["model/wte"],
        "final_norm.scale": theirs["model/ln_f/g"],
        "final_norm.shift": theirs["model/ln_f/b"],
    }
    for number in range(settings["n_layer"]):
        state |= {f"trf_blocks.{number}.{name}": value for name, value in block(theirs, f"model/h{number}/")}
    model.load_state_dict(state)
    return model.eval()


def block(theirs: dict[str, Tensor], start: str) -> Iterator[tuple[str, Tensor]]:
    """The tensors of one block by our names, transposed where nn.Linear keeps them so."""
    for name, ours in NORMS.items():
        yield f"{ours}.scale", theirs[f"{start}{name}/g"]
        yield f"{ours}.shift", theirs[f"{start}{name}/b"]
    for name, ours in LAYERS.items():
        yield f"{ours}.weight", theirs[f"{start}{name}/w"].T
        yield f"{ours}.bias", theirs[f"{start}{name}/b"]
    weights = theirs[f"{start}attn/c_attn/w"].chunk(3, dim=-1)
    biases = theirs[f"{start}attn/c_attn/b"].chunk(3, dim=-1)
    for name, weight, bias in zip(("W_query", "W_key", "W_value"), weights, biases, strict=True):
        yield f"att.{name}.weight", weight.T
        yield f"att.{name}.bias", bias


def compare(sizes: Sequence[str], models_dir: str, prompt: str, max_new_tokens: int) -> dict[str, str]:
    """One model in memory at a time."""
    tokenizer = gpt2_tokenizer()
    prompt_ids = torch.tensor([tokenizer.encode(prompt)])  # (1, tokens)
    texts = {}
    for size in sizes:
        model = load_gpt2(size, models_dir)
        ids = generate(model, prompt_ids, max_new_tokens, model.cfg.context_length)  # (1, tokens + new)
        texts[size] = tokenizer.decode(ids[0].tolist())
    return texts
