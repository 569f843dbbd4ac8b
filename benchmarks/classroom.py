"""A class graded by `quizbook grade` against one cold pytest a submission, and the time from a save to its verdict.

    python benchmarks/classroom.py [--rounds N] [--many N]

A class of 20 is graded from cold, with reports and a text for each learner; the peer is what a course does without
anything: a cold pytest for each file, two at a time. Then a class of --many shows whether time and memory stay in
proportion.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from judge import EXERCISE, cold_pytest

CLASS = 20
QUIZBOOK = str(Path(sys.executable).with_name("quizbook"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--many", type=int, default=1000, help="submissions of the large class; 0 leaves it out")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        env = {**os.environ, "QUIZBOOK_HOME": str(folder / "home")}
        try:
            small_class(folder, env, options.rounds)
            if options.many:
                large_class(folder, env, options.many)
            saves(folder, env, 10 * options.rounds)
        finally:
            stop(env)


def small_class(folder: Path, env: dict[str, str], rounds: int) -> None:
    submissions = class_of(CLASS, folder / "small")
    command = cold_pytest(folder)
    ours, theirs = [], []
    for number in range(rounds):
        stop(env)
        seconds, _ = graded(submissions, folder / f"grades{number}.csv", env)
        ours.append(seconds)
        start = time.perf_counter()
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: subprocess.run(command, capture_output=True, check=False), range(CLASS)))
        theirs.append(time.perf_counter() - start)
    ratio = statistics.median(b / a for a, b in zip(ours, theirs, strict=True))
    line(f"{CLASS} submissions, cold start included", statistics.median(ours), "goal: 4 s")
    line(f"{CLASS} cold pytests, two at a time", statistics.median(theirs), f"{ratio:.1f} times ours")


def large_class(folder: Path, env: dict[str, str], many: int) -> None:
    small, small_memory = graded(class_of(CLASS, folder / "again"), folder / "again.csv", env)
    large, large_memory = graded(class_of(many, folder / "large"), folder / "large.csv", env)
    line(f"{CLASS} submissions, warm", small, f"{small_memory:.0f} MB")
    goal = f"{large / small:.1f} times the time for {many / CLASS:.0f} times as many (goal: {1.1 * many / CLASS:.0f})"
    line(f"{many} submissions, warm", large, f"{large_memory:.0f} MB; {goal}")


def line(what: str, seconds: float, note: str) -> None:
    print(f"{what:40} {seconds:7.2f} s   {note}", flush=True)


def saves(folder: Path, env: dict[str, str], times: int) -> None:
    """Seconds from writing the file to the verdict on the output of `quizbook watch`."""
    work = folder / "work"
    work.mkdir()
    file = work / "ch03_ex1_weight_transfer.py"
    solution = (EXERCISE / "solution.py").read_text()
    file.write_text(solution)
    taken = []
    with watching(work, env) as said:
        wait_for(said, "Passed")
        for number in range(times):
            time.sleep(0.3)
            start = time.perf_counter()
            file.write_text(f"{solution}\n# save {number}\n")
            wait_for(said, "Passed")
            taken.append(time.perf_counter() - start)
    taken.sort()
    line("watch, save to verdict", taken[len(taken) // 2], f"worst of {times}: {taken[-1]:.2f} s (goal: 0.2 s)")


@contextmanager
def watching(folder: Path, env: dict[str, str]) -> Iterator[Iterator[str]]:
    command = [QUIZBOOK, "watch", "3.1"]
    process = subprocess.Popen(
        command, cwd=folder, env=env, text=True, bufsize=1, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield iter(process.stdout.readline, "")
    finally:
        process.kill()
        process.wait()


def wait_for(lines: Iterator[str], word: str) -> None:
    for line in lines:
        if word in line:
            return
    raise OSError("quizbook watch ended")


def class_of(size: int, folder: Path) -> Path:
    """A folder of submissions: our solution and its mistakes in turn, each with a line of its own."""
    sources = [EXERCISE / "solution.py", *sorted((EXERCISE / "mistakes").glob("*.py"))]
    folder.mkdir()
    for number in range(size):
        text = sources[number % len(sources)].read_text()
        (folder / f"learner {number:04}.py").write_text(f"{text}\n# handed in by learner {number}\n")
    return folder


def graded(submissions: Path, out: Path, env: dict[str, str]) -> tuple[float, float]:
    """Seconds, and the peak of memory of the grading command in MB."""
    command = [
        QUIZBOOK,
        "grade",
        str(submissions),
        "--exercise",
        "3.1",
        "--out",
        str(out),
        "--feedback",
        f"{out}.texts",
    ]
    start = time.perf_counter()
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise OSError(f"quizbook grade ended with {process.returncode}")
    return time.perf_counter() - start, usage.ru_maxrss * 1024 / 1e6


def stop(env: dict[str, str]) -> None:
    subprocess.run([QUIZBOOK, "doctor", "--stop"], env=env, check=True, capture_output=True)


if __name__ == "__main__":
    main()
