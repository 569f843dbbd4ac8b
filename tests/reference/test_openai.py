"""OpenAI's weights: read from TensorFlow's files as OpenAI wrote them, put into our model, and written again."""

from __future__ import annotations

import copy
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openai_layout
import pytest
import torch
from file_server import FileServer, serving
from openai_layout import SMALL, logits, variables

from reference import openai, sources
from reference.config import config_named
from reference.fetch import FetchError
from reference.lora import replace_linear_with_lora
from reference.model import GPTModel
from reference.openai import (
    config_of,
    download_and_load_gpt2,
    load_weights_into_gpt,
    save_openai_checkpoint,
)

REPOSITORY = Path(__file__).parents[2]
TEXT = [3, 1, 4, 1, 5, 9, 2, 6]
LARGER = {"n_vocab": 31, "n_ctx": 16, "n_embd": 12, "n_head": 3, "n_layer": 12}


def tree(made: dict[str, Any]) -> dict[str, Any]:
    """OpenAI's params by hand, as the guide uses them."""
    blocks: list[dict[str, Any]] = []
    while f"model/h{len(blocks)}/ln_1/g" in made:
        at = f"model/h{len(blocks)}"

        def convolution(name: str, at: str = at) -> dict[str, Any]:
            return {"w": made[f"{at}/{name}/w"][0].copy(), "b": made[f"{at}/{name}/b"].copy()}

        blocks.append(
            {
                "attn": {"c_attn": convolution("attn/c_attn"), "c_proj": convolution("attn/c_proj")},
                "mlp": {"c_fc": convolution("mlp/c_fc"), "c_proj": convolution("mlp/c_proj")},
                **{f"ln_{i}": {x: made[f"{at}/ln_{i}/{x}"].copy() for x in "gb"} for i in (1, 2)},
            }
        )
    top = {"wte": "wte", "wpe": "wpe", "g": "ln_f/g", "b": "ln_f/b"}
    return {"blocks": blocks, **{key: made[f"model/{name}"].copy() for key, name in top.items()}}


@pytest.fixture
def params() -> dict[str, Any]:
    return tree(variables(SMALL))


@pytest.fixture
def model() -> GPTModel:
    return GPTModel(config_of(SMALL)).eval()


def same_trees(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return set(one) == set(other) and all(same_trees(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same_trees, one, other))
    return bool(np.array_equal(one, other) and one.dtype == other.dtype)


def test_the_model_gives_the_logits_that_openais_arrays_say(model: GPTModel, params: dict[str, Any]) -> None:
    load_weights_into_gpt(model, params)
    found = model(torch.tensor([TEXT]))[0].detach().numpy()
    np.testing.assert_allclose(found, logits(SMALL, variables(SMALL), TEXT), atol=1e-5)


def test_nothing_is_shared_with_the_arrays(model: GPTModel, params: dict[str, Any]) -> None:
    load_weights_into_gpt(model, params)
    before = copy.deepcopy(model.state_dict())
    params["wte"][:] = 7
    params["blocks"][0]["attn"]["c_attn"]["w"][:] = 7
    params["blocks"][0]["ln_1"]["g"][:] = 7
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())


def test_the_head_is_a_copy_of_the_token_embedding(model: GPTModel, params: dict[str, Any]) -> None:
    load_weights_into_gpt(model, params)
    assert torch.equal(model.out_head.weight, model.tok_emb.weight)
    assert model.out_head.weight is not model.tok_emb.weight


def test_a_tied_head_stays_tied(params: dict[str, Any]) -> None:
    tied = GPTModel(config_of(SMALL, tie_weights=True)).eval()
    load_weights_into_gpt(tied, params)
    assert tied.out_head.weight is tied.tok_emb.weight
    found = tied(torch.tensor([TEXT]))[0].detach().numpy()
    np.testing.assert_allclose(found, logits(SMALL, variables(SMALL), TEXT), atol=1e-5)


def test_the_parameters_can_still_be_trained(model: GPTModel, params: dict[str, Any]) -> None:
    load_weights_into_gpt(model, params)
    model(torch.tensor([TEXT])).sum().backward()
    assert all(parameter.requires_grad and parameter.grad is not None for parameter in model.parameters())


def test_half_precision_stays_half_precision(model: GPTModel, params: dict[str, Any]) -> None:
    load_weights_into_gpt(model.to(torch.bfloat16), params)
    assert {parameter.dtype for parameter in model.parameters()} == {torch.bfloat16}
    assert torch.equal(model.tok_emb.weight, torch.from_numpy(params["wte"]).to(torch.bfloat16))


