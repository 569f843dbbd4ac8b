"""Judges exercise 3.3 by the reference's module under the same weights, which shows sizes and heads alike."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from quizbook.judge.checks import assert_close, assert_one_each, diagnosis, fail, part
from reference.attention import MultiHeadAttention

SIZES = {"d_in": 768, "d_out": 768, "num_heads": 12, "context_length": 1024}


KINDS = {
    "type": "build returns the class itself; call it with the sizes.",
    "OrderedDict": "build returns the weights of the module; return the module itself.",
    "Tensor": "build returns what a module computes; return the module itself.",
    "CausalAttention": "That is a single head, CausalAttention; MultiHeadAttention has twelve.",
    "SelfAttention_v1": "That is a single head without a mask; MultiHeadAttention has twelve, and a mask.",
    "SelfAttention_v2": "That is a single head without a mask; MultiHeadAttention has twelve, and a mask.",
    "MultiheadAttention": "That is torch's own attention; the guide's MultiHeadAttention is asked for.",
    "TransformerBlock": "That is a whole block; its attention alone is asked for.",
    "GPTModel": "That is the whole model; the attention of one block is asked for.",
}
OTHER_SIZES = {1024: "GPT-2 medium", 1280: "GPT-2 large", 1600: "GPT-2 XL"}


def drawn(seed, *, bias):
    """A module of the right size with weights that are drawn here."""
    torch.manual_seed(seed)
    return MultiHeadAttention(768, 768, 1024, 0.0, 12, qkv_bias=bias).eval()


@pytest.fixture(scope="module")
def answer(submission, run_seed):
    module = drawn(run_seed, bias=True)
    x = torch.randn(2, 40, 768, generator=torch.Generator().manual_seed(run_seed))
    return module, x, submission.call("output", weights=module.state_dict(), x=x)


def test_it_is_an_attention_module(answer):
    """build returns a module that takes 768 numbers a token and gives 768."""
    _, x, got = answer
    kind = part(got, "type")
    if kind == "NoneType":
        fail("build returns nothing; it ends with return and the module.", expected="a MultiHeadAttention")
    if kind == "MultiHeadAttentionWrapper":
        fail("That is the wrapper, with twelve separate attentions; MultiHeadAttention does all heads in one pass.")
    if isinstance(kind, str) and kind in KINDS:
        fail(KINDS[kind], expected="a MultiHeadAttention")
    if part(got, "told") is None:
        fail("build returns no module.", expected="a MultiHeadAttention", got=str(kind)[:60])
    sizes = {name: part(got, "told", name) for name in ("d_in", "d_out")}
    sizes = {name: size for name, size in sizes.items() if type(size) is int}
    if sizes == {"d_in": 1024, "d_out": 768}:
        fail("The context length stands in the place of d_in: embeddings have 768 numbers.", expected=768, got=1024)
    for name, size in sizes.items():
        if size == 64:
            fail(f"{name} is 64, the share of one head; MultiHeadAttention divides d_out itself.", expected=768, got=64)
        if size == 768 * 12:
            fail(
                f"{name} is 768 * 12: d_out is the size of the whole output, not of one head.",
                expected=768,
                got=768 * 12,
            )
        if size in OTHER_SIZES:
            fail(f"{name} is that of {OTHER_SIZES[size]}; GPT-2 small has 768.", expected=768, got=size)
        if size != 768:
            fail(f"{name} is not the size of GPT-2 small's embeddings.", expected=768, got=size)
    value = part(got, "output")
    if not isinstance(value, Tensor) or not value.is_floating_point():
        fail(
            "The module does not take embeddings of 768 numbers.",
            expected=f"a tensor of shape {tuple(x.shape)}",
            got=str(part(got, "refused") or value)[:160],
        )
    if value.shape != x.shape:
        fail("The output has another shape.", expected=f"shape {tuple(x.shape)}", got=f"shape {tuple(value.shape)}")


@pytest.mark.needs("test_it_is_an_attention_module")
@pytest.mark.points(2)
def test_twelve_heads(answer):
    """Under the same weights it computes what twelve heads compute."""
    module, x, got = answer
    value, fitted, dropout = part(got, "output"), names(part(got, "fitted")), part(got, "told", "dropout")
    right = module if "W_query.bias" in fitted else without_bias(module)
    if same(value, right(x)):
        return
    rates = [rate for rate in dropout if isinstance(rate, float) and rate > 0] if isinstance(dropout, list) else []
    if rates:
        fail("Dropout is on; the module is asked for without it.", expected="dropout 0.0", got=f"dropout {rates[0]:g}")
    for heads in (1, 2, 3, 4, 6, 8, 16, 24, 32, 48, 64):
        if same(value, with_heads(right, heads)(x)):
            why = "64 is the size of one head" if heads == 64 else "GPT-2 small has twelve"
            fail(f"The embeddings are split into {heads} heads; {why}.", expected="12 heads", got=f"{heads} heads")
    if not {"W_query.weight", "W_key.weight", "W_value.weight", "out_proj.weight"} <= fitted:
        fail(
            "The module has no layers W_query, W_key, W_value and out_proj of 768 by 768: use MultiHeadAttention as it is."
        )
    assert_close(value, right(x).detach(), what="the output under the same weights", rtol=1e-3, atol=1e-4)


def names(value):
    """The names in a list that came over the wall."""
    return {name for name in value if isinstance(name, str)} if isinstance(value, list) else set()


def same(value, expected):
    return value.shape == expected.shape and torch.allclose(value.float(), expected.detach(), rtol=1e-3, atol=1e-4)


def without_bias(module):
    other = MultiHeadAttention(768, 768, 1024, 0.0, module.num_heads).eval()
    other.load_state_dict({name: value for name, value in module.state_dict().items() if name in other.state_dict()})
    return other


def with_heads(module, heads):
    other = MultiHeadAttention(768, 768, 1024, 0.0, heads, qkv_bias=module.W_query.bias is not None).eval()
    other.load_state_dict(module.state_dict())
    return other


@pytest.mark.needs("test_it_is_an_attention_module")
def test_context_of_1024(submission, answer):
    """It takes texts of 1,024 tokens, and none that are longer."""
    lengths = [1024, 1025]
    taken = submission.call("longest", lengths=lengths)
    assert_one_each(taken, lengths, "length")
    short, long = taken
    told = part(answer[2], "told", "context_length")
    got = f"context_length {told}" if isinstance(told, int) else "1,024 tokens are refused"
    if short is not True:
        if told == 768:
            fail(
                "The embedding's size stands in the place of the context length.",
                expected="context_length 1024",
                got=got,
            )
        fail("The module takes fewer than 1,024 tokens.", expected="context_length 1024", got=got)
    if long is not False:
        fail(
            "The module takes more than 1,024 tokens; GPT-2's context ends there.",
            expected="context_length 1024",
            got=got,
        )


# -- exceptions with a name: type, part of the message, sentence -------------------------------------------------------

SAYINGS = (
    ('NotImplementedError', '',
     'build is not written yet.'),
    ('ValueError', 'd_out is (\\d+) and num_heads is (1024)\\b',
     'num_heads is {1}: context_length and num_heads were exchanged. The order is d_in, d_out, context_length, dropout, num_heads.'),
    ('ValueError', 'd_out is (64|192|128|256) and num_heads',
     'd_out is {0}, the share of a head or another size: MultiHeadAttention divides d_out itself, and the whole is 768.'),
    ('ValueError', 'd_out is (\\d+) and num_heads is (\\d+)',
     '{0} numbers cannot be shared among {1} heads; GPT-2 small has 768 numbers and 12 heads of 64.'),
    ('TypeError', "missing \\d+ required positional arguments?: 'key'",
     "That is torch's own nn.MultiheadAttention, which wants query, key and value; the guide's MultiHeadAttention is asked for."),
    ('TypeError', 'missing \\d+ required positional arguments?: (.+)',
     'MultiHeadAttention also needs {0}: d_in, d_out, context_length, dropout (0.0 here) and num_heads.'),
    ('TypeError', "unexpected keyword argument '(\\w+)'",
     'MultiHeadAttention has no argument {0}: they are d_in, d_out, context_length, dropout, num_heads and qkv_bias.'),
    ('NameError', "name '(\\w+)'",
     '{0} is not known here: import it, from reference.attention import MultiHeadAttention.'),
)  # fmt: skip
diagnose = diagnosis(SAYINGS)
