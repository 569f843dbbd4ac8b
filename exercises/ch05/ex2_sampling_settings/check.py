"""Judges exercise 5.2: the settings are only data; a model of the judge's shows what they do.

The same beginning is continued many times: how many different tokens come, and how often do two of them differ?
"""

from __future__ import annotations

import math
import random

import pytest
import torch

from quizbook.judge.checks import assert_one_each, describe, diagnosis, fail, remark
from reference.generate import generate
from reference.model import GPTModel

VOCABULARY = 256
CONFIG = {"vocab_size": VOCABULARY, "context_length": 8, "emb_dim": 32, "n_heads": 2, "n_layers": 1, "drop_rate": 0.0}
LOW, HIGH = ("report", "code"), ("fiction", "brainstorm")
TRIES, BEGINNINGS = 200, 12
CLEARLY = 1.5
HOTTEST = 1e6  # above it all tokens are equally probable, and numbers end somewhere
OTHER_NAMES = {
    "temperature": ("temp", "t", "temperatur", "temprature", "temperture", "tau"),
    "top_k": ("topk", "k", "top-k", "top k", "top_n", "topn"),
}


@pytest.fixture(scope="module")
def given(submission, run_seed):
    """What settings_for says for each purpose; they are asked for in an order that is drawn."""
    purposes = [*LOW, *HIGH]
    random.Random(run_seed).shuffle(purposes)
    got = submission.call("settings", purposes=purposes)
    assert_one_each(got, purposes, "purpose")
    answers = dict(zip(purposes, got, strict=True))
    return {purpose: answers[purpose] for purpose in (*LOW, *HIGH)}


# -- legal or not ------------------------------------------------------------------------------------------------------


def legal(purpose, settings):
    """The settings, after everything that generate would refuse."""
    of, wanted = f"settings_for({purpose!r})", 'such as {"temperature": 1.0, "top_k": 50}'
    if settings is None:
        fail(f"{of} returns nothing: is there a branch for it that ends with return?", expected=wanted)
    if isinstance(settings, list):
        fail(
            f"{of} returns a list or tuple; a dictionary with the keys temperature and top_k is asked for.",
            expected=wanted,
            got=describe(settings),
        )
    if not isinstance(settings, dict):
        fail(f"{of} is no dictionary.", expected=wanted, got=describe(settings))
    if set(settings) & {*LOW, *HIGH}:
        fail(
            f"{of} returns the settings of all purposes; those of the one that is asked for are wanted.",
            expected=wanted,
            got=describe(settings),
        )
    for key in settings:
        right = next(
            (name for name, others in OTHER_NAMES.items() if key.lower() in others or key.lower() == name != key), None
        )
        if right:
            fail(f"{of}: the key is called {right}, as the parameter of generate, not {key[:40]!r}.", expected=wanted)
        if key == "top_p":
            fail(f"{of}: top_p is another means; temperature and top_k alone are asked for.", expected=wanted)
        if key == "seed":
            fail(
                f"{of}: a seed repeats the dice, it is no setting for a kind of text; temperature and top_k alone are asked for.",
                expected=wanted,
            )
        if key not in OTHER_NAMES:
            fail(
                f"{of}: {key[:40]!r} is none of the two settings.",
                expected="temperature and top_k",
                got=f"{key[:40]!r}",
            )
    for key in OTHER_NAMES:
        if key not in settings:
            more = " None stands for all tokens." if key == "top_k" else " 1.0 leaves the distribution as it is."
            fail(
                f"{of} lacks {key}: both keys are there for every purpose.{more}",
                expected=wanted,
                got=", ".join(settings) or "no key",
            )
    return {"temperature": legal_temperature(of, settings["temperature"]), "top_k": legal_top_k(of, settings["top_k"])}


def legal_temperature(of, value):
    if isinstance(value, str):
        fail(
            f"{of}: the temperature is a text; write the number without quotes.",
            expected="a number, 0 or above",
            got=value,
        )
    if value is None:
        fail(
            f"{of}: the temperature is None; 0 takes the most probable token, 1 leaves the distribution as it is.",
            expected="a number, 0 or above",
            got="None",
        )
    if isinstance(value, list):
        fail(
            f"{of}: the temperature is a range or list; choose one number.",
            expected="a number, 0 or above",
            got=describe(value),
        )
    if isinstance(value, bool) or not isinstance(value, int | float):
        fail(f"{of}: the temperature is no number.", expected="a number, 0 or above", got=describe(value))
    if isinstance(value, float) and not math.isfinite(value):
        fail(f"{of}: the temperature is not finite.", expected="a number, 0 or above", got=describe(value))
    if value < 0:
        fail(
            f"{of}: the temperature is negative, which would make the least probable tokens the most probable. It is 0 or above.",
            expected="0 or above",
            got=describe(value),
        )
    if value > HOTTEST:
        fail(
            f"{of}: with a temperature as high all tokens are equally probable, and the model has no say.",
            expected="such as 1.5",
            got=describe(value),
        )
    return value


