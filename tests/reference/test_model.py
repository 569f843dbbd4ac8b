"""The model: how many parameters, in which places, drawn in which order, and what dropout, padding and tying do."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from reference.config import GPT_CONFIG_124M, GPTConfig, config_named
from reference.layers import LayerNorm
from reference.model import (
    DummyGPTModel,
    GPTModel,
    TransformerBlock,
    evaluating,
    size_in_mb,
    total_parameters,
)

SMALL = GPTConfig(vocab_size=19, context_length=8, emb_dim=12, n_heads=3, n_layers=2, drop_rate=0.0)
PLACES = ("emb", "attn", "shortcut")


@pytest.fixture(autouse=True)
def same_numbers_every_time() -> None:
    torch.manual_seed(20)


def small(**changes: Any) -> GPTModel:
    return GPTModel(replace(SMALL, **changes))


def tokens(batch: int = 2, length: int = 6) -> Tensor:
    return torch.randint(0, 19, (batch, length))


def without_memory(cfg: GPTConfig) -> GPTModel:
    with torch.device("meta"):
        return GPTModel(cfg)


# -- figures of the guide ---------------------------------------------------------------------------------------------


def test_the_124m_model_has_163009536_parameters_and_124412160_when_tied() -> None:
    assert total_parameters(without_memory(GPT_CONFIG_124M)) == 163_009_536
    assert total_parameters(without_memory(replace(GPT_CONFIG_124M, tie_weights=True))) == 124_412_160


def test_a_block_has_twice_as_many_parameters_in_its_feed_forward_as_in_its_attention() -> None:
    with torch.device("meta"):
        block = TransformerBlock(GPT_CONFIG_124M)
    assert total_parameters(block.ff) == 4_722_432
    assert total_parameters(block.att) == 2_360_064
    assert total_parameters(block) == 7_085_568


def test_gpt2_xl_has_1637792000_parameters_1557380800_when_tied_and_takes_6247_68_mb() -> None:
    xl = without_memory(config_named("gpt2-xl"))
    assert total_parameters(xl) == 1_637_792_000
    assert total_parameters(without_memory(replace(xl.cfg, tie_weights=True))) == 1_557_380_800
    assert f"{size_in_mb(xl):.2f}" == "6247.68"


@pytest.mark.parametrize(
    ("name", "parameters"),
    [("124M", 124_439_808), ("355M", 354_823_168), ("774M", 774_030_080), ("1558M", 1_557_611_200)],
)
def test_in_openais_shape_the_sizes_have_the_parameters_that_openai_published(name: str, parameters: int) -> None:
    cfg = replace(config_named(name), qkv_bias=True, tie_weights=True)
    assert total_parameters(without_memory(cfg)) == parameters


def test_an_untrained_model_is_a_little_worse_than_a_blind_guess() -> None:
    # The final norm gives vectors of length sqrt(emb_dim), the head's uniform weights have a variance of 1/(3 emb_dim):
    # logits of variance 1/3, which cost half of that on top of the ln(vocab_size) of equal logits.
    model = small(vocab_size=5000, emb_dim=96, n_heads=4).eval()
    ids = torch.randint(0, 5000, (16, 9))
    with torch.no_grad():
        loss = F.cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
    assert loss.item() == pytest.approx(math.log(5000) + 1 / 6, abs=0.15)


# -- what it is made of -----------------------------------------------------------------------------------------------


def test_state_dicts_carry_the_names_that_learners_know() -> None:
    block = {
        *(f"att.{layer}.weight" for layer in ("W_query", "W_key", "W_value", "out_proj")),
        "att.out_proj.bias",
        *(f"ff.layers.{layer}.{kind}" for layer in (0, 2) for kind in ("weight", "bias")),
        *(f"{norm}.{kind}" for norm in ("norm1", "norm2") for kind in ("scale", "shift")),
    }
    assert set(small().state_dict()) == {
        "tok_emb.weight",
        "pos_emb.weight",
        *(f"trf_blocks.{number}.{name}" for number in range(2) for name in block),
        "final_norm.scale",
        "final_norm.shift",
        "out_head.weight",
    }
    assert "trf_blocks.1.att.W_key.bias" in small(qkv_bias=True).state_dict()


def test_weights_are_drawn_in_the_order_of_the_guides_listings() -> None:
    """So that a seed gives the guide's numbers: embeddings, block after block, head."""
    torch.manual_seed(123)
    model = small()
    torch.manual_seed(123)
    drawn = [nn.Embedding(19, 12), nn.Embedding(8, 12)]
    for _ in range(2):
        drawn += [nn.Linear(12, 12, bias=False) for _ in range(3)]
        drawn += [nn.Linear(12, 12), nn.Linear(12, 48), nn.Linear(48, 12)]
    drawn.append(nn.Linear(12, 19, bias=False))
    expected = [parameter for layer in drawn for parameter in layer.parameters()]
    norms = {id(weight) for layer in model.modules() if isinstance(layer, LayerNorm) for weight in layer.parameters()}
    found = [weight for weight in model.parameters() if id(weight) not in norms]
    assert len(found) == len(expected)
    assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))


