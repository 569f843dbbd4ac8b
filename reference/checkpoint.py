"""Weights and trainings on disk: written in one piece, read without executing anything. Chapter 5.

`save_model` and `load_model` are for a model that is done, `save_checkpoint` and `load_checkpoint` for a training that
goes on. torch's own format is a pickle, which can hold code; here it is only read with weights_only=True, which refuses
whatever is no tensor, number, text or list of these.
"""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from reference.config import GPTConfig
from reference.huggingface import from_huggingface, to_huggingface
from reference.model import GPTModel
from reference.training_state import TrainingState

__all__ = [
    "from_huggingface",
    "load_checkpoint",
    "load_model",
    "load_state",
    "save_checkpoint",
    "save_model",
    "to_huggingface",
    "write_whole",
]

SAFETENSORS = ".safetensors"
BUFFERS = ".att.mask"  # of the guide's attention; ours needs none


def save_model(model: nn.Module, path: Path | str) -> None:
    """Writes a GPTModel with its configuration.

    path: a name that ends in .safetensors, which any program can read, or in .pth or .pt for torch's own format.
    Raises TypeError if the model is no GPTModel, ValueError for another ending, OSError if it cannot be written.
    """
    bare = unwrapped(model)
    path = Path(path)
    if path.suffix == SAFETENSORS:
        tensors = {name: tensor.cpu().contiguous() for name, tensor in bare.state_dict().items()}
        for name in _second_names(bare):  # the format has no two names for the same numbers
            tensors[name] = tensors[name].clone()
        # A single entry: several are written in an order that changes, and the same weights would be other files.
        about = {"config": json.dumps(asdict(bare.cfg))}
        write_whole(path, lambda file: _write_safetensors(tensors, file.name, about))
    elif path.suffix in (".pth", ".pt"):
        content_of = {"cfg": asdict(bare.cfg), "model_state_dict": bare.state_dict()}
        write_whole(path, lambda file: _write_torch(content_of, file))
    else:
        raise ValueError(f"the model cannot be saved as {path.name}: its name ends in .safetensors, .pth or .pt")


def load_model(path: Path | str, device: torch.device | str = "cpu") -> GPTModel:
    """The model in a file that `save_model` or `save_checkpoint` wrote, in evaluation mode.

    Raises FileNotFoundError if there is no file, ValueError if it holds no model, is cut off, or does not fit.
    """
    path = Path(path)
    content = _read_safetensors(path) if path.suffix == SAFETENSORS else _read_torch(path)
    cfg, state = content.get("cfg"), content.get("model_state_dict")
    if not isinstance(cfg, Mapping) or not isinstance(state, Mapping):
        raise ValueError(f"{path} holds weights without a configuration; save_model writes both")
    try:
        model = GPTModel(GPTConfig.of(cfg))
    except (ValueError, TypeError) as error:
        raise ValueError(f"the configuration in {path} cannot be used: {error}") from None
    load_state(model, state, path)
    return model.to(device).eval()


def save_checkpoint(path: Path | str, model: nn.Module, optimizer: Optimizer, state: TrainingState) -> None:
    """Writes all that a training needs to go on. A file of that name is there whole at every moment, old or new.

    Its keys are cfg, model_state_dict, optimizer_state_dict, and training for the state.
    Raises TypeError if the model is no GPTModel, OSError if the file cannot be written.
    """
    bare = unwrapped(model)
    content = {
        "cfg": asdict(bare.cfg),
        "model_state_dict": bare.state_dict(),
        "optimizer_state_dict": optimizer.state_dict(),
        "training": {name: getattr(state, name) for name in TrainingState.__slots__},
    }
    write_whole(Path(path), lambda file: _write_torch(content, file))


def load_checkpoint(path: Path | str, model: nn.Module, optimizer: Optimizer) -> TrainingState:
    """Puts a checkpoint's weights and moments into model and optimizer; how far the training was.

    A checkpoint without a state of the training, as other programs write, counts as one that has not begun.
    Raises FileNotFoundError if there is no file, ValueError if it is no checkpoint, or one of another model or
    optimizer; both are then what they were.
    """
    path, bare = Path(path), unwrapped(model)
    content = _read_torch(path)
    if missing := [key for key in ("model_state_dict", "optimizer_state_dict") if key not in content]:
        raise ValueError(f"{path} is no checkpoint of a training: it lacks {' and '.join(missing)}")
    cfg, training = content.get("cfg"), content.get("training", {})
    heads = cfg.get("n_heads", bare.cfg.n_heads) if isinstance(cfg, Mapping) else bare.cfg.n_heads
    if heads != bare.cfg.n_heads:  # the one number that no shape depends on, and that the weights mean nothing without
        raise ValueError(f"the model in {path} has {heads} heads in each block; this one has {bare.cfg.n_heads}")
    if not isinstance(training, dict) or not set(training) <= set(TrainingState.__slots__):
        raise ValueError(f"the state of the training in {path} was not written by save_checkpoint")
    weights = _fitting(bare, content["model_state_dict"], path)
    _load_optimizer(optimizer, content["optimizer_state_dict"], path)
    bare.load_state_dict(weights)
    return TrainingState(**training)


def _load_optimizer(optimizer: Optimizer, state: Any, source: Path) -> None:
    before = optimizer.state_dict()
    try:
        optimizer.load_state_dict(state)
        # torch takes the settings of any optimizer, and would only miss its own in the next step.
        if lacking := [name for name in optimizer.defaults if any(name not in g for g in optimizer.param_groups)]:
            raise ValueError(f"it does not say {_some(lacking)}")
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        optimizer.load_state_dict(before)
        raise ValueError(f"the optimizer's state in {source} is of another optimizer or model: {error}") from None


