"""Hugging Face's GPT-2 layout: the same numbers in both directions, and a sentence for what does not fit."""

from __future__ import annotations

import copy
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from openai_layout import SMALL, logits, variables
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from reference.config import GPTConfig
from reference.huggingface import from_huggingface, load_huggingface, save_huggingface, to_huggingface
from reference.lora import replace_linear_with_lora
from reference.model import GPTModel

REPOSITORY = Path(__file__).parents[2]
TEXT = [3, 1, 4, 1, 5, 9, 2, 6]
CFG = GPTConfig(vocab_size=23, context_length=8, emb_dim=6, n_heads=2, n_layers=3, drop_rate=0.1, qkv_bias=True)
PLAIN = GPTConfig(**{**CFG, "qkv_bias": False})
TIED = GPTConfig(**{**CFG, "tie_weights": True})


def state_dict() -> dict[str, Tensor]:
    """OpenAI's arrays as Hugging Face names them: the convolutions keep (in, out)."""
    found = {}
    for name, array in variables(SMALL).items():
        *path, last = name.removeprefix("model/").split("/")
        block = [f"h.{path[0][1:]}", *path[1:]] if path and path[0].startswith("h") else path
        words = [*block, last] if last in ("wte", "wpe") else block
        kind = "bias" if last == "b" else "weight"
        found[".".join(["transformer", *words, kind])] = torch.from_numpy(array[0] if array.ndim == 3 else array)
    return found | {"lm_head.weight": found["transformer.wte.weight"]}


def logits_of(model: GPTModel) -> Any:
    return model.eval()(torch.tensor([TEXT]))[0].detach().numpy()


