"""OpenAI's GPT-2: its files on the disk, its TensorFlow checkpoint as arrays, and those in our model. Chapter 5.

In OpenAI's checkpoint a tensor is called, for example, model/h0/attn/c_attn/w. `download_and_load_gpt2` gives the same
as nested dictionaries: params["blocks"][0]["attn"]["c_attn"]["w"]. How the numbers lie in a tensor, and where they
belong in our model, stands in `gpt2_layout`.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from reference import gpt2_layout
from reference.config import GPTConfig
from reference.model import GPTModel
from reference.sources import HPARAMS, SIZES, source_named

CHECKPOINT = "model.ckpt"  # the stem of its files
NEEDED = tuple(file.name for file in source_named("gpt2-124M").files if file.needed)
CLOSING_NORM = {"g": "model/ln_f/g", "b": "model/ln_f/b"}  # the one layer whose tensors lie at the top of params

Params = dict[str, Any]


def download_and_load_gpt2(
    model_size: str, models_dir: str | Path, *, mirror: str | None = None, quiet: bool = False
) -> tuple[dict[str, int], Params]:
    """OpenAI's settings and weights of a size; what models_dir/model_size lacks is downloaded first.

    model_size: "124M", "355M", "774M" or "1558M", or the name of any folder in models_dir with files in this layout.
    mirror: as for `obtain.get`. quiet: whether to show no progress of a download on stderr.
    Returns (settings, params). settings is hparams.json: n_vocab, n_ctx, n_embd, n_head, n_layer. params holds numpy
    arrays of float32 and is OpenAI's tree: "wte" (n_vocab, n_embd), "wpe" (n_ctx, n_embd), "g" and "b" (n_embd,) of the
    last norm, and "blocks", a list with, for each block, "ln_1", "ln_2" {"g", "b"}, "attn" {"c_attn", "c_proj"} and
    "mlp" {"c_fc", "c_proj"}, each of these {"w" (in, out), "b" (out,)}.
    Raises ValueError for a name that is none and for files that are damaged, FetchError (an OSError) where a download
    fails, ImportError without tensorflow.
    """
    folder = _folder_of(model_size, models_dir)
    _tensorflow()  # so that nobody waits for a download that cannot be read afterwards
    _fetch_missing(model_size, folder, mirror, quiet)
    settings = _read_settings(folder / "hparams.json")
    return settings, _read_checkpoint(folder, settings)


def _folder_of(model_size: str, models_dir: str | Path) -> Path:
    folder = Path(models_dir) / model_size
    if Path(model_size).name != model_size or (model_size not in SIZES and not folder.is_dir()):
        raise ValueError(
            f"model_size is {model_size!r}; it is {', '.join(SIZES)}, or a folder in {models_dir} that holds "
            f"{', '.join(NEEDED)}"
        )
    return folder


def _fetch_missing(model_size: str, folder: Path, mirror: str | None, quiet: bool) -> None:
    missing = [name for name in NEEDED if not (folder / name).exists()]
    if not missing:
        return
    if model_size not in SIZES:
        raise FileNotFoundError(f"{folder} lacks {', '.join(missing)}")
    from reference.obtain import fetch_files, progress_lines

    with contextlib.nullcontext() if quiet else progress_lines() as report:
        fetch_files(source_named(f"gpt2-{model_size}"), folder, mirror=mirror, report=report)


def _read_settings(path: Path) -> dict[str, int]:
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
        lacking = [name for name in HPARAMS if type(settings[name]) is not int or settings[name] < 1]
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} has no whole numbers {', '.join(HPARAMS)}: {error!r}") from error
    if lacking:
        raise ValueError(f"{path} says {lacking[0]} is {settings[lacking[0]]!r}; it is a whole number from 1 on")
    return dict(settings)


def config_of(settings: Mapping[str, int], **changes: Any) -> GPTConfig:
    """The configuration that OpenAI's settings describe, with the biases that its weights need and a head of its own.

    changes: keys of GPTConfig to set otherwise, such as drop_rate=0.0 or tie_weights=True.
    """
    return GPTConfig(**{"qkv_bias": True} | {ours: settings[theirs] for theirs, ours in HPARAMS.items()} | changes)


def _read_checkpoint(folder: Path, settings: Mapping[str, int]) -> Params:
    """OpenAI's tree of arrays from the files of a checkpoint."""
    tensorflow = _tensorflow()
    try:
        reader = tensorflow.train.load_checkpoint(str(folder / CHECKPOINT))
        names = sorted(name for name in reader.get_variable_to_shape_map() if name.startswith("model/"))
        blocks = len({match[1] for name in names if (match := re.match(r"model/h(\d+)/", name))})
        if blocks != settings["n_layer"]:
            raise ValueError(f"hparams.json says {settings['n_layer']} blocks, the checkpoint has {blocks}")
        params: Params = {"blocks": [{} for _ in range(blocks)]}
        for name in names:
            *path, last = _path(name)
            branch: Any = params
            for key in path:
                branch = branch[key] if isinstance(branch, list) else branch.setdefault(key, {})
            branch[last] = _squeezed(reader.get_tensor(name))
    except (tensorflow.errors.OpError, ValueError, IndexError) as error:
        what = getattr(error, "message", error)
        raise ValueError(
            f"{folder} holds no GPT-2 checkpoint, or a damaged one ({what}); remove what is damaged and get it again"
        ) from error
    return params


