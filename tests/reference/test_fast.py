"""Packed models: they compute what the plain one does, and refuse what they cannot do."""

from __future__ import annotations

import copy
import gc
import re
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
import small_model
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from reference import fast
from reference.checkpoint import save_model
from reference.config import GPTConfig
from reference.fast import PackedLinear, Precision, pack, supported
from reference.generate import generate
from reference.lora import replace_linear_with_lora
from reference.model import GPTModel
from reference.pretrain import calc_loss_loader, train_model_simple

PRECISIONS: list[Precision] = ["fp32", "fp16", "bf16", "int8"]
# Of the largest output: what rounding may cost. int8 rounds inputs too, and FBGEMM's to 7 bits.
ROUNDING: dict[Precision, float] = {"fp32": 1e-5, "fp16": 2e-3, "bf16": 2e-2, "int8": 5e-2}
each_precision = pytest.mark.parametrize("precision", PRECISIONS)


@pytest.fixture(scope="module")
def trained() -> GPTModel:
    """A model that has learned a little, so that its logits mean something."""
    model = small_model.model(drop_rate=0.0, emb_dim=32)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    loader = small_model.loader()
    for _ in range(5):
        for inputs, targets in loader:
            optimizer.zero_grad()
            F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten()).backward()
            optimizer.step()
    return model.eval()


def some_ids(batch: int, tokens: int, vocab_size: int) -> Tensor:
    return torch.randint(vocab_size, (batch, tokens), generator=torch.Generator().manual_seed(5))


@pytest.mark.parametrize("tokens", [1, 7, 64])
def test_packed_fp32_gives_the_logits_of_the_plain_model_on_the_124m_shape(tokens: int) -> None:
    torch.manual_seed(0)
    model = GPTModel(GPTConfig(n_layers=2, qkv_bias=True)).eval()
    idx = some_ids(2, tokens, 50257)
    with torch.inference_mode():
        difference = (pack(model)(idx) - model(idx)).abs().max().item()
    assert difference < 1e-4


@each_precision
def test_the_logits_stay_close_in_every_precision(trained: GPTModel, precision: Precision) -> None:
    idx = some_ids(3, 8, trained.cfg.vocab_size)
    with torch.inference_mode():
        plain, packed = trained(idx), pack(trained, precision)(idx)
    assert packed.dtype == torch.float32
    assert (packed - plain).abs().max() < 2 * ROUNDING[precision] * plain.abs().max()


@each_precision
def test_the_loss_on_a_text_hardly_changes(trained: GPTModel, precision: Precision) -> None:
    loader = small_model.loader(shuffle=False)
    plain = calc_loss_loader(loader, trained, "cpu")
    assert calc_loss_loader(loader, pack(trained, precision), "cpu") == pytest.approx(
        plain, rel=2 * ROUNDING[precision]
    )


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_the_greedy_text_is_the_same(trained: GPTModel, precision: Precision) -> None:
    idx = some_ids(1, 3, trained.cfg.vocab_size)
    assert torch.equal(generate(pack(trained, precision), idx, 20, 8), generate(trained, idx, 20, 8))


def test_a_padded_batch_gives_the_texts_of_its_prompts_one_by_one(trained: GPTModel) -> None:
    packed = pack(trained)
    idx = some_ids(2, 4, trained.cfg.vocab_size)
    mask = torch.tensor([[0, 0, 1, 1], [1, 1, 1, 1]])
    both = generate(packed, idx, 4, 8, attention_mask=mask)
    assert torch.equal(both[0, 2:], generate(packed, idx[:1, 2:], 4, 8)[0])
    assert torch.equal(both[1:], generate(packed, idx[1:], 4, 8))


@each_precision
def test_a_cache_changes_nothing_but_the_time(trained: GPTModel, precision: Precision) -> None:
    packed, idx = pack(trained, precision), some_ids(1, 6, trained.cfg.vocab_size)
    with torch.inference_mode():
        cache = packed.new_cache()
        step_by_step = torch.cat([packed(idx[:, i : i + 1], cache=cache) for i in range(6)], dim=1)
        at_once = packed(idx)
    # In int8 the scale of an input hangs on the tokens that are in it.
    assert (step_by_step - at_once).abs().max() < 2 * ROUNDING[precision] * at_once.abs().max()


