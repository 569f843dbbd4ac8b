"""The same weights in transformers' GPT2LMHeadModel, which nobody here wrote, and in ours: the same logits, text, loss
and gradients. Nothing is downloaded: the weights are random, and every one of them, biases and norms too, is used."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from reference.checkpoint import from_huggingface, to_huggingface
from reference.config import GPT_CONFIG_124M, GPTConfig
from reference.generate import generate, generate_text_simple, probabilities
from reference.model import GPTModel
from reference.tokenizer import END_OF_TEXT_ID, gpt2_tokenizer

os.environ["HF_HUB_OFFLINE"] = "1"
from transformers import GPT2Config, GPT2LMHeadModel
from transformers.generation.logits_process import (
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

SMALL = GPTConfig(97, 64, emb_dim=48, n_heads=4, n_layers=3, drop_rate=0.0, qkv_bias=True)
FULL = replace(GPT_CONFIG_124M, drop_rate=0.0, qkv_bias=True)
PROMPTS = ("Every effort moves you", "Hello, I am", "The verdict was read in", "\n\n", " a")
both_heads = pytest.mark.parametrize("tied", [False, True], ids=["own head", "tied head"])


def theirs_of(cfg: GPTConfig, seed: int = 0) -> Any:
    """Their model in our shape, with random numbers for the biases and norms that start as 0 and 1 too."""
    torch.manual_seed(seed)
    shape = GPT2Config(
        vocab_size=cfg.vocab_size,
        n_positions=cfg.context_length,
        n_embd=cfg.emb_dim,
        n_head=cfg.n_heads,
        n_layer=cfg.n_layers,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        tie_word_embeddings=cfg.tie_weights,
        bos_token_id=None,
        eos_token_id=None,
    )
    model = GPT2LMHeadModel(shape)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "ln_" in name or name.endswith("bias"):
                parameter.add_(0.02 * torch.randn_like(parameter))
            elif any(layer in name for layer in ("wte", "wpe", "lm_head")):
                parameter.mul_(10)  # or the biases would outweigh the text, which would then repeat itself
    return model.eval()


def pair(cfg: GPTConfig) -> tuple[Any, GPTModel]:
    theirs = theirs_of(cfg)
    return theirs, from_huggingface(theirs.state_dict(), cfg).eval()


@pytest.fixture(scope="module")
def small() -> tuple[Any, GPTModel]:
    return pair(SMALL)


@pytest.fixture(scope="module")
def full() -> Iterator[tuple[Any, GPTModel]]:
    """The 124M shape, on all threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(min(os.cpu_count() or 1, 4))
    yield pair(FULL)
    torch.set_num_threads(before)


def largest_difference(one: Tensor, other: Tensor) -> float:
    assert one.shape == other.shape
    return (one - other).abs().max().item()


def their_text(theirs: Any, ids: Tensor, new: int, mask: Tensor | None = None) -> Tensor:
    """What their own generate adds, greedily and with its cache."""
    mask = torch.ones_like(ids) if mask is None else mask
    whole: Tensor = theirs.generate(ids, attention_mask=mask, max_new_tokens=new, do_sample=False, pad_token_id=0)
    return whole[:, ids.shape[1] :]