def equal(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return set(one) == set(other) and all(torch.equal(one[name], other[name]) for name in one)


def refused(found: dict[str, Tensor], cfg: GPTConfig = CFG) -> str:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        from_huggingface(found, cfg)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("cfg", [CFG, TIED])
def test_the_model_gives_the_logits_that_the_tensors_say(cfg: GPTConfig) -> None:
    np.testing.assert_allclose(
        logits_of(from_huggingface(state_dict(), cfg)), logits(SMALL, variables(SMALL), TEXT), atol=1e-5
    )


def test_the_guides_dictionary_is_a_configuration_too() -> None:
    assert from_huggingface(state_dict(), dict(CFG)).cfg == CFG


def test_the_prefix_the_head_and_old_masks_do_not_matter() -> None:
    bare = {name.removeprefix("transformer."): tensor for name, tensor in state_dict().items()}
    del bare["lm_head.weight"]
    for number in range(3):
        bare[f"h.{number}.attn.bias"] = torch.ones(1, 1, 8, 8).tril()
        bare[f"h.{number}.attn.masked_bias"] = torch.tensor(-1e4)
    assert equal(from_huggingface(bare, CFG).state_dict(), from_huggingface(state_dict(), CFG).state_dict())


def test_a_head_of_its_own_is_kept() -> None:
    found = state_dict() | {"lm_head.weight": torch.randn(23, 6)}
    assert torch.equal(from_huggingface(found, CFG).out_head.weight, found["lm_head.weight"])
    assert "ties the two" in refused(found, TIED)


def test_nothing_is_shared_with_the_state_dict() -> None:
    found = state_dict()
    model = from_huggingface(found, CFG)
    before = copy.deepcopy(model.state_dict())
    for tensor in (*found.values(), *to_huggingface(model).values()):
        tensor.fill_(7)
    assert equal(model.state_dict(), before)


configurations = st.builds(
    lambda heads, share, layers, bias, tied: GPTConfig(
        vocab_size=13,
        context_length=5,
        emb_dim=heads * share,
        n_heads=heads,
        n_layers=layers,
        drop_rate=0.0,
        qkv_bias=bias,
        tie_weights=tied,
    ),
    st.integers(1, 4),
    st.integers(1, 5),
    st.integers(1, 12),
    st.booleans(),
    st.booleans(),
)


@settings(max_examples=40, deadline=None)
@given(cfg=configurations)
def test_there_and_back_again_is_the_same_model(cfg: GPTConfig) -> None:
    model = GPTModel(cfg)
    theirs = to_huggingface(model)
    assert equal(from_huggingface(theirs, cfg).state_dict(), model.state_dict())
    assert all(tensor.is_contiguous() for tensor in theirs.values())
    fused = theirs["transformer.h.0.attn.c_attn.weight"]
    assert fused.shape == (cfg.emb_dim, 3 * cfg.emb_dim)
    assert torch.equal(fused[:, cfg.emb_dim : 2 * cfg.emb_dim].T, model.trf_blocks[0].att.W_key.weight)


def test_what_goes_out_is_what_came_in() -> None:
    assert equal(to_huggingface(from_huggingface(state_dict(), CFG)), state_dict())


def test_a_model_without_biases_is_handed_out_with_biases_of_zero() -> None:
    model = GPTModel(PLAIN)
    theirs = to_huggingface(model)
    assert not theirs["transformer.h.2.attn.c_attn.bias"].any()
    with_biases = from_huggingface(theirs, CFG)
    np.testing.assert_array_equal(logits_of(with_biases), logits_of(model))


def test_biases_that_are_not_zero_are_not_dropped() -> None:
    said = refused(state_dict(), PLAIN)
    assert "transformer.h.0.attn.c_attn.bias holds biases for query, key and value" in said


def test_a_tied_head_is_the_same_tensor() -> None:
    theirs = to_huggingface(GPTModel(TIED))
    assert theirs["lm_head.weight"] is theirs["transformer.wte.weight"]


def test_a_tensor_of_another_shape_is_named_with_both_shapes() -> None:
    found = state_dict()
    found["transformer.h.1.mlp.c_proj.weight"] = found["transformer.h.1.mlp.c_proj.weight"].T
    assert refused(found) == "the tensor transformer.h.1.mlp.c_proj.weight has shape (6, 24), expected is (24, 6)"
    bare = {name.removeprefix("transformer."): tensor for name, tensor in found.items()}
    assert refused(bare).startswith("the tensor h.1.mlp.c_proj.weight has shape")


def test_a_tensor_that_is_missing_or_unknown_is_named() -> None:
    found = state_dict()
    del found["transformer.ln_f.bias"]
    assert refused(found) == "the weights lack the tensor transformer.ln_f.bias"
    assert "score.weight" in refused(state_dict() | {"score.weight": torch.zeros(2, 6)})
    deeper = GPTConfig(**{**CFG, "n_layers": 4})
    assert refused(state_dict(), deeper) == "the weights lack the tensor transformer.h.3.ln_1.weight"
    assert "the weights lack the tensor wte.weight" in refused({})


def test_weights_that_are_not_finite_are_refused() -> None:
    found = state_dict()
    found["transformer.wpe.weight"][2, 2] = float("nan")
    assert refused(found).startswith("the tensor transformer.wpe.weight holds values that are not finite")


def test_a_model_that_is_no_plain_gpt_has_no_place_in_the_layout() -> None:
    adapted = GPTModel(CFG)
    replace_linear_with_lora(adapted, 2, 2)
    with pytest.raises(ValueError, match="merge LoRA layers"):
        to_huggingface(adapted)
    for bias in (True, False):
        classifier = GPTModel(CFG)
        classifier.out_head = torch.nn.Linear(6, 2, bias=bias)
        with pytest.raises(ValueError, match=r"out_head\."):
            to_huggingface(classifier)


@pytest.mark.parametrize("cfg", [CFG, TIED, PLAIN])
def test_a_folder_there_and_back_is_the_same_model(tmp_path: Path, cfg: GPTConfig) -> None:
    model = GPTModel(cfg)
    save_huggingface(model, tmp_path / "new" / "folder")
    again = load_huggingface(tmp_path / "new" / "folder")
    assert dict(again.cfg) == dict(cfg) | {"qkv_bias": True}
    np.testing.assert_array_equal(logits_of(again), logits_of(model))
    assert {path.name for path in (tmp_path / "new" / "folder").iterdir()} == {"config.json", "model.safetensors"}


def test_what_is_written_says_whether_the_head_is_tied(tmp_path: Path) -> None:
    for cfg in (CFG, TIED):
        save_huggingface(GPTModel(cfg), tmp_path)
        assert json.loads((tmp_path / "config.json").read_text())["tie_word_embeddings"] is cfg.tie_weights
        with safe_open(tmp_path / "model.safetensors", "pt") as file:
            assert file.metadata() == {"format": "pt"}
            assert ("lm_head.weight" in file.keys()) is not cfg.tie_weights  # noqa: SIM118


def test_dropout_rates_survive(tmp_path: Path) -> None:
    cfg = GPTConfig(**{**CFG, "drop_rate_emb": 0.3, "drop_rate_attn": 0.0})
    save_huggingface(GPTModel(cfg), tmp_path)
    again = load_huggingface(tmp_path).cfg
    assert [again.rate(place) for place in ("emb", "attn", "shortcut")] == [0.3, 0.0, 0.1]


def folder_of(folder: Path, **changes: Any) -> Path:
    """A folder as transformers writes it, with another config.json."""
    save_huggingface(from_huggingface(state_dict(), TIED), folder)
    config = json.loads((folder / "config.json").read_text()) | changes
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def test_weights_in_several_files_are_put_together(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    found = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names = sorted(found)
    shards = {f"model-{n}-of-2.safetensors": part for n, part in ((1, names[:20]), (2, names[20:]))}
    for shard, part in shards.items():
        save_file({name: found[name] for name in part}, folder / shard)
    weight_map = {name: shard for shard, part in shards.items() for name in part}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    np.testing.assert_allclose(logits_of(load_huggingface(folder)), logits(SMALL, variables(SMALL), TEXT), atol=1e-5)


def test_old_weights_in_pickles_format_are_read(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    (folder / "model.safetensors").unlink()
    torch.save(state_dict(), folder / "pytorch_model.bin")
    np.testing.assert_allclose(logits_of(load_huggingface(folder)), logits(SMALL, variables(SMALL), TEXT), atol=1e-5)


class Trap:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (os.environ["TRAP"],)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize("by", [torch.save, lambda trap, path: path.write_bytes(pickle.dumps(trap))])
def test_a_pickle_that_is_no_weights_is_refused_and_not_executed(
    tmp_path: Path, by: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRAP", str(tmp_path / "sprung"))
    folder = folder_of(tmp_path / "model")
    (folder / "model.safetensors").unlink()
    by({"wte.weight": Trap()}, folder / "pytorch_model.bin")
    with pytest.raises(ValueError, match="was not executed") as caught:
        load_huggingface(folder)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize("content", [b"", b"PK", b"\x80\x02", b"<html>", pickle.dumps([1, 2])])
def test_a_damaged_pickle_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    folder = folder_of(tmp_path)
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(content)
    with pytest.raises(ValueError, match=r"pytorch_model\.bin (is damaged|holds a list)") as caught:
        load_huggingface(folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("length", [0, 4, 100, -50])
def test_a_truncated_safetensors_file_is_one_sentence(tmp_path: Path, length: int) -> None:
    path = folder_of(tmp_path) / "model.safetensors"
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(ValueError, match=r"model\.safetensors is damaged") as caught:
        load_huggingface(tmp_path)
    assert "\n" not in str(caught.value)


def test_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no .*config\.json"):
        load_huggingface(tmp_path)
    (folder_of(tmp_path) / "model.safetensors").unlink()
    with pytest.raises(FileNotFoundError, match=r"neither model\.safetensors nor pytorch_model\.bin"):
        load_huggingface(tmp_path)


@pytest.mark.parametrize("index", ["", "[]", "{}", '{"weight_map": 3}'])
def test_a_damaged_index_is_one_sentence(tmp_path: Path, index: str) -> None:
    (folder_of(tmp_path) / "model.safetensors").unlink()
    (tmp_path / "model.safetensors.index.json").write_text(index)
    with pytest.raises(ValueError, match="has no weight_map"):
        load_huggingface(tmp_path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model_type": "llama"}, "says model_type is 'llama'; this model can only be 'gpt2'"),
        ({"activation_function": "relu"}, "says activation_function is 'relu'"),
        ({"n_inner": 7}, "says n_inner is 7"),
        ({"layer_norm_epsilon": 1e-6}, "says layer_norm_epsilon is 1e-06"),
        ({"scale_attn_by_inverse_layer_idx": True}, "says scale_attn_by_inverse_layer_idx is True"),
        ({"n_head": 4}, "n_heads must divide emb_dim"),
        ({"n_embd": 8}, "wte.weight has shape (23, 6), expected is (23, 8)"),
    ],
)
def test_another_kind_of_model_is_refused(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    folder_of(tmp_path, **changes)
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        load_huggingface(tmp_path)
    assert words in str(caught.value)


@pytest.mark.parametrize("changes", [{"n_inner": 24}, {"activation_function": "gelu_pytorch_tanh"}])
def test_the_same_kind_of_model_in_other_words_is_taken(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert load_huggingface(folder_of(tmp_path, **changes)).cfg == TIED


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "{}", '{"vocab_size": 3}'])
def test_a_config_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    (folder_of(tmp_path) / "config.json").write_text(text)
    with pytest.raises(ValueError, match=r"config\.json (is no JSON|lacks)"):
        load_huggingface(tmp_path)


def test_no_tensorflow_is_loaded() -> None:
    code = "import sys, reference.huggingface, reference.openai; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert not {"tensorflow", "transformers", "safetensors"} & set(done.stdout.split())
