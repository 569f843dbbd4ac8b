"""What is true of low-rank adaptation: what it leaves alone, what it trains, and what comes back from a file."""

from __future__ import annotations

import copy
import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from reference.config import GPTConfig, config_named
from reference.lora import (
    LinearWithLoRA,
    LoRALayer,
    freeze,
    load_lora,
    lora_state_dict,
    merge_lora,
    replace_linear_with_lora,
    save_lora,
    trainable_parameters,
)
from reference.model import GPTModel

SMALL = GPTConfig(vocab_size=50, context_length=12, emb_dim=16, n_heads=2, n_layers=2, drop_rate=0.0)
TIED = GPTConfig(vocab_size=50, context_length=12, emb_dim=16, n_heads=2, n_layers=2, drop_rate=0.0, tie_weights=True)
LINEARS_OF_SMALL = 2 * 6 + 1


@pytest.fixture(autouse=True)
def same_numbers_every_time() -> None:
    torch.manual_seed(7)


def token_ids() -> Tensor:
    return torch.randint(0, 50, (3, 12), generator=torch.Generator().manual_seed(1))


def adapted(cfg: GPTConfig = SMALL, rank: int = 4, alpha: float = 2.0) -> GPTModel:
    model = GPTModel(cfg)
    freeze(model)
    replace_linear_with_lora(model, rank, alpha)
    return model


def fill(model: nn.Module) -> nn.Module:
    """Give B numbers, as training would."""
    for name, tensor in lora_state_dict(model).items():
        if name.endswith("B"):
            tensor.normal_(std=0.1)
    return model


