"""Judges exercise 5.1: counts by the binomial distribution of the exact probability, probabilities exactly."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from quizbook.judge.checks import assert_one_each, diagnosis, fail

PIZZA = torch.tensor([4.51, 0.89, -1.90, 6.75, 1.63, -1.62, -1.89, 6.28, 1.79])
MOST = 10**12  # beyond it no count and no probability lies
DEVIATIONS = 5.0  # of a count from its mean: an honest one is further away once in two million times


def exact(logits, temperature, index):
    return torch.softmax(logits.double() / temperature, dim=-1)[index].item()


def drawn(seed):
    """Scores of several sizes, temperatures and indexes, each token's probability well between 0 and 1."""
    generator = torch.Generator().manual_seed(seed)
    for size in (4, 9, 40):
        logits = torch.randn(size, generator=generator) * 2
        temperature = 0.5 + 2 * torch.rand((), generator=generator).item()
        index = int(logits.argsort(descending=True)[1 + int(torch.randint(2, (), generator=generator))])
        yield logits, round(temperature, 3), index


def number(got, what):
    if got is None:
        fail(f"{what} returns nothing; it ends with return and a number.", expected="a number")
    if isinstance(got, Tensor) and got.numel() == 1 and not got.is_complex():
        return number(got.item(), what)  # a tensor with one number in it is a number to most who write it
    if isinstance(got, list) or (isinstance(got, Tensor) and got.numel() > 1):
        fail(
            f"{what} returns a number for each token, or for each draw; one number is asked for: index says which token.",
            expected="a number",
            got=got,
        )
    if isinstance(got, bool) or not isinstance(got, int | float) or abs(got) > MOST:
        fail(f"{what} returns no number that it can be.", expected="a number", got=got)
    if not math.isfinite(got):
        fail(f"{what} is not finite: is the division by the temperature, or a logarithm, in the wrong place?", got=got)
    return got


def answered(submission, name, cases):
    got = submission.call(name, cases=cases)
    assert_one_each(got, cases, "call")
    return got


# -- the probability ---------------------------------------------------------------------------------------------------


@pytest.mark.points(2)
def test_probability(submission, seed):
    """pizza_probability is exact, for any scores, temperature and index: 0.0429980 for pizza at temperature 5."""
    asked = [(PIZZA, 5.0, 6), (PIZZA, 1.0, 6), *drawn(seed)]
    cases = [{"logits": logits, "rest": [t, i]} for logits, t, i in asked]
    for (logits, temperature, index), value in zip(asked, answered(submission, "chances", cases), strict=True):
        expected = exact(logits, temperature, index)
        what = f"pizza_probability at temperature {temperature:g}"
        if math.isclose(number(value, what), expected, rel_tol=1e-4, abs_tol=1e-6):
            continue
        scaled = logits.double() / temperature
        probas = torch.softmax(scaled, dim=-1)
        for wrong, sentence in [
            *((shown, "That is the example's number, for pizza at temperature 5; calculate it from what comes.") for shown in (0.043, 0.0430, exact(PIZZA, 5.0, 6))),
            (1.0, "The softmax runs over a dimension of size 1: the tokens are the last dimension, dim=-1."),
            (exact(logits, 1.0, index), "The temperature plays no part: divide the logits by it before the softmax."),
            (exact(logits, 1.0 / temperature, index), "The logits are multiplied by the temperature; they are divided by it."),
            (exact(logits, 1.0, index) / temperature, "The softmax comes before the division; the temperature belongs to the logits."),
            (scaled[index].item(), "That is the logit, not its probability: the softmax is missing."),
            (logits[index].item(), "That is the logit, not its probability: temperature and softmax are missing."),
            (math.exp(scaled[index].item()), "That is the exponential alone; the softmax divides by the sum of all of them."),
            (math.log(max(expected, 1e-300)), "That is the logarithm of the probability."),
            (100 * expected, "That is in percent; a probability is between 0 and 1."),
            (1000 * expected, "That is the expected count of 1,000 draws; the probability of one draw is asked for."),
            *((probas[other].item(), f"That is the probability of token {other}; index says which token is meant.") for other in range(len(probas)) if other != index),
            (exact(PIZZA, temperature, 6) if len(logits) != 9 else math.nan, "The scores of the example are used; those that come count."),
            (1 - expected, "That is the probability of all other tokens together."),
            (scaled[index].sigmoid().item(), "That is a sigmoid, which looks at one score; the softmax weighs it against all."),
            *((round(expected, digits), "The probability is rounded; return it as it is.") for digits in range(1, 6)),
        ]:  # fmt: skip
            if math.isclose(value, wrong, rel_tol=2e-4, abs_tol=1e-9):
                fail(sentence, expected=expected, got=value)
        if isinstance(value, float) and abs(value * 1000 - round(value * 1000)) < 1e-9 and abs(value - expected) < 0.1:
            fail("That is a share of draws; the exact probability needs none.", expected=expected, got=value)
        fail(f"{what} is not the right one.", expected=expected, got=value)


# -- the count ---------------------------------------------------------------------------------------------------------


def counted(submission, asked):
    """Whole numbers, or numbers that are none, one for each call."""
    cases = [{"logits": logits, "rest": [t, n, i, s]} for logits, t, n, i, s in asked]
    got = answered(submission, "counts", cases)
    return [number(value, f"pizza_count at temperature {t:g}") for (_, t, *_), value in zip(asked, got, strict=True)]


