"""Weights and trainings on disk."""

from __future__ import annotations

import json
import os
import pickle
import resource
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from small_model import CONFIG, loader, model
from torch import nn

from reference.checkpoint import (
    from_huggingface,
    load_checkpoint,
    load_model,
    load_state,
    save_checkpoint,
    save_model,
    to_huggingface,
    write_whole,
)
from reference.model import GPTModel
from reference.training_state import TrainingState

ENDINGS = ["m.safetensors", "m.pth", "m.pt"]


def adam(of: nn.Module) -> torch.optim.AdamW:
    return torch.optim.AdamW(of.parameters(), lr=1e-3)


def ids() -> torch.Tensor:
    return torch.arange(6)[None]


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("name", ENDINGS)
def test_a_model_comes_back_with_its_configuration(tmp_path: Path, name: str, tied: bool) -> None:
    net = model(tie_weights=tied, qkv_bias=True, drop_rate_attn=0.3).eval()
    save_model(net, tmp_path / name)
    again = load_model(tmp_path / name)
    assert again.cfg == net.cfg
    assert torch.equal(again(ids()), net(ids()))
    assert not again.training
    assert (again.out_head.weight is again.tok_emb.weight) is tied


def test_a_safetensors_file_says_what_it_is(tmp_path: Path) -> None:
    from safetensors import safe_open

    net = model(tie_weights=True)
    save_model(net, tmp_path / "m.safetensors")
    with safe_open(tmp_path / "m.safetensors", "pt") as file:
        assert set(file.keys()) == set(net.state_dict())  # both names of a shared matrix: others load by name
        assert json.loads(file.metadata()["config"])["emb_dim"] == CONFIG.emb_dim


def test_the_same_weights_are_the_same_file(tmp_path: Path) -> None:
    net = model(tie_weights=True)
    files = set()
    for _ in range(8):
        save_model(net, tmp_path / "m.safetensors")
        files.add((tmp_path / "m.safetensors").read_bytes())
    assert len(files) == 1


def test_a_checkpoint_has_the_keys_that_learners_know(tmp_path: Path) -> None:
    net = model()
    save_checkpoint(tmp_path / "c.pth", net, adam(net), TrainingState())
    content = torch.load(tmp_path / "c.pth", weights_only=True)
    assert set(content) == {"cfg", "model_state_dict", "optimizer_state_dict", "training"}
    assert content["cfg"]["n_heads"] == CONFIG.n_heads
    assert load_model(tmp_path / "c.pth").cfg == CONFIG


def test_a_checkpoint_of_three_keys_counts_as_one_that_begins(tmp_path: Path) -> None:
    net = model()
    content = {
        "cfg": dict(CONFIG),
        "model_state_dict": net.state_dict(),
        "optimizer_state_dict": adam(net).state_dict(),
    }
    torch.save(content, tmp_path / "c.pth")
    other = model(seed=2)
    assert load_checkpoint(tmp_path / "c.pth", other, adam(other)) == TrainingState()
    assert torch.equal(other.out_head.weight, net.out_head.weight)


def test_a_training_without_the_optimizers_state_goes_another_way(tmp_path: Path) -> None:
    net = model(drop_rate=0.0)
    optimizer = adam(net)
    batches = list(loader(shuffle=False))

    def steps(of: nn.Module, by: torch.optim.Optimizer, some: list[Any]) -> None:
        for inputs, targets in some:
            by.zero_grad()
            nn.functional.cross_entropy(of(inputs).flatten(0, 1), targets.flatten()).backward()
            by.step()

    steps(net, optimizer, batches[:3])
    save_checkpoint(tmp_path / "c.pth", net, optimizer, TrainingState())
    steps(net, optimizer, batches[3:5])
    results = []
    for forget in (False, True):
        again = model(seed=5, drop_rate=0.0)
        other = adam(again)
        load_checkpoint(tmp_path / "c.pth", again, other)
        if forget:
            other = adam(again)
        steps(again, other, batches[3:5])
        results.append(torch.equal(again.out_head.weight, net.out_head.weight))
    assert results == [True, False]