def legal_top_k(of, value):
    expected = f"1 to {VOCABULARY}, or None"
    if value is None:
        return None
    if isinstance(value, str):
        fail(f"{of}: top_k is a text; write the number, or None, without quotes.", expected=expected, got=value)
    if isinstance(value, list):
        fail(f"{of}: top_k is a range or list; choose one number.", expected=expected, got=describe(value))
    if isinstance(value, bool) or not isinstance(value, int | float):
        fail(f"{of}: top_k is no number.", expected=expected, got=describe(value))
    if isinstance(value, float):
        share = "it is a number of tokens, not a share of them" if 0 < value < 1 else "it counts tokens"
        fail(f"{of}: top_k is no whole number; {share}.", expected=expected, got=describe(value))
    if value < 1:
        fail(
            f"{of}: top_k is below 1, which leaves no token to draw from; for all tokens it is None.",
            expected=expected,
            got=describe(value),
        )
    if value > VOCABULARY:
        fail(
            f"{of}: top_k is larger than the vocabulary of {VOCABULARY} tokens; for all tokens it is None.",
            expected=expected,
            got=describe(value),
        )
    return value


@pytest.mark.points(2)
def test_all_are_legal(given):
    """Each purpose gets a temperature of 0 or above, and a top_k from 1 to 256 or None."""
    for purpose, settings in given.items():
        legal(purpose, settings)


# -- what they do ------------------------------------------------------------------------------------------------------


def counter(seed):
    """Measures settings on a model of this seed: different next tokens, and the share of pairs that differ.

    Both are means over some beginnings.
    """
    torch.manual_seed(seed)
    model = GPTModel(CONFIG).eval()
    prompts = torch.randint(VOCABULARY, (BEGINNINGS, 4))
    with torch.no_grad():
        logits = model(prompts)[:, -1]
        model.out_head.weight.mul_(2.0 / logits.std())  # as opinionated as a trained model is

    def count(settings):
        different = differ = 0.0
        for number, prompt in enumerate(prompts):
            rows = prompt.repeat(TRIES, 1)
            new = generate(model, rows, 1, CONFIG["context_length"], **settings, seed=seed + number)[:, -1]
            shares = new.bincount() / TRIES
            different += int((shares > 0).sum())
            differ += 1 - shares.square().sum().item()
        return different / BEGINNINGS, differ / BEGINNINGS

    return count


def shown(settings):
    return f"temperature={settings['temperature']:g}, top_k={settings['top_k']}"


@pytest.mark.points(3)
@pytest.mark.needs("test_all_are_legal")
def test_the_first_two_are_less_diverse(given, seed):
    """A story and ideas get at least 1.5 times as many different tokens as a report and a program, measured."""
    settings = {purpose: legal(purpose, answer) for purpose, answer in given.items()}
    count = counter(seed)
    measured = {purpose: count(own) for purpose, own in settings.items()}
    counts, pairs = ({purpose: both[n] for purpose, both in measured.items()} for n in range(2))
    sober, playful = max(LOW, key=counts.get), min(HIGH, key=counts.get)
    enough = counts[playful] >= CLEARLY * counts[sober]
    if enough and min(pairs[p] for p in HIGH) > max(pairs[p] for p in LOW):
        for purpose, own in settings.items():
            remark_on(purpose, own["temperature"])
        return
    told = {
        "expected": f"{playful} at least {CLEARLY} times as many different tokens as {sober}, and two of them differ more often",
        "got": ", ".join(f"{p} {counts[p]:.1f} ({100 * pairs[p]:.0f} %)" for p in counts),
    }
    if all(own == settings["report"] for own in settings.values()):
        fail(f"All four purposes get the same settings, {shown(settings['report'])}: they need different ones.", **told)
    if all(min(m[p] for p in LOW) > max(m[p] for p in HIGH) for m in (counts, pairs)):
        fail(
            "The two pairs are exchanged: a report and a program have to be right and get low settings, a story and ideas high ones.",
            **told,
        )
    if enough:
        sober, playful = max(LOW, key=pairs.get), min(HIGH, key=pairs.get)
        if settings[sober]["temperature"] > 1 > settings[playful]["temperature"]:
            fail(f"The temperatures are the wrong way round: {sober} ({shown(settings[sober])}) draws from few tokens, but nearly evenly,"
                 f" while {playful} ({shown(settings[playful])}) nearly always takes the same. Low goes below 1, high above.", **told)  # fmt: skip
    fail(why(settings, counts, sober, playful, count), **told)


