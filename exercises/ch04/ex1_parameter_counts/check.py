"""Judges exercise 4.1 by the shapes of the linear layers, for the 124M configuration and for random ones."""

from __future__ import annotations

import random

import pytest

from quizbook.judge.checks import assert_equal, assert_one_each, diagnosis, fail

KNOWN_124M = (4_722_432, 2_360_064)  # without qkv_bias
BASE = {"vocab_size": 50257, "context_length": 1024, "emb_dim": 768, "n_heads": 12, "n_layers": 12, "drop_rate": 0.1}


def linear(inputs, outputs, bias):
    return inputs * outputs + outputs * bias


def parts(cfg):
    """Feed forward and attention of one block."""
    width = cfg["emb_dim"]
    attention = 3 * linear(width, width, cfg["qkv_bias"]) + linear(width, width, True)
    return linear(width, 4 * width, True) + linear(4 * width, width, True), attention


def mistakes(cfg):
    """What typical mistakes give for (feed forward, attention), each with its name."""
    width, layers, bias = cfg["emb_dim"], cfg["n_layers"], cfg["qkv_bias"]
    ff, att = parts(cfg)
    norm, square = 2 * width, width * width
    return {
        0: [
            (8 * square, "The biases of the feed forward's two linear layers are missing: 4 * emb_dim and emb_dim."),
            (8 * square + 4 * width, "The bias of the feed forward's second layer is missing: it has emb_dim numbers."),
            (8 * square + width, "The bias of the feed forward's first layer is missing: it has 4 * emb_dim numbers."),
            (8 * square + 2 * width, "The feed forward's first bias is as long as that layer's output, 4 * emb_dim."),
            (8 * square + 8 * width, "The feed forward's second bias is as long as that layer's output, emb_dim."),
            (linear(width, 4 * width, True), "Only the first linear layer of the feed forward is counted."),
            (linear(4 * width, width, True), "Only the second linear layer of the feed forward is counted."),
            (2 * linear(width, width, True), "The feed forward is four times as wide inside: emb_dim to 4 * emb_dim."),
            (ff * layers, "The feed forwards of all n_layers blocks are counted; one block is asked for."),
            (ff + norm, "A layer norm is counted with the feed forward; it belongs to neither part."),
            (ff + 2 * norm, "The two layer norms are counted with the feed forward; they belong to neither part."),
            (ff + att, "The first number is the sum of both parts; the feed forward alone is asked for."),
            (ff + att + 2 * norm, "The first number is the whole block; the feed forward alone is asked for."),
        ],
        1: [
            (4 * square, "The bias of the attention's output projection is missing: it always has one."),
            (3 * linear(width, width, bias), "The attention's output projection is missing: it is a fourth layer."),
            (att - 3 * width, "qkv_bias is true here: query, key and value have a bias of emb_dim numbers each."),
            (att - 2 * width, "qkv_bias is true here: each of query, key and value has a bias, not one of them."),
            (att + 3 * width, "qkv_bias is false here: query, key and value have no bias, only the output projection."),
            (linear(width, width, True), "Only one of the attention's four layers is counted."),
            (2 * linear(width, width, True), "Only two of the attention's four layers are counted."),
            (3 * width * (width // cfg["n_heads"]) + linear(width, width, True), "Query, key and value of one head are counted; those of all heads together are emb_dim by emb_dim."),
            (linear(width, width, bias) * 4, "The output projection has a bias whatever qkv_bias says."),
            (att * layers, "The attentions of all n_layers blocks are counted; one block is asked for."),
            (att * cfg["n_heads"], "The heads share the layers: each layer is split, there is not one a head."),
            (att + norm, "A layer norm is counted with the attention; it belongs to neither part."),
            (att + 2 * norm, "The two layer norms are counted with the attention; they belong to neither part."),
            (att + cfg["context_length"] ** 2, "The causal mask is counted; it is a buffer that no training changes."),
            (ff + att, "The second number is the sum of both parts; the attention alone is asked for."),
        ],
    }  # fmt: skip


def pair(answer):
    """The two numbers of an answer, or the reason why there are none."""
    if answer is None:
        fail("count_parameters returns nothing; it ends with return and two numbers.", expected="two whole numbers")
    if isinstance(answer, dict):
        fail("A dictionary came; two numbers in a tuple are asked for, the feed forward's first.", got=answer)
    if not isinstance(answer, list) or len(answer) != 2:
        fail("Two numbers are asked for: those of the feed forward and of the attention.", got=answer)
    for number in answer:
        if isinstance(number, str):
            fail(
                "A text came in the place of a number: return the number itself, not one that is formatted.", got=number
            )
        if isinstance(number, bool) or not isinstance(number, int | float):
            fail("What came is no number.", got=number)
    return answer


def check(answers, configs, which):
    for answer, cfg in zip(answers, configs, strict=True):
        got, expected = pair(answer), parts(cfg)
        place = f"for emb_dim = {cfg['emb_dim']} and qkv_bias = {cfg['qkv_bias']}"
        if got == [*reversed(expected)]:
            fail("The two numbers are exchanged: the feed forward comes first.", expected=list(expected), got=got)
        known = list(mistakes(cfg)[which])
        if cfg["emb_dim"] != 768:
            always = f"The number is that of the 124M configuration, with emb_dim 768; use the cfg that comes, {place}."
            known[:0] = [(value, always) for value in (KNOWN_124M[which], parts({**cfg, "emb_dim": 768})[which])]
        assert_equal(got[which], expected[which], *known, what=f"the number of the {PARTS[which]} {place}")


PARTS = ("feed forward", "attention")


def random_configs(seed):
    draw = random.Random(seed)
    for bias in (False, True, draw.random() < 0.5):
        heads = draw.choice([2, 3, 4, 5])
        yield {
            **BASE, "emb_dim": heads * draw.randint(3, 40), "n_heads": heads, "n_layers": draw.randint(2, 9),
            "context_length": draw.choice([64, 128, 256]), "qkv_bias": bias,
        }  # fmt: skip


def answered(submission, configs):
    answers = submission.call("counts", configs=configs)
    assert_one_each(answers, configs, "configuration")
    return answers


@pytest.fixture(scope="module")
def gpt2(submission):
    configs = [{**BASE, "qkv_bias": False}]
    return answered(submission, configs), configs


@pytest.fixture(scope="module")
def others(submission, run_seed):
    configs = list(random_configs(run_seed))
    return answered(submission, configs), configs


def test_feed_forward_of_124m(gpt2):
    """The feed forward module of the 124M model has 4,722,432 parameters."""
    check(*gpt2, 0)


def test_attention_of_124m(gpt2):
    """The attention module of the 124M model has 2,360,064 parameters."""
    check(*gpt2, 1)


@pytest.mark.needs("test_feed_forward_of_124m")
@pytest.mark.points(2)
def test_feed_forward_of_any_size(others):
    """The feed forward's number is right for other sizes too."""
    check(*others, 0)


@pytest.mark.needs("test_attention_of_124m")
@pytest.mark.points(2)
def test_attention_of_any_size(others):
    """The attention's number is right for other sizes too, with qkv_bias and without."""
    check(*others, 1)


# -- exceptions with a name: type, part of the message, sentence -------------------------------------------------------

SAYINGS = (
    ('NotImplementedError', '',
     'count_parameters is not written yet.'),
    ('KeyError', "'?(\\w+)'?",
     'cfg has no key {0}: its keys are vocab_size, context_length, emb_dim, n_heads, n_layers, drop_rate and qkv_bias.'),
    ('AttributeError', "'dict' object has no attribute '(\\w+)'",
     'cfg is a dictionary: cfg["{0}"], not cfg.{0}.'),
    ('AttributeError', "has no attribute '(\\w+)'",
     "There is no {0} here: a block's parts are called att, ff, norm1 and norm2, and the feed forward's layers ff.layers."),
    ('TypeError', '(?:GPTModel|TransformerBlock|FeedForward|MultiHeadAttention)\\.__init__',
     'The modules want what their signatures say: FeedForward(cfg), and MultiHeadAttention(d_in, d_out, context_length, dropout, num_heads, qkv_bias).'),
    ('RuntimeError|MemoryError', 'memory',
     'Counting takes no memory: build on the meta device, with torch.device("meta"), or calculate.'),
)  # fmt: skip
diagnose = diagnosis(SAYINGS)
