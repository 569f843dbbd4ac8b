"""Other people's GPTs with our weights in them, each behind the same few functions and at its best setting.

All of them share one set of tensors, so that they compute the same thing and four models take the memory of one.
litgpt's GPT has no learned positions; ours are zero here, so that it computes the same too.
"""

from __future__ import annotations

import inspect
import os
import types
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from reference.attention import MultiHeadAttention
from reference.config import GPT_CONFIG_124M
from reference.generate import generate
from reference.huggingface import to_huggingface
from reference.model import GPTModel
from reference.pretrain import calc_loss_batch

os.environ["HF_HUB_OFFLINE"] = "1"  # nothing here is downloaded, and nothing is to be asked for


@dataclass(frozen=True, slots=True)
class Contestant:
    """A model and how it does each job.

    generate: from (batch, tokens) of prompts, the mask of their padding or None, and a number of new tokens to
    (batch, tokens + new). next_logits: from (1, tokens) to the logits of the next token, (1, vocab_size).
    loss: from inputs and targets, (batch, tokens) each, to the mean cross-entropy.
    pads: whether it takes prompts of several lengths in a batch.
    """

    name: str
    model: nn.Module
    generate: Callable[[Tensor, Tensor | None, int], Tensor]
    next_logits: Callable[[Tensor], Tensor]
    loss: Callable[[Tensor, Tensor], Tensor]
    pads: bool = True


def shared_model(*, tied: bool) -> GPTModel:
    """GPT-2 124M with random weights, the same in every process, without dropout and with all positions zero.

    tied: as in GPT-2 and initialised as there; a tied random model would say its last token again for ever, so text is
    made with a head of its own.
    """
    torch.manual_seed(123)
    model = GPTModel(replace(GPT_CONFIG_124M, drop_rate=0.0, qkv_bias=True, tie_weights=tied))
    if tied:
        nn.init.normal_(model.tok_emb.weight, std=0.02)
    nn.init.zeros_(model.pos_emb.weight)
    return model.eval()


def ours(model: GPTModel, name: str = "ours") -> Contestant:
    def loss(inputs: Tensor, targets: Tensor) -> Tensor:
        return calc_loss_batch(inputs, targets, model, "cpu")

    def text(idx: Tensor, mask: Tensor | None, new: int) -> Tensor:
        return generate(model, idx, new, model.cfg.context_length, attention_mask=mask)

    return Contestant(name, model, text, lambda idx: model(idx, last_only=True)[:, -1], loss)


def transformers(model: GPTModel, *, last_only: bool = False) -> Contestant:
    """GPT2LMHeadModel with fused attention and its own cache.

    last_only: whether it is asked for the logits of the last position alone, which few of its users know of.
    """
    from transformers import GPT2Config, GPT2LMHeadModel

    tied = model.cfg.tie_weights
    with torch.device("meta"):
        theirs = GPT2LMHeadModel(
            GPT2Config(tie_word_embeddings=tied, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
                       attn_implementation="sdpa")
        )  # fmt: skip
    theirs.load_state_dict(to_huggingface(model), assign=True, strict=not tied)
    theirs.tie_weights()
    theirs.eval()
    kept = 1 if last_only else 0

    def loss(inputs: Tensor, targets: Tensor) -> Tensor:
        logits: Tensor = theirs(inputs, use_cache=False).logits
        return F.cross_entropy(logits.view(-1, logits.shape[-1]), targets.flatten())

    def text(idx: Tensor, mask: Tensor | None, new: int) -> Tensor:
        mask = torch.ones_like(idx) if mask is None else mask
        made: Tensor = theirs.generate(
            idx, attention_mask=mask, max_new_tokens=new, min_new_tokens=new, do_sample=False, pad_token_id=0
        )
        return made

    name = "transformers, logits_to_keep=1" if last_only else "transformers"
    return Contestant(name, theirs, text, lambda idx: theirs(idx, logits_to_keep=kept).logits[:, -1], loss)