def _path(name: str) -> list[Any]:
    """The keys in params of a tensor: model/h0/mlp/c_fc/w lies at "blocks", 0, "mlp", "c_fc", "w"."""
    if name in CLOSING_NORM.values():
        return [name[-1]]
    first, *rest = name.removeprefix("model/").split("/")
    return ["blocks", int(first[1:]), *rest] if re.fullmatch(r"h\d+", first) else [first, *rest]


def _squeezed(array: Any) -> Any:
    """OpenAI's c_ layers are convolutions of width 1; that dimension goes: (1, in, out) becomes (in, out)."""
    array = np.asarray(array, dtype=np.float32)
    return array[0] if array.ndim == 3 and len(array) == 1 else array


def load_weights_into_gpt(gpt: GPTModel, params: Mapping[str, Any]) -> None:
    """Copy OpenAI's weights into a model, each tensor to its layer; the model is changed only where all of them fit.

    params: as `download_and_load_gpt2` gives it. The output head gets a copy of the token embedding "wte", or is the
    token embedding, where the configuration says tie_weights. Nothing is shared with params afterwards.
    Raises ValueError for a tensor that is missing, unknown, not finite or of another shape, naming it as in OpenAI's
    checkpoint; also where the model has no qkv_bias and OpenAI's biases are not all 0, since it could not give the same
    logits.
    """
    theirs = {}
    for name, array in _tensors(params):
        if re.fullmatch(r"model/(wte|wpe|(ln_f|h\d+/(ln_\d|attn/\w+|mlp/\w+))/[wgb])", name) is None:
            raise ValueError(f"params has a tensor {name}, which GPT-2 does not have")
        theirs[_layout_name(name)] = array
    gpt2_layout.load(gpt, theirs, _checkpoint_name)


def _tensors(tree: Any, name: str = "model") -> Iterator[tuple[str, Any]]:
    """All arrays of a params tree with their names in OpenAI's checkpoint."""
    if isinstance(tree, Mapping):
        for key, branch in tree.items():
            if key == "blocks":
                for number, block in enumerate(branch):
                    yield from _tensors(block, f"{name}/h{number}")
            elif name == "model" and key in CLOSING_NORM:
                yield CLOSING_NORM[key], branch
            else:
                yield from _tensors(branch, f"{name}/{key}")
    else:
        yield name, tree


def _layout_name(name: str) -> str:
    """From model/h0/attn/c_attn/w to h.0.attn.c_attn.weight, as `gpt2_layout` has it."""
    dotted = re.sub(r"^h(\d+)", r"h.\1", name.removeprefix("model/")).replace("/", ".")
    if dotted in ("wte", "wpe"):
        return f"{dotted}.weight"
    layer, _, letter = dotted.rpartition(".")
    return f"{layer}.{'bias' if letter == 'b' else 'weight'}"


def _checkpoint_name(name: str) -> str:
    """From h.0.attn.c_attn.weight to model/h0/attn/c_attn/w; the opposite of `_layout_name`."""
    layer, _, kind = re.sub(r"^h\.", "h", name).replace(".", "/").rpartition("/")
    if layer == "lm_head":
        return "model/wte, as output head,"
    if layer in ("wte", "wpe"):
        return f"model/{layer}"
    weight = "g" if re.search(r"ln_\w$", layer) else "w"
    return f"model/{layer}/{'b' if kind == 'bias' else weight}"


def save_openai_checkpoint(model: GPTModel, folder: str | Path) -> None:
    """Write a model as OpenAI's files: hparams.json and a TensorFlow checkpoint, which others' code reads too.

    folder: is made where it is not there; files of these names in it are replaced. Written are the needed files and
    `checkpoint`, by which TensorFlow finds the newest one; not the graph (.meta) and not the vocabulary.
    Query, key and value layers without biases are written with biases of 0.
    Raises ValueError where the head is not the token embedding, since this layout has no place for it (tie_weights
    makes sure of that); OSError where the folder cannot be written; ImportError without tensorflow.
    """
    tensorflow = _tensorflow()
    tensors = gpt2_layout.tensors_of(model)
    head = tensors.pop("lm_head.weight", tensors["wte.weight"])
    if not head.equal(tensors["wte.weight"]):
        raise ValueError("OpenAI's layout has no place for a head of its own: out_head.weight is not tok_emb.weight")
    arrays = {_checkpoint_name(name): tensor.float().cpu().numpy() for name, tensor in tensors.items()}
    for name, array in arrays.items():
        if "/c_" in name and array.ndim == 2:
            arrays[name] = array[np.newaxis]  # (1, in, out)
    names = sorted(arrays)  # as TensorFlow's own Saver does, so that the files are the same byte for byte
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    settings = {theirs: model.cfg[ours] for theirs, ours in HPARAMS.items()}
    (folder / "hparams.json").write_text(json.dumps(settings), encoding="utf-8")
    (folder / "checkpoint").write_text(
        f'model_checkpoint_path: "{CHECKPOINT}"\nall_model_checkpoint_paths: "{CHECKPOINT}"\n', encoding="utf-8"
    )
    try:
        tensorflow.raw_ops.SaveV2(
            prefix=str(folder / CHECKPOINT),
            tensor_names=names,
            shape_and_slices=[""] * len(names),
            tensors=[arrays[name] for name in names],
        )
    except tensorflow.errors.OpError as error:
        raise OSError(f"{folder / CHECKPOINT} could not be written ({error.message})") from error


def _tensorflow() -> Any:
    """TensorFlow, without what it says about itself while it starts."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        return importlib.import_module("tensorflow")
    except ImportError as error:
        raise ImportError(
            f'OpenAI\'s checkpoints are read with tensorflow ({error}): pip install "quizbook[openai]"'
        ) from error
