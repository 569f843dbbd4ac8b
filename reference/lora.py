"""Low-rank adaptation: fine-tune a model by training two thin matrices beside each of its linear layers. Appendix E.

A layer's weight W stays as it is; what training would have added to it is approximated by a product of rank `rank`:

    output = linear(x) + alpha * (x @ A @ B)        A: (in_dim, rank), B: (rank, out_dim)

B starts at zero, so the adapted model first computes exactly what the model did. The order of a fine-tuning:

    freeze(model)                                    what is there is no longer trained
    replace_linear_with_lora(model, rank=16, alpha=16)
    ... train the parameters that require gradients ...
    save_lora(model, "adapters.safetensors")         a few MB; or merge_lora(model), and it is a plain model again

Source: Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models", section 4.1. There the product is scaled by
alpha / rank; here, as in the guide, by alpha itself. To have the paper's scaling, pass alpha / rank as alpha.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

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


class LinearWithLoRA(nn.Module):
    """A linear layer and its adapter, which lives on the layer's device and has its dtype.

    linear: the layer, kept as it is and not frozen here (see `freeze`). rank, alpha: as in LoRALayer.
    Raises what LoRALayer raises, and TypeError if linear is no nn.Linear or its weight is no floating point.
    """

    def __init__(self, linear: nn.Linear, rank: int, alpha: float) -> None:
        super().__init__()
        if not isinstance(linear, nn.Linear):
            raise TypeError(f"the layer to adapt is a {type(linear).__name__}; it is an nn.Linear")
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

        Its weight is a new tensor. A weight that is shared, as with a tied embedding, must not change for the other owner.
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
    Raises what LoRALayer raises, TypeError if the model is itself a linear layer, which cannot be replaced in place, and
    ValueError if no layer is there to adapt. The model is then unchanged.
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
    from safetensors.torch import save_file

    adapters = _adapters(model)
    if not adapters:
        raise ValueError(f"the {type(model).__name__} has no adapters to save")
    kept = tuple(f"{name}." for name in _modules_named(model, also))
    tensors = lora_state_dict(model) | {name: t for name, t in model.state_dict().items() if name.startswith(kept)}
    about = {name: {"rank": lora.rank, "alpha": lora.alpha} for name, lora in adapters.items()}
    path = Path(path)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        # A file that is cut short by a full disk or a kill must not take the place of a good one.
        save_file({n: t.detach().cpu().contiguous().clone() for n, t in tensors.items()}, unfinished, {METADATA_KEY: json.dumps(about)})
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
