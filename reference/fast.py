"""Faster inference on a CPU: the matrices of a trained model, laid out once for the products of this machine.

A new token reads every weight once, so reading them is what it costs. `pack` lays each matrix out in the order in which
oneDNN or FBGEMM, the libraries behind torch's own quantisation, read it, and stores it in fewer bits where asked to.
These operators of torch are private and may go: each is tried on a small matrix first, and where it is missing or
wrong, or off the CPU, torch's public ones compute the same from the same bits, slower. Nothing else in the package
knows of this module: a packed model is a GPTModel.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, Literal, NoReturn, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference.attention import MultiHeadAttention
from reference.cache import LayerCache
from reference.layers import GELU
from reference.model import GPTModel, TransformerBlock

Precision = Literal["fp32", "fp16", "bf16", "int8"]
Product = Callable[[Tensor], Tensor]  # (..., in_features) to (..., out_features)
LayOut = Callable[[Tensor, Tensor | None], Product]  # from a weight (out_features, in_features) and a bias
DTYPES = {"fp16": torch.float16, "bf16": torch.bfloat16}
MANY_ROWS = 1024  # what oneDNN lays weights out for; measured to be as fast for a single row as a layout for one
FEW_ROWS = 4  # torch's products of half-precision matrices are fast up to about so many rows on a CPU


def pack(model: GPTModel, precision: Precision = "fp32") -> GPTModel:
    """A second model for inference that computes what `model` does, faster on a CPU.

    The weights of `model` stay what they are; embeddings, norms and biases are shared with it, so train it no further
    while the packed one is in use. Query, key and value of a block become one matrix. Everything between the matrices
    is computed in fp32.
    precision: how the matrices are stored, the output head's too.
        "fp32": as they are; the logits differ by rounding only.
        "fp16": half the bytes, 11 significant bits, fp32 arithmetic.
        "bf16": half the bytes, 8 significant bits; for processors with instructions for it, slow on others.
        "int8": a quarter of the bytes, 8 bits with a scale for each row of a matrix; the input of a product is rounded
        to 7 bits, with one scale for all its tokens, so tokens of a batch change each other's logits a little.
    Returns a GPTModel that refuses to be trained, saved and moved.
    Raises TypeError for what is no GPTModel, or is packed already; ValueError for another precision, or when a weight
    is not finite or too large for it: which one.
    Source: Khudia et al. 2021, "FBGEMM", section 3, for products of 8-bit integers.
    """
    if not isinstance(model, GPTModel):
        raise TypeError(f"the model to pack is a {type(model).__name__}; it is a GPTModel")
    if isinstance(model, PackedGPTModel):
        raise TypeError("the model is packed already; pack the model that it was made from")
    if precision not in get_args(Precision):
        raise ValueError(f"precision is {precision!r}; it is one of {', '.join(map(repr, get_args(Precision)))}")
    for name, weight in model.named_parameters():
        _check_range(name, weight, DTYPES.get(precision, torch.float32))
    # A deep copy takes what `memo` holds for an object instead of copying it: the new modules share the old numbers.
    memo = {id(tensor): _shared(tensor) for tensor in (*model.parameters(), *model.buffers())}
    packed = copy.deepcopy(model, memo).eval()
    private = next(model.parameters()).device.type == "cpu" and supported(precision)
    lay_out = (PRIVATE if private else PLAIN)[precision]
    for number, block in list(_usual(packed.trf_blocks)):
        packed.trf_blocks[number] = PackedBlock(block, lay_out)
    for parent, name, linear in list(_linears(packed)):
        setattr(parent, name, PackedLinear(linear, lay_out))
    packed.__class__ = PackedGPTModel
    return packed.eval()  # the new layers too


class PackedGPTModel(GPTModel):
    """A GPTModel whose matrices `pack` has laid out: it infers, and it refuses what would need the weights."""

    def train(self, mode: bool = True) -> PackedGPTModel:
        """Raises TypeError unless mode is False, as it is when `eval` calls."""
        if mode:
            raise TypeError("a packed model cannot be trained; train the model that it was made from and pack it again")
        super().train(False)
        return self

    def state_dict(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raises TypeError."""
        raise TypeError("a packed model cannot be saved; save the model that it was made from")

    def load_state_dict(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Raises TypeError."""
        raise TypeError("a packed model cannot load weights; load them into a GPTModel and pack that")

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> NoReturn:
        """What `to`, `half`, `cuda` and the like call. Raises TypeError."""
        raise TypeError("a packed model stays on its device and in its precision; move or convert the model before")


class PackedBlock(nn.Module):
    """A TransformerBlock in one function: a token takes so little time that calls between modules are a tenth of it.

    block: a block as `GPTModel` makes it, in evaluation mode, which loses its matrices. lay_out: as in PackedLinear.
    """

    def __init__(self, block: TransformerBlock, lay_out: LayOut) -> None:
        super().__init__()
        att, ff = block.att, block.ff.layers
        self.project = _product([att.W_query, att.W_key, att.W_value], lay_out)
        self.attend = att.attend
        self.mix, self.widen, self.narrow = (_product([layer], lay_out) for layer in (att.out_proj, ff[0], ff[2]))
        self.norms = [(norm.scale.shape, norm.scale, norm.shift, norm.eps) for norm in (block.norm1, block.norm2)]
        del att.W_query, att.W_key, att.W_value, att.out_proj  # or `attend` would keep them in memory

    def forward(self, x: Tensor, *, visible: Tensor | None = None, cache: LayerCache | None = None) -> Tensor:
        """Arguments, shapes and result are those of TransformerBlock. Raises what PackedLinear does."""
        _check_no_gradients(x)
        queries, keys, values = self.project(F.layer_norm(x, *self.norms[0])).chunk(3, dim=-1)
        x = x + self.mix(self.attend(queries, keys, values, visible=visible, cache=cache))  # (batch, tokens, emb_dim)
        wide = F.gelu(self.widen(F.layer_norm(x, *self.norms[1])), approximate="tanh")  # (batch, tokens, 4 * emb_dim)
        return x + self.narrow(wide)  # (batch, tokens, emb_dim)


class PackedLinear(nn.Module):
    """What nn.Linear computes, from weights that are laid out and stored in another way.

    linear: the layer. lay_out: makes the product with a weight (out_features, in_features) and a bias or None.
    """

    def __init__(self, linear: nn.Linear, lay_out: LayOut) -> None:
        super().__init__()
        self.product = _product([linear], lay_out)

    def forward(self, x: Tensor) -> Tensor:
        """x: (..., in_features). Returns (..., out_features). Raises TypeError if gradients would have to flow."""
        _check_no_gradients(x)
        return self.product(x)  # (..., out_features)


def _product(layers: Sequence[Any], lay_out: LayOut) -> Product:
    """The product with all of these nn.Linear at once: a long one is faster than several short ones."""
    weights = [layer.weight.detach() for layer in layers]
    biases = [layer.bias.detach() for layer in layers if layer.bias is not None]
    # Contiguous, since oneDNN's operator takes no notice of strides.
    return lay_out(_joined(weights), _joined(biases) if biases else None)


def _joined(tensors: Sequence[Tensor]) -> Tensor:
    return torch.cat(list(tensors)) if len(tensors) > 1 else tensors[0].contiguous()


def _check_no_gradients(x: Tensor) -> None:
    if x.requires_grad and torch.is_grad_enabled():
        raise TypeError("a packed layer has no gradients; train the model before it is packed")


def _usual(blocks: Iterable[nn.Module]) -> Iterator[tuple[int, TransformerBlock]]:
    """The blocks that are as GPTModel makes them, without adapters or other people's layers in them."""
    for number, block in enumerate(blocks):
        if type(block) is TransformerBlock and type(block.att) is MultiHeadAttention:
            att, ff = block.att, block.ff.layers
            three = [att.W_query, att.W_key, att.W_value]
            kinds = [type(layer) for layer in (*three, att.out_proj, *ff)]
            if kinds == [nn.Linear] * 5 + [GELU, nn.Linear] and len({layer.bias is None for layer in three}) == 1:
                yield number, block


def _linears(model: nn.Module) -> Iterator[tuple[nn.Module, str, nn.Linear]]:
    for parent in model.modules():
        for name, child in parent.named_children():
            if type(child) is nn.Linear:
                yield parent, name, child


def _shared(tensor: Tensor) -> Tensor:
    """The same numbers, frozen."""
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(tensor.detach().float(), requires_grad=False)
    return tensor


def _check_range(name: str, weight: Tensor, dtype: torch.dtype) -> None:
    largest, limit = weight.detach().abs().max().item(), torch.finfo(dtype).max
    if not largest <= limit:  # NaN compares as False
        raise ValueError(f"the largest number in {name} is {largest:g}; it has to be finite, at most {limit:g}")


def supported(precision: Precision) -> bool:
    """Whether torch still has the private operators for this precision, and they are right on this machine."""
    weight = torch.linspace(-1, 1, 128).sin().view(8, 16)  # (8, 16)
    x = torch.linspace(-2, 1, 48).cos().view(16, 3).T  # (3, 16)
    try:
        found = PRIVATE[precision](weight, weight[:, 0].contiguous())(x)  # (3, 8)
    except (AttributeError, RuntimeError, TypeError):
        return False
    expected = PLAIN[precision](weight, weight[:, 0].contiguous())(x)  # (3, 8)
    return torch.allclose(found, expected, rtol=0.0, atol=0.1 if precision == "int8" else 0.01)


def _onednn(weight: Tensor, bias: Tensor | None) -> Product:
    packed = torch.ops.mkldnn._reorder_linear_weight(weight, MANY_ROWS)
    product = torch.ops.mkldnn._linear_pointwise.default
    return lambda x: product(x, packed, bias, "none", [], "")


def _onednn_bf16(weight: Tensor, bias: Tensor | None) -> Product:
    product = _onednn(weight.bfloat16(), None if bias is None else bias.bfloat16())
    return lambda x: product(x.bfloat16()).float()


def _fbgemm_fp16(weight: Tensor, bias: Tensor | None) -> Product:
    packed = torch.ops.quantized.linear_prepack_fp16(weight, bias)
    product = torch.ops.quantized.linear_dynamic_fp16.default._op  # _op: without 5 us of checks around 15 us of work
    return lambda x: product(x, packed)


def _fbgemm_int8(weight: Tensor, bias: Tensor | None) -> Product:
    integers, scales = _quantised(weight)
    engine = torch.backends.quantized.engine  # torch packs for whatever engine is set at this moment
    try:
        torch.backends.quantized.engine = "fbgemm"
        with warnings.catch_warnings(action="ignore"):  # that quantised tensors will go, which supported() looks after
            quantised = torch._make_per_channel_quantized_tensor(
                integers, scales.flatten().double(), torch.zeros(len(scales), dtype=torch.int64), 0
            )  # (out_features, in_features)
            packed = torch.ops.quantized.linear_prepack(quantised, bias)
    finally:
        torch.backends.quantized.engine = engine
    product = torch.ops.quantized.linear_dynamic.default._op
    # True is for 7 bits of x: two products of 8 by 8 bits can exceed the 16 bits that AVX2 adds them up in.
    return lambda x: product(x, packed, True)


def _plain_fp32(weight: Tensor, bias: Tensor | None) -> Product:
    return lambda x: F.linear(x, weight, bias)


def _plain_half(weight: Tensor, bias: Tensor | None, dtype: torch.dtype) -> Product:
    weight, half_bias = weight.to(dtype), None if bias is None else bias.to(dtype)

    def product(x: Tensor) -> Tensor:
        if x.device.type == "cpu" and x.numel() > FEW_ROWS * x.shape[-1]:
            return F.linear(x, weight.to(x.dtype), bias)
        return F.linear(x.to(dtype), weight, half_bias).to(x.dtype)

    return product


def _plain_int8(weight: Tensor, bias: Tensor | None) -> Product:
    integers, scales = _quantised(weight)
    return lambda x: F.linear(x, integers.to(x.dtype) * scales, bias)


def _quantised(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Whole numbers (out_features, in_features) and a scale a row (out_features, 1), whose product is about weight."""
    scales = weight.abs().amax(dim=1, keepdim=True).clamp(min=torch.finfo(weight.dtype).tiny) / 127  # (out_features, 1)
    return (weight / scales).round().to(torch.int8), scales


PRIVATE: dict[Precision, LayOut] = {
    "fp32": _onednn,
    "fp16": _fbgemm_fp16,
    "bf16": _onednn_bf16,
    "int8": _fbgemm_int8,
}
PLAIN: dict[Precision, LayOut] = {
    "fp32": _plain_fp32,
    "fp16": partial(_plain_half, dtype=torch.float16),
    "bf16": partial(_plain_half, dtype=torch.bfloat16),
    "int8": _plain_int8,
}
