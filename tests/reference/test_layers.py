"""Layer norm, GELU and feed forward against their formulas, and what shortcuts do to gradients."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from reference.config import GPT_CONFIG_124M
from reference.layers import GELU, ExampleDeepNeuralNetwork, FeedForward, LayerNorm, gradient_means, print_gradients
from reference.model import total_parameters

SIZES = [3, 3, 3, 3, 3, 1]


@pytest.fixture(autouse=True)
def same_numbers_every_time() -> None:
    torch.manual_seed(20)


def shaken(norm: LayerNorm) -> LayerNorm:
    """With a scale and a shift that are not 1 and 0."""
    with torch.no_grad():
        norm.scale.normal_()
        norm.shift.normal_()
    return norm


# -- layer norm -------------------------------------------------------------------------------------------------------


def test_layer_norm_gives_mean_0_and_variance_1_before_training() -> None:
    normed = LayerNorm(64)(7 + 5 * torch.randn(2, 3, 64))
    assert torch.allclose(normed.mean(dim=-1), torch.zeros(2, 3), atol=1e-6)
    assert torch.allclose(normed.var(dim=-1, unbiased=False), torch.ones(2, 3), atol=1e-4)


def test_layer_norm_is_its_formula_with_the_variance_that_divides_by_n() -> None:
    norm = shaken(LayerNorm(5))
    x = torch.randn(2, 3, 5)
    mean = x.sum(dim=-1, keepdim=True) / 5
    variance = ((x - mean) ** 2).sum(dim=-1, keepdim=True) / 5
    assert torch.allclose(norm(x), norm.scale * (x - mean) / (variance + 1e-5).sqrt() + norm.shift, atol=1e-6)


def test_layer_norm_equals_torchs_with_the_same_weights() -> None:
    ours, theirs = shaken(LayerNorm(12)), nn.LayerNorm(12)
    theirs.load_state_dict({"weight": ours.scale, "bias": ours.shift})
    x = torch.randn(4, 12)
    assert torch.equal(ours(x), theirs(x))


def test_layer_norm_of_equal_numbers_is_the_shift_and_not_nan() -> None:
    norm = shaken(LayerNorm(6))
    assert torch.allclose(norm(torch.full((2, 6), 3.0)), norm.shift.expand(2, 6))


def test_scale_and_shift_are_trained() -> None:
    norm = LayerNorm(6)
    norm(torch.randn(2, 6)).pow(3).sum().backward()
    assert {name: parameter.grad is not None for name, parameter in norm.named_parameters()} == {
        "scale": True,
        "shift": True,
    }


# -- GELU and feed forward --------------------------------------------------------------------------------------------


@given(x=st.floats(-30, 30))
def test_gelu_is_the_formula_with_tanh(x: float) -> None:
    expected = 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    assert GELU()(torch.tensor(x, dtype=torch.float64)).item() == pytest.approx(expected, abs=1e-12)


def test_gelu_lets_a_little_of_small_negative_numbers_through() -> None:
    x = torch.tensor([-8.0, -0.75, 0.0, 8.0])
    assert torch.allclose(GELU()(x), torch.tensor([0.0, -0.17, 0.0, 8.0]), atol=1e-2)
    assert GELU()(x)[1] < 0


def test_feed_forward_of_the_124m_model_has_4722432_parameters() -> None:
    assert total_parameters(FeedForward(GPT_CONFIG_124M)) == 4_722_432
    assert total_parameters(FeedForward(dict(GPT_CONFIG_124M))) == 4_722_432


def test_feed_forward_widens_four_times_and_comes_back() -> None:
    feed_forward = FeedForward({**GPT_CONFIG_124M, "emb_dim": 12})
    inner: list[Tensor] = []
    feed_forward.layers[0].register_forward_hook(lambda _module, _inputs, output: inner.append(output))
    assert feed_forward(torch.randn(2, 5, 12)).shape == (2, 5, 12)
    assert inner[0].shape == (2, 5, 48)


def test_feed_forward_treats_every_token_on_its_own() -> None:
    feed_forward = FeedForward({**GPT_CONFIG_124M, "emb_dim": 12})
    x = torch.randn(2, 5, 12)
    one_by_one = torch.stack([feed_forward(x[:, token]) for token in range(5)], dim=1)
    assert torch.allclose(feed_forward(x), one_by_one, atol=1e-6)


def test_feed_forward_is_linear_gelu_linear() -> None:
    feed_forward = FeedForward({**GPT_CONFIG_124M, "emb_dim": 12})
    first, gelu, second = feed_forward.layers
    x = torch.randn(3, 12)
    by_hand = gelu(x @ first.weight.T + first.bias) @ second.weight.T + second.bias
    assert torch.allclose(feed_forward(x), by_hand, atol=1e-6)


# -- shortcuts --------------------------------------------------------------------------------------------------------


def means(use_shortcut: bool) -> dict[str, float]:
    torch.manual_seed(123)
    return gradient_means(ExampleDeepNeuralNetwork(SIZES, use_shortcut), torch.tensor([[1.0, 0.0, -1.0]]))


def test_the_first_layers_gradient_vanishes_without_shortcuts_and_stays_with_them() -> None:
    """The figures of chapter 4, under its seed 123."""
    assert means(use_shortcut=False)["layers.0.0.weight"] == pytest.approx(0.0002, abs=0.00005)
    assert means(use_shortcut=True)["layers.0.0.weight"] == pytest.approx(0.22, abs=0.005)


def test_without_shortcuts_gradients_shrink_towards_the_input() -> None:
    without = list(means(use_shortcut=False).values())
    assert len(without) == 5
    assert without[0] < without[-1] / 10
    with_shortcuts = list(means(use_shortcut=True).values())
    assert with_shortcuts[0] > with_shortcuts[-1] / 10


@settings(deadline=None, max_examples=30)
@given(sizes=st.lists(st.integers(1, 4), min_size=2, max_size=6), use_shortcut=st.booleans())
def test_a_shortcut_goes_round_every_layer_that_keeps_the_size(sizes: list[int], use_shortcut: bool) -> None:
    network = ExampleDeepNeuralNetwork(sizes, use_shortcut)
    x = expected = torch.randn(2, sizes[0])
    for linear, gelu in network.layers:
        out = gelu(linear(expected))
        expected = expected + out if use_shortcut and linear.in_features == linear.out_features else out
    assert torch.allclose(network(x), expected, atol=1e-6)


def test_gradients_of_an_earlier_pass_do_not_add_up() -> None:
    network, x = ExampleDeepNeuralNetwork(SIZES, True), torch.randn(1, 3)
    assert gradient_means(network, x) == gradient_means(network, x)


def test_a_weight_without_a_gradient_is_shown_as_none_of_a_number() -> None:
    network = ExampleDeepNeuralNetwork(SIZES, True)
    network.layers[0].requires_grad_(False)
    assert math.isnan(gradient_means(network, torch.randn(1, 3))["layers.0.0.weight"])


def test_print_gradients_prints_a_line_for_each_weight_matrix(capsys: pytest.CaptureFixture[str]) -> None:
    network = ExampleDeepNeuralNetwork(SIZES, False)
    print_gradients(network, torch.randn(1, 3))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [f"layers.{layer}.0.weight" for layer in range(5)]
    assert [float(line.split()[-1]) for line in lines] == pytest.approx(
        [layer[0].weight.grad.abs().mean().item() for layer in network.layers], rel=1e-4
    )


@pytest.mark.parametrize("sizes", [[], [3]])
def test_a_network_without_a_layer_is_refused(sizes: list[int]) -> None:
    with pytest.raises(ValueError, match=r"layer_sizes is \[.*\]; it needs an input size and at least one output size"):
        ExampleDeepNeuralNetwork(sizes, True)