def train(model: nn.Module, steps: int = 8) -> list[float]:
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-2, weight_decay=0.1)
    losses = []
    for _ in range(steps):
        logits = model(token_ids()[:, :-1])
        loss = cross_entropy(logits.flatten(0, 1), token_ids()[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# -- the layer --------------------------------------------------------------------------------------------------------


def test_a_layer_gives_alpha_times_x_a_b_and_does_not_divide_by_the_rank() -> None:
    layer = LoRALayer(3, 2, rank=4, alpha=16)
    torch.nn.init.normal_(layer.B)
    x = torch.randn(5, 3)
    torch.testing.assert_close(layer(x), 16 * (x @ layer.A @ layer.B))


def test_a_is_uniform_within_one_over_the_root_of_the_rank_and_b_is_zero() -> None:
    layer = LoRALayer(2000, 30, rank=16, alpha=1)
    assert 0.249 < layer.A.abs().max() <= 1 / math.sqrt(16)
    assert layer.A.mean().abs() < 0.01
    assert not layer.B.any()


def test_the_same_seed_draws_the_same_a_as_kaiming_uniform_by_hand() -> None:
    torch.manual_seed(3)
    layer = LoRALayer(6, 5, rank=2, alpha=1)
    torch.manual_seed(3)
    by_hand = torch.empty(6, 2)
    nn.init.kaiming_uniform_(by_hand, a=math.sqrt(5))
    torch.testing.assert_close(layer.A, by_hand, rtol=0, atol=0)


@pytest.mark.parametrize("rank", [0, -1])
def test_a_rank_below_1_is_refused(rank: int) -> None:
    with pytest.raises(ValueError, match=f"rank is {rank}; it is at least 1"):
        LoRALayer(3, 3, rank, 1)


@pytest.mark.parametrize("rank", [1.0, True, "4", None])
def test_a_rank_that_is_no_whole_number_is_refused(rank: Any) -> None:
    with pytest.raises(TypeError, match=r"rank is .*; it is a whole number"):
        LoRALayer(3, 3, rank, 1)


@pytest.mark.parametrize("alpha", [0, -2.0, math.nan, math.inf])
def test_an_alpha_that_is_not_above_0_is_refused(alpha: float) -> None:
    with pytest.raises(ValueError, match=r"alpha is .*; it is a number above 0"):
        LoRALayer(3, 3, 1, alpha)


def test_a_rank_larger_than_the_layer_is_allowed_and_merges_as_any_other() -> None:
    layer = LinearWithLoRA(nn.Linear(6, 2), rank=16, alpha=16)
    fill(layer)
    x = torch.randn(4, 6)
    torch.testing.assert_close(layer.merged()(x), layer(x))


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
def test_an_adapter_has_the_dtype_of_its_layer(dtype: torch.dtype) -> None:
    layer = LinearWithLoRA(nn.Linear(4, 3, dtype=dtype), 2, 1)
    assert {layer.lora.A.dtype, layer.lora.B.dtype, layer(torch.ones(1, 4, dtype=dtype)).dtype} == {dtype}


def test_an_adapter_lives_on_the_device_of_its_layer() -> None:
    layer = LinearWithLoRA(nn.Linear(4, 3, device="meta"), 2, 1)
    assert layer.lora.A.device.type == layer.lora.B.device.type == "meta"


def test_an_adapter_takes_over_the_mode_of_its_layer() -> None:
    assert not any(module.training for module in LinearWithLoRA(nn.Linear(4, 3).eval(), 2, 1).modules())


def test_a_printed_adapter_says_its_rank_and_alpha() -> None:
    assert repr(LoRALayer(4, 3, rank=2, alpha=0.5)) == "LoRALayer(rank=2, alpha=0.5)"


def test_what_is_no_linear_layer_gets_no_adapter() -> None:
    with pytest.raises(TypeError, match=r"is of type Embedding; it is an nn\.Linear"):
        LinearWithLoRA(nn.Embedding(4, 3), 2, 1)  # type: ignore[arg-type]


# -- replacing and freezing -------------------------------------------------------------------------------------------


def test_every_linear_layer_of_a_gpt_gets_an_adapter_and_nothing_else_does() -> None:
    model = adapted()
    wrapped = [name for name, module in model.named_modules() if isinstance(module, LinearWithLoRA)]
    assert len(wrapped) == LINEARS_OF_SMALL
    assert "out_head" in wrapped
    assert "trf_blocks.1.ff.layers.2" in wrapped


@pytest.mark.parametrize("cfg", [SMALL, TIED], ids=["untied", "tied"])
def test_before_training_the_outputs_are_unchanged_to_the_bit(cfg: GPTConfig) -> None:
    model = GPTModel(cfg)
    before = model(token_ids())
    replace_linear_with_lora(model, 4, 2.0)
    assert torch.equal(model(token_ids()), before)


def test_training_lowers_the_loss_and_leaves_every_base_weight_equal_to_the_bit() -> None:
    model = adapted()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items() if ".lora." not in name}
    losses = train(model, steps=20)
    after = model.state_dict()
    assert losses[-1] < 0.8 * losses[0]
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
    assert all(tensor.any() for tensor in lora_state_dict(model).values())


def test_a_second_call_adapts_only_what_is_new() -> None:
    model = adapted()
    first = model.trf_blocks[0].att.W_query
    model.out_head = nn.Linear(16, 2)
    replace_linear_with_lora(model, 4, 2.0)
    assert isinstance(model.out_head, LinearWithLoRA)
    assert model.trf_blocks[0].att.W_query is first
    assert sum(isinstance(module, LoRALayer) for module in model.modules()) == LINEARS_OF_SMALL


def test_a_second_call_with_nothing_new_is_refused_since_its_rank_would_be_ignored() -> None:
    with pytest.raises(ValueError, match=r"have an adapter already; merge_lora\(model\)"):
        replace_linear_with_lora(adapted(), 8, 2.0)


def test_a_model_that_is_a_linear_layer_is_refused_with_the_way_out() -> None:
    with pytest.raises(TypeError, match=r"cannot be replaced in place; use LinearWithLoRA\(model, rank, alpha\)"):
        replace_linear_with_lora(nn.Linear(3, 3), 1, 1)


def test_a_model_without_linear_layers_is_refused() -> None:
    with pytest.raises(ValueError, match="the Embedding has no linear layer to adapt"):
        replace_linear_with_lora(nn.Embedding(3, 3), 1, 1)


def test_a_bad_rank_leaves_the_model_as_it_was() -> None:
    model = GPTModel(SMALL)
    with pytest.raises(ValueError, match="rank is 0"):
        replace_linear_with_lora(model, 0, 1)
    assert not any(isinstance(module, LinearWithLoRA) for module in model.modules())


def test_a_layer_that_stands_in_two_places_gets_one_adapter_and_merges_once() -> None:
    shared = nn.Linear(3, 3)
    model = nn.Sequential(shared, nn.Sequential(nn.GELU(), shared))
    replace_linear_with_lora(model, 2, 1.0)
    assert model[0] is model[1][1]
    fill(model)
    x = torch.randn(2, 3)
    before = model(x)
    merge_lora(model)
    assert model[0] is model[1][1]
    torch.testing.assert_close(model(x), before)


def test_torch_s_own_attention_still_works_since_its_subclass_of_linear_stays() -> None:
    model = nn.ModuleDict({"attention": nn.MultiheadAttention(4, 2), "head": nn.Linear(4, 2)})
    replace_linear_with_lora(model, 2, 1.0)
    x = torch.randn(3, 1, 4)
    assert model["head"](model["attention"](x, x, x)[0]).shape == (3, 1, 2)


def test_freezing_after_replacing_with_the_guide_s_loop_leaves_nothing_to_train() -> None:
    model = GPTModel(SMALL)
    replace_linear_with_lora(model, 4, 2.0)
    for parameter in model.parameters():
        parameter.requires_grad = False
    assert trainable_parameters(model) == 0


def test_freeze_leaves_the_adapters_whether_it_comes_before_or_after() -> None:
    before = adapted()
    after = GPTModel(SMALL)
    replace_linear_with_lora(after, 4, 2.0)
    freeze(after)
    adapters = sum(tensor.numel() for tensor in lora_state_dict(before).values())
    assert trainable_parameters(before) == trainable_parameters(after) == adapters


def test_without_freezing_the_base_weights_are_trained_too() -> None:
    model = GPTModel(SMALL)
    total = trainable_parameters(model)
    replace_linear_with_lora(model, 4, 2.0)
    assert trainable_parameters(model) > total


@pytest.mark.parametrize(
    ("size", "classes", "expected"),
    [("124M", 2, 2_666_528), ("124M", None, 3_470_608), ("gpt2-medium", None, 7_898_384)],
)
def test_trainable_parameters_at_rank_16(size: str, classes: int | None, expected: int) -> None:
    with torch.device("meta"):
        model = GPTModel(config_named(size))
        freeze(model)
        if classes:
            model.out_head = nn.Linear(768, classes)
            freeze(model)
        replace_linear_with_lora(model, rank=16, alpha=16)
    assert trainable_parameters(model) == expected


# -- merging ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cfg", [SMALL, TIED], ids=["untied", "tied"])
def test_a_merged_model_is_plain_and_computes_what_the_unmerged_one_did(cfg: GPTConfig) -> None:
    model = adapted(cfg)
    train(model)
    before = model(token_ids())
    merge_lora(model)
    torch.testing.assert_close(model(token_ids()), before, rtol=1e-5, atol=1e-5)
    fresh = GPTModel(model.cfg)
    fresh.load_state_dict(model.state_dict())
    torch.testing.assert_close(fresh(token_ids()), before, rtol=1e-5, atol=1e-5)


def test_merging_a_tied_head_leaves_the_token_embedding_alone() -> None:
    model = adapted(TIED)
    fill(model)
    embedding = model.tok_emb.weight.clone()
    merge_lora(model)
    assert torch.equal(model.tok_emb.weight, embedding)
    assert not torch.equal(model.out_head.weight, embedding)
    assert not model.cfg.tie_weights


def test_merging_keeps_what_was_frozen_frozen_and_the_bias_the_same_tensor() -> None:
    model = adapted()
    bias = model.trf_blocks[0].att.out_proj.linear.bias
    merge_lora(model)
    assert trainable_parameters(model) == 0
    assert model.trf_blocks[0].att.out_proj.bias is bias


def test_half_precision_is_rounded_once_when_it_is_merged() -> None:
    layer = LinearWithLoRA(nn.Linear(64, 64, dtype=torch.bfloat16), rank=8, alpha=0.5)
    fill(layer)
    exact = layer.linear.weight.double() + 0.5 * (layer.lora.A.double() @ layer.lora.B.double()).T
    torch.testing.assert_close(layer.merged().weight, exact.bfloat16(), rtol=2**-8, atol=0)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 12), st.floats(0.01, 20), st.booleans())