@each_precision
@settings(max_examples=40, deadline=None)
@given(
    shape=st.lists(st.integers(1, 9), min_size=0, max_size=2),
    inputs=st.integers(1, 70),
    outputs=st.integers(1, 70),
    bias=st.booleans(),
    seed=st.integers(0, 2**32),
)
def test_a_packed_layer_computes_what_the_layer_does_for_any_shape(
    precision: Precision, shape: list[int], inputs: int, outputs: int, bias: bool, seed: int
) -> None:
    torch.manual_seed(seed)
    layer, x = nn.Linear(inputs, outputs, bias=bias), torch.randn(*shape, 3, inputs)
    expected = layer(x).detach()
    for table in (fast.PRIVATE, fast.PLAIN) if supported(precision) else (fast.PLAIN,):
        found = PackedLinear(layer, table[precision])(x)
        assert found.shape == expected.shape
        # What rounding may cost an output is in proportion to what is added up, not to a sum that is 0 by chance.
        added_up = F.linear(x.abs(), layer.weight.abs(), layer.bias.abs() if bias else None)
        assert ((found - expected).abs() <= ROUNDING[precision] * added_up.max() + 1e-6).all()


def test_a_layer_whose_weights_are_views_of_others_is_packed_right() -> None:
    many = torch.randn(40, 24)
    layer = nn.Linear(20, 12)
    layer.weight, layer.bias = nn.Parameter(many.T[:12, ::2]), nn.Parameter(many[::3, 0][:12])
    x = torch.randn(20, 5).T
    for precision in PRECISIONS:
        if supported(precision):
            found = PackedLinear(layer, fast.PRIVATE[precision])(x)
            assert (found - layer(x)).abs().max() < 0.1 * layer(x).abs().max()


@pytest.mark.parametrize("changes", [{"qkv_bias": True}, {"qkv_bias": False}, {"tie_weights": True}, {"n_heads": 1}])
def test_every_kind_of_model_can_be_packed(changes: dict[str, bool | int]) -> None:
    model = small_model.model(**changes).eval()
    idx = some_ids(2, 8, model.cfg.vocab_size)
    with torch.inference_mode():
        torch.testing.assert_close(pack(model)(idx), model(idx), rtol=1e-4, atol=1e-5)


def test_a_classifier_and_a_model_with_adapters_can_be_packed() -> None:
    model = small_model.model()
    model.out_head = nn.Linear(model.cfg.emb_dim, 2)
    replace_linear_with_lora(model, rank=2, alpha=2)
    for name, parameter in model.named_parameters():
        if name.endswith("lora.B"):
            nn.init.normal_(parameter)
    idx = some_ids(2, 8, model.cfg.vocab_size)
    model.eval()
    with torch.inference_mode():
        torch.testing.assert_close(pack(model)(idx), model(idx), rtol=1e-4, atol=1e-5)


def test_a_model_in_half_precision_is_packed_with_fp32_between_its_matrices() -> None:
    model = small_model.model().eval()
    idx = some_ids(2, 8, model.cfg.vocab_size)
    with torch.inference_mode():
        expected = model(idx)
        found = pack(copy.deepcopy(model).bfloat16(), "fp16")(idx)
    assert found.dtype == torch.float32
    assert (found - expected).abs().max() < 0.05 * expected.abs().max()


def test_the_packed_model_does_not_keep_the_matrices_that_it_was_made_from() -> None:
    model = small_model.model()
    packed = pack(model)
    gone = [weakref.ref(layer.weight) for layer in model.modules() if isinstance(layer, nn.Linear)]
    del model
    gc.collect()
    assert not any(weight() is not None for weight in gone)
    with torch.inference_mode():
        packed(some_ids(1, 8, packed.cfg.vocab_size))


def test_the_plain_model_stays_as_it_was_and_can_still_be_trained() -> None:
    model = small_model.model()
    before = copy.deepcopy(model.state_dict())
    packed = pack(model, "int8")
    assert model.training
    assert not packed.training
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    model(some_ids(1, 8, model.cfg.vocab_size)).sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
    assert packed.tok_emb.weight.data_ptr() == model.tok_emb.weight.data_ptr()