def test_masks_of_the_guides_attention_are_no_obstacle(tmp_path: Path) -> None:
    net = model()
    state = net.state_dict() | {f"trf_blocks.{n}.att.mask": torch.ones(8, 8).triu(1) for n in range(2)}
    other = model(seed=2)
    load_state(other, state)
    assert torch.equal(other.out_head.weight, net.out_head.weight)


@pytest.mark.parametrize("left_out", ["out_head.weight", "tok_emb.weight"])
def test_a_matrix_that_two_layers_share_needs_one_name_only(left_out: str) -> None:
    net, other = model(tie_weights=True), model(seed=2, tie_weights=True)
    load_state(other, {name: tensor for name, tensor in net.state_dict().items() if name != left_out})
    assert torch.equal(other.out_head.weight, net.tok_emb.weight)
    assert other.out_head.weight is other.tok_emb.weight


def test_a_head_of_its_own_does_not_silently_become_the_embedding() -> None:
    net = model(tie_weights=True)
    with pytest.raises(ValueError, match=r"x holds two different matrices tok_emb.weight and out_head.weight"):
        load_state(net, model().state_dict(), "x")
    with pytest.raises(ValueError, match=r"x lacks out_head\.weight"):
        load_state(model(), {name: t for name, t in net.state_dict().items() if name != "out_head.weight"}, "x")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"out_head.weight": torch.zeros(14, 15)}, r"out_head.weight in x has shape \(14, 15\); .* expects \(14, 16\)"),
        ({"extra": torch.zeros(1)}, "x holds extra, which"),
        ({"final_norm.scale": None}, "x lacks final_norm.scale"),
        ({"final_norm.scale": torch.full((16,), torch.nan)}, "final_norm.scale in x holds NaN"),
        ({"final_norm.scale": "ones"}, "final_norm.scale in x is of type str"),
    ],
)
def test_weights_that_do_not_fit_are_refused_by_name_and_change_nothing(change: dict[str, Any], sentence: str) -> None:
    net = model()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    state = {**model(seed=2).state_dict(), **change}
    with pytest.raises(ValueError, match=sentence):
        load_state(net, {name: tensor for name, tensor in state.items() if tensor is not None}, "x")
    assert all(torch.equal(before[name], tensor) for name, tensor in net.state_dict().items())


class Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_pickle_that_holds_code_is_refused_and_never_run(tmp_path: Path, wrapped: bool) -> None:
    bomb = Bomb(tmp_path / "exploded")
    if wrapped:
        torch.save({"cfg": dict(CONFIG), "model_state_dict": bomb}, tmp_path / "m.pth")
    else:
        (tmp_path / "m.pth").write_bytes(pickle.dumps(bomb))
    with pytest.raises(ValueError, match="holds more than weights"):
        load_model(tmp_path / "m.pth")
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("name", ENDINGS)
@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_a_file_that_is_cut_off_is_said_to_be(tmp_path: Path, name: str, share: float) -> None:
    save_model(model(), tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match=r"is empty|cut off"):
        load_model(tmp_path / name)