def remark_on(purpose, temperature):
    if purpose in HIGH and temperature > 3:
        remark(
            f"{purpose} has a temperature of {temperature:g}: diverse, but the model has hardly a say. Up to 2 is usual."
        )
    if purpose in LOW and temperature > 1:
        remark(
            f"{purpose} has a temperature of {temperature:g}: top_k keeps it in bounds, but what has to be right is better off below 1."
        )


def why(settings, counts, sober, playful, count):
    """Which of the two that come too near to each other is to blame, and by which setting."""
    low, high = settings[sober], settings[playful]
    plain, _ = count({"temperature": 1.0, "top_k": None})
    if counts[playful] < 1.05:
        by = (
            "a temperature near 0 takes the most probable token, whatever top_k is"
            if high["temperature"] < 0.1
            else "a top_k of 1 leaves one token, whatever the temperature is"
        )
        return f"{playful} gives one and the same token each time: {by}. A text that has to surprise needs dice."
    for purpose, others in ((sober, LOW), (playful, HIGH)):
        (other,) = (name for name in others if name != purpose)
        if settings[purpose] == settings[playful if purpose == sober else sober]:
            pair = f"{sober} and {playful} get the same settings, {shown(settings[purpose])}"
            if (counts[other] < counts[purpose]) == (purpose == sober) and counts[other] != counts[purpose]:
                return f"{pair}: {purpose} belongs to {other}, {'which has to be right' if purpose == sober else 'which has to surprise'}."
            return f"{pair}: one has to be right, the other has to surprise."
    if high["top_k"] is not None and high["top_k"] < 10 and high["temperature"] >= 1:
        return f"{playful}: a top_k of {high['top_k']} leaves {high['top_k']} tokens to draw from, and no temperature adds one. Take a larger top_k, such as 20 to 40."
    if low["temperature"] > 1 and (low["top_k"] is None or low["top_k"] > 10):
        return f"{sober}: a temperature of {low['temperature']:g}, above 1, flattens the distribution, so that improbable tokens come. Take one below 1, and a small top_k."
    if high["temperature"] < 1:
        return f"{playful}: a temperature of {high['temperature']:g}, below 1, sharpens the distribution, so that few tokens come however large top_k is. Take one above 1."
    if low["top_k"] is None and counts[sober] > plain / 5:
        return f"{sober}: without a top_k even improbable tokens come now and then. Take a small one, such as 5, or a lower temperature."
    if low["top_k"] is not None and low["top_k"] >= 10 and counts[sober] > 8:
        return f"{sober}: a top_k of {low['top_k']} leaves many tokens to draw from. Take one below 10, or a lower temperature."
    if low["temperature"] == high["temperature"] == 1:
        return f"{sober} and {playful}: a temperature of 1 leaves the distribution as it is for both. Take one below 1 for what has to be right and one above 1 for what has to surprise."
    return f"{sober} ({shown(low)}) and {playful} ({shown(high)}) come too near to each other: lower both settings for what has to be right, raise both for what has to surprise."


# -- exceptions with a name: type, part of the message, sentence -------------------------------------------------------

SAYINGS = (
    ("NotImplementedError", "", "settings_for is not written yet."),
    ("KeyError", r"(report|code|fiction|brainstorm)", "There are no settings for {0}: the four purposes are report, code, fiction and brainstorm."),
    ("ValueError|Exception|LookupError", r"(report|code|fiction|brainstorm|purpose)", "A purpose is refused: report, code, fiction and brainstorm are asked for, written like that."),
    ("UnboundLocalError|NameError", r"'(\w+)'", "{0} has no value: is there a branch for every purpose, one of report, code, fiction and brainstorm?"),
    ("TypeError", r"positional argument", "settings_for takes one argument, the purpose."),
    ("AttributeError", r"'str' object has no attribute", "The purpose is a text, such as \"report\"; compare it with others of its kind."),
    ("TypeError", r"'str' object", "The purpose is a text, such as \"report\"; look it up in a dictionary, or compare it."),
    ("TypeError", r"unhashable|not callable|not subscriptable", "The settings of the purposes are not kept as a dictionary from purpose to settings."),
)  # fmt: skip
diagnose = diagnosis(SAYINGS)