def test_dropout_is_off_in_a_packed_model_whatever_mode_the_plain_one_is_in() -> None:
    model = small_model.model(drop_rate=0.5).train()
    idx = some_ids(2, 8, model.cfg.vocab_size)
    packed = pack(model)
    with torch.inference_mode():
        torch.testing.assert_close(packed(idx), model.eval()(idx), rtol=1e-4, atol=1e-5)


def test_torchs_setting_for_quantisation_stays_what_it_was() -> None:
    before = torch.backends.quantized.engine
    pack(small_model.model(), "int8")
    assert torch.backends.quantized.engine == before


def missing(weight: Tensor, bias: Tensor | None) -> fast.Product:
    product: fast.Product = torch.ops.quantized.an_operator_that_is_gone(weight, bias)
    return product


def wrong(weight: Tensor, bias: Tensor | None) -> fast.Product:
    return lambda x: F.linear(x, weight, bias) + 1


@each_precision
@pytest.mark.parametrize("private", [missing, wrong])
def test_without_a_working_private_operator_the_public_ones_do(
    trained: GPTModel,
    precision: Precision,
    private: Callable[[Tensor, Tensor | None], fast.Product],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(fast.PRIVATE, precision, private)
    assert not supported(precision)
    idx = some_ids(2, 8, trained.cfg.vocab_size)
    with torch.inference_mode():
        plain, packed = trained(idx), pack(trained, precision)(idx)
    assert (packed - plain).abs().max() < 2 * ROUNDING[precision] * plain.abs().max()


def test_training_a_packed_model_is_refused_before_anything_changes() -> None:
    packed = pack(small_model.model())
    loader = small_model.loader()
    optimizer = torch.optim.AdamW(packed.parameters())
    with pytest.raises(TypeError, match="a packed model cannot be trained; train the model that it was made from"):
        train_model_simple(packed, loader, loader, optimizer, "cpu", 1, 5, 1, "the", small_model.TOKENIZER)
    assert not any(module.training for module in packed.modules())


def test_gradients_through_a_packed_layer_are_refused() -> None:
    packed = PackedLinear(nn.Linear(4, 4), fast.PRIVATE["fp32"])
    with pytest.raises(TypeError, match="a packed layer has no gradients"):
        packed(torch.randn(2, 4, requires_grad=True))


def test_saving_a_packed_model_is_refused_and_leaves_no_file(tmp_path: Path) -> None:
    packed = pack(small_model.model())
    for name in ("model.safetensors", "model.pth"):
        with pytest.raises(TypeError, match="a packed model cannot be saved; save the model that it was made from"):
            save_model(packed, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_loading_into_moving_and_converting_a_packed_model_are_refused() -> None:
    model = small_model.model()
    packed = pack(model)
    with pytest.raises(TypeError, match="load them into a GPTModel and pack that"):
        packed.load_state_dict(model.state_dict())
    for change in (lambda: packed.to("cpu"), packed.half, packed.double):
        with pytest.raises(TypeError, match="stays on its device and in its precision"):
            change()


def test_what_cannot_be_packed_is_named() -> None:
    with pytest.raises(TypeError, match="the model to pack is a Linear; it is a GPTModel"):
        pack(nn.Linear(2, 2))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="the model is packed already"):
        pack(pack(small_model.model()))
    expected = "precision is 'int4'; it is one of 'fp32', 'fp16', 'bf16', 'int8'"
    with pytest.raises(ValueError, match=re.escape(expected)):
        pack(small_model.model(), "int4")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "precision", "said"),
    [(float("nan"), "int8", "nan"), (float("inf"), "fp32", "inf"), (-1e6, "fp16", "1e+06")],
)
def test_a_weight_that_is_no_number_or_too_large_is_refused_by_name(
    value: float, precision: Precision, said: str
) -> None:
    model = small_model.model()
    with torch.no_grad():
        model.trf_blocks[1].ff.layers[0].weight[3, 2] = value
    with pytest.raises(
        ValueError, match=r"the largest number in trf_blocks\.1\.ff\.layers\.0\.weight is " + re.escape(said)
    ):
        pack(model, precision)