def test_merged_equals_unmerged_for_any_shape(d_in: int, d_out: int, rank: int, alpha: float, bias: bool) -> None:
    layer = LinearWithLoRA(nn.Linear(d_in, d_out, bias=bias, dtype=torch.float64), rank, alpha)
    fill(layer)
    x = torch.randn(2, 3, d_in, dtype=torch.float64)
    torch.testing.assert_close(layer.merged()(x), layer(x))


def test_merging_without_adapters_is_refused() -> None:
    with pytest.raises(ValueError, match="the GPTModel has no adapters to merge"):
        merge_lora(GPTModel(SMALL))


def test_merging_a_bare_adapted_layer_in_place_is_refused_with_the_way_out() -> None:
    with pytest.raises(TypeError, match=r"use model\.merged\(\)"):
        merge_lora(LinearWithLoRA(nn.Linear(3, 3), 1, 1))


# -- files ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def base() -> GPTModel:
    return GPTModel(SMALL)


@pytest.fixture
def trained(base: GPTModel) -> nn.Module:
    model = copy.deepcopy(base)
    freeze(model)
    replace_linear_with_lora(model, 4, 2.0)
    return fill(model)


def test_a_file_holds_the_adapters_only_and_their_rank_and_alpha(trained: nn.Module, tmp_path: Path) -> None:
    save_lora(trained, tmp_path / "adapters.safetensors")
    assert load_file(tmp_path / "adapters.safetensors").keys() == lora_state_dict(trained).keys()
    with safe_open(tmp_path / "adapters.safetensors", framework="pt") as file:
        about = json.loads(file.metadata()["lora"])
    assert about["out_head"] == {"rank": 4, "alpha": 2.0}
    assert len(about) == LINEARS_OF_SMALL
    assert [path.name for path in tmp_path.iterdir()] == ["adapters.safetensors"]