def test_the_guides_dictionary_makes_the_same_model() -> None:
    torch.manual_seed(1)
    ours = GPTModel(SMALL)
    torch.manual_seed(1)
    theirs = GPTModel(dict(SMALL))
    assert theirs.cfg == SMALL
    ids = tokens()
    assert torch.equal(ours(ids), theirs(ids))


def test_a_block_adds_attention_and_then_feed_forward_of_normalised_input() -> None:
    block = TransformerBlock(SMALL)
    x = torch.randn(2, 5, 12)
    middle = x + block.att(block.norm1(x))
    assert torch.allclose(block(x), middle + block.ff(block.norm2(middle)), atol=1e-6)


def test_logits_come_from_embeddings_blocks_norm_and_head() -> None:
    model, ids = small(), tokens()
    x = model.tok_emb(ids) + model.pos_emb(torch.arange(6))
    for block in model.trf_blocks:
        x = block(x)
    assert torch.allclose(model(ids), model.out_head(model.final_norm(x)), atol=1e-6)
    assert model(ids).shape == (2, 6, 19)


def test_no_logit_knows_a_later_token() -> None:
    model, ids = small(), tokens()
    for changed in range(6):
        other = ids.clone()
        other[:, changed] = (other[:, changed] + 1) % 19
        before, after = model(ids), model(other)
        assert torch.equal(before[:, :changed], after[:, :changed])
        assert not torch.allclose(before[:, changed], after[:, changed])


def test_every_parameter_gets_a_gradient() -> None:
    model, ids = small(qkv_bias=True), tokens(length=8)
    F.cross_entropy(model(ids)[:, :-1].flatten(0, 1), ids[:, 1:].flatten()).backward()
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        # A bias of the keys shifts all scores of a row alike, which the softmax does not see: its gradient is 0.
        assert parameter.grad.any() or name.endswith("W_key.bias"), name


def test_last_only_gives_the_last_of_all_logits() -> None:
    model, ids = small(), tokens()
    assert model(ids, last_only=True).shape == (2, 1, 19)
    assert torch.allclose(model(ids, last_only=True), model(ids)[:, -1:], atol=1e-6)


def test_a_tied_head_is_the_embedding_before_and_after_training() -> None:
    model, ids = small(tie_weights=True), tokens()
    assert model.out_head.weight is model.tok_emb.weight
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    F.cross_entropy(model(ids).flatten(0, 1), ids.flatten()).backward()
    optimizer.step()
    assert torch.equal(model.out_head.weight, model.tok_emb.weight)
    model.load_state_dict(small(tie_weights=True).state_dict())
    assert model.out_head.weight is model.tok_emb.weight


def test_a_head_of_its_own_shares_nothing_with_the_embedding() -> None:
    model = small()
    assert model.out_head.weight.data_ptr() != model.tok_emb.weight.data_ptr()
    assert not torch.equal(model.out_head.weight, model.tok_emb.weight)


# -- dropout ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", PLACES)
def test_a_rate_reaches_its_layers_and_no_others(place: str) -> None:
    cfg = replace(SMALL, **{f"drop_rate_{other}": 0.5 if other == place else 0.0 for other in PLACES})
    model = GPTModel(cfg)
    found = {name: module.p for name, module in model.named_modules() if isinstance(module, nn.Dropout)}
    expected = {"drop_emb": "emb"}
    for number in range(2):
        expected |= {f"trf_blocks.{number}.att.dropout": "attn", f"trf_blocks.{number}.drop_shortcut": "shortcut"}
    assert found == {name: 0.5 if where == place else 0.0 for name, where in expected.items()}


@pytest.mark.parametrize("place", PLACES)
def test_each_rate_alone_makes_training_random(place: str) -> None:
    model, ids = small(**{f"drop_rate_{place}": 0.5}), tokens()
    assert not torch.equal(model(ids), model(ids))


