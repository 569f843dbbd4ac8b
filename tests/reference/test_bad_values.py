"""What a learner gets wrong ends in one sentence with the value that came and what is allowed, not in torch's words.

Here stands what goes into the configuration, the model and generation; attention and the files have their own tests.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from reference.config import GPTConfig, config_named
from reference.generate import generate, generate_stream, generate_text_simple, next_token, probabilities
from reference.model import DummyGPTModel, GPTModel

VOCAB, CONTEXT = 19, 8
GUIDES: dict[str, Any] = {
    "vocab_size": VOCAB,
    "context_length": CONTEXT,
    "emb_dim": 12,
    "n_heads": 3,
    "n_layers": 2,
    "drop_rate": 0.1,
    "qkv_bias": False,
}
MODEL = GPTModel(GUIDES).eval()
IDS = torch.tensor([[1, 2, 3]])
NAN, INF = math.nan, math.inf


def said(kind: type[Exception], call: Callable[[], object]) -> str:
    """The sentence that a call ends in: of exactly this kind, one line, readable at a glance."""
    with pytest.raises(kind) as caught:
        call()
    sentence = str(caught.value)
    assert type(caught.value) is kind
    assert "\n" not in sentence
    assert 15 < len(sentence) < 250
    return sentence


# -- the configuration ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [GPTConfig.of, GPTModel, DummyGPTModel])
@pytest.mark.parametrize(
    ("changes", "kind", "words"),
    [
        ({"emb_dim": 13}, ValueError, "emb_dim is 13 and n_heads is 3; n_heads must divide emb_dim"),
        ({"n_heads": 24}, ValueError, "emb_dim is 12 and n_heads is 24; n_heads must divide emb_dim"),
        ({"n_heads": 0}, ValueError, "n_heads is 0; it is at least 1"),
        ({"n_layers": -1}, ValueError, "n_layers is -1; it is at least 1"),
        ({"vocab_size": 19.0}, TypeError, "vocab_size is 19.0; it is a whole number"),
        ({"context_length": "8"}, TypeError, "context_length is '8'; it is a whole number"),
        ({"emb_dim": None}, TypeError, "emb_dim is None; it is a whole number"),
        ({"n_layers": True}, TypeError, "n_layers is True; it is a whole number"),
        ({"drop_rate": 1.5}, ValueError, "drop_rate is 1.5; it is a probability, from 0 to 1"),
        ({"drop_rate": NAN}, ValueError, "drop_rate is nan; it is a probability, from 0 to 1"),
        ({"drop_rate": "0.1"}, TypeError, "drop_rate is '0.1'; it is a probability, from 0 to 1"),
        ({"drop_rate": None}, TypeError, "drop_rate is None; it is a probability, from 0 to 1"),
        ({"drop_rate_attn": -0.1}, ValueError, "drop_rate_attn is -0.1; it is a probability, from 0 to 1"),
        ({"qkv_bias": "no"}, TypeError, "qkv_bias is 'no'; it is True or False"),
        ({"tie_weights": 1}, TypeError, "tie_weights is 1; it is True or False"),
        ({"n_head": 3, "d": 1}, ValueError, "unknown keys: 'n_head', 'd'; known are 'vocab_size', 'context_length'"),
        ({7: 3}, ValueError, "unknown keys: 7; known are"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(
    make: Callable[[Any], object], changes: dict[Any, Any], kind: type[Exception], words: str
) -> None:
    assert words in said(kind, lambda: make(GUIDES | changes))


def test_what_a_configuration_lacks_is_named() -> None:
    lacking = {key: value for key, value in GUIDES.items() if key not in ("n_heads", "drop_rate")}
    assert said(ValueError, lambda: GPTModel(lacking)) == "the configuration lacks 'n_heads', 'drop_rate'"


@pytest.mark.parametrize("cfg", [None, 3, "124M", [("emb_dim", 12)]])
def test_a_configuration_is_a_dictionary(cfg: Any) -> None:
    sentence = said(TypeError, lambda: GPTModel(cfg))
    assert sentence == f"the configuration is a {type(cfg).__name__}; it is a dictionary like GPT_CONFIG_124M"


@pytest.mark.parametrize("name", ["gpt3", "", "124m", "gpt2-small (124M", "gpt2-small (124M) ", 124])
def test_a_size_that_does_not_exist_is_answered_with_those_that_do(name: Any) -> None:
    sentence = said(ValueError, lambda: config_named(name))
    assert sentence.startswith(f"there is no size {name!r}; there are 'gpt2-small (124M)', ")


# -- token ids --------------------------------------------------------------------------------------------------------

WAYS: dict[str, Callable[[Any], object]] = {
    "the model": MODEL,
    "the last token only": lambda ids: MODEL(ids, last_only=True),
    "a cache": lambda ids: MODEL(ids, cache=MODEL.new_cache()),
    "the dummy": DummyGPTModel(GUIDES),
    "greedy generation": lambda ids: generate(MODEL, ids, 2, CONTEXT),
    "sampling without cache": lambda ids: generate(MODEL, ids, 2, CONTEXT, 1.0, use_cache=False),
    "the stream": lambda ids: next(generate_stream(MODEL, ids, 2, CONTEXT)),
    "simple generation": lambda ids: generate_text_simple(MODEL, ids, 2, CONTEXT),
}
each_way = pytest.mark.parametrize("use", WAYS.values(), ids=WAYS)


@each_way
@pytest.mark.parametrize("wrong", [VOCAB, 50256, -1, -VOCAB, 2**40])
def test_an_id_outside_the_vocabulary_is_named(use: Callable[[Any], object], wrong: int) -> None:
    sentence = said(ValueError, lambda: use(torch.tensor([[1, wrong, 2]])))
    assert sentence == f"token id {wrong} is not in the vocabulary; ids are 0 to 18"


@each_way
@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.bfloat16, torch.bool, torch.uint8, torch.int16, torch.complex64]
)
def test_ids_are_whole_numbers(use: Callable[[Any], object], dtype: torch.dtype) -> None:
    sentence = said(TypeError, lambda: use(IDS.to(dtype)))
    assert sentence == f"token ids are {dtype}; they are whole numbers, torch.int64"


@each_way
@pytest.mark.parametrize("ids", [torch.tensor(3), IDS[0], IDS[None]])
def test_ids_have_two_dimensions(use: Callable[[Any], object], ids: Tensor) -> None:
    sentence = said(ValueError, lambda: use(ids))
    assert sentence == f"token ids have shape {tuple(ids.shape)}; it is (batch, tokens), with at least one of each"


@each_way
@pytest.mark.parametrize("ids", [[[1, 2]], (1,), None, "Every effort"])
def test_ids_are_a_tensor(use: Callable[[Any], object], ids: Any) -> None:
    sentence = said(TypeError, lambda: use(ids))
    assert sentence.startswith(f"token ids are a {type(ids).__name__}; they are a tensor of shape (batch, tokens)")


@pytest.mark.parametrize("empty", [torch.tensor([[]]), torch.empty(1, 0, dtype=torch.long), torch.empty(0, 3).long()])
def test_an_empty_prompt_is_refused(empty: Tensor) -> None:
    for use in list(WAYS.values())[:4]:
        assert f"token ids have shape {tuple(empty.shape)}" in said(ValueError, lambda use=use: use(empty))
    for use in list(WAYS.values())[4:]:
        sentence = said(ValueError, lambda use=use: use(empty))
        assert sentence == "the prompt is empty; generation continues a text, so give it at least 1 token"


def test_a_prompt_that_is_all_padding_is_named() -> None:
    mask = torch.tensor([[1, 1], [0, 0], [0, 1]])
    sentence = said(ValueError, lambda: generate(MODEL, torch.ones(3, 2).long(), 1, CONTEXT, attention_mask=mask))
    assert sentence == "prompt 1 of the batch is empty: its attention_mask is all 0"


def test_more_tokens_than_the_context_are_refused_by_the_model_and_cropped_by_generation() -> None:
    long = torch.arange(CONTEXT + 3)[None]
    for model in (MODEL, DummyGPTModel(GUIDES)):
        sentence = said(ValueError, lambda model=model: model(long))
        assert sentence == f"a row has {CONTEXT + 3} tokens; the context length allows at most {CONTEXT}"
    assert generate(MODEL, long, 2, CONTEXT).shape == (1, CONTEXT + 5)
    assert generate_text_simple(MODEL, long, 2, CONTEXT).shape == (1, CONTEXT + 5)


def test_a_context_size_that_the_model_has_not_is_refused_before_the_first_token() -> None:
    assert generate(MODEL, IDS, CONTEXT - 3, 1024).shape == (1, CONTEXT)
    assert said(ValueError, lambda: generate_stream(MODEL, IDS, CONTEXT - 2, 1024)) == (
        "context_size is 1024 and the text can grow to 9 tokens; the model's context length allows at most 8"
    )


@pytest.mark.parametrize("shape", [(1, 2), (2, 3), (3,), (1, 1, 3)])
def test_a_mask_has_the_shape_of_what_it_masks(shape: tuple[int, ...]) -> None:
    mask = torch.ones(shape)
    sentence = said(ValueError, lambda: generate(MODEL, IDS, 1, CONTEXT, attention_mask=mask))
    assert sentence == f"attention_mask has shape {shape}; the prompt has (1, 3)"
    sentence = said(ValueError, lambda: MODEL(IDS, attention_mask=mask))
    assert sentence == f"attention_mask has shape {shape}; it is (batch, all tokens), here (1, 3)"


def test_a_mask_that_is_no_tensor_is_refused() -> None:
    for use in (
        lambda: generate(MODEL, IDS, 1, CONTEXT, attention_mask=[[1, 1, 1]]),  # type: ignore[arg-type]
        lambda: MODEL(IDS, attention_mask=[[1, 1, 1]]),
    ):
        assert said(TypeError, use) == "attention_mask is a list; it is a tensor of 1 and 0"


# -- settings of generation -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "kind", "words"),
    [
        (
            {"temperature": -0.5},
            ValueError,
            "temperature is -0.5; it is 0 for the most probable token, or a number above",
        ),
        ({"temperature": NAN}, ValueError, "temperature is nan; it is 0"),
        ({"temperature": INF}, ValueError, "temperature is inf; it is 0"),
        ({"temperature": "warm"}, TypeError, "temperature is 'warm'; it is a number"),
        ({"temperature": None}, TypeError, "temperature is None; it is a number"),
        ({"top_k": 0}, ValueError, "top_k is 0; it is from 1 to"),
        ({"top_k": -3}, ValueError, "top_k is -3; it is from 1 to"),
        ({"top_k": VOCAB + 1}, ValueError, "top_k is 20; it is from 1 to 19, the size of the vocabulary, or None"),
        ({"top_k": 2.5}, TypeError, "top_k is 2.5; it is a whole number, or None for all tokens"),
        ({"top_p": 0.0}, ValueError, "top_p is 0.0; it is above 0 and at most 1, or None for all tokens"),
        ({"top_p": 1.1}, ValueError, "top_p is 1.1; it is above 0"),
        ({"top_p": NAN}, ValueError, "top_p is nan; it is above 0"),
        ({"top_p": "0.9"}, TypeError, "top_p is '0.9'; it is a number, or None for all tokens"),
        ({"max_new_tokens": -1}, ValueError, "max_new_tokens is -1; it is at least 0"),
        ({"max_new_tokens": 2.0}, TypeError, "max_new_tokens is 2.0; it is a whole number"),
        ({"context_size": 0}, ValueError, "context_size is 0; it is at least 1"),
        ({"context_size": None}, TypeError, "context_size is None; it is a whole number"),
        ({"seed": -1}, ValueError, "seed is -1; it is a whole number from 0"),
        ({"seed": 2**64}, ValueError, "seed is 18446744073709551616; it is a whole number from 0"),
        ({"seed": 1.5}, ValueError, "seed is 1.5; it is a whole number from 0"),
    ],
)
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_settings_that_no_text_can_come_from_are_refused(
    settings: dict[str, Any], kind: type[Exception], words: str, temperature: float
) -> None:
    arguments = {"max_new_tokens": 2, "context_size": CONTEXT, "temperature": temperature} | settings
    assert words in said(kind, lambda: generate(MODEL, IDS, **arguments))


def test_the_largest_top_k_is_the_vocabulary() -> None:
    assert generate(MODEL, IDS, 1, CONTEXT, 1.0, VOCAB).shape == (1, 4)


def test_a_temperature_of_0_has_no_distribution() -> None:
    assert said(ValueError, lambda: probabilities(torch.ones(3), 0)).startswith(
        "a temperature of 0 has no distribution"
    )


# -- weights ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("broken", [NAN, INF, -INF])
@pytest.mark.parametrize("name", ["tok_emb.weight", "trf_blocks.1.ff.layers.0.weight", "out_head.weight"])
def test_weights_that_are_no_numbers_are_noticed(name: str, broken: float, temperature: float) -> None:
    model = GPTModel(GUIDES)
    with torch.no_grad():
        model.get_parameter(name)[3] = broken
    sentence = said(ValueError, lambda: generate(model, torch.tensor([[3, 3]]), 2, CONTEXT, temperature))
    assert sentence.startswith("the largest logit is ")
    assert sentence.endswith("; the model's weights hold NaN or infinity, or training diverged")


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_tokens_that_are_ruled_out_are_no_broken_weights(temperature: float) -> None:
    assert next_token(torch.tensor([[-INF, 0.0, -INF]]), temperature).tolist() == [[1]]
    assert "-inf" in said(ValueError, lambda: next_token(torch.full((2, 3), -INF), temperature))