def test_a_plain_model_with_a_file_of_adapters_computes_what_was_trained(
    base: GPTModel, trained: nn.Module, tmp_path: Path
) -> None:
    save_lora(trained, tmp_path / "a")
    load_lora(base, tmp_path / "a")
    assert torch.equal(base(token_ids()), trained(token_ids()))


def test_a_model_with_adapters_of_the_same_kind_takes_the_file_s(
    base: GPTModel, trained: nn.Module, tmp_path: Path
) -> None:
    save_lora(trained, tmp_path / "a")
    replace_linear_with_lora(base, 4, 2.0)
    load_lora(base, tmp_path / "a")
    assert torch.equal(base(token_ids()), trained(token_ids()))


def test_a_head_drawn_at_random_can_go_into_the_file(base: GPTModel, tmp_path: Path) -> None:
    trained = copy.deepcopy(base)
    trained.out_head = nn.Linear(16, 2)
    freeze(trained)
    replace_linear_with_lora(trained, 4, 2.0)
    fill(trained)
    save_lora(trained, tmp_path / "a", also=["out_head"])
    base.out_head = nn.Linear(16, 2)
    load_lora(base, tmp_path / "a")
    assert torch.equal(base(token_ids()), trained(token_ids()))


def test_modules_that_share_a_weight_can_both_go_into_the_file(tmp_path: Path) -> None:
    trained = fill(adapted(TIED))
    save_lora(trained, tmp_path / "a", also=["out_head", "tok_emb"])
    model = GPTModel(TIED)
    load_lora(model, tmp_path / "a")
    assert torch.equal(model.out_head.linear.weight, trained.tok_emb.weight)
    assert model.out_head.linear.weight is model.tok_emb.weight


@pytest.mark.parametrize(("rank", "alpha"), [(5, 2.0), (4, 3.0)])
def test_adapters_of_another_rank_or_alpha_are_refused(
    rank: int, alpha: float, base: GPTModel, trained: nn.Module, tmp_path: Path
) -> None:
    save_lora(trained, tmp_path / "a")
    replace_linear_with_lora(base, rank, alpha)
    before = copy.deepcopy(base.state_dict())
    with pytest.raises(
        ValueError, match=rf"of rank {rank} and alpha {alpha} in the model, and of rank 4 and alpha 2\.0"
    ):
        load_lora(base, tmp_path / "a")
    assert all(torch.equal(tensor, before[name]) for name, tensor in base.state_dict().items())