def test_without_any_rate_training_and_evaluation_agree() -> None:
    model, ids = small(), tokens()
    assert torch.equal(model.train()(ids), model.eval()(ids))


def test_evaluation_knows_no_chance() -> None:
    model, ids = small(drop_rate=0.5), tokens()
    assert not torch.equal(model(ids), model(ids))
    model.eval()
    assert torch.equal(model(ids), model(ids))


def test_dropout_of_the_shortcut_reaches_both_outputs_of_a_block() -> None:
    block = TransformerBlock(replace(SMALL, drop_rate_shortcut=1.0))
    x = torch.randn(2, 5, 12)
    assert torch.equal(block(x), x)
    assert not torch.equal(block.eval()(x), x)


def test_evaluating_puts_every_layer_back_into_its_own_mode() -> None:
    model = small(drop_rate=0.5)
    model.trf_blocks[0].eval()
    before = [module.training for module in model.modules()]
    with evaluating(model):
        assert not any(module.training for module in model.modules())
    assert [module.training for module in model.modules()] == before
    with pytest.raises(KeyError), evaluating(model):
        raise KeyError
    assert [module.training for module in model.modules()] == before


# -- padding ----------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(lengths=st.lists(st.integers(1, 8), min_size=1, max_size=4), left=st.booleans(), seed=st.integers(0, 99))
def test_a_padded_batch_gives_each_row_the_logits_that_it_gets_alone(lengths: list[int], left: bool, seed: int) -> None:
    torch.manual_seed(seed)
    model = small(qkv_bias=True)
    ids = torch.randint(0, 19, (len(lengths), max(lengths)))
    mask = (torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]).long()
    if left:
        mask = mask.flip(1)
    logits = model(ids, attention_mask=mask)
    assert logits.isfinite().all()
    for row, kept in enumerate(mask.bool()):
        assert torch.allclose(logits[row, kept], model(ids[row, kept][None])[0], atol=1e-5)


def test_every_token_sees_something_even_padding() -> None:
    """What a softmax over nothing gives depends on the device."""
    model, seen = small(), []
    model.trf_blocks[1].att.register_forward_pre_hook(
        lambda _module, _inputs, keywords: seen.append(keywords["visible"]), with_kwargs=True
    )
    ids, mask = tokens(batch=1), torch.tensor([[0, 0, 0, 1, 1, 0]])
    cache = model.new_cache()
    for end in (2, 6):
        model(ids[:, cache.length : end], attention_mask=mask[:, :end], cache=cache)
    assert [rows.shape for rows in seen] == [(1, 1, 2, 2), (1, 1, 4, 6)]
    assert all(rows.any(dim=-1).all() for rows in seen)
    assert seen[1][0, 0].tolist() == [
        [False, False, True, False, False, False],
        [False, False, False, True, False, False],
        [False, False, False, True, True, False],
        [False, False, False, True, True, True],
    ]


def test_any_number_but_0_in_a_mask_is_a_token() -> None:
    model, ids = small(), tokens()
    mask = torch.tensor([[0, 0, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1]])
    for other in (mask.bool(), mask.float(), 3 * mask):
        assert torch.equal(model(ids, attention_mask=other), model(ids, attention_mask=mask))


def test_padding_changes_no_gradient() -> None:
    model = small()
    ids = tokens(batch=1, length=4)
    model(ids).sum().backward()
    alone = [parameter.grad for parameter in model.parameters()]
    model.zero_grad()
    padded, mask = F.pad(ids, (2, 1), value=7), F.pad(torch.ones_like(ids), (2, 1))
    model(padded, attention_mask=mask)[:, 2:-1].sum().backward()
    for before, parameter in zip(alone, model.parameters(), strict=True):
        assert before is not None
        assert parameter.grad is not None
        assert torch.allclose(before, parameter.grad, atol=1e-5)


# -- the outline ------------------------------------------------------------------------------------------------------


def test_the_dummy_takes_tokens_to_logits_and_does_nothing_in_between() -> None:
    model, ids = DummyGPTModel(dict(SMALL)), tokens()
    assert model(ids).shape == (2, 6, 19)
    embedded = model.tok_emb(ids) + model.pos_emb(torch.arange(6))
    assert torch.equal(model(ids), model.out_head(embedded))
    assert set(model.state_dict()) == {"tok_emb.weight", "pos_emb.weight", "out_head.weight"}
