"""Judges exercise 5.3: the settings are only data; generate runs in front of the wall, many times."""

from __future__ import annotations

import math

import pytest
import torch

from quizbook.judge.checks import describe, fail
from reference.generate import generate, generate_text_simple
from reference.model import GPTModel

CONFIG = {"vocab_size": 40, "context_length": 16, "emb_dim": 16, "n_heads": 2, "n_layers": 1, "drop_rate": 0.0}
KNOWN = ("temperature", "top_k", "top_p")
SEEDS = 20
NEW = 12


@pytest.fixture(scope="module")
def given(submission):
    answer = submission.call("settings")
    if answer is None:
        fail(
            "deterministic_settings returns nothing; it ends with return and a list.", expected="a list of dictionaries"
        )
    if isinstance(answer, dict):
        fail("One dictionary came; a list of at least two is asked for.", expected="a list of dictionaries", got=answer)
    if not isinstance(answer, list):
        fail("What came is no list.", expected="a list of dictionaries", got=answer)
    return answer


def legal(settings):
    """Fails unless generate can be called with these."""
    if not isinstance(settings, dict):
        fail(
            "An entry of the list is no dictionary.",
            expected='such as {"temperature": 1.0, "top_k": 50}',
            got=describe(settings),
        )
    for key, value in settings.items():
        if key == "seed":
            fail("A seed repeats the dice; the settings are to put them away, under every seed.", got=value)
        if key not in KNOWN:
            fail(
                f"{str(key)[:40]!r} is no setting of the sampling.", expected=", ".join(KNOWN), got=f"{str(key)[:40]!r}"
            )
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            fail(f"{key} is no number.", expected="a number or None", got=describe(value))
        if key == "temperature" and value < 0:
            fail("A temperature is 0 or above.", expected="0 or above", got=value)
        if key == "top_k" and (not isinstance(value, int) or value < 1):
            fail("top_k is a whole number, at least 1: with 0 no token would be left.", expected="1 or more", got=value)
        if key == "top_p" and not 0 < value <= 1:
            fail("top_p is a share, above 0 and at most 1.", expected="above 0, at most 1", got=value)
    given = {key: value for key, value in settings.items() if value is not None}
    if "top_k" in given:
        given["top_k"] = min(given["top_k"], CONFIG["vocab_size"])  # GPT-2 has more tokens than the model that is tried
    return given


def means(settings):
    """By what the sampling is switched off; the settings are known to do it."""
    if settings.get("temperature", 0.0) < 0.02:
        return "temperature"
    return "top_k" if settings.get("top_k") == 1 else "top_p"


def runs(seed):
    """Models with flat distributions, so that sampling shows, each with a prompt."""
    for number in range(2):
        torch.manual_seed(seed + number)
        model = GPTModel(CONFIG).eval()
        yield model, torch.randint(CONFIG["vocab_size"], (1, 4))


@pytest.mark.points(2)
def test_every_setting_gives_one_text(given, seed):
    """In 20 tries each setting gives one and the same text, that of generate_text_simple."""
    if not given:
        fail("The list is empty.", expected="at least two dictionaries")
    for settings in given[:20]:
        sampling = legal(settings)
        shown = (
            ", ".join(f"{key}={value!r}" for key, value in settings.items() if value is not None) or "no setting at all"
        )
        for model, prompt in runs(seed):
            expected = generate_text_simple(model, prompt, NEW, CONFIG["context_length"])
            rows = prompt.repeat(SEEDS, 1)  # each row has dice of its own
            made = generate(model, rows, NEW, CONFIG["context_length"], **sampling, seed=seed)
            texts = {tuple(row) for row in made.tolist()}
            if len(texts) > 1:
                why(sampling, settings, shown, len(texts))
            if texts != {tuple(expected[0].tolist())}:
                fail(f"{shown} gives another text than generate_text_simple.")


def why(sampling, settings, shown, texts):
    got = f"{texts} different texts in {SEEDS} tries"
    if sampling.get("temperature", 0.0) > 0 and "top_k" not in sampling and "top_p" not in sampling:
        low = (
            "A low temperature sharpens the distribution"
            if sampling["temperature"] < 1
            else "This temperature keeps the distribution wide"
        )
        fail(f"{shown}: {low}, and the token is still drawn from it.", expected="one text", got=got)
    if "top_k" in sampling:
        fail(
            f"{shown} leaves {settings['top_k']} tokens to draw from; only one leaves no choice.",
            expected="one text",
            got=got,
        )
    fail(f"{shown} leaves more than one token to draw from.", expected="one text", got=got)


@pytest.mark.needs("test_every_setting_gives_one_text")
@pytest.mark.points(2)
def test_at_least_two_means(given):
    """There are at least two settings, and they work by different means."""
    used = [means(legal(settings)) for settings in given]
    if len(used) < 2:
        fail("One setting came; at least two are asked for, by different means.", expected="two or more", got=1)
    if len(set(used)) < 2:
        by = {"temperature": "the temperature", "top_k": "top_k", "top_p": "top_p"}[used[0]]
        fail(
            f"All of them switch the sampling off by {by}: that is one means. What else decides how many tokens are left?"
        )
