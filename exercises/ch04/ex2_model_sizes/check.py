"""Judges exercise 4.2: every number follows from the four configurations."""

from __future__ import annotations

import math
import random

import pytest

from quizbook.judge.checks import assert_equal, assert_one_each, describe, diagnosis, fail

MIB = 1024 * 1024
COMMON = {"vocab_size": 50257, "context_length": 1024}
SIZES = {
    "gpt2-small": {"emb_dim": 768, "n_layers": 12, "n_heads": 12},
    "gpt2-medium": {"emb_dim": 1024, "n_layers": 24, "n_heads": 16},
    "gpt2-large": {"emb_dim": 1280, "n_layers": 36, "n_heads": 20},
    "gpt2-xl": {"emb_dim": 1600, "n_layers": 48, "n_heads": 25},
}


def parameters(name, *, tied=False, qkv_bias=False):
    size = SIZES[name]
    width, layers = size["emb_dim"], size["n_layers"]
    block = 12 * width * width + 6 * width + 4 * width + 3 * width * qkv_bias
    embeddings = (COMMON["vocab_size"] + COMMON["context_length"]) * width
    return embeddings + layers * block + 2 * width + (0 if tied else COMMON["vocab_size"] * width)


def answers(submission, function, seed):
    """Each name with what the submission answered for it; the order of the names is drawn."""
    names = list(SIZES)
    random.Random(seed).shuffle(names)
    got = submission.call(function, names=names)
    assert_one_each(got, names, "name")
    return sorted(zip(names, got, strict=True), key=lambda pair: list(SIZES).index(pair[0]))


def number(got, what):
    if got is None:
        fail(f"{what} returns nothing; it ends with return and a number.", expected="a number")
    if isinstance(got, str):
        fail(
            f"{what} returns a text; return the number itself, not one that is formatted.", expected="a number", got=got
        )
    if isinstance(got, bool) or not isinstance(got, int | float) or not math.isfinite(got):
        fail(f"{what} returns no number.", expected="a number", got=got)
    return got


def test_configurations(submission, seed):
    """config gives each size its width, its layers and its heads, and leaves the rest alone."""
    for name, got in answers(submission, "configs", seed):
        if not isinstance(got, dict):
            fail(f"config({name!r}) is no dictionary.", got=got)
        for key, value in {**SIZES[name], **COMMON}.items():
            if key not in got:
                fail(f"config({name!r}) lacks {key!r}: start from a copy of GPT_CONFIG_124M.", expected=value)
            came, what = got[key], f"{key} of config({name!r})"
            if not isinstance(came, int | float):
                fail(f"{what} is no number.", expected=value, got=came)
            exchanged = SIZES[name].get({"n_layers": "n_heads", "n_heads": "n_layers"}.get(key))
            if came != value and came == exchanged:
                fail(f"n_layers and n_heads of config({name!r}) are exchanged.", expected=value, got=came)
            if key == "context_length" and came == 256:
                fail(
                    "context_length is 256, which chapter 5 takes to save memory; GPT-2 has 1,024.",
                    expected=1024,
                    got=256,
                )
            named = [(came, f"{what} is that of {other}.") for other in SIZES if SIZES[other].get(key) == came]
            assert_equal(came, value, *named, what=what)
        if got.get("qkv_bias", False) is not False:
            fail(f"qkv_bias of config({name!r}) is {describe(got['qkv_bias'])}; here it is False.")


def known_totals(name):
    width, layers = SIZES[name]["emb_dim"], SIZES[name]["n_layers"]
    total, vocabulary = parameters(name), COMMON["vocab_size"] * width
    return [
        (parameters(name, tied=True), "That is the number when the head is tied; total_parameters counts the head too."),
        (parameters(name, qkv_bias=True), "That is the number with qkv_bias; here query, key and value have no bias."),
        (total - vocabulary - COMMON["context_length"] * width, "The position embedding and one vocabulary matrix are missing."),
        (total - COMMON["context_length"] * width, "The position embedding is missing: context_length * emb_dim numbers."),
        (total - 2 * vocabulary, "Both vocabulary matrices are missing: token embedding and output head."),
        (total - 2 * width, "The final layer norm is missing: scale and shift, emb_dim numbers each."),
        (total - layers * 4 * width, "The blocks' layer norms are missing: two a block, scale and shift each."),
        (total - (4 * layers + 2) * width, "The layer norms are missing: two a block and the final one, scale and shift each."),
        (total + COMMON["vocab_size"], "The output head has no bias."),
        (total + layers * COMMON["context_length"] ** 2, "The causal masks are counted; they are buffers, no parameters."),
        (layers * 12 * width * width, "Only the matrices of the blocks are counted: embeddings, output head, biases and layer norms are missing."),
        (layers * 12 * width * width + 2 * vocabulary + COMMON["context_length"] * width, "The biases and layer norms are missing."),
        (total - 2 * vocabulary - COMMON["context_length"] * width, "Only the blocks and the final norm are counted: embeddings and output head are missing."),
        (total * 4, "That is the number of bytes; the number of parameters is asked for."),
        *((parameters(other), f"That is the number of {other}: the name that comes decides.") for other in SIZES),
        *((parameters(other, tied=True), f"That is the number of {other}, tied: the name that comes decides.") for other in SIZES),
        *((rounded, "A number in millions or rounded came; count exactly.") for rounded in
          (round(total, -6), round(total / 1e6), round(total / 1e6, 1), round(total / 1e6, 2), total / 1e6)),
    ]  # fmt: skip