@pytest.mark.points(2)
def test_count(submission, seed):
    """pizza_count lies where the exact probability puts the count of so many draws."""
    asked = [(PIZZA, 5.0, 1000, 6, 123), (PIZZA, 1.0, 1000, 6, 123)]
    asked += [
        (logits, t, draws, index, seed)
        for draws, (logits, t, index) in zip((300, 3000, 6000), drawn(seed), strict=True)
    ]
    for (logits, temperature, draws, index, _), value in zip(asked, counted(submission, asked), strict=True):
        expected = exact(logits, temperature, index)
        what = f"pizza_count at temperature {temperature:g}"
        near, room = draws * expected, 1 + DEVIATIONS * math.sqrt(draws * expected * (1 - expected))
        shown = f"about {near:.0f} of {draws}, {max(0, near - room):.0f} to {min(draws, near + room):.0f}"
        if value != int(value):
            kind = "a share of the draws" if 0 <= value <= 1 else "no whole number"
            fail(f"{what} is {kind}; the count is asked for.", expected=shown, got=value)
        if abs(value - near) <= room:
            continue

        if draws != 1000 and abs(value - 1000 * expected) <= room:
            fail("1,000 tokens are drawn; draws says how many.", expected=shown, got=value)
        if value == 0:
            fail(
                "The token never comes: is the most probable token taken each time, is the seed set anew before every"
                " draw, or is the token cut off by top_k?",
                expected=shown,
                got=0,
            )

        def fits(probability, value=value, draws=draws):
            spread = 1 + DEVIATIONS * math.sqrt(max(0.0, draws * probability * (1 - probability)))
            return abs(value - draws * probability) <= spread

        probas = torch.softmax(logits.double() / temperature, dim=-1)
        best = int(probas.argmax())
        if value in (32, 43) and (temperature, draws) != (5.0, 1000):
            fail("That is the example's number; draw, and count.", expected=shown, got=value)
        for wrong, sentence in [
            (exact(logits, 1.0, index), "The temperature plays no part: divide the logits by it before the softmax."),
            (exact(logits, 1.0 / temperature, index), "The logits are multiplied by the temperature; they are divided by it."),
            (1 / len(logits), "All tokens come equally often: torch.multinomial needs the probabilities."),
            (probas[6].item() if len(probas) > 6 else math.nan, "Token 6 is counted; index says which token is meant."),
            (probas[best].item(), "The most probable token is counted; index says which token is meant."),
            (1 - expected, "All other tokens are counted."),
            (1.0, "Every draw is counted: compare each with index."),
        ]:  # fmt: skip
            if not math.isnan(wrong) and fits(wrong):
                fail(sentence, expected=shown, got=value)
        fail(f"{what} is not where it can be.", expected=shown, got=value)


@pytest.mark.needs("test_count")
def test_count_is_drawn(submission, seed):
    """The count comes from drawing: another seed gives another, the same seed the same."""
    seeds = [seed % 10_000 + 7 * number for number in range(12)]
    asked = [(PIZZA, 5.0, 1000, 7, s) for s in (*seeds, *seeds[:2])]
    got = counted(submission, asked)
    if got[:2] != got[12:]:
        fail(
            "The same seed gives another count: call torch.manual_seed(seed) before drawing.",
            expected=got[:2],
            got=got[12:],
        )
    expected = 1000 * exact(PIZZA, 5.0, 7)
    if len(set(got)) == 1:
        if abs(got[0] - expected) < 1.5:
            fail(
                "The count is calculated, the same for every seed; here it is to be drawn.",
                expected="counts that differ",
                got=got[0],
            )
        fail(
            "Every seed gives the same count: is a fixed seed used in the place of the one that comes?",
            expected="counts that differ",
            got=got[0],
        )
    spread = torch.tensor(got[:12], dtype=torch.double).std().item()
    deviation = math.sqrt(expected * (1 - expected / 1000))
    if not deviation / 4 < spread < deviation * 4:
        fail(
            "The counts of different seeds spread in another way than counts of 1,000 draws do.",
            expected=f"a spread of about {deviation:.0f}",
            got=f"{spread:.1f}",
        )


# -- exceptions with a name: type, part of the message, sentence -------------------------------------------------------

SAYINGS = (
    ('NotImplementedError', '',
     'This function is not written yet.'),
    ('RuntimeError', 'without replacement',
     'torch.multinomial puts no token back unless it is told to: replacement=True.'),
    ('RuntimeError', 'inf.*nan|negative|probability tensor',
     'torch.multinomial takes probabilities: the softmax of logits / temperature, not the logits.'),
    ('IndexError', 'dimension|Dimension',
     'logits has a single dimension, the tokens: dim=-1 or dim=0.'),
    ('TypeError', 'softmax',
     'torch.softmax wants to know the dimension: dim=-1.'),
    ('RuntimeError|ValueError', 'only one element|(?:converted to|Boolean value)',
     'A tensor with a number for each token or draw was taken for one number: choose by index, or sum the draws that equal it.'),
    ('IndexError', 'out of (?:range|bounds)',
     'index is larger than what is looked up: count each draw that equals index, or use torch.bincount(..., minlength=len(logits)).'),
    ('AttributeError', "'(?:int|float)' object has no attribute '(\\w+)'",
     'A plain number has no {0}: it is a number already.'),
)  # fmt: skip
diagnose = diagnosis(SAYINGS)
