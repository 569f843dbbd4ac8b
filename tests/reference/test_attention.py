"""What is true of the attention classes, compared with hand-made numbers and with torch's own attention."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from reference.attention import (
    CausalAttention,
    MultiHeadAttention,
    MultiHeadAttentionWrapper,
    SelfAttention_v1,
    SelfAttention_v2,
    attention_weights,
    simple_attention,
    simple_attention_weights,
)

PROJECTIONS = ("W_query", "W_key", "W_value")
SHAPES = [(3, 2), (2, 3), (4, 4), (7, 5)]


@pytest.fixture(autouse=True)
def same_numbers_every_time() -> None:
    torch.manual_seed(20)


def v1_from_v2(v2: SelfAttention_v2, d_in: int, d_out: int) -> SelfAttention_v1:
    v1 = SelfAttention_v1(d_in, d_out)
    v1.load_state_dict({name: getattr(v2, name).weight.T for name in PROJECTIONS})
    return v1


def one_pass_from(wrapper: MultiHeadAttentionWrapper, d_in: int, head_dim: int, context: int) -> MultiHeadAttention:
    """The heads' matrices stacked, out_proj the identity, so that both must agree."""
    width = head_dim * len(wrapper.heads)
    fused = MultiHeadAttention(d_in, width, context, 0.0, len(wrapper.heads), qkv_bias=True)
    with torch.no_grad():
        for name in PROJECTIONS:
            layers = [getattr(head, name) for head in wrapper.heads]
            getattr(fused, name).weight.copy_(torch.cat([layer.weight for layer in layers]))
            getattr(fused, name).bias.copy_(torch.cat([layer.bias for layer in layers]))
        fused.out_proj.weight.copy_(torch.eye(width))
        fused.out_proj.bias.zero_()
    return fused


def causal_modules() -> list[nn.Module]:
    return [
        CausalAttention(6, 4, 8, 0.0),
        MultiHeadAttentionWrapper(6, 4, 8, 0.0, num_heads=3),
        MultiHeadAttention(6, 4, 8, 0.0, num_heads=2),
    ]


# -- the package ------------------------------------------------------------------------------------------------------


def fresh_python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_importing_reference_does_not_import_torch() -> None:
    assert fresh_python("import reference, sys; print('torch' in sys.modules)") == "False"


def test_a_submodule_is_there_as_soon_as_it_is_named() -> None:
    assert fresh_python("import reference; print(reference.attention.SelfAttention_v1.__name__)") == "SelfAttention_v1"


def test_a_submodule_that_is_not_there_is_an_attribute_error_that_lists_those_that_are() -> None:
    import reference

    with pytest.raises(AttributeError, match=r"no attribute 'atention'.*attention"):
        _ = reference.atention
    assert "attention" in dir(reference)


# -- without weights --------------------------------------------------------------------------------------------------


def test_simple_attention_on_numbers_done_by_hand() -> None:
    # Scores of the first token: 1 and 0, so its weights are e/(e+1) and 1/(e+1).
    first = torch.e / (torch.e + 1)
    weights = torch.tensor([[first, 1 - first], [1 - first, first]])
    assert torch.allclose(simple_attention_weights(torch.eye(2)), weights)
    assert torch.allclose(simple_attention(torch.eye(2)), weights)


def test_simple_weights_are_positive_and_sum_to_one_in_every_row() -> None:
    weights = simple_attention_weights(torch.randn(3, 5, 4))
    assert weights.shape == (3, 5, 5)
    assert (weights > 0).all()
    assert torch.allclose(weights.sum(dim=-1), torch.ones(3, 5))


def test_simple_attention_of_equal_tokens_gives_that_token_back() -> None:
    token = torch.randn(4)
    assert torch.allclose(simple_attention(token.expand(6, 4)), token.expand(6, 4), atol=1e-6)


def test_simple_attention_needs_a_token_dimension() -> None:
    with pytest.raises(ValueError, match=r"shape \(4,\).*\(\.\.\., tokens, d_in\)"):
        simple_attention(torch.randn(4))


# -- the weights ------------------------------------------------------------------------------------------------------


def test_scores_are_divided_by_the_square_root_of_the_key_size() -> None:
    queries, keys = torch.randn(5, 16), torch.randn(5, 16)
    assert torch.allclose(attention_weights(queries, keys), torch.softmax(queries @ keys.T / 4, dim=-1))


def test_hidden_tokens_get_weight_zero_and_the_rows_still_sum_to_one() -> None:
    hidden = torch.ones(5, 5, dtype=torch.bool).triu(diagonal=1)
    weights = attention_weights(torch.randn(2, 5, 3), torch.randn(2, 5, 3), hidden)
    assert (weights[:, hidden] == 0).all()
    assert torch.allclose(weights.sum(dim=-1), torch.ones(2, 5))


# -- one head ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("d_in", "d_out"), SHAPES)
def test_v1_equals_v2_once_the_matrices_are_transposed(d_in: int, d_out: int) -> None:
    v2 = SelfAttention_v2(d_in, d_out)
    x = torch.randn(6, d_in)
    assert torch.allclose(v1_from_v2(v2, d_in, d_out)(x), v2(x), atol=1e-6)