def test_what_is_no_file_of_a_model_is_said_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no file"):
        load_model(tmp_path / "nothing.pth")
    with pytest.raises(ValueError, match="is a folder"):
        load_model(tmp_path)
    torch.save(model().state_dict(), tmp_path / "bare.pth")
    with pytest.raises(ValueError, match="without a configuration"):
        load_model(tmp_path / "bare.pth")
    torch.save([1, 2], tmp_path / "list.pth")
    with pytest.raises(ValueError, match="holds a list"):
        load_model(tmp_path / "list.pth")
    torch.save({"cfg": dict(CONFIG) | {"emb_dim": 15}, "model_state_dict": {}}, tmp_path / "cfg.pth")
    with pytest.raises(ValueError, match=r"the configuration in .*cfg.pth cannot be used: emb_dim is 15"):
        load_model(tmp_path / "cfg.pth")
    save_model(model(), tmp_path / "m.pth")
    net = model()
    with pytest.raises(ValueError, match="lacks optimizer_state_dict"):
        load_checkpoint(tmp_path / "m.pth", net, adam(net))
    with pytest.raises(ValueError, match=r"its name ends in .safetensors"):
        save_model(model(), tmp_path / "m.bin")
    with pytest.raises(TypeError, match="of type Linear"):
        save_model(nn.Linear(1, 1), tmp_path / "m.pth")
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*nowhere to write m.pth to"):
        save_model(model(), tmp_path / "nowhere" / "m.pth")
    (tmp_path / "folder.pth").mkdir()
    with pytest.raises(IsADirectoryError, match=r"folder.pth is a folder"):
        save_model(model(), tmp_path / "folder.pth")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"optimizer_state_dict": "adam"}, "of another optimizer or model"),
        ({"optimizer_state_dict": {}}, "of another optimizer or model"),
        ({"optimizer_state_dict": torch.optim.AdamW([torch.zeros(1)]).state_dict()}, "of another optimizer or model"),
        ({"optimizer_state_dict": torch.optim.SGD(model().parameters()).state_dict()}, "it does not say betas, eps"),
        ({"model_state_dict": [1, 2]}, "holds a list; a dictionary of weights"),
        ({"model_state_dict": model(n_layers=1).state_dict()}, "lacks trf_blocks.1"),
        ({"cfg": dict(CONFIG) | {"n_heads": 4}}, "has 4 heads in each block; this one has 2"),
        ({"training": {"step": 3, "day": "Monday"}}, "was not written by save_checkpoint"),
        ({"training": 3}, "was not written by save_checkpoint"),
    ],
)
def test_a_checkpoint_that_does_not_fit_is_refused_and_changes_nothing(
    tmp_path: Path, change: dict[str, Any], sentence: str
) -> None:
    other = model(seed=2)
    whole = {
        "cfg": dict(CONFIG),
        "model_state_dict": other.state_dict(),
        "optimizer_state_dict": adam(other).state_dict(),
    }
    torch.save(whole | change, tmp_path / "c.pth")
    net = model()
    optimizer = torch.optim.AdamW(net.parameters(), lr=0.125)
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    with pytest.raises(ValueError, match=sentence):
        load_checkpoint(tmp_path / "c.pth", net, optimizer)
    assert all(torch.equal(before[name], tensor) for name, tensor in net.state_dict().items())
    assert optimizer.param_groups[0]["lr"] == 0.125
    optimizer.step()  # it is still one that works


def test_a_file_that_cannot_be_written_stays_what_it_was(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("old")

    def fail(file: Any) -> None:
        file.write(b"half")
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        write_whole(path, fail)
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["x"]


def in_another_process(do: Callable[[], object]) -> int:
    """The status of a forked process that does it: 0 if it went well, 1 for an OSError, -9 when killed."""
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        do()
        os._exit(0)
    except OSError:
        os._exit(1)
    finally:
        os._exit(2)


def test_a_file_whose_writer_is_killed_stays_what_it_was_and_is_written_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("old")

    def half(file: Any) -> None:
        file.write(b"half")
        file.flush()
        os.kill(os.getpid(), signal.SIGKILL)

    assert in_another_process(lambda: write_whole(path, half)) == -signal.SIGKILL
    assert path.read_text() == "old"
    write_whole(path, lambda file: file.write(b"new"))
    assert [entry.name for entry in tmp_path.iterdir()] == ["x"]
    assert path.read_text() == "new"


@pytest.mark.parametrize("name", ENDINGS)
def test_a_full_disk_is_an_error_of_the_system_and_leaves_the_old_file(tmp_path: Path, name: str) -> None:
    save_model(model(), tmp_path / name)
    before = (tmp_path / name).read_bytes()
    net = model(seed=2)

    def save() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))
        save_model(net, tmp_path / name)

    assert in_another_process(save) == 1
    assert (tmp_path / name).read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_hugging_faces_names_are_at_hand() -> None:
    net = model(qkv_bias=True).eval()
    again = from_huggingface(to_huggingface(net), net.cfg).eval()
    assert isinstance(again, GPTModel)
    assert torch.equal(again(ids()), net(ids()))