def litgpt(model: GPTModel) -> Contestant:
    """litgpt's GPT in the shape of GPT-2, its cache just large enough; without padding, which it does not know."""
    from litgpt.generate.base import batched_generate_fn
    from litgpt.generate.base import generate as generate_one
    from litgpt.model import GPT, Config

    cfg = model.cfg
    with torch.device("meta"):
        theirs = GPT(
            Config(name="GPT-2", block_size=cfg.context_length, padded_vocab_size=cfg.vocab_size, n_layer=cfg.n_layers,
                   n_head=cfg.n_heads, n_embd=cfg.emb_dim, rotary_percentage=0.0, parallel_residual=False, bias=True,
                   mlp_class_name="GptNeoxMLP", gelu_approximate="tanh")
        )  # fmt: skip
    theirs.load_state_dict(_litgpt_names(model), assign=True)
    if cfg.tie_weights:
        theirs.lm_head.weight = theirs.transformer.wte.weight
    theirs.reset_parameters()
    theirs.cos, theirs.sin = theirs.rope_cache(device=torch.device("cpu"))
    theirs.eval()

    def text(idx: Tensor, mask: Tensor | None, new: int) -> Tensor:
        batch, tokens = idx.shape
        theirs.max_seq_length = tokens + new
        theirs.set_kv_cache(batch_size=batch)
        if batch == 1:
            one: Tensor = generate_one(theirs, idx[0], tokens + new, temperature=0.0, top_k=1)
            return one[None]
        made = batched_generate_fn(
            theirs, idx, tokens + new, sample_args={"temperature": 0.0, "top_k": 1}, include_prompt=False,
            include_eos=False,
        )  # fmt: skip
        with torch.inference_mode():
            return torch.cat([idx, *(torch.stack(tokens) for tokens in made)], dim=1)

    def next_logits(idx: Tensor) -> Tensor:
        theirs.clear_kv_cache()
        theirs.max_seq_length = cfg.context_length
        logits: Tensor = theirs(idx)
        return logits[:, -1]

    def loss(inputs: Tensor, targets: Tensor) -> Tensor:
        logits: Tensor = theirs(inputs)
        return F.cross_entropy(logits.view(-1, logits.shape[-1]), targets.flatten())

    return Contestant("litgpt", theirs, text, next_logits, loss, pads=False)


def _litgpt_names(model: GPTModel) -> dict[str, Tensor]:
    layers: dict[str, nn.Module] = {
        "lm_head": model.out_head, "transformer.wte": model.tok_emb, "transformer.ln_f": model.final_norm
    }  # fmt: skip
    for number, block in enumerate(model.trf_blocks):
        layers |= {
            f"transformer.h.{number}.norm_1": block.norm1,
            f"transformer.h.{number}.norm_2": block.norm2,
            f"transformer.h.{number}.attn.qkv": _in_one(block.att),
            f"transformer.h.{number}.attn.proj": block.att.out_proj,
            f"transformer.h.{number}.mlp.fc": block.ff.layers[0],
            f"transformer.h.{number}.mlp.proj": block.ff.layers[2],
        }
    return _tensors(layers)


def _in_one(attention: MultiHeadAttention) -> nn.Linear:
    """Query, key and value layer as a single one."""
    parts = (attention.W_query, attention.W_key, attention.W_value)
    layer = nn.Linear(attention.d_in, 3 * attention.d_out, device="meta")
    layer.weight = nn.Parameter(torch.cat([part.weight.detach() for part in parts]))  # (3 * d_out, d_in)
    layer.bias = nn.Parameter(torch.cat([part.bias.detach() for part in parts]))  # (3 * d_out,)
    return layer