def test_arrays_that_may_not_be_written_are_read(model: GPTModel, params: dict[str, Any]) -> None:
    params["wte"].flags.writeable = False
    load_weights_into_gpt(model, params)
    assert torch.equal(model.tok_emb.weight, torch.from_numpy(params["wte"].copy()))


def refused(model: GPTModel, params: dict[str, Any]) -> str:
    """The sentence; the model is as it was."""
    before = copy.deepcopy(model.state_dict())
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        load_weights_into_gpt(model, params)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_tensor_of_another_shape_is_named_with_both_shapes(model: GPTModel, params: dict[str, Any]) -> None:
    params["blocks"][2]["mlp"]["c_fc"]["w"] = params["blocks"][2]["mlp"]["c_fc"]["w"].T
    assert refused(model, params) == "the tensor model/h2/mlp/c_fc/w has shape (24, 6), expected is (6, 24)"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({**SMALL, "n_ctx": 4}, "the tensor model/wpe has shape (8, 6), expected is (4, 6)"),
        ({**SMALL, "n_vocab": 24}, "the tensor model/wte has shape (23, 6), expected is (24, 6)"),
        ({**SMALL, "n_embd": 8}, "the tensor model/wte has shape (23, 6), expected is (23, 8)"),
        ({**SMALL, "n_layer": 2}, "12 tensors that a model of 2 blocks has no place for, the first is model/h2/"),
        ({**SMALL, "n_layer": 4}, "the weights lack the tensor model/h3/ln_1/g"),
    ],
)
def test_a_model_of_another_shape_is_refused(settings: dict[str, int], words: str, params: dict[str, Any]) -> None:
    assert words in refused(GPTModel(config_of(settings)), params)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite_are_refused(model: GPTModel, params: dict[str, Any], value: float) -> None:
    params["blocks"][1]["ln_2"]["b"][3] = value
    assert refused(model, params).startswith("the tensor model/h1/ln_2/b holds values that are not finite")


@pytest.mark.parametrize("name", ["wte", "wpe", "g", "b"])
def test_a_tensor_that_is_missing_is_named(model: GPTModel, params: dict[str, Any], name: str) -> None:
    del params[name]
    shown = {"g": "ln_f/g", "b": "ln_f/b"}.get(name, name)
    assert refused(model, params) == f"the weights lack the tensor model/{shown}"


def test_a_tensor_that_gpt2_does_not_have_is_refused(model: GPTModel, params: dict[str, Any]) -> None:
    params["blocks"][0]["attn"]["rotary"] = {"w": np.zeros(3)}
    assert "no place for, the first is model/h0/attn/rotary/w" in refused(model, params)
    params["head"] = np.zeros(3)
    assert refused(model, params) == "params has a tensor model/head, which GPT-2 does not have"


def test_a_model_without_biases_takes_only_weights_whose_biases_are_zero(params: dict[str, Any]) -> None:
    plain = GPTModel(config_of(SMALL, qkv_bias=False)).eval()
    said = refused(plain, params)
    assert "model/h0/attn/c_attn/b holds biases for query, key and value" in said
    assert said.endswith("make it with qkv_bias=True")
    made = variables(SMALL)
    for number, block in enumerate(params["blocks"]):
        block["attn"]["c_attn"]["b"][:] = 0
        made[f"model/h{number}/attn/c_attn/b"][:] = 0
    load_weights_into_gpt(plain, params)
    np.testing.assert_allclose(plain(torch.tensor([TEXT]))[0].detach().numpy(), logits(SMALL, made, TEXT), atol=1e-5)


def test_a_model_with_lora_layers_is_refused(model: GPTModel, params: dict[str, Any]) -> None:
    replace_linear_with_lora(model, 2, 2)
    assert "GPT-2's weights fit a plain GPTModel only" in refused(model, params)


def test_a_model_whose_head_was_replaced_is_refused(model: GPTModel, params: dict[str, Any]) -> None:
    model.out_head = torch.nn.Linear(6, 2)
    assert refused(model, params) == "the tensor model/wte, as output head, has shape (23, 6), expected is (2, 6)"


def test_settings_make_a_configuration_with_biases() -> None:
    for size in ("124M", "1558M"):
        cfg = config_named(size)
        settings = {theirs: cfg[ours] for theirs, ours in openai.HPARAMS.items()}
        assert config_of(settings) == replace(cfg, qkv_bias=True)
        assert config_of(settings, drop_rate=0.0, tie_weights=True).tie_weights