def test_v1_and_v2_treat_the_sequences_of_a_batch_one_by_one() -> None:
    x = torch.randn(3, 6, 4)
    for attention in (SelfAttention_v1(4, 5), SelfAttention_v2(4, 5)):
        assert torch.allclose(attention(x), torch.stack([attention(sequence) for sequence in x]), atol=1e-6)


def test_v2_equals_torchs_scaled_dot_product_attention() -> None:
    v2 = SelfAttention_v2(4, 5, qkv_bias=True)
    x = torch.randn(2, 6, 4)
    assert torch.allclose(v2(x), scaled_dot_product_attention(v2.W_query(x), v2.W_key(x), v2.W_value(x)), atol=1e-6)


def test_v1_draws_query_key_and_value_uniformly_and_in_this_order() -> None:
    torch.manual_seed(7)
    v1 = SelfAttention_v1(3, 2)
    torch.manual_seed(7)
    for name in PROJECTIONS:
        assert torch.equal(getattr(v1, name), torch.rand(3, 2))
        assert isinstance(getattr(v1, name), nn.Parameter)


def test_self_attention_has_no_bias_unless_asked() -> None:
    assert SelfAttention_v2(3, 2).W_query.bias is None
    assert SelfAttention_v2(3, 2, qkv_bias=True).W_query.bias.shape == (2,)


# -- causal attention -------------------------------------------------------------------------------------------------


def test_changing_a_token_changes_no_context_vector_before_it() -> None:
    for attention in causal_modules():
        x = torch.randn(2, 7, 6)
        for changed in range(7):
            other = x.clone()
            other[:, changed] += 1.0
            before, after = attention(x), attention(other)
            assert torch.equal(before[:, :changed], after[:, :changed])
            assert not torch.allclose(before[:, changed:], after[:, changed:])


def test_the_first_token_sees_only_itself() -> None:
    attention = CausalAttention(6, 4, 8, 0.0)
    x = torch.randn(2, 5, 6)
    assert torch.allclose(attention(x)[:, 0], attention.W_value(x)[:, 0], atol=1e-6)


def test_causal_attention_equals_torchs_with_is_causal() -> None:
    attention = CausalAttention(6, 4, 8, 0.0, qkv_bias=True)
    x = torch.randn(2, 7, 6)
    expected = scaled_dot_product_attention(
        attention.W_query(x), attention.W_key(x), attention.W_value(x), is_causal=True
    )
    assert torch.allclose(attention(x), expected, atol=1e-6)


def test_a_short_input_gets_the_context_vectors_that_it_has_as_a_beginning() -> None:
    for attention in causal_modules():
        x = torch.randn(2, 8, 6)
        assert torch.allclose(attention(x[:, :3]), attention(x)[:, :3], atol=1e-6)


def with_visible_weights(attention: CausalAttention) -> Tensor:
    """Values that are the identity turn the context vectors into the attention weights themselves."""
    with torch.no_grad():
        attention.W_value.weight.copy_(torch.eye(8))
    weights: Tensor = attention(torch.eye(8).unsqueeze(0))[0]  # (tokens, tokens)
    return weights


def test_dropout_drops_weights_in_training_and_scales_the_rest_by_one_over_one_minus_p() -> None:
    attention = CausalAttention(8, 8, 8, 0.25)
    attention.eval()
    kept_all = with_visible_weights(attention)
    attention.train()
    dropped = with_visible_weights(attention)
    visible = kept_all > 0
    gone = visible & (dropped == 0)
    assert gone.any()
    kept = visible & ~gone
    assert kept.any()
    assert torch.allclose(dropped[kept], kept_all[kept] / (1 - 0.25), atol=1e-6)


def test_dropout_is_off_outside_training() -> None:
    x = torch.randn(1, 8, 6)
    for attention in (CausalAttention(6, 4, 8, 0.5), MultiHeadAttention(6, 4, 8, 0.5, num_heads=2)):
        assert not torch.equal(attention(x), attention(x))
        attention.eval()
        assert torch.equal(attention(x), attention(x))


# -- several heads ----------------------------------------------------------------------------------------------------


def test_the_wrapper_puts_its_heads_context_vectors_side_by_side() -> None:
    wrapper = MultiHeadAttentionWrapper(3, 2, 6, 0.0, num_heads=2)
    x = torch.randn(2, 6, 3)
    assert wrapper(x).shape == (2, 6, 4)
    assert torch.equal(wrapper(x)[..., :2], wrapper.heads[0](x))
    assert torch.equal(wrapper(x)[..., 2:], wrapper.heads[1](x))


@pytest.mark.parametrize("num_heads", [1, 2, 5])
def test_one_pass_equals_the_wrapper_when_the_heads_matrices_are_stacked(num_heads: int) -> None:
    wrapper = MultiHeadAttentionWrapper(6, 4, 9, 0.0, num_heads, qkv_bias=True)
    x = torch.randn(3, 9, 6)
    assert torch.allclose(one_pass_from(wrapper, 6, 4, 9)(x), wrapper(x), atol=1e-6)


