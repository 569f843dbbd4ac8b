"""A configuration is the guide's dictionary with its mouth open: it reads like one, and says what is wrong with it."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.config import GPT_CONFIG_124M, GPTConfig, config_named, model_configs

REPOSITORY = Path(__file__).parents[2]
PLACES = ("emb", "attn", "shortcut")
GUIDES = {
    "vocab_size": 50257,
    "context_length": 1024,
    "emb_dim": 768,
    "n_heads": 12,
    "n_layers": 12,
    "drop_rate": 0.1,
    "qkv_bias": False,
}
rates = st.floats(0, 1)
configurations = st.builds(
    lambda heads, share, **others: GPTConfig(emb_dim=heads * share, n_heads=heads, **others),
    heads=st.integers(1, 30),
    share=st.integers(1, 100),
    vocab_size=st.integers(1, 10**6),
    context_length=st.integers(1, 10**6),
    n_layers=st.integers(1, 100),
    drop_rate=rates,
    qkv_bias=st.booleans(),
    tie_weights=st.booleans(),
    drop_rate_emb=st.none() | rates,
    drop_rate_attn=st.none() | rates,
    drop_rate_shortcut=st.none() | rates,
)


def test_the_124m_configuration_is_the_guides_dictionary() -> None:
    assert dict(GPT_CONFIG_124M) == GUIDES
    assert GPTConfig.of(GUIDES) == GPT_CONFIG_124M


@pytest.mark.parametrize(
    ("name", "emb_dim", "n_layers", "n_heads"),
    [("small", 768, 12, 12), ("medium", 1024, 24, 16), ("large", 1280, 36, 20), ("xl", 1600, 48, 25)],
)
def test_the_four_sizes_differ_in_three_numbers_only(name: str, emb_dim: int, n_layers: int, n_heads: int) -> None:
    sizes = {"emb_dim": emb_dim, "n_layers": n_layers, "n_heads": n_heads}
    assert dict(config_named(f"gpt2-{name}")) == GUIDES | sizes


def test_a_size_is_found_by_its_full_name_by_half_of_it_and_by_its_parameters() -> None:
    for full, config in model_configs.items():
        name, parameters = full.removesuffix(")").split(" (")
        assert config_named(full) is config_named(name) is config_named(parameters) is config


def test_a_copy_is_a_dictionary_to_change_as_in_the_guide() -> None:
    changed = GPT_CONFIG_124M.copy()
    changed["emb_dim"] = 1600
    changed.update({"n_layers": 48, "n_heads": 25})
    assert GPTConfig.of(changed) == config_named("gpt2-xl")
    assert GPT_CONFIG_124M["emb_dim"] == 768


def test_unpacking_and_changing_makes_another_configuration() -> None:
    assert GPTConfig.of({**GPT_CONFIG_124M, "qkv_bias": True}) == dataclasses.replace(GPT_CONFIG_124M, qkv_bias=True)


def test_it_cannot_be_changed_itself() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        GPT_CONFIG_124M.emb_dim = 1  # type: ignore[misc]
    with pytest.raises(TypeError):
        GPT_CONFIG_124M["emb_dim"] = 1  # type: ignore[index]


def test_ours_comes_back_as_it_is() -> None:
    assert GPTConfig.of(GPT_CONFIG_124M) is GPT_CONFIG_124M


@given(cfg=configurations)
def test_the_dictionary_of_a_configuration_is_that_configuration(cfg: GPTConfig) -> None:
    assert GPTConfig.of(dict(cfg)) == cfg
    assert GPTConfig.of(dataclasses.asdict(cfg)) == cfg
    assert pickle.loads(pickle.dumps(cfg)) == copy.deepcopy(cfg) == cfg


@given(cfg=configurations)
def test_it_keeps_the_promises_of_a_mapping(cfg: GPTConfig) -> None:
    assert len(cfg) == len(list(cfg))
    for field in dataclasses.fields(cfg):
        assert (field.name in cfg) == (field.name in list(cfg))
        expected = getattr(cfg, field.name) if field.name in list(cfg) else "another"
        assert cfg.get(field.name, "another") == expected


def test_a_key_that_is_not_there_is_a_key_error() -> None:
    for key in ("n_head", "drop_rate_attn", 7):
        with pytest.raises(KeyError):
            GPT_CONFIG_124M[key]  # type: ignore[index]


def test_one_rate_holds_everywhere_where_no_other_is_set() -> None:
    assert [GPT_CONFIG_124M.rate(place) for place in PLACES] == [0.1, 0.1, 0.1]
    own = GPTConfig(drop_rate=0.1, drop_rate_attn=0.0, drop_rate_emb=0.5)
    assert [own.rate(place) for place in PLACES] == [0.5, 0.0, 0.1]


def test_three_rates_of_their_own_make_the_common_one_superfluous() -> None:
    separate: dict[str, Any] = {key: value for key, value in GUIDES.items() if key != "drop_rate"}
    separate |= {"drop_rate_attn": 0.1, "drop_rate_shortcut": 0.2, "drop_rate_emb": 0.3}
    assert [GPTConfig.of(separate).rate(place) for place in PLACES] == [0.3, 0.1, 0.2]
    with pytest.raises(ValueError, match="lacks 'drop_rate'"):
        GPTConfig.of(separate | {"drop_rate_emb": None})


def test_biases_may_be_left_out() -> None:
    assert not GPTConfig.of({key: value for key, value in GUIDES.items() if key != "qkv_bias"}).qkv_bias


def test_a_configuration_costs_no_torch() -> None:
    code = "import reference, sys; from reference import config; print(config.GPT_CONFIG_124M, 'torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert done.stdout.split()[-1] == "False"