def step(theirs: Any, ours: GPTModel, ids: Tensor) -> tuple[tuple[float, float], dict[str, tuple[Tensor, Tensor]]]:
    """The losses, and for each of our parameters its gradient in theirs, brought into our layout, and in ours."""
    theirs.zero_grad()
    ours.zero_grad()
    their_loss = theirs(input_ids=ids, labels=ids).loss
    their_loss.backward()
    our_loss = F.cross_entropy(ours(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
    our_loss.backward()
    # A gradient has the layout of its weight, so what brings over weights brings over gradients.
    brought = from_huggingface({name: weight.grad for name, weight in theirs.named_parameters()}, ours.cfg)
    gradients = {
        name: (there.detach(), here.grad)
        for (name, here), there in zip(ours.named_parameters(), brought.parameters(), strict=True)
        if here.grad is not None
    }
    return (their_loss.item(), our_loss.item()), gradients


def assert_same_step(theirs: Any, ours: GPTModel, ids: Tensor) -> None:
    (their_loss, our_loss), gradients = step(theirs, ours, ids)
    assert our_loss == pytest.approx(their_loss, abs=1e-5)
    assert len(gradients) == len(list(ours.parameters()))
    for name, (there, here) in gradients.items():
        assert there.any() or name.endswith("W_key.bias"), name  # no softmax sees that bias
        assert largest_difference(there, here) <= 1e-6 + 1e-4 * there.abs().max(), name


# -- a small shape ----------------------------------------------------------------------------------------------------


@both_heads
@pytest.mark.parametrize("length", [1, 7, 64])
def test_the_same_weights_give_the_same_logits(tied: bool, length: int) -> None:
    theirs, ours = pair(replace(SMALL, tie_weights=tied))
    ids = torch.randint(0, 97, (3, length))
    with torch.no_grad():
        assert largest_difference(ours(ids), theirs(ids).logits) < 1e-5


def test_in_64_bits_hardly_any_difference_is_left(small: tuple[Any, GPTModel]) -> None:
    """So what is left in 32 bits is rounding, and not another formula."""
    theirs, ours = pair(SMALL)
    ids = torch.randint(0, 97, (3, 64))
    with torch.no_grad():
        assert largest_difference(ours.double()(ids), theirs.double()(ids).logits) < 1e-12


@both_heads
def test_our_weights_in_their_model_give_the_same_logits(tied: bool) -> None:
    cfg = replace(SMALL, tie_weights=tied)
    torch.manual_seed(4)
    ours = GPTModel(cfg).eval()
    theirs = theirs_of(cfg)
    theirs.load_state_dict(to_huggingface(ours))
    ids = torch.randint(0, 97, (3, 20))
    with torch.no_grad():
        assert largest_difference(ours(ids), theirs(ids).logits) < 1e-5


@both_heads
def test_one_batch_gives_the_same_loss_and_the_same_gradient_of_every_parameter(tied: bool) -> None:
    theirs, ours = pair(replace(SMALL, tie_weights=tied))
    assert_same_step(theirs, ours, torch.randint(0, 97, (4, 33)))


@both_heads
def test_ten_steps_of_adamw_lead_to_the_same_loss(tied: bool) -> None:
    theirs, ours = pair(replace(SMALL, tie_weights=tied))
    batches = torch.randint(0, 97, (10, 4, 20), generator=torch.Generator().manual_seed(1))
    losses = []
    for model in (theirs, ours):
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
        for batch in batches:
            logits = model(batch[:, :-1])
            logits = logits if isinstance(logits, Tensor) else logits.logits
            optimizer.zero_grad()
            loss = F.cross_entropy(logits.flatten(0, 1), batch[:, 1:].flatten())
            loss.backward()
            optimizer.step()
        losses.append(loss.item())
    assert losses[1] == pytest.approx(losses[0], abs=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_greedy_text_is_the_same(small: tuple[Any, GPTModel], seed: int) -> None:
    theirs, ours = small
    ids = torch.randint(0, 97, (1, 3 + 7 * seed), generator=torch.Generator().manual_seed(seed))
    expected = their_text(theirs, ids, 40)
    assert len(expected.unique()) > 10
    assert torch.equal(generate(ours, ids, 40, 64)[:, ids.shape[1] :], expected)
    assert torch.equal(generate_text_simple(ours, ids, 40, 64)[:, ids.shape[1] :], expected)


@settings(deadline=None, max_examples=15)
@given(lengths=st.lists(st.integers(1, 20), min_size=2, max_size=5), left=st.booleans(), seed=st.integers(0, 99))
def test_a_padded_batch_is_continued_as_theirs_is(
    small: tuple[Any, GPTModel], lengths: list[int], left: bool, seed: int
) -> None:
    theirs, ours = small
    ids = torch.randint(0, 97, (len(lengths), max(lengths)), generator=torch.Generator().manual_seed(seed))
    in_front = (torch.arange(max(lengths)) >= max(lengths) - torch.tensor(lengths)[:, None]).long()
    expected = their_text(theirs, ids, 15, in_front)
    if left:
        found = generate(ours, ids, 15, 64, attention_mask=in_front)
    else:
        behind = torch.stack([row.roll(length) for row, length in zip(ids, lengths, strict=True)])
        found = generate(ours, behind, 15, 64, attention_mask=in_front.flip(1))
    assert torch.equal(found[:, max(lengths) :], expected)


@settings(deadline=None)
@given(
    temperature=st.floats(0.2, 5),
    top_k=st.none() | st.integers(1, 20),
    top_p=st.none() | st.floats(0.05, 0.99),
    seed=st.integers(0, 99),
)
def test_sampling_has_the_distribution_of_theirs(
    temperature: float, top_k: int | None, top_p: float | None, seed: int
) -> None:
    logits = 3 * torch.randn(2, 20, generator=torch.Generator().manual_seed(seed))
    warped = TemperatureLogitsWarper(temperature)(None, logits)
    if top_k is not None:
        warped = TopKLogitsWarper(top_k)(None, warped)
    if top_p is not None:
        warped = TopPLogitsWarper(top_p)(None, warped)
    assert torch.allclose(probabilities(logits, temperature, top_k, top_p), torch.softmax(warped, dim=-1), atol=1e-5)


def test_layer_norm_and_gelu_are_theirs_by_themselves(small: tuple[Any, GPTModel]) -> None:
    theirs, ours = small
    x = 3 * torch.randn(5, 48)
    block, our_block = theirs.transformer.h[0], ours.trf_blocks[0]
    with torch.no_grad():
        assert largest_difference(our_block.norm1(x), block.ln_1(x)) < 1e-6
        assert largest_difference(our_block.ff(x), block.mlp(x)) < 1e-5
        assert largest_difference(our_block(x[None]), first(block(x[None]))) < 1e-5


def first(output: Any) -> Tensor:
    """Their block gives a tuple in some versions."""
    return output if isinstance(output, Tensor) else output[0]


# -- GPT-2 small ------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_on_the_124m_shape_the_logits_differ_by_a_hundred_thousandth_of_their_spread(
    full: tuple[Any, GPTModel],
) -> None:
    theirs, ours = full
    ids = torch.randint(0, 50257, (2, 256), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = theirs(ids).logits
        difference = largest_difference(ours(ids), expected)
    assert difference < 1e-4
    assert difference < 1e-5 * expected.std()


@pytest.mark.slow
def test_on_the_124m_shape_the_whole_context_gives_the_same_logits(full: tuple[Any, GPTModel]) -> None:
    theirs, ours = full
    ids = torch.randint(0, 50257, (1, 1024), generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        expected = theirs(ids, logits_to_keep=4).logits
        assert largest_difference(ours(ids)[:, -4:], expected) < 1e-4
        assert largest_difference(ours(ids, last_only=True), expected[:, -1:]) < 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("text", PROMPTS)
def test_on_the_124m_shape_40_greedy_tokens_are_the_same(full: tuple[Any, GPTModel], text: str) -> None:
    theirs, ours = full
    ids = torch.tensor([gpt2_tokenizer().encode(text)])
    expected = their_text(theirs, ids, 40)
    assert len(expected.unique()) > 20
    assert torch.equal(generate(ours, ids, 40, 1024)[:, ids.shape[1] :], expected)


@pytest.mark.slow
def test_on_the_124m_shape_a_padded_batch_is_continued_as_theirs_is(full: tuple[Any, GPTModel]) -> None:
    theirs, ours = full
    rows = [gpt2_tokenizer().encode(text) for text in PROMPTS]
    longest = max(map(len, rows))
    ids = torch.tensor([[END_OF_TEXT_ID] * (longest - len(row)) + row for row in rows])
    mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows])
    found = generate(ours, ids, 20, 1024, attention_mask=mask)
    assert torch.equal(found[:, longest:], their_text(theirs, ids, 20, mask))


@pytest.mark.slow
def test_on_the_124m_shape_loss_and_every_gradient_are_the_same(full: tuple[Any, GPTModel]) -> None:
    theirs, ours = full
    assert_same_step(theirs, ours, torch.randint(0, 50257, (2, 65), generator=torch.Generator().manual_seed(3)))


@pytest.mark.slow
def test_on_the_124m_shape_a_tied_head_trains_the_same_way(full: tuple[Any, GPTModel]) -> None:
    theirs, ours = pair(replace(FULL, tie_weights=True))
    assert ours.out_head.weight is ours.tok_emb.weight
    assert isinstance(theirs.lm_head, nn.Linear)
    assert_same_step(theirs, ours, torch.randint(0, 50257, (2, 65), generator=torch.Generator().manual_seed(3)))
