"""Text to token ids against tiktoken itself: a short text in memory, and one of 100 MB through the data loader.

    python benchmarks/text.py [--rounds N] [--megabytes N]

Each run over a file is a process of its own, since only a process tells its peak of memory. They take turns; a ratio is
the median over the rounds. tiktoken runs as its documentation says, once over the whole text and once with a thread for
each core; what is measured against is the quicker of the two, and it makes nothing but ids.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import tiktoken
from pairs import in_turn

from reference.data import create_dataloader_from_file, encode_file
from reference.sources import path_of
from reference.tokenizer import gpt2_tokenizer, text_to_token_ids

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "the-verdict.txt"
MEGABYTE = 10**6


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: what was done, how long ours and the peer took, their ratio, and what it has to be."""

    job: str
    ours: str
    peer: str
    ratio: str
    goal: str


@dataclass(frozen=True, slots=True)
class Run:
    """What a process needed: seconds to make the ids, and to read them as batches; its peak of memory in MB."""

    encode: float
    load: float
    memory: float


def ours(path: Path, folder: Path) -> Run:
    """Through the data loader: encode the file, then take every batch of it."""
    start = time.perf_counter()
    loader = create_dataloader_from_file(path, 64, 256, 256, folder=folder)
    encoded = time.perf_counter()
    for _ in loader:
        pass
    return Run(encoded - start, time.perf_counter() - encoded, peak())


def tiktoken_whole(path: Path, _: Path) -> Run:
    return peer(path, lambda encoding, text: encoding.encode_ordinary(text))


def tiktoken_threads(path: Path, _: Path) -> Run:
    size = 2**20
    return peer(
        path,
        lambda encoding, text: encoding.encode_ordinary_batch(
            [text[place : place + size] for place in range(0, len(text), size)], num_threads=os.cpu_count() or 1
        ),
    )


def peer(path: Path, encode: Callable[[tiktoken.Encoding, str], object]) -> Run:
    encoding = gpt2_tokenizer()
    start = time.perf_counter()
    encode(encoding, path.read_text(encoding="utf-8"))
    return Run(time.perf_counter() - start, 0.0, peak())


def peak() -> float:
    """The most memory that this process has had, in MB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / MEGABYTE if sys.platform == "darwin" else most * 1024 / MEGABYTE


JOBS = {job.__name__: job for job in (ours, tiktoken_whole, tiktoken_threads)}


def in_a_process(job: str, path: Path) -> Run:
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        command = [sys.executable, __file__, "--job", job, str(path), folder]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
    encode, load, memory = json.loads(done.stdout)
    return Run(encode, load, memory)


def rows(rounds: int = 3, megabytes: int = 100) -> list[Row]:
    """The lines for a table of all benchmarks."""
    short = (SHARED if SHARED.exists() else path_of("the-verdict")).read_text(encoding="utf-8")
    return [short_row(short, 100 * rounds), *file_rows(short, rounds, megabytes)]


def short_row(text: str, rounds: int) -> Row:
    """tiktoken makes a list; ours makes the tensor that a model takes."""
    encoding = gpt2_tokenizer()
    seconds = in_turn(
        {"ours": lambda: text_to_token_ids(text, encoding), "peer": lambda: encoding.encode_ordinary(text)}, rounds
    )
    ratio = statistics.median(a / b for a, b in zip(seconds["ours"], seconds["peer"], strict=True))
    times = {name: f"{statistics.median(values) * 1000:.2f} ms" for name, values in seconds.items()}
    return Row("BPE of The Verdict, as a tensor", times["ours"], times["peer"], f"{ratio:.2f}", "at most 1.10")


def file_rows(source: str, rounds: int, megabytes: int) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        long, short = Path(folder, "long.txt"), Path(folder, "short.txt")
        write_text(long, source, megabytes)
        write_text(short, source, megabytes // 10)
        warm_up(short, Path(folder))
        small = {name: in_a_process(name, short) for name in JOBS}
        turns = [{name: in_a_process(name, long) for name in JOBS} for _ in range(rounds)]
    quicker = [min(turn["tiktoken_whole"].encode, turn["tiktoken_threads"].encode) for turn in turns]
    encode = [turn["ours"].encode for turn in turns]
    through = [turn["ours"].encode + turn["ours"].load for turn in turns]
    what = f"{megabytes} MB of text"
    grown = {name: statistics.median(turn[name].memory for turn in turns) for name in JOBS}
    most = {name: f"{small[name].memory:.0f}, {grown[name]:.0f} MB" for name in JOBS}
    ratio = grown["ours"] / small["ours"].memory
    return [
        seconds_row(f"{what} to a file of ids", encode, quicker),
        seconds_row(f"{what} through the data loader", through, quicker),
        Row(f"peak memory, {megabytes // 10} and {megabytes} MB", most["ours"], most["tiktoken_whole"],
            f"{ratio:.2f} (long / short)", "flat: at most 1.05"),
    ]  # fmt: skip


def seconds_row(job: str, ours: list[float], peer: list[float]) -> Row:
    ratio = statistics.median(a / b for a, b in zip(ours, peer, strict=True))
    median_ours, median_peer = (f"{statistics.median(values):.2f} s" for values in (ours, peer))
    return Row(job, median_ours, median_peer, f"{ratio:.2f}", "at most 1.10")


def write_text(path: Path, source: str, megabytes: int) -> None:
    """As many bytes of prose, never twice the same: the words of a text, drawn again and again."""
    words = source.split(" ")
    draw = random.Random(1)
    with path.open("w", encoding="utf-8") as file:
        while file.tell() < megabytes * MEGABYTE:
            file.write(" ".join(draw.choices(words, k=2000)) + ".\n")


def warm_up(path: Path, folder: Path) -> None:
    """What a process reads first lies in memory from then on; and a file of ids that could not be written fails now."""
    encode_file(path, folder / "warm.uint16", gpt2_tokenizer())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--job", nargs=3, metavar=("JOB", "TEXT", "FOLDER"), help="one run, for the program itself")
    options = parser.parse_args()
    if options.job:
        name, path, folder = options.job
        run = JOBS[name](Path(path), Path(folder))
        print(json.dumps([run.encode, run.load, run.memory]))
        return
    for row in rows(options.rounds, options.megabytes):
        print(f"{row.job:34} {row.ours:>14} {row.peer:>14}   {row.ratio:20} {row.goal}")


if __name__ == "__main__":
    main()