def test_a_file_for_another_shape_names_the_tensor_and_both_shapes_and_changes_nothing(
    trained: nn.Module, tmp_path: Path
) -> None:
    save_lora(trained, tmp_path / "a")
    other = GPTModel({**SMALL, "vocab_size": 60})
    before = list(other.state_dict())
    with pytest.raises(
        ValueError, match=r"'out_head.lora.B' has shape \(4, 50\) in the file; the model expects \(4, 60\)"
    ):
        load_lora(other, tmp_path / "a")
    assert list(other.state_dict()) == before


def test_a_file_for_a_deeper_model_names_the_module_that_is_missing(trained: nn.Module, tmp_path: Path) -> None:
    save_lora(trained, tmp_path / "a")
    with pytest.raises(ValueError, match=r"has no module 'trf_blocks\.1\.att\.W_query'"):
        load_lora(GPTModel({**SMALL, "n_layers": 1}), tmp_path / "a")


def test_an_adapter_that_the_file_does_not_know_is_named(trained: GPTModel, tmp_path: Path) -> None:
    save_lora(trained, tmp_path / "a")
    deeper = adapted(GPTConfig.of({**SMALL, "n_layers": 3}))
    with pytest.raises(ValueError, match=r"has no adapter for 'trf_blocks\.2\.att\.W_query'"):
        load_lora(deeper, tmp_path / "a")


def test_a_file_cut_short_is_one_sentence(base: GPTModel, trained: nn.Module, tmp_path: Path) -> None:
    save_lora(trained, tmp_path / "a")
    whole = (tmp_path / "a").read_bytes()
    for length in (0, 5, 100, len(whole) - 1):
        (tmp_path / "a").write_bytes(whole[:length])
        with pytest.raises(ValueError, match="is no safetensors file, or is cut short"):
            load_lora(base, tmp_path / "a")


def test_a_file_that_is_not_there_says_what_writes_one(base: GPTModel, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no file .*; save_lora\(model, path\) writes one"):
        load_lora(base, tmp_path / "none")


@pytest.mark.parametrize(
    ("metadata", "sentence"),
    [
        (None, "holds no adapters"),
        ({"lora": "[]"}, "holds no adapters"),
        ({"lora": "{"}, "has metadata that cannot be read"),
        ({"lora": '{"out_head": 3}'}, "does not say the rank and alpha of 'out_head'"),
        ({"lora": '{"out_head": {"rank": 4}}'}, "does not say the rank and alpha of 'out_head'"),
        ({"lora": '{"out_head": {"rank": 0, "alpha": 1}}'}, "rank is 0; it is at least 1"),
        ({"lora": '{"out_head": {"rank": 4, "alpha": NaN}}'}, "alpha is nan"),
        ({"lora": '{"out_head": {"rank": 4, "alpha": 1}}'}, r"lacks the tensor 'out_head\.lora\.A'"),
        ({"lora": '{"tok_emb": {"rank": 4, "alpha": 1}}'}, "'tok_emb', which is of type Embedding in the model"),
        ({"lora": '{"": {"rank": 4, "alpha": 1}}'}, "has no module ''"),
        ({"lora": '{"forward": {"rank": 4, "alpha": 1}}'}, "has no module 'forward'"),
    ],
)
def test_a_safetensors_file_that_is_not_ours_is_one_sentence(
    metadata: dict[str, str] | None, sentence: str, base: GPTModel, tmp_path: Path
) -> None:
    save_file({"x": torch.ones(2)}, tmp_path / "a", metadata)
    with pytest.raises(ValueError, match=sentence):
        load_lora(base, tmp_path / "a")


def test_a_tensor_without_a_place_in_the_model_is_named(base: GPTModel, trained: nn.Module, tmp_path: Path) -> None:
    save_lora(trained, tmp_path / "a")
    tensors = load_file(tmp_path / "a")
    with safe_open(tmp_path / "a", framework="pt") as file:
        save_file({**tensors, "stranger": torch.ones(1)}, tmp_path / "b", file.metadata())
    with pytest.raises(ValueError, match="'stranger', for which the model has no place"):
        load_lora(base, tmp_path / "b")


def test_saving_without_adapters_is_refused(base: GPTModel, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the GPTModel has no adapters to save"):
        save_lora(base, tmp_path / "a")


def test_a_module_that_is_not_there_cannot_go_into_the_file(trained: nn.Module, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has no module 'outhead'"):
        save_lora(trained, tmp_path / "a", also=["outhead"])
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_named(trained: nn.Module, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        save_lora(trained, tmp_path / "nowhere" / "a")