@pytest.mark.parametrize("size", ["124m", "125M", "", ".", "..", "/", "a/b", "124M/", "../124M"])
def test_a_size_that_is_none_is_refused(size: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="it is 124M, 355M, 774M, 1558M, or a folder in"):
        download_and_load_gpt2(size, tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_without_tensorflow_one_is_told_how_to_install_it(tmp_path: Path) -> None:
    (tmp_path / "tiny").mkdir()
    code = (
        "import sys; sys.modules['tensorflow'] = None\n"
        "from reference.openai import download_and_load_gpt2\n"
        "try: download_and_load_gpt2('tiny', sys.argv[1])\n"
        "except ImportError as error: print(error)"
    )
    line = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(line, capture_output=True, text=True, cwd=REPOSITORY, timeout=120)
    assert done.stdout.endswith('pip install "quizbook[openai]"\n'), done.stderr


# What follows runs TensorFlow, which takes seconds to load.


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of checkpoints that TensorFlow's Saver wrote in a process of its own."""
    folder = tmp_path_factory.mktemp("models")
    for name, settings, seed in (("tiny", SMALL, 0), ("deeper", LARGER, 1)):
        words = [folder / name, json.dumps(settings), seed]
        subprocess.run([sys.executable, openai_layout.__file__, *map(str, words)], check=True, timeout=300)
    return folder


@pytest.fixture
def own(models: Path, tmp_path: Path) -> Path:
    """A copy of them to be spoilt."""
    return Path(shutil.copytree(models, tmp_path / "models"))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "settings", "seed"), [("tiny", SMALL, 0), ("deeper", LARGER, 1)])
def test_a_checkpoint_of_tensorflow_is_openais_tree(
    models: Path, name: str, settings: dict[str, int], seed: int
) -> None:
    found, params = download_and_load_gpt2(name, models)
    assert found == settings
    assert same_trees(params, tree(variables(settings, seed)))


@pytest.mark.slow
def test_a_checkpoint_in_our_model_gives_openais_logits(models: Path) -> None:
    settings, params = download_and_load_gpt2(model_size="deeper", models_dir=str(models))
    model = GPTModel(config_of(settings, drop_rate=0.0))
    load_weights_into_gpt(model, params)
    expected = logits(LARGER, variables(LARGER, 1), TEXT)
    np.testing.assert_allclose(model(torch.tensor([TEXT]))[0].detach().numpy(), expected, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("tied", [False, True])
def test_what_we_write_is_what_openai_wrote(models: Path, tmp_path: Path, tied: bool) -> None:
    settings, params = download_and_load_gpt2("tiny", models)
    model = GPTModel(config_of(settings, tie_weights=tied))
    load_weights_into_gpt(model, params)
    save_openai_checkpoint(model, tmp_path / "ours")
    found, again = download_and_load_gpt2("ours", tmp_path)
    assert found == settings
    assert same_trees(again, params)
    theirs, ours = models / "tiny", tmp_path / "ours"
    assert {path.name for path in ours.iterdir()} == {path.name for path in theirs.iterdir()} - {"model.ckpt.meta"}
    for name in ("checkpoint", "hparams.json", "model.ckpt.index", "model.ckpt.data-00000-of-00001"):
        assert (ours / name).read_bytes() == (theirs / name).read_bytes(), name
    assert (ours / "checkpoint").stat().st_size == 77  # as OpenAI's


@pytest.mark.slow
def test_a_model_without_biases_is_written_with_biases_of_zero(tmp_path: Path) -> None:
    model = GPTModel(config_of(SMALL, qkv_bias=False, tie_weights=True)).eval()
    save_openai_checkpoint(model, tmp_path / "plain")
    _, params = download_and_load_gpt2("plain", tmp_path)
    assert not params["blocks"][0]["attn"]["c_attn"]["b"].any()
    again = GPTModel(model.cfg).eval()
    load_weights_into_gpt(again, params)
    assert torch.equal(again(torch.tensor([TEXT])), model(torch.tensor([TEXT])))


@pytest.mark.slow
def test_a_head_of_its_own_has_no_place_in_openais_layout(tmp_path: Path, model: GPTModel) -> None:
    with pytest.raises(ValueError, match="no place for a head of its own"):
        save_openai_checkpoint(model, tmp_path / "untied")
    assert not (tmp_path / "untied").exists()


@pytest.mark.slow
def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "full" / "model.ckpt.index").mkdir(parents=True)
    with pytest.raises(OSError, match=r"model\.ckpt could not be written") as caught:
        save_openai_checkpoint(GPTModel(config_of(SMALL, tie_weights=True)), tmp_path / "full")
    assert "\n" not in str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("hparams.json", b""),
        ("hparams.json", b"[1]"),
        ("hparams.json", b'{"n_vocab": 23}'),
        ("hparams.json", json.dumps({**SMALL, "n_head": "2"}).encode()),
        ("hparams.json", json.dumps({**SMALL, "n_layer": 0}).encode()),
        ("hparams.json", json.dumps({**SMALL, "n_layer": 10**12}).encode()),
        ("model.ckpt.index", b""),
        ("model.ckpt.index", b"<html>"),
        ("model.ckpt.index", bytes(5000)),
        ("model.ckpt.data-00000-of-00001", b""),
        ("model.ckpt.data-00000-of-00001", bytes(9999)),
    ],
)
def test_a_damaged_file_is_one_sentence(own: Path, name: str, content: bytes) -> None:
    (own / "tiny" / name).write_bytes(content)
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        download_and_load_gpt2("tiny", own)
    assert str(own / "tiny") in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_a_data_file_that_was_cut_is_one_sentence(own: Path) -> None:
    data = own / "tiny" / "model.ckpt.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[:-100])
    with pytest.raises(ValueError, match="no GPT-2 checkpoint, or a damaged one"):
        download_and_load_gpt2("tiny", own)


