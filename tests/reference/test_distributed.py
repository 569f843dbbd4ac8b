"""What is true of training by several processes: real ones, over gloo, started as a user would start them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file
from torch import nn
from torch.utils.data import TensorDataset

from reference.distributed import (
    Place,
    deal,
    is_launched,
    mean_over_processes,
    process_group,
    unwrap,
    wrap,
)

WORKER = Path(__file__).with_name("distributed_worker.py")
CPU = torch.device("cpu")
ALONE = Place(0, 1, CPU)
PATIENCE = 120  # seconds until a test takes a process for hung


def environment(**more: str) -> dict[str, str]:
    """Ours without what a launcher would set, so that the tests may run under one."""
    ours = {name: value for name, value in os.environ.items() if name not in ("RANK", "WORLD_SIZE", "LOCAL_RANK")}
    root = str(Path(__file__).parents[2])
    return ours | {"PYTHONPATH": root, "OMP_NUM_THREADS": "1", "TORCH_CPP_LOG_LEVEL": "ERROR"} | more


def run_alone(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(WORKER), str(folder), *arguments]
    return subprocess.run(command, env=environment(**variables), capture_output=True, text=True, timeout=PATIENCE)


def launched(folder: Path, *arguments: str) -> list[str]:
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--local_addr", "127.0.0.1"]
    return [*launcher, "--nproc_per_node", "2", str(WORKER), str(folder), *arguments]


def run_launched(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = launched(folder, *arguments)
    return subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=PATIENCE)


def run_two(folder: Path, *arguments: str) -> list[subprocess.CompletedProcess[str]]:
    """Two processes without a launcher around them, so that each one's own end can be seen."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    processes = [
        subprocess.Popen(
            [sys.executable, str(WORKER), str(folder), *arguments],
            env=environment(RANK=rank, WORLD_SIZE="2", MASTER_ADDR="127.0.0.1", MASTER_PORT=port),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in "01"
    ]
    ended = []
    try:
        for process in processes if arguments[-1:] != ("hangs",) else processes[:1]:
            output, errors = process.communicate(timeout=PATIENCE)
            ended.append(subprocess.CompletedProcess(process.args, process.returncode, output, errors))
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    return ended


def told(folder: Path, rank: int) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((folder / f"{rank}.json").read_text())
    return facts


# -- training ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("accumulate", "optimizer"), [("1", "adamw"), ("2", "sgd")])
def test_two_processes_train_what_one_does_on_the_same_global_batch(
    tmp_path: Path, accumulate: str, optimizer: str
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    ended = run_alone(one, "train", "8", accumulate, optimizer), run_launched(two, "train", "4", accumulate, optimizer)
    assert [process.returncode for process in ended] == [0, 0], ended[1].stderr
    alone, together = load_file(one / "weights"), load_file(two / "weights")
    assert alone.keys() == together.keys()
    for name in alone:
        torch.testing.assert_close(together[name], alone[name], rtol=0, atol=1e-6)
    first, second, whole = told(two, 0), told(two, 1), told(one, 0)
    assert [sorted(a + b) for a, b in zip(first["seen"], second["seen"], strict=True)] == [
        sorted(numbers) for numbers in whole["seen"]
    ]
    assert first["losses"] == pytest.approx(whole["losses"], abs=1e-6)
    assert first["evaluated"][0] == pytest.approx(whole["evaluated"][0], abs=1e-6)
    assert first["evaluated"][1] == pytest.approx(whole["evaluated"][1], abs=1e-6)
    assert first["evaluated"] == second["evaluated"]
    assert first["tokens"] == whole["tokens"]
    assert first["saved"] == whole["saved"] != []
    assert second["losses"] == second["saved"] == []
    assert second["mask"] == [1, 1, 1], "the first process sent its buffers around"
    assert first["names"] == second["names"] == whole["names"]
    assert sorted(first["names"]) == sorted(alone)


@pytest.mark.slow
def test_means_over_processes_count_by_the_number_of_targets(tmp_path: Path) -> None:
    run_two(tmp_path, "means")
    assert told(tmp_path, 0) == told(tmp_path, 1) == {"ragged": 2.75, "empty": 2.0, "nothing": "nan"}


def test_alone_a_script_needs_no_launcher(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RANK", raising=False)
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert not is_launched()
    with process_group() as place:
        assert place.is_first
        assert place.is_alone
        model = nn.Linear(2, 1)
        assert unwrap(wrap(model, place)) is wrap(model, place) is model
        assert mean_over_processes(0.5, 3, place) == 0.5


@pytest.mark.slow
def test_ctrl_c_in_a_terminal_saves_the_last_whole_step(tmp_path: Path) -> None:
    step = tmp_path / "step"
    process = subprocess.Popen(
        launched(tmp_path, "train-on"),
        env=environment(),
        start_new_session=True,  # a group of its own, to which a terminal would send Ctrl-C
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + PATIENCE
        while not (step.is_file() and step.read_text() > "2") and time.monotonic() < end:
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=PATIENCE)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert told(tmp_path, 0) == {"step": int(step.read_text())}
    assert not (tmp_path / "1.json").exists()


# -- dealing ----------------------------------------------------------------------------------------------------------


def numbered(size: int) -> TensorDataset:
    return TensorDataset(torch.arange(size))


def dealt(size: int, batch_size: int, processes: int, epoch: int = 0, **options: Any) -> list[list[list[int]]]:
    """The windows of each batch of each process."""
    shares = []
    for rank in range(processes):
        loader = deal(numbered(size), batch_size, Place(rank, processes, CPU), **options)
        loader.sampler.set_epoch(epoch)  # type: ignore[attr-defined]
        shares.append([batch.tolist() for (batch,) in loader])
    return shares


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 5), st.integers(1, 4), st.integers(0, 30), st.booleans(), st.booleans())
def test_windows_are_dealt_evenly_without_overlap_and_fewer_are_left_out_than_there_are_processes(
    processes: int, batch_size: int, more: int, shuffle: bool, drop_last: bool
) -> None:
    size = processes * batch_size + more
    shares = dealt(size, batch_size, processes, shuffle=shuffle, drop_last=drop_last)
    windows = [window for share in shares for batch in share for window in batch]
    assert len(windows) == len(set(windows)) > size - (processes * batch_size if drop_last else processes)
    assert {tuple(map(len, share)) for share in shares} == {tuple(map(len, shares[0]))}


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 5), st.integers(1, 4), st.integers(0, 30), st.integers(0, 3))
def test_together_the_processes_take_the_batches_that_one_would_take(
    processes: int, batch_size: int, more: int, epoch: int
) -> None:
    size = processes * batch_size + more
    shares = dealt(size, batch_size, processes, epoch)
    alone = dealt(size, batch_size * processes, 1, epoch)[0]
    assert [sorted(chain(*batches)) for batches in zip(*shares, strict=True)] == [sorted(batch) for batch in alone]