def test_multi_head_attention_equals_torchs_module_with_the_same_weights() -> None:
    ours = MultiHeadAttention(12, 12, 10, 0.0, num_heads=3, qkv_bias=True)
    theirs = nn.MultiheadAttention(12, 3, batch_first=True)
    layers = [getattr(ours, name) for name in PROJECTIONS]
    with torch.no_grad():
        theirs.in_proj_weight.copy_(torch.cat([layer.weight for layer in layers]))
        theirs.in_proj_bias.copy_(torch.cat([layer.bias for layer in layers]))
        theirs.out_proj.load_state_dict(ours.out_proj.state_dict())
    x = torch.randn(2, 10, 12)
    hidden = torch.ones(10, 10, dtype=torch.bool).triu(1)
    assert torch.allclose(ours(x), theirs(x, x, x, attn_mask=hidden, need_weights=False)[0], atol=1e-6)


def test_the_output_projection_mixes_the_heads() -> None:
    attention = MultiHeadAttention(6, 4, 8, 0.0, num_heads=2)
    x = torch.randn(1, 8, 6)
    before = attention(x)
    with torch.no_grad():
        attention.W_value.weight[2:] += 1.0  # the second head only
    assert not torch.allclose(before[..., :2], attention(x)[..., :2])


def test_the_attention_of_the_124m_model_has_2360064_parameters() -> None:
    attention = MultiHeadAttention(768, 768, 1024, 0.0, num_heads=12)
    assert sum(parameter.numel() for parameter in attention.parameters()) == 2_360_064
    assert attention.head_dim == 64


def test_state_dicts_carry_the_names_that_learners_know() -> None:
    assert list(SelfAttention_v1(3, 2).state_dict()) == list(PROJECTIONS)
    assert list(SelfAttention_v2(3, 2).state_dict()) == [f"{name}.weight" for name in PROJECTIONS]
    assert set(CausalAttention(3, 2, 4, 0.0).state_dict()) == {"mask", *(f"{name}.weight" for name in PROJECTIONS)}
    assert {name.split(".", 2)[1] for name in MultiHeadAttentionWrapper(3, 2, 4, 0.0, 2).state_dict()} == {"0", "1"}
    assert set(MultiHeadAttention(4, 4, 4, 0.0, 2).state_dict()) == {
        *(f"{name}.weight" for name in (*PROJECTIONS, "out_proj")),
        "out_proj.bias",
    }


def test_a_saved_mask_is_no_obstacle_to_the_class_that_needs_none() -> None:
    attention = MultiHeadAttention(4, 4, 6, 0.0, num_heads=2)
    saved = {**attention.state_dict(), "mask": torch.triu(torch.ones(6, 6), diagonal=1)}
    fresh = MultiHeadAttention(4, 4, 6, 0.0, num_heads=2)
    fresh.load_state_dict(saved)
    x = torch.randn(1, 6, 4)
    assert torch.equal(fresh(x), attention(x))


def test_the_mask_is_a_buffer_and_no_parameter() -> None:
    attention = CausalAttention(3, 2, 4, 0.0)
    assert "mask" in dict(attention.named_buffers())
    assert "mask" not in dict(attention.named_parameters())


def test_every_parameter_gets_a_gradient() -> None:
    for attention in [SelfAttention_v1(6, 4), SelfAttention_v2(6, 4), *causal_modules()]:
        attention(torch.randn(2, 7, 6)).pow(2).sum().backward()
        for name, parameter in attention.named_parameters():
            assert parameter.grad is not None
            assert parameter.grad.abs().sum() > 0, name


# -- errors -----------------------------------------------------------------------------------------------------------


def test_a_wrong_embedding_size_is_named_with_the_one_that_is_allowed() -> None:
    for attention in [SelfAttention_v1(6, 4), SelfAttention_v2(6, 4), *causal_modules()]:
        with pytest.raises(ValueError, match=r"last dimension is 5 and must be d_in = 6"):
            attention(torch.randn(2, 7, 5))


def test_more_tokens_than_the_context_are_refused_with_both_numbers() -> None:
    for attention in causal_modules():
        with pytest.raises(ValueError, match=r"9 tokens.*at most 8"):
            attention(torch.randn(2, 9, 6))


def test_heads_that_do_not_divide_the_output_are_refused_with_both_numbers() -> None:
    with pytest.raises(ValueError, match=r"d_out is 10 and num_heads is 3"):
        MultiHeadAttention(10, 10, 4, 0.0, num_heads=3)


@pytest.mark.parametrize("attention", [MultiHeadAttentionWrapper, MultiHeadAttention])
def test_an_attention_without_heads_is_refused(attention: type[nn.Module]) -> None:
    with pytest.raises(ValueError, match="num_heads is 0"):
        attention(4, 4, 4, 0.0, num_heads=0)


def test_an_empty_context_is_refused() -> None:
    with pytest.raises(ValueError, match="context_length is 0"):
        CausalAttention(4, 4, 0, 0.0)