def _tensors(layers: dict[str, nn.Module]) -> dict[str, Tensor]:
    """The state dict of layers, with the names that torch's LayerNorm has."""
    theirs = {"scale": "weight", "shift": "bias"}
    return {
        f"{name}.{theirs.get(tensor_name, tensor_name)}": tensor.detach()
        for name, layer in layers.items()
        for tensor_name, tensor in layer.named_parameters()
    }


def the_books(model: GPTModel) -> Contestant:
    """llms-from-scratch: GPTModelFast for a pass over a text, the model with a cache for making one; no padding."""
    from llms_from_scratch.ch04 import GPTModelFast

    cfg, state = dict(model.cfg) | {"qkv_bias": True}, dict(model.state_dict())
    with torch.device("meta"):
        fast, cached = GPTModelFast(cfg), _with_working_cache().GPTModel(cfg)
    cached.load_state_dict(state, assign=True)
    fast.load_state_dict(_fast_names(model), assign=True)
    if model.cfg.tie_weights:
        fast.out_head.weight = fast.tok_emb.weight
    cached.eval()
    fast.eval()

    def text(idx: Tensor, mask: Tensor | None, new: int) -> Tensor:
        cache = _with_working_cache().KVCache(n_layers=model.cfg.n_layers)
        cached.current_pos = 0
        unseen = idx
        with torch.inference_mode():
            for _ in range(new):
                unseen = cached(unseen, use_cache=True, cache=cache)[:, -1].argmax(dim=-1, keepdim=True)
                idx = torch.cat([idx, unseen], dim=1)
        return idx

    def loss(inputs: Tensor, targets: Tensor) -> Tensor:
        return F.cross_entropy(fast(inputs).flatten(0, 1), targets.flatten())

    return Contestant("llms-from-scratch", fast, text, lambda idx: fast(idx)[:, -1], loss, pads=False)


def _fast_names(model: GPTModel) -> dict[str, Tensor]:
    layers: dict[str, nn.Module] = {
        "tok_emb": model.tok_emb, "pos_emb": model.pos_emb, "out_head": model.out_head, "final_norm": model.final_norm
    }  # fmt: skip
    for number, block in enumerate(model.trf_blocks):
        layers |= {
            f"trf_blocks.{number}.norm1": block.norm1,
            f"trf_blocks.{number}.norm2": block.norm2,
            f"trf_blocks.{number}.att.qkv": _in_one(block.att),
            f"trf_blocks.{number}.att.proj": block.att.out_proj,
            f"trf_blocks.{number}.ff": block.ff,
        }
    return _tensors(layers)


def _with_working_cache() -> types.ModuleType:
    """Its module with a cache. In 1.0.19 the mask is cut along the wrong axis, and the second token fails."""
    from llms_from_scratch.kv_cache import gpt2

    if "causal_mask[:, -num_tokens:]" not in inspect.getsource(gpt2):
        return gpt2
    mended = types.ModuleType(gpt2.__name__)
    mended.__package__ = gpt2.__package__
    source = inspect.getsource(gpt2).replace("causal_mask[:, -num_tokens:]", "causal_mask[-num_tokens:]")
    exec(compile(source, gpt2.__name__, "exec"), mended.__dict__)
    return mended


PEERS: dict[str, Callable[[GPTModel], Contestant]] = {
    "transformers": transformers,
    "litgpt": litgpt,
    "llms-from-scratch": the_books,
}


def check_same(contestants: list[Contestant], model: GPTModel) -> None:
    """Raises ValueError if one of them computes other logits than ours: then its time would mean nothing."""
    idx = torch.arange(48)[None] * 997 % model.cfg.vocab_size  # (1, 48)
    with torch.inference_mode():
        expected = model(idx)[:, -1]  # (1, vocab_size)
        for contestant in contestants:
            difference = (contestant.next_logits(idx) - expected).abs().max().item()
            if not difference < 1e-4:
                raise ValueError(
                    f"{contestant.name} computes logits that differ by {difference:g}; at most 1e-4 is ours"
                )