@pytest.mark.slow
def test_a_folder_of_ones_own_that_lacks_files_is_refused(own: Path) -> None:
    (own / "tiny" / "model.ckpt.index").unlink()
    with pytest.raises(FileNotFoundError, match=r"tiny lacks model\.ckpt\.index"):
        download_and_load_gpt2("tiny", own)


@pytest.fixture
def server(models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    """A mirror whose 124M is the small checkpoint."""
    monkeypatch.setenv("no_proxy", "*")
    files = {f"gpt2/124M/{path.name}": path.read_bytes() for path in (models / "deeper").iterdir()}
    with serving(FileServer(files)) as running:
        yield running


@pytest.mark.slow
def test_a_file_that_is_not_openais_is_refused(tmp_path: Path, server: FileServer) -> None:
    with pytest.raises(FetchError) as caught:
        download_and_load_gpt2("124M", tmp_path, mirror=server.address, quiet=True)
    assert re.search(r"gpt2/124M/model\.ckpt\.index has .* bytes, and 5,215 were expected", str(caught.value))
    assert "`quizbook data add FILE` takes a folder 124M that you have from elsewhere" in str(caught.value)


@pytest.mark.slow
def test_a_size_is_downloaded_where_it_is_missing_and_only_then(
    tmp_path: Path,
    models: Path,
    server: FileServer,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    small = tuple(
        replace(source, files=tuple(replace(file, size=None, sha256=None) for file in source.files))
        for source in sources.SOURCES
    )
    monkeypatch.setattr(sources, "SOURCES", small)
    monkeypatch.setenv("QUIZBOOK_MIRROR", server.address)
    server.cut = [None, None, None, None, 20_000]  # the large file breaks off once
    settings, params = download_and_load_gpt2("124M", tmp_path)
    assert settings == LARGER
    assert same_trees(params, tree(variables(LARGER, 1)))
    assert server.ranges[-1] == "bytes=20000-"
    names = {path.name for path in (tmp_path / "124M").iterdir()}
    assert names == {path.name for path in (models / "deeper").iterdir()}, "the vocabulary is not needed"
    assert "model.ckpt.data-00000-of-00001: " in capsys.readouterr().err
    server.ranges.clear()
    download_and_load_gpt2("124M", tmp_path)
    assert server.ranges == []


@pytest.mark.slow
def test_a_size_whose_files_are_there_needs_no_network(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIZBOOK_MIRROR", "http://127.0.0.1:9")
    (own / "tiny").rename(own / "124M")
    settings, _ = download_and_load_gpt2("124M", own)
    assert settings == SMALL


@pytest.mark.slow
def test_tensorflow_stays_silent(models: Path) -> None:
    code = "import sys; from reference.openai import *; download_and_load_gpt2('tiny', sys.argv[1])"
    line = [sys.executable, "-c", code, str(models)]
    done = subprocess.run(line, capture_output=True, text=True, cwd=REPOSITORY, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
