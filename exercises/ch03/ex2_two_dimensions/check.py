"""Judges exercise 3.2: shape and context vectors for inputs and weights that are drawn here."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from quizbook.judge.checks import assert_close, assert_one_each, diagnosis, fail, part
from reference.attention import MultiHeadAttentionWrapper

PROJECTIONS = ("W_query", "W_key", "W_value")


KINDS = {
    "Tensor": "build returns what the module computes; return the module itself.",
    "type": "build returns the class itself; call it with the sizes.",
    "OrderedDict": "build returns the weights of the module; return the module itself.",
    "list": "build returns a list; a MultiHeadAttentionWrapper holds both heads by itself.",
    "tuple": "build returns a tuple; a MultiHeadAttentionWrapper holds both heads by itself.",
    "CausalAttention": "That is a single head, CausalAttention; MultiHeadAttentionWrapper holds two of them.",
    "SelfAttention_v1": "That is a single head without a mask; MultiHeadAttentionWrapper holds two with one.",
    "SelfAttention_v2": "That is a single head without a mask; MultiHeadAttentionWrapper holds two with one.",
    "MultiheadAttention": "That is torch's own attention; the guide's MultiHeadAttentionWrapper is asked for.",
    "Sequential": "A layer was put around the wrapper; its heads alone make two numbers when d_out is 1.",
}


def draw(seed):
    """Cases of several sizes: x of the full context length, and the weights of two heads of one number."""
    generator = torch.Generator().manual_seed(seed)
    for d_in, context_length, batch in [(3, 6, 1), (5, 4, 2), (2, 9, 3)]:
        weights = {
            f"heads.{head}.{name}.weight": torch.randn(1, d_in, generator=generator)
            for head in range(2)
            for name in PROJECTIONS
        }
        x = torch.randn(batch, context_length, d_in, generator=generator)
        yield {"d_in": d_in, "context_length": context_length, "x": x, "weights": weights}


@pytest.fixture(scope="module")
def answers(submission, run_seed):
    cases = list(draw(run_seed))
    got = submission.call("outputs", cases=cases)
    assert_one_each(got, cases, "size")
    return list(zip(cases, got, strict=True))


def test_context_vectors_have_two_numbers(answers):
    """Every context vector has two numbers."""
    for case, answer in answers:
        kind = part(answer, "type")
        if kind == "NoneType":
            fail("build returns nothing; it ends with return and the module.", expected="a MultiHeadAttentionWrapper")
        if isinstance(kind, str) and kind in KINDS:
            fail(KINDS[kind], expected="a MultiHeadAttentionWrapper")
        own = part(answer, "own")
        if not isinstance(own, Tensor):
            fail(
                "build returns no module that gives a tensor.",
                expected="a MultiHeadAttentionWrapper",
                got=str(kind)[:60],
            )
        batch, tokens, _ = case["x"].shape
        if own.shape == (batch, tokens, 2):
            continue
        width, heads = own.shape[-1] if own.ndim else 0, part(answer, "told", "heads")
        expected, got = f"shape {(batch, tokens, 2)}", f"shape {tuple(own.shape)}"
        if kind == "MultiHeadAttentionWrapper" and width == 4 and heads == 2:
            fail(
                "d_out is the size of ONE head: two heads of d_out=2 give four numbers. d_out has to be 1.",
                expected=expected,
                got=got,
            )
        if kind == "MultiHeadAttentionWrapper" and width == 1:
            fail("One head of one number gives one: num_heads has to be 2.", expected=expected, got=got)
        if isinstance(heads, int) and heads > 2 and width == heads:
            fail(f"{heads} heads of one number each make {heads}: num_heads has to be 2.", expected=expected, got=got)
        if width == 2 * case["d_in"]:
            fail(
                "d_out is d_in here; it is the size of one head's output, and two heads are to make two numbers.",
                expected=expected,
                got=got,
            )
        fail("The last dimension is num_heads times d_out: choose the two so that it is 2.", expected=expected, got=got)


@pytest.mark.needs("test_context_vectors_have_two_numbers")
@pytest.mark.points(2)
def test_two_heads_of_one_number(answers):
    """The two numbers come from two heads, as MultiHeadAttentionWrapper computes them."""
    for case, answer in answers:
        kind, heads, names = part(answer, "type"), part(answer, "told", "heads"), part(answer, "told", "parameters")
        expected = reference(case)(case["x"]).detach()
        got = part(answer, "output")
        if (
            isinstance(got, Tensor)
            and got.shape == expected.shape
            and torch.allclose(got, expected, rtol=1e-4, atol=1e-5)
        ):
            continue
        if kind == "MultiHeadAttention":
            fail("That is MultiHeadAttention, whose d_out is the size of the whole output; the wrapper is asked for.")
        if heads == 1:
            fail(
                "One head of two numbers was built; two heads of one number each are asked for.",
                expected="2 heads",
                got="1 head",
            )
        if isinstance(names, list) and any(str(name).endswith("bias") for name in names):
            fail("The heads have biases; qkv_bias stays False.")
        dropout = part(answer, "told", "dropout")
        if isinstance(dropout, list) and any(dropout):
            fail(
                "Dropout is on: some weights are set to 0 at random. dropout has to be 0.0.",
                expected=0.0,
                got=dropout[0],
            )
        if isinstance(names, list) and any(not str(name).startswith("heads.") for name in names):
            fail(
                f"The module has {str(names[0])[:60]}, which MultiHeadAttentionWrapper does not: the class stays as it is."
            )
        if isinstance(heads, int) and heads not in (0, 2):
            fail("The number of heads is not two.", expected="2 heads", got=f"{heads} heads")
        if not isinstance(got, Tensor):
            fail("The weights of two heads of one number do not fit into the module that build returns.")
        assert_close(got, expected, what="the context vectors under the same weights")


def reference(case):
    module = MultiHeadAttentionWrapper(case["d_in"], 1, case["context_length"], 0.0, 2)
    module.load_state_dict(case["weights"], strict=False)
    return module


# -- exceptions with a name: type, part of the message, sentence -------------------------------------------------------

SAYINGS = (
    ('NotImplementedError', '',
     'build is not written yet.'),
    ('TypeError', 'found element of type float|must be tuple of ints|integer',
     'd_out and num_heads are whole numbers: two heads with d_out = 1 make two numbers.'),
    ('ValueError|TypeError', 'num_heads is (0\\.\\d*|0)\\b',
     'num_heads is {0}: dropout comes before num_heads, as 0.0, and then 2.'),
    ('ValueError|TypeError', 'dropout',
     'dropout is a rate and comes fourth, as 0.0; the number of heads comes after it.'),
    ('TypeError', 'missing \\d+ required positional arguments?: (.+)',
     'MultiHeadAttentionWrapper also needs {0}: d_in, d_out, context_length, dropout and num_heads.'),
    ('TypeError', "unexpected keyword argument '(\\w+)'",
     'MultiHeadAttentionWrapper has no argument {0}: they are d_in, d_out, context_length, dropout, num_heads and qkv_bias.'),
    ('ValueError|RuntimeError', 'must be d_in|cannot be multiplied',
     'The module takes another d_in than build was given: d_in comes first, and context_length third.'),
    ('ValueError|RuntimeError|IndexError', 'context',
     'The module takes a shorter text than build was given: context_length is the third argument.'),
    ('NameError', "name '(\\w+)'",
     '{0} is not known here: import it, from reference.attention import MultiHeadAttentionWrapper.'),
)  # fmt: skip
diagnose = diagnosis(SAYINGS)
