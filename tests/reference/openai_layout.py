"""Writes a checkpoint as OpenAI did: a graph of variables with its names and shapes, saved by TensorFlow's own Saver.

It shares nothing with `reference`, whose reader is tested with it. As a program: openai_layout.py FOLDER SETTINGS SEED
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

SMALL = {"n_vocab": 23, "n_ctx": 8, "n_embd": 6, "n_head": 2, "n_layer": 3}


def variables(settings: dict[str, int], seed: int = 0) -> dict[str, Any]:
    """The arrays of a checkpoint by their names in OpenAI's graph."""
    random = np.random.default_rng(seed)
    width = settings["n_embd"]

    def drawn(*shape: int) -> Any:
        return random.normal(0, 0.3, shape).astype(np.float32)

    made = {"model/wte": drawn(settings["n_vocab"], width), "model/wpe": drawn(settings["n_ctx"], width)}
    for norm in ("model/ln_f", *(f"model/h{n}/ln_{i}" for n in range(settings["n_layer"]) for i in (1, 2))):
        made |= {f"{norm}/g": 1 + drawn(width), f"{norm}/b": drawn(width)}
    for number in range(settings["n_layer"]):
        for layer, nx, nf in (
            ("attn/c_attn", width, 3 * width),
            ("attn/c_proj", width, width),
            ("mlp/c_fc", width, 4 * width),
            ("mlp/c_proj", 4 * width, width),
        ):
            made |= {f"model/h{number}/{layer}/w": drawn(1, nx, nf), f"model/h{number}/{layer}/b": drawn(nf)}
    return made


def logits(settings: dict[str, int], made: dict[str, Any], tokens: list[int]) -> Any:
    """What GPT-2 says about a text, computed with numpy from OpenAI's arrays as they lie. (tokens, n_vocab)"""
    width, heads = settings["n_embd"], settings["n_head"]

    def norm(x: Any, name: str) -> Any:
        x = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
        return x * made[f"{name}/g"] + made[f"{name}/b"]

    def layer(x: Any, name: str) -> Any:
        return x @ made[f"{name}/w"][0] + made[f"{name}/b"]

    x = made["model/wte"][tokens] + made["model/wpe"][: len(tokens)]
    for number in range(settings["n_layer"]):
        block = f"model/h{number}"
        fused = layer(norm(x, f"{block}/ln_1"), f"{block}/attn/c_attn")
        joined = np.zeros_like(x)
        for head in range(heads):
            columns = slice(head * width // heads, (head + 1) * width // heads)
            q, k, v = (part[:, columns] for part in np.split(fused, 3, axis=-1))
            scores = q @ k.T / np.sqrt(width // heads)
            scores[np.triu_indices(len(tokens), 1)] = -np.inf
            shares = np.exp(scores - scores.max(-1, keepdims=True))
            joined[:, columns] = shares / shares.sum(-1, keepdims=True) @ v
        x = x + layer(joined, f"{block}/attn/c_proj")
        wide = layer(norm(x, f"{block}/ln_2"), f"{block}/mlp/c_fc")
        wide = 0.5 * wide * (1 + np.tanh(np.sqrt(2 / np.pi) * (wide + 0.044715 * wide**3)))
        x = x + layer(wide, f"{block}/mlp/c_proj")
    return norm(x, "model/ln_f") @ made["model/wte"].T


def write(folder: Path, settings: dict[str, int], seed: int) -> None:
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow as tf

    old = tf.compat.v1
    folder.mkdir(parents=True, exist_ok=True)
    with tf.Graph().as_default(), old.Session() as session:
        for name, array in variables(settings, seed).items():
            old.get_variable(name, initializer=array)
        session.run(old.global_variables_initializer())
        old.train.Saver(save_relative_paths=True).save(session, str(folder / "model.ckpt"))
    (folder / "hparams.json").write_text(json.dumps(settings), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3]))