def load_state(model: nn.Module, state: Mapping[str, Any], source: Path | str = "the state") -> None:
    """Copies weights into a model, after all of them were found to fit. Masks that the guide's attention saves do too.

    source: what messages call it. Raises ValueError that names the tensor: missing, not of this model, of another
    shape (which was expected, which came), or not finite. Then the model is what it was.
    """
    model.load_state_dict(_fitting(model, state, source))


def _fitting(model: nn.Module, state: Any, source: Path | str) -> dict[str, Tensor]:
    """The tensors of a state by their names in the model, found to fit it."""
    if not isinstance(state, Mapping):
        raise ValueError(f"{source} holds a {type(state).__name__}; a dictionary of weights is expected")
    wanted, shared = model.state_dict(), _second_names(model)
    given = {name: tensor for name, tensor in state.items() if not name.endswith(BUFFERS) or name in wanted}
    for second, first in shared.items():  # one of the two names is enough
        for name, other in ((first, second), (second, first)):
            if name not in given and other in given:
                given[name] = given[other]
    if missing := [name for name in wanted if name not in given]:
        raise ValueError(f"{source} lacks {_some(missing)}")
    if surplus := [name for name in given if name not in wanted]:
        raise ValueError(f"{source} holds {_some(surplus)}, which this model does not have")
    for name, tensor in given.items():
        if not isinstance(tensor, Tensor):
            raise ValueError(f"{name} in {source} is of type {type(tensor).__name__}; it is a tensor")
        if tensor.shape != wanted[name].shape:
            expected, found = tuple(wanted[name].shape), tuple(tensor.shape)
            raise ValueError(f"{name} in {source} has shape {found}; this model expects {expected}")
        if tensor.is_floating_point() and not tensor.isfinite().all():
            raise ValueError(f"{name} in {source} holds NaN or infinite numbers; these weights are broken")
    for second, first in shared.items():
        if not torch.equal(given[first], given[second]):
            raise ValueError(f"{source} holds two different matrices {first} and {second}; in this model they are one")
    return given


def _second_names(model: nn.Module) -> dict[str, str]:
    """For each parameter that has two names, the second and the first: out_head.weight and tok_emb.weight if tied."""
    first: dict[int, str] = {}
    names = [
        (name, first.setdefault(id(value), name)) for name, value in model.named_parameters(remove_duplicate=False)
    ]
    return {name: other for name, other in names if name != other}


def write_whole(path: Path, write: Callable[[BinaryIO], Any]) -> None:
    """Writes a file under another name, down to the disk, and then gives it its own: it is never there in part.

    write: is given the other file, open for writing; it may also write to it by its name.
    Raises OSError if it cannot be written; a file of that name is then still what it was.
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {path.parent} to write {path.name} to")
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; name a file in it")
    part = path.with_name(f".{path.name}.part")  # one that a killed run left is written over
    try:
        with part.open("wb") as file:
            write(file)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(path)
        if hasattr(os, "O_DIRECTORY"):  # the new name has to reach the disk too
            folder = os.open(path.parent, os.O_DIRECTORY)
            os.fsync(folder)
            os.close(folder)
    finally:
        part.unlink(missing_ok=True)


def unwrapped(model: nn.Module) -> GPTModel:
    """The GPTModel itself, without DistributedDataParallel around it."""
    bare = getattr(model, "module", model)
    if not isinstance(bare, GPTModel):
        raise TypeError(f"the model is of type {type(bare).__name__}; it is a GPTModel")
    return bare


def _write_safetensors(tensors: dict[str, Tensor], path: str, about: dict[str, str]) -> None:
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    mode = Path(path).stat().st_mode
    try:
        save_file(tensors, path, about)
    except SafetensorError as error:
        raise OSError(f"the weights cannot be written: {error}") from None
    Path(path).chmod(mode)  # the library puts a file there that only its owner can read


def _write_torch(content: dict[str, Any], file: BinaryIO) -> None:
    try:
        torch.save(content, file)
    except RuntimeError as error:  # what torch makes of a full disk, on its way out of the OSError
        reason = error.__context__ if isinstance(error.__context__, OSError) else error
        raise OSError(f"the weights cannot be written: {reason}") from error


def _read_safetensors(path: Path) -> dict[str, Any]:
    from safetensors import SafetensorError, safe_open

    _check_file(path)
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            names = file.keys()  # it is no dict, and cannot be iterated itself
            state = {name: file.get_tensor(name) for name in names}
            cfg = json.loads(metadata.get("config", "null"))
    except (SafetensorError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} is no safetensors file, or is cut off: {error}") from None
    return {"cfg": cfg, "model_state_dict": state}


def _read_torch(path: Path) -> dict[str, Any]:
    _check_file(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pickles that are refused in the next moment
            content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # pickle's, zip's and torch's own errors, many kinds of them
        raise ValueError(_why_unreadable(path, error)) from None
    if not isinstance(content, dict):
        raise ValueError(f"{path} holds a {type(content).__name__}; a dictionary of weights is expected")
    if content and all(isinstance(value, Tensor) for value in content.values()):
        return {"model_state_dict": content}
    return content


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise ValueError(f"{path} is a folder; name the file with the weights")
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}")
    if path.stat().st_size == 0:
        raise ValueError(f"{path} is empty")


def _why_unreadable(path: Path, error: Exception) -> str:
    told = str(error)
    if "Unsupported" in told or "weights_only" in told.lower() or "WeightsUnpickler" in told:
        return f"{path} holds more than weights, and was not opened: a pickle can run code. Ask for a safetensors file"
    return f"{path} is no file of weights, or is cut off: {told.splitlines()[0] if told else type(error).__name__}"


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