@pytest.mark.points(2)
def test_total_parameters(submission, seed):
    """total_parameters counts everything, the output head's own weights included: XL has 1,637,792,000."""
    for name, got in answers(submission, "totals", seed):
        what = f"total_parameters({name!r})"
        assert_equal(number(got, what), parameters(name), *known_totals(name), what=what)


@pytest.mark.points(2)
def test_trainable_when_tied(submission, seed):
    """trainable_when_tied counts the shared matrix once: XL has 1,557,380,800."""
    for name, got in answers(submission, "tied", seed):
        total, vocabulary = parameters(name), COMMON["vocab_size"] * SIZES[name]["emb_dim"]
        position = COMMON["context_length"] * SIZES[name]["emb_dim"]
        known = [
            (total, "That is the number of the untied model: tied weights are counted twice. One matrix serves both."),
            (total - 2 * vocabulary, "Both matrices are taken away: one of them is still there, and serves both."),
            (total - vocabulary - position, "The position embedding is taken away too; it is shared with nothing."),
            (parameters(name, tied=True, qkv_bias=True), "That is the number with qkv_bias; here query, key and value have no bias."),
            (total - position, "The position embedding is taken away; it is the output head's matrix that is saved."),
            *known_totals(name)[5:],
        ]  # fmt: skip
        what = f"trainable_when_tied({name!r})"
        assert_equal(number(got, what), parameters(name, tied=True), *known, what=what)


def test_sizes_in_mb(submission, seed):
    """size_mb takes 4 bytes a parameter and 1024 * 1024 bytes a MB: XL has 6,247.68."""
    for name, got in answers(submission, "sizes", seed):
        what, count = f"size_mb({name!r})", parameters(name)
        value, expected = number(got, what), count * 4 / MIB
        if math.isclose(value, expected, rel_tol=1e-4, abs_tol=0.006):
            continue
        for wrong, sentence in [
            (count * 4 / 1e6, "A MB of 1,000,000 bytes is used; here it has 1024 * 1024."),
            (count * 4 / 1024, "That is in KB: divide by 1024 once more."),
            (count * 4 / 1024**3, "That is in GB: divide by 1024 once less."),
            (count * 4, "That is in bytes: divide by 1024 * 1024."),
            (count / MIB, "Each parameter is taken for one byte; one of 32 bits takes 4."),
            (count * 2 / MIB, "Each parameter is taken for 2 bytes; one of 32 bits takes 4."),
            (count * 8 / MIB, "Each parameter is taken for 8 bytes; one of 32 bits takes 4."),
            (count * 32 / MIB, "That is in bits: 32 bits are 4 bytes."),
            (parameters(name, tied=True) * 4 / MIB, "That is the size when tied; the head's own weights take memory too."),
            (parameters(name, qkv_bias=True) * 4 / MIB, "That is the size with qkv_bias; here there is none."),
        ]:  # fmt: skip
            if math.isclose(value, wrong, rel_tol=1e-4):
                fail(sentence, expected=round(expected, 2), got=value)
        fail(f"{what} is not the right one.", expected=round(expected, 2), got=value)


# -- exceptions with a name: type, part of the message, sentence -------------------------------------------------------

SAYINGS = (
    ('NotImplementedError', '',
     'This function is not written yet.'),
    ('KeyError', 'gpt2-\\w+',
     'The names that come are gpt2-small, gpt2-medium, gpt2-large and gpt2-xl, without the number of parameters behind.'),
    ('KeyError', "'?(\\w+)'?",
     'The configuration has no key {0}: start from a copy of GPT_CONFIG_124M.'),
    ('ValueError', 'n_heads must divide',
     'The width of that size was set and its number of heads was not: emb_dim, n_layers and n_heads all change.'),
    ('RuntimeError|MemoryError', '(?:memory|alloc)',
     'The model was really built, and XL takes 6 GB: with torch.device("meta"): builds one without memory; or calculate.'),
    ('TypeError', 'frozen|does not support item assignment',
     'GPT_CONFIG_124M itself cannot be changed: dict(GPT_CONFIG_124M) is a copy that can.'),
    ('AttributeError', "has no attribute 'update'|FrozenInstanceError|has no attribute 'copy'",
     'GPT_CONFIG_124M itself cannot be changed: dict(GPT_CONFIG_124M) is a copy that can.'),
    ('FrozenInstanceError', '',
     'GPT_CONFIG_124M itself cannot be changed: dict(GPT_CONFIG_124M) is a copy that can.'),
)  # fmt: skip
diagnose = diagnosis(SAYINGS)
