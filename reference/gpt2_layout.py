"""How GPT-2's weights are named and laid out by those who published them, next to ours. Chapter 5.

OpenAI's TensorFlow checkpoints and Hugging Face's files hold the same tensors under almost the same names, written here
in one way: "wte.weight", "h.0.attn.c_attn.bias". Three things differ from ours:

- layers whose name begins with c_ store their weight as (in, out), for x @ W; nn.Linear stores (out, in), for x @ W.T;
- c_attn is query, key and value side by side in one layer; we have three;
- the output head is the token embedding; we have a head of its own, unless the configuration ties the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from reference.model import GPTModel

QKV = ("att.W_query", "att.W_key", "att.W_value")
BLOCK = (
    # theirs,       ours,                 in our layer: how a weight and a bias are called
    ("ln_1", ("norm1",), "scale", "shift"),
    ("attn.c_attn", QKV, "weight", "bias"),
    ("attn.c_proj", ("att.out_proj",), "weight", "bias"),
    ("ln_2", ("norm2",), "scale", "shift"),
    ("mlp.c_fc", ("ff.layers.0",), "weight", "bias"),
    ("mlp.c_proj", ("ff.layers.2",), "weight", "bias"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """One of their tensors, and where its numbers belong in our state dict.

    ours: one name, or those of query, key and value, which take a third of the last dimension each.
    transposed: whether theirs is (in, out) where ours is (out, in).
    """

    theirs: str
    ours: tuple[str, ...]
    transposed: bool = False


def places(n_layers: int) -> Iterator[Place]:
    """All tensors of a GPT-2 with so many blocks, but for a head that is not tied."""
    yield Place("wte.weight", ("tok_emb.weight",))
    yield Place("wpe.weight", ("pos_emb.weight",))
    for number in range(n_layers):
        for theirs, ours, weight, bias in BLOCK:
            paths = [f"trf_blocks.{number}.{layer}" for layer in ours]
            transposed = ".c_" in theirs
            yield Place(f"h.{number}.{theirs}.weight", tuple(f"{path}.{weight}" for path in paths), transposed)
            yield Place(f"h.{number}.{theirs}.bias", tuple(f"{path}.{bias}" for path in paths))
    yield Place("ln_f.weight", ("final_norm.scale",))
    yield Place("ln_f.bias", ("final_norm.shift",))


def load(model: GPTModel, tensors: Mapping[str, Any], shown: Callable[[str], str]) -> None:
    """Copy GPT-2's tensors into a model; the model is changed only where all of them fit.

    tensors: by their names as above, torch or numpy; "lm_head.weight" is the output head, by default wte.weight. They
    are copied, so the model shares no memory with them, and come to the model's own device and number format.
    shown: how the caller's users know a tensor by, for messages.
    Raises ValueError for a tensor that is missing, unknown, of another shape, or not finite; for biases of query, key
    and value that are not all 0 where the model has none (qkv_bias); for a head that is not the embedding where the
    model ties them.
    """
    ours = dict(model.state_dict(keep_vars=True))
    expected = [*places(model.cfg.n_layers), Place("lm_head.weight", ("out_head.weight",))]
    tensors = {"lm_head.weight": tensors.get("wte.weight"), **tensors}
    if unknown := sorted(set(tensors) - {place.theirs for place in expected}):
        raise ValueError(
            f"the weights have {len(unknown)} tensors that a model of {model.cfg.n_layers} blocks has no place for, "
            f"the first is {shown(unknown[0])}"
        )
    plan = [(place, _checked(place, tensors, ours, shown)) for place in expected]
    if model.cfg.tie_weights and not torch.equal(_tensor(tensors["wte.weight"]), _tensor(tensors["lm_head.weight"])):
        raise ValueError(
            f"{shown('lm_head.weight')} is not {shown('wte.weight')}, and the model ties the two: set tie_weights=False"
        )
    with torch.no_grad():
        for place, whole in plan:
            for name, part in zip(place.ours, whole.chunk(len(place.ours), dim=-1), strict=True):
                if name in ours:
                    ours[name].copy_(part.T if place.transposed else part)


def _checked(
    place: Place, tensors: Mapping[str, Any], ours: Mapping[str, Tensor], shown: Callable[[str], str]
) -> Tensor:
    """Their tensor for a place, after it has been made sure that it fits."""
    if tensors.get(place.theirs) is None:
        raise ValueError(f"the weights lack the tensor {shown(place.theirs)}")
    tensor = _tensor(tensors[place.theirs])
    if not torch.isfinite(tensor).all():
        raise ValueError(f"the tensor {shown(place.theirs)} holds values that are not finite (NaN or infinity)")
    if _is_left_out(place, ours) and tensor.any():
        raise ValueError(
            f"the tensor {shown(place.theirs)} holds biases for query, key and value, and the model has none: "
            "make it with qkv_bias=True"
        )
    expected = _expected_shape(place, ours)
    if tuple(tensor.shape) != expected:
        raise ValueError(f"the tensor {shown(place.theirs)} has shape {tuple(tensor.shape)}, expected is {expected}")
    return tensor


def _is_left_out(place: Place, ours: Mapping[str, Tensor]) -> bool:
    """Whether these are the biases of query, key and value, and our model was made without."""
    return place.theirs.endswith("c_attn.bias") and place.ours[0] not in ours


def _expected_shape(place: Place, ours: Mapping[str, Tensor]) -> tuple[int, ...]:
    """The shape that their tensor must have to fill ours."""
    names = place.ours
    if _is_left_out(place, ours):  # a bias has the length of its layer's output, the first dimension of our weight
        names = tuple(name.replace(".bias", ".weight") for name in names)
    if missing := [name for name in names if name not in ours]:
        raise ValueError(f"the model has no {missing[0]}; GPT-2's weights fit a plain GPTModel only")
    shape = tuple(ours[names[0]].shape)
    shape = shape[::-1] if place.transposed else shape[: 1 if names != place.ours else None]
    return (*shape[:-1], len(names) * shape[-1])


def tensors_of(model: GPTModel) -> dict[str, Tensor]:
    """A model's weights as GPT-2's tensors, copies, on the model's device; the opposite of `load`.

    Query, key and value layers without biases get biases of 0. "lm_head.weight" is among them where the model has a
    head of its own.
    Raises ValueError where the model is no plain GPTModel: with LoRA layers, or another head.
    """
    ours = {name: tensor.detach() for name, tensor in model.state_dict().items()}
    expected = list(places(model.cfg.n_layers))
    if not model.cfg.tie_weights:
        expected.append(Place("lm_head.weight", ("out_head.weight",)))
    else:
        ours.pop("out_head.weight", None)
    known = {name for place in expected for name in place.ours}
    if strange := [name for name in ours if name not in known]:
        raise ValueError(f"GPT-2's layout has no place for {strange[0]}; merge LoRA layers, and keep the first head")
    vocabulary = ours["tok_emb.weight"].shape
    if not model.cfg.tie_weights and ours["out_head.weight"].shape != vocabulary:
        found = tuple(ours["out_head.weight"].shape)
        raise ValueError(f"out_head.weight has shape {found}; GPT-2's layout needs a head of {tuple(vocabulary)}")
    return {place.theirs: _joined(place, ours, model.cfg.emb_dim) for place in expected}


def _joined(place: Place, ours: Mapping[str, Tensor], emb_dim: int) -> Tensor:
    if _is_left_out(place, ours):
        return ours["tok_emb.weight"].new_zeros(3 * emb_dim)  # (3 * emb_dim,)
    parts = [ours[name].T if place.transposed else ours[name] for name in place.ours]
    return torch.cat(parts, dim=-1)  # a copy, even of a single part


def _tensor(array: Any) -> Tensor:
    """A tensor of the same memory where torch can have it."""
    if isinstance(array, Tensor):
        return array.detach()
    array = np.asarray(array)
    return torch.from_numpy(array if array.flags.writeable else array.copy())
