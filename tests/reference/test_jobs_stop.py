"""Trainings that are killed, stopped with Ctrl-C, started twice or shared by processes: what happens to real processes.

Where nothing has to happen to it, a training runs in the process of the tests, which saves the import of torch.
"""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from small_jobs import ROOT, SMALL, environment, started, write_instructions, write_messages, write_text

from reference.checkpoint import load_model
from reference.jobs.main import main

Capture = pytest.CaptureFixture[str]
LONG = [*SMALL, *"--batch-size 2 --eval-every 7 --eval-batches 1 --epochs 5 --save-every 0".split()]
JOBS = {
    "pretrain": [*LONG, "--drop-rate", "0.3"],
    "classify": [*LONG, "--max-length", "8", "--lora-rank", "2", "--epochs", "2"],
    "instruct": [*LONG, "--context-length", "32", "--responses", "2", "--max-new-tokens", "2", "--epochs", "4"],
}
WRITE = {"pretrain": write_text, "classify": write_messages, "instruct": write_instructions}


@pytest.fixture(autouse=True, scope="module")
def threads_as_before() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def words(job: str, data: Path, run: Path, *more: object) -> list[str]:
    return [job, str(data), *JOBS[job], "--out", str(run), *map(str, more)]


def step_of(run: Path) -> int:
    """How far the training in a folder is, as it was saved last."""
    losses = run / "losses.json"
    return int(json.loads(losses.read_text())["step"]) if losses.exists() else 0


def wait_for_step(process: subprocess.Popen[str], run: Path, step: int) -> None:
    end = time.monotonic() + 120
    while step_of(run) < step:
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < end, "the training does not get on"
        time.sleep(0.01)


def killed_at(job: str, data: Path, run: Path, step: int) -> None:
    process = started(*words(job, data, run))
    wait_for_step(process, run, step)
    process.kill()
    _, err = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL, err
    assert not (run / "result.json").exists()


def same_files(one: Path, other: Path) -> bool:
    """Whether two trainings ended with the same weights and had the same losses."""
    names = ("model.safetensors", "losses.json")
    return all((one / name).read_bytes() == (other / name).read_bytes() for name in names)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a pretraining that nobody stopped."""
    folder = tmp_path_factory.mktemp("whole")
    assert main(words("pretrain", write_text(folder), folder / "run")) == 0
    return folder / "run"


@pytest.mark.slow
def test_a_pretraining_that_was_killed_twice_ends_with_the_same_weights_and_losses(
    whole: Path, tmp_path: Path, capsys: Capture
) -> None:
    text, killed = write_text(tmp_path), tmp_path / "killed"
    for step in (3, 12):
        killed_at("pretrain", text, killed, step)
    assert main(words("pretrain", text, killed)) == 0
    assert "going on after step" in capsys.readouterr().err
    assert same_files(killed, whole)


@pytest.mark.slow
@pytest.mark.parametrize("job", ["classify", "instruct"])
def test_a_fine_tuning_that_was_killed_ends_with_the_same_weights_and_losses(job: str, tmp_path: Path) -> None:
    data = WRITE[job](tmp_path)
    assert main(words(job, data, tmp_path / "whole")) == 0
    killed_at(job, data, tmp_path / "killed", 5)
    assert main(words(job, data, tmp_path / "killed")) == 0
    assert same_files(tmp_path / "killed", tmp_path / "whole")


@pytest.mark.slow
def test_ctrl_c_saves_says_how_to_go_on_and_going_on_ends_with_the_same_weights(whole: Path, tmp_path: Path) -> None:
    text, stopped = write_text(tmp_path), tmp_path / "stopped"
    # Checkpoints an hour apart: what is there after Ctrl-C was written because of it.
    process = started(*words("pretrain", text, stopped, "--save-every", 3600))
    assert process.stderr
    while "training 1 of" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    said = err.splitlines()[-1]
    assert said.startswith("reference: stopped after step ")
    assert said.endswith("and saved; the same command goes on from there")
    assert "Traceback" not in err
    assert step_of(stopped) == int(said.split("step ")[1].split()[0])
    assert main(words("pretrain", text, stopped)) == 0
    assert same_files(stopped, whole)


@pytest.mark.slow
def test_a_second_run_in_the_folder_is_kept_out_and_may_not_move_it_away(tmp_path: Path, capsys: Capture) -> None:
    text, run = write_text(tmp_path), tmp_path / "run"
    long = words("pretrain", text, run, "--epochs", 10_000)
    first = started(*long)
    wait_for_step(first, run, 1)
    for more in ([], ["--fresh"]):
        assert main([*long, *more]) == 2
        assert "another process is training in" in capsys.readouterr().err
    first.kill()
    first.communicate()
    assert run.is_dir()


@pytest.mark.slow
def test_a_disk_that_is_full_ends_the_run_and_leaves_no_broken_checkpoint(tmp_path: Path) -> None:
    run = tmp_path / "run"
    code = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)); "
        "import sys; from reference.jobs.main import main; sys.exit(main())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, *words("pretrain", write_text(tmp_path), run)],
        capture_output=True, text=True, env=environment(), check=False,
    )  # fmt: skip
    assert ran.returncode == 2, ran.stderr
    assert "reference: the weights cannot be written" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not [path.name for path in run.iterdir() if "checkpoint" in path.name]


@pytest.mark.slow
def test_an_output_that_nobody_reads_is_no_fault(tmp_path: Path) -> None:
    process = started(*words("pretrain", write_text(tmp_path), tmp_path / "run", "--epochs", 1))
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    err = process.stderr.read()
    assert process.wait(timeout=60) == 1
    assert "Traceback" not in err
    assert "BrokenPipe" not in err


@pytest.mark.slow
def test_two_processes_train_the_model_that_one_trains_with_batches_twice_as_large(
    tmp_path: Path, capsys: Capture
) -> None:
    text, run, alone = write_text(tmp_path), tmp_path / "run", tmp_path / "alone"
    more = ["--drop-rate", 0, "--epochs", 2]
    shared = words("pretrain", text, run, *more, "--batch-size", 1)
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "--master_addr", "127.0.0.1"]
    ran = subprocess.run(
        [*launcher, "--master_port", str(_free_port()), "-m", "reference", *shared],
        capture_output=True, text=True, env=environment(OMP_NUM_THREADS="1"), cwd=ROOT, timeout=180, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("validation loss") == 1  # one process speaks for both
    assert main(words("pretrain", text, alone, *more)) == 0
    found, expected = (json.loads((folder / "losses.json").read_text()) for folder in (run, alone))
    assert found["seen"] == expected["seen"]
    assert found["steps"] == expected["steps"]
    pairs = zip(*(load_model(folder / "model.safetensors").parameters() for folder in (run, alone)), strict=True)
    assert all(torch.allclose(one, other, atol=2e-4) for one, other in pairs)
    capsys.readouterr()
    assert main(shared) == 2
    assert "processes is 2 there and 1 now" in capsys.readouterr().err


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port