def test_each_epoch_has_an_order_of_its_own_and_the_seed_decides_it() -> None:
    assert dealt(30, 3, 2, epoch=0) != dealt(30, 3, 2, epoch=1)
    assert dealt(30, 3, 2, epoch=1) == dealt(30, 3, 2, epoch=1)
    assert dealt(30, 3, 2, seed=1) != dealt(30, 3, 2, seed=2)


def test_fewer_windows_than_one_step_needs_are_refused() -> None:
    with pytest.raises(ValueError, match="has 7 windows; 2 processes with batches of 4 need 8"):
        deal(numbered(7), 4, Place(0, 2, CPU))


# -- trouble ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("how", ["killed", "raises"])
def test_when_a_process_ends_the_other_ends_with_a_sentence(tmp_path: Path, how: str) -> None:
    first, second = run_two(tmp_path, "end", how)
    assert "process 0 of 2 gives up: another process ended or cannot be reached" in first.stderr
    assert "Traceback" not in first.stderr + second.stderr
    assert first.returncode == 1
    if how == "raises":
        assert second.stderr.strip().endswith("there is no file text.txt")


@pytest.mark.slow
def test_when_a_process_hangs_the_other_ends_with_a_sentence(tmp_path: Path) -> None:
    (first,) = run_two(tmp_path, "end", "hangs")
    assert "process 0 of 2 gives up: the others did not come or answer within 3 s" in first.stderr
    assert first.returncode == 1


@pytest.mark.slow
def test_under_the_launcher_a_process_that_is_killed_ends_the_run(tmp_path: Path) -> None:
    assert run_launched(tmp_path, "end", "killed").returncode != 0


@pytest.fixture
def taken() -> Iterator[str]:
    with socket.create_server(("", 0)) as other:
        yield str(other.getsockname()[1])


def test_a_port_that_is_taken_is_named_with_the_way_out(tmp_path: Path, taken: str) -> None:
    ended = run_alone(tmp_path, "meet", RANK="0", WORLD_SIZE="2", MASTER_ADDR="127.0.0.1", MASTER_PORT=taken)
    assert f"process 0 of 2 gives up: port {taken} is taken; choose another with --master_port" in ended.stderr
    assert ended.returncode == 1


@pytest.mark.slow
def test_a_process_that_is_not_met_does_not_wait_for_ever(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        free = str(probe.getsockname()[1])
    ended = run_alone(tmp_path, "meet", RANK="1", WORLD_SIZE="2", MASTER_ADDR="127.0.0.1", MASTER_PORT=free)
    assert "process 1 of 2 gives up: the others did not come or answer within 3 s" in ended.stderr


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"RANK": "x"}, "RANK is 'x' in the environment; it is a whole number"),
        ({"RANK": "-1"}, "RANK is '-1' in the environment; it is a whole number"),
        ({"RANK": "2"}, "RANK is 2 and WORLD_SIZE 2 in the environment; ranks are 0 to WORLD_SIZE - 1"),
        ({"LOCAL_RANK": ""}, "LOCAL_RANK is '' in the environment"),
        ({"MASTER_PORT": None}, "MASTER_PORT is not in the environment, so the processes cannot meet"),
    ],
)
def test_an_environment_that_does_not_fit_is_one_sentence(
    variables: dict[str, str | None], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitting = {"RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1"}
    for name, value in (fitting | variables).items():
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=sentence), process_group("gloo"):
        pass


def test_a_backend_that_does_not_fit_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.setenv(name, "1" if name == "WORLD_SIZE" else "0")
    with pytest.raises(ValueError, match="backend is 'mpi'; it is 'nccl' for NVIDIA GPUs or 'gloo' for CPUs"):
        process_group("mpi").__enter__()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="there are 1 processes and 0 GPUs here; nccl needs a GPU for each process"):
        process_group("nccl").__enter__()


def test_a_model_with_nothing_to_train_is_not_wrapped() -> None:
    model = nn.Linear(2, 2).requires_grad_(False)
    with pytest.raises(ValueError, match="the Linear has no parameter that requires gradients"):
        wrap(model, Place(0, 2, CPU))
