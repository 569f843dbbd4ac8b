"""Low-rank adaptation: fine-tune a model by training two thin matrices beside each of its linear layers. Appendix E.

A layer's weight W stays as it is; what training would have added to it is approximated by a product of rank `rank`:

    output = linear(x) + alpha * (x @ A @ B)        A: (in_dim, rank), B: (rank, out_dim)

B starts at zero, so the adapted model first computes exactly what the model did. The order of a fine-tuning:

    freeze(model)                                    what is there is no longer trained
    replace_linear_with_lora(model, rank=16, alpha=16)
    ... train the parameters that require gradients ...
    save_lora(model, "adapters.safetensors")         a few MB; or merge_lora(model), and it is a plain model again

Source: Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models", section 4.1. There the product is scaled
by alpha / rank; here, as in the guide, by alpha itself. To have the paper's scaling, pass alpha / rank as alpha.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from reference.checkpoint import write_whole

METADATA_KEY = "lora"  # of the file: {layer: {"rank": 16, "alpha": 16}} as JSON


class LoRALayer(nn.Module):
    """The product of two thin matrices: alpha * (x @ A @ B).

    in_dim, out_dim: sizes of an input and of an output vector. rank: columns of A and rows of B, at least 1; more than
    the smaller of the two sizes is allowed (the guide puts rank 16 beside a head with 2 classes) but adds nothing.
    alpha: the factor of the product, above 0. device, dtype: as for nn.Linear.

    A: (in_dim, rank), drawn by Kaiming's uniform rule with a = sqrt(5), which is uniform within 1 / sqrt(rank), since
    torch takes the last dimension for the fan-in. B: (rank, out_dim), zeros.
    Raises TypeError if rank is no whole number, ValueError if rank is less than 1 or alpha is not above 0.
    Source: Hu et al. 2021, section 4.1.
    """

    def __init__(
        self,
        in_dim: int,
        out_dim: int,
        rank: int,
        alpha: float,
        *,
        device: torch.device | None = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        _check(rank, alpha)
        self.alpha = alpha
        self.A = nn.Parameter(torch.empty(in_dim, rank, device=device, dtype=dtype))
        self.B = nn.Parameter(torch.zeros(rank, out_dim, device=device, dtype=dtype))
        nn.init.kaiming_uniform_(self.A, a=math.sqrt(5))

    @property
    def rank(self) -> int:
        """Columns of A and rows of B."""
        return self.A.shape[1]

    def forward(self, x: Tensor) -> Tensor:
        """x: (..., in_dim). Returns (..., out_dim)."""
        # From the left: x @ A is thin, A @ B would be as large as the weight that LoRA saves us from training.
        return self.alpha * (x @ self.A @ self.B)  # (..., out_dim)

    def extra_repr(self) -> str:
        """What print(model) says about the adapter."""
        return f"rank={self.rank}, alpha={self.alpha}"


class LinearWithLoRA(nn.Module):
    """A linear layer and its adapter, which lives on the layer's device and has its dtype.

    linear: the layer, kept as it is and not frozen here (see `freeze`). rank, alpha: as in LoRALayer.
    Raises what LoRALayer raises, and TypeError if linear is no nn.Linear or its weight is no floating point.
    """

    def __init__(self, linear: nn.Linear, rank: int, alpha: float) -> None:
        super().__init__()
        if not isinstance(linear, nn.Linear):
            raise TypeError(f"the layer to adapt is of type {type(linear).__name__}; it is an nn.Linear")
        if not linear.weight.is_floating_point():
            raise TypeError(f"the layer's weight is {linear.weight.dtype}; only floating-point layers can be adapted")
        self.in_features, self.out_features = linear.in_features, linear.out_features
        self.linear = linear
        self.lora = LoRALayer(
            self.in_features, self.out_features, rank, alpha, device=linear.weight.device, dtype=linear.weight.dtype
        )
        self.train(linear.training)

    def forward(self, x: Tensor) -> Tensor:
        """x: (..., in_dim). Returns (..., out_dim)."""
        out: Tensor = self.linear(x) + self.lora(x)  # (..., out_dim)
        return out

    @torch.no_grad()
    def merged(self) -> nn.Linear:
        """A plain layer that computes the same: weight + alpha * (A @ B)^T, and the same bias.

        Its weight is a new tensor: one that is shared, as with a tied embedding, must not change for its other owner.
        """
        old = self.linear.weight  # (out_dim, in_dim)
        wide = torch.promote_types(old.dtype, torch.float32)  # half precision is rounded once, at the end
        update = self.lora.alpha * (self.lora.A.to(wide) @ self.lora.B.to(wide))  # (in_dim, out_dim)
        plain = nn.Linear(self.in_features, self.out_features, bias=False, device="meta")
        plain.weight = nn.Parameter((old.to(wide) + update.T).to(old.dtype), requires_grad=old.requires_grad)
        plain.bias = self.linear.bias
        return plain.train(self.training)


def freeze(model: nn.Module) -> None:
    """Stops the training of every parameter that is no adapter's.

    The guide does it with a loop over `model.parameters()`, which has to come before `replace_linear_with_lora`: after
    it, the loop would freeze the adapters too, and nothing would be left to train. This function leaves them.
    """
    adapters = {id(parameter) for lora in _adapters(model).values() for parameter in lora.parameters()}
    for parameter in model.parameters():
        if id(parameter) not in adapters:
            parameter.requires_grad_(False)


def replace_linear_with_lora(model: nn.Module, rank: int, alpha: float) -> None:
    """Puts an adapter beside every linear layer of a model, in place and at any depth; call `freeze` before.

    rank, alpha: as in LoRALayer. A layer that has an adapter keeps that one; a layer that stands in several places gets
    one adapter, and so it stays one layer. Subclasses of nn.Linear stay: what they compute is not known here.
    Raises what LoRALayer raises, TypeError if the model is itself a linear layer, which cannot be replaced in place,
    and ValueError if no layer is there to adapt. The model is then unchanged.
    """
    _check(rank, alpha)
    if isinstance(model, nn.Linear):
        raise TypeError(
            "the model is a linear layer, which cannot be replaced in place; use LinearWithLoRA(model, rank, alpha)"
        )
    layers = _plain_linears(model)
    if not layers and _adapters(model):
        raise ValueError("all linear layers of the model have an adapter already; merge_lora(model) makes them plain")
    if not layers:
        raise ValueError(f"the {type(model).__name__} has no linear layer to adapt")
    _replace(model, {name: LinearWithLoRA(layer, rank, alpha) for name, layer in layers.items()})


def merge_lora(model: nn.Module) -> None:
    """Adds every adapter to its layer's weight and makes the layer a plain nn.Linear again, in place.

    The outputs stay the same but for rounding. Weights stay frozen if they were. A head that was tied to the token
    embedding has a weight of its own afterwards, since only the head was adapted; a GPTModel's `cfg` then says so.
    Raises TypeError if the model is itself a LinearWithLoRA, ValueError if the model has no adapters.
    """
    if isinstance(model, LinearWithLoRA):
        raise TypeError("the model is a LinearWithLoRA, which cannot be replaced in place; use model.merged()")
    layers = {name: module for name, module in model.named_modules() if isinstance(module, LinearWithLoRA)}
    if not layers:
        raise ValueError(f"the {type(model).__name__} has no adapters to merge")
    _replace(model, {name: layer.merged() for name, layer in layers.items()})
    config: Any = getattr(model, "cfg", None)
    if "out_head" in layers and getattr(config, "tie_weights", False):
        model.cfg = replace(config, tie_weights=False)


def trainable_parameters(model: nn.Module) -> int:
    """How many numbers training would change. A parameter that stands in several places counts once."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def lora_state_dict(model: nn.Module) -> dict[str, Tensor]:
    """The adapters' tensors alone, by their names in `model.state_dict()`, such as "out_head.lora.A"; not copied."""
    return {
        f"{name}.lora.{matrix}": tensor
        for name, lora in _adapters(model).items()
        for matrix, tensor in lora.state_dict().items()
    }


