"""A training step of GPT-2 124M, 4 x 256 tokens: its time and its peak of memory, each contestant in its own process.

    python benchmarks/reference.py --step transformers        (started by the benchmark itself)

A process builds its model, then takes a step for each line that it reads and answers with the seconds; so the steps
of all contestants take turns, and each process still knows how much memory it alone has had.
"""

from __future__ import annotations

import gc
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

import torch
from inference import random_ids
from peers import PEERS, ours, shared_model
from text import Row

SHAPE = (4, 257)  # a batch of 256 inputs, each with its next token
CONTESTANTS = {"ours": ours, **PEERS}


def take_steps(name: str, threads: int) -> None:
    """The child: a line in, a training step, a line of JSON out."""
    torch.set_num_threads(threads)
    before = peak_bytes()
    model = shared_model(tied=True)
    contestant = CONTESTANTS[name](model)
    del model
    contestant.model.train()
    optimizer = torch.optim.AdamW(contestant.model.parameters(), lr=4e-4, weight_decay=0.1, fused=True)
    batch = random_ids(*SHAPE)  # (4, 257)
    inputs, targets = batch[:, :-1], batch[:, 1:].contiguous()  # (4, 256) each
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        gc.collect()
        start = time.perf_counter()
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=line.strip() == "bf16"):
            loss = contestant.loss(inputs, targets)
        loss.backward()
        optimizer.step()
        seconds = time.perf_counter() - start
        print(json.dumps({"seconds": seconds, "loss": loss.item(), "peak": peak_bytes() - before}), flush=True)


def peak_bytes() -> int:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


class Child:
    """The process of one contestant."""

    def __init__(self, name: str, threads: int) -> None:
        command = [
            sys.executable,
            str(Path(__file__).with_name("reference.py")),
            "--step",
            name,
            "--threads",
            str(threads),
        ]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.answer()

    def step(self, precision: str) -> dict[str, float]:
        """precision: fp32, or bf16 for autocast."""
        assert self.process.stdin is not None
        self.process.stdin.write(precision + "\n")
        self.process.stdin.flush()
        return self.answer()

    def answer(self) -> dict[str, float]:
        assert self.process.stdout is not None
        while line := self.process.stdout.readline():
            if line.startswith("{"):
                found: dict[str, float] = json.loads(line)
                return found
        raise OSError(f"{' '.join(self.process.args)} ended with {self.process.wait()}")  # type: ignore[arg-type]

    def __enter__(self) -> Child:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.process.kill()
        self.process.wait()


def training_rows(rounds: int, threads: int) -> list[Row]:
    """fp32 in turn, then bf16 autocast of ours once, where the processor has instructions for it."""
    steps: dict[str, list[dict[str, float]]] = {name: [] for name in CONTESTANTS}
    children = {name: Child(name, threads) for name in CONTESTANTS}
    try:
        for number in range(rounds + 1):
            for name, child in children.items():
                step = child.step("fp32")
                if number:
                    steps[name].append(step)
    finally:
        for child in children.values():
            child.__exit__(None, None, None)
    if not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        return rows_of(steps, None)
    with Child("ours", threads) as child:
        return rows_of(steps, [child.step("bf16")["seconds"] for _ in range(2)][-1])


def rows_of(steps: dict[str, list[dict[str, float]]], half: float | None) -> list[Row]:
    """half: seconds of a step with bf16 autocast; None where the processor has no instructions for it."""
    seconds = {name: statistics.median(step["seconds"] for step in taken) for name, taken in steps.items()}
    peaks = {name: taken[-1]["peak"] / 2**20 for name, taken in steps.items()}
    fastest, smallest = (min(PEERS, key=lambda name: figures[name]) for figures in (seconds, peaks))
    ratio = statistics.median(b["seconds"] / a["seconds"] for a, b in zip(steps["ours"], steps[fastest], strict=True))
    best = f"{seconds[fastest]:.2f} s ({fastest})"
    told = ("no instructions", "-") if half is None else (f"{half:.2f} s", f"{seconds[fastest] / half:.2f}")
    return [
        Row("training step 4 x 256, fp32", f"{seconds['ours']:.2f} s", best, f"{ratio:.2f}", "at least 1.00"),
        Row("training step 4 x 256, bf16", told[0], best, told[1], "at least 1.50"),
        Row("peak memory of a step, fp32", f"{peaks['ours']:.0f} MiB", f"{peaks[smallest]:.0f} MiB ({smallest})",
            f"{peaks['ours'] / peaks[smallest]:.2f}", "at most 1.00"),
        *(Row(f"    {name}", f"{seconds[name]:.2f} s", f"{peaks[name]:.0f} MiB, loss {taken[-1]['loss']:.4f}", "", "")
          for name, taken in steps.items()),
    ]  # fmt: skip
