"""Exercise 5.6: load GPT-2 of any size, and compare what the sizes write."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from reference.model import GPTModel


def read_checkpoint(folder: Path) -> tuple[dict[str, int], dict[str, Tensor]]:
    """OpenAI's settings (n_vocab, n_ctx, n_embd, n_head, n_layer) and its tensors, such as model/h0/attn/c_attn/w.

    A weight of a c_ layer is (in, out). This function is complete.
    """
    import tensorflow as tf  # it takes seconds, so only where it is needed

    settings = json.loads((folder / "hparams.json").read_text(encoding="utf-8"))
    reader = tf.train.load_checkpoint(str(folder / "model.ckpt"))
    names = [name for name in reader.get_variable_to_shape_map() if name.startswith("model/")]
    return settings, {name: torch.from_numpy(reader.get_tensor(name).squeeze()) for name in names}


def load_gpt2(size: str, models_dir: str) -> GPTModel:
    """The model whose files lie in models_dir/size, with OpenAI's weights, without dropout."""
    # TODO
    raise NotImplementedError


def compare(sizes: Sequence[str], models_dir: str, prompt: str, max_new_tokens: int) -> dict[str, str]:
    """For each size the prompt and what its model adds, always the token with the largest logit."""
    # TODO
    raise NotImplementedError


if __name__ == "__main__":
    from reference.sources import data_folder

    # `quizbook data get gpt2-124M` brings the real weights, half a gigabyte; the others take gpt2-355M and so on
    print(compare(["124M"], str(data_folder() / "gpt2"), "Every effort moves you", 25))