def save_lora(model: nn.Module, path: str | Path, also: Iterable[str] = ()) -> None:
    """Writes the adapters to a safetensors file, with the rank and alpha of each layer in its metadata.

    also: names of modules whose other weights are to be in the file. A classification head that was drawn at random
    belongs here, `also=["out_head"]`: the adapters mean nothing beside a head that is drawn anew.
    Raises ValueError if the model has no adapters or no module of such a name, OSError if the file cannot be written.
    """
    from safetensors.torch import save

    adapters = _adapters(model)
    if not adapters:
        raise ValueError(f"the {type(model).__name__} has no adapters to save")
    others = {f"{name}.{n}": t for name in also for n, t in _module_named(model, name).state_dict().items()}
    about = {name: {"rank": lora.rank, "alpha": lora.alpha} for name, lora in adapters.items()}
    tensors = {name: t.detach().cpu().contiguous().clone() for name, t in (others | lora_state_dict(model)).items()}
    content = save(tensors, {METADATA_KEY: json.dumps(about)})
    write_whole(Path(path), lambda file: file.write(content))


def load_lora(model: nn.Module, path: str | Path) -> None:
    """Reads what `save_lora` wrote into a model that has the same base weights, in place.

    model: plain, and gets the adapters; or with adapters of the same rank and alpha beside the same layers.
    Everything is checked before anything is changed.
    Raises FileNotFoundError, OSError, and ValueError for a file that holds no adapters, is cut short, or does not fit
    the model; the sentence names the layer or the tensor with the expected and the found shape.
    """
    about, tensors = _read(Path(path))
    adapted = {name: _adapted(model, name, tensors, **about[name]) for name in about}
    if forgotten := [name for name in _adapters(model) if name not in adapted]:
        raise ValueError(f"{path} has no adapter for {forgotten[0]!r}, which has one in the model")
    state = model.state_dict()
    for name, layer in adapted.items():
        state |= {f"{name}.{inner}": tensor for inner, tensor in layer.state_dict().items()}
    for name, tensor in tensors.items():
        _check_fits(name, tensor, state.get(name))
    with torch.no_grad():
        for name, tensor in tensors.items():
            state[name].copy_(tensor)
    _replace(model, adapted)


def _read(path: Path) -> tuple[dict[str, dict[str, Any]], dict[str, Tensor]]:
    """The metadata and the tensors of a file of adapters."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}; save_lora(model, path) writes one")
    try:
        with safe_open(path, framework="pt") as file:
            about = json.loads((file.metadata() or {}).get(METADATA_KEY, "null"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no mapping
    except SafetensorError as error:
        raise ValueError(f"{path} is no safetensors file, or is cut short: {error}") from error
    except ValueError as error:
        raise ValueError(f"{path} has metadata that cannot be read: {error}") from error
    if not isinstance(about, dict) or not about:
        raise ValueError(f"{path} holds no adapters; it is not a file that save_lora wrote")
    for name, numbers in about.items():
        try:
            _check(**numbers)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path} does not say the rank and alpha of {name!r}: {error}") from error
    return about, tensors


def _adapted(model: nn.Module, name: str, tensors: dict[str, Tensor], rank: int, alpha: float) -> LinearWithLoRA:
    """The layer of this name with an adapter as the file has it: the model's own, or one that is not in it yet."""
    layer = _module_named(model, name)
    if not isinstance(layer, nn.Linear | LinearWithLoRA):
        raise ValueError(
            f"the file adapts {name!r}, which is of type {type(layer).__name__} in the model, no nn.Linear"
        )
    for matrix, shape in (("A", (layer.in_features, rank)), ("B", (rank, layer.out_features))):
        tensor = tensors.get(f"{name}.lora.{matrix}")
        if tensor is None:
            raise ValueError(f"the file lacks the tensor '{name}.lora.{matrix}'")
        _check_shape(f"{name}.lora.{matrix}", tensor, shape)
    if isinstance(layer, nn.Linear):
        return LinearWithLoRA(layer, rank, alpha)
    if (layer.lora.rank, layer.lora.alpha) != (rank, alpha):
        raise ValueError(
            f"{name!r} has an adapter of rank {layer.lora.rank} and alpha {layer.lora.alpha} in the model, "
            f"and of rank {rank} and alpha {alpha} in the file"
        )
    return layer


def _check(rank: int, alpha: float) -> None:
    if isinstance(rank, bool) or not isinstance(rank, int):
        raise TypeError(f"rank is {rank!r}; it is a whole number, at least 1")
    if rank < 1:
        raise ValueError(f"rank is {rank}; it is at least 1")
    if isinstance(alpha, bool) or not isinstance(alpha, int | float):
        raise TypeError(f"alpha is {alpha!r}; it is a number above 0")
    if not 0 < alpha < math.inf:
        raise ValueError(f"alpha is {alpha}; it is a number above 0")


def _check_fits(name: str, found: Tensor, expected: Tensor | None) -> None:
    if expected is None:
        raise ValueError(f"the file has a tensor {name!r}, for which the model has no place")
    _check_shape(name, found, tuple(expected.shape))


def _check_shape(name: str, found: Tensor, expected: tuple[int, ...]) -> None:
    if tuple(found.shape) != expected:
        raise ValueError(f"{name!r} has shape {tuple(found.shape)} in the file; the model expects {expected}")


def _adapters(model: nn.Module) -> dict[str, LoRALayer]:
    """The adapters of a model by the name of the layer that they adapt."""
    return {name: module.lora for name, module in model.named_modules() if isinstance(module, LinearWithLoRA)}


def _plain_linears(model: nn.Module) -> dict[str, nn.Linear]:
    """The linear layers of a model, each under one name, without those that have an adapter already."""
    inside = {id(module.linear) for module in model.modules() if isinstance(module, LinearWithLoRA)}
    return {
        name: module for name, module in model.named_modules() if type(module) is nn.Linear and id(module) not in inside
    }


def _module_named(model: nn.Module, name: str) -> nn.Module:
    try:
        return model.get_submodule(name or "''")
    except AttributeError:
        raise ValueError(f"the {type(model).__name__} has no module {name!r}") from None


def _replace(model: nn.Module, new: Mapping[str, nn.Module]) -> None:
    """Sets modules by name, wherever the one of that name stands: a layer may stand in several places."""
    old = dict(model.named_modules())
    by_old = {id(old[name]): module for name, module in new.items()}
    for name, module in list(model.named_modules(remove_duplicate=False)):
        if id(module) in by_old:
            parent, _, attribute = name.rpartition(".")
            setattr(model.get_submodule(parent), attribute, by_old[id(module)])
