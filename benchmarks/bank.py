"""`quizbook bank lint` on made-up banks of 1,000 and 10,000 questions, and PyYAML's C loader alone on the same files.

    python benchmarks/bank.py [--rounds N]

Cold: nothing in the cache. Changed: one file was edited since. Warm: nothing was. Each run is a process of its own, as
somebody types it; the loader alone is the floor of any program that parses all of it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

QUIZBOOK = str(Path(sys.executable).with_name("quizbook"))
SIZES = ((1_000, 10), (10_000, 100))  # questions, files
GOALS = {1_000: {"cold": 0.8, "changed": 0.3, "warm": 0.3}, 10_000: {"cold": 3.0, "changed": 0.4, "warm": 0.4}}
MOST_MEMORY = 120  # MB
LOADER = "import sys, yaml\nfor p in sys.argv[1:]:\n    yaml.load(open(p, 'rb'), Loader=yaml.CSafeLoader)"
QUESTIONS = (
    """
  - id: made.f{file}.q{number}
    kind: multiple_choice
    section: "{chapter}.{part}"
    prompt: Which of these numbers is the one that question {number} of file {file} asks for?
    options:
      a: The number {number}, as in the prompt.
      b: The number {other}, as nowhere else.
      c: The number {third}, one more than that.
    answer: {letter}
    why:
      a: It stands in the prompt, next to the file's.
      b: It comes from another place altogether.
      c: It is made of the one above.
    explain: Question {number} of file {file} asks for a number, and one of three is meant.
""",
    """
  - id: made.f{file}.q{number}
    kind: matching
    section: "{chapter}.{part}"
    prompt: Match the names of question {number} in file {file}.
    left: {{1: first {number}, 2: second {other}, 3: third {third}}}
    right: {{a: number {third}, b: number {number}, c: number {other}}}
    answer: {{1: b, 2: c, 3: a}}
    explain: Each name of question {number} in file {file} has its number behind it.
""",
    """
  - id: made.f{file}.q{number}
    kind: short_answer
    section: "{chapter}.{part}"
    prompt: What is meant by item {number} of file {file}, and what is it for?
    answer: >-
      It is the item with that number. It is there to be counted, read and checked; nothing else is made of it.
    points:
      - point: Says that it is item {number}.
        words: [item, number, counted]
      - point: Says that it is there to be read.
        words: [read, reads, checked]
    explain: Item {number} of file {file} stands for a question of some length, as people write them.
""",
    """
  - id: made.f{file}.q{number}
    kind: numeric
    section: "{chapter}.{part}"
    prompt: How much is {number} plus {other} in file {file}?
    answer: {sum}
    explain: The sum of {number} and {other}, worked out for file {file}.
""",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    print(f"{'':38}{'median':>9}{'memory':>10}   goal")
    for questions, files in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder), questions, files, rounds)


def measure(folder: Path, questions: int, files: int, rounds: int) -> None:
    bank = folder / "bank"
    write_bank(bank, questions, files)
    paths = sorted(map(str, bank.iterdir()))
    lint = [QUIZBOOK, "bank", "lint", str(bank)]
    env = {**os.environ, "QUIZBOOK_HOME": str(folder / "home")}
    seconds: dict[str, list[float]] = {"loader": [], "cold": [], "changed": [], "warm": []}
    memory: dict[str, float] = {}
    for number in range(rounds):
        shutil.rmtree(folder / "home", ignore_errors=True)
        for name, command in (("loader", [sys.executable, "-c", LOADER, *paths]), ("cold", lint), ("warm", lint)):
            taken, most = timed(command, env)
            seconds[name].append(taken)
            memory[name] = max(memory.get(name, 0.0), most)
        with Path(paths[0]).open("a") as file:
            file.write(f"# edit {number}\n")
        taken, memory["changed"] = timed(lint, env)
        seconds["changed"].append(taken)
    for name, values in seconds.items():
        what = "the C loader alone" if name == "loader" else f"lint, {name}"
        goal = GOALS[questions].get(name)
        asked = f"{goal} s, {MOST_MEMORY} MB" if goal else ""
        title = f"{questions} questions in {files} files, {what}"
        print(f"{title:46}{median(values):7.2f} s{memory[name]:7.0f} MB   {asked}".rstrip(), flush=True)


def timed(command: list[str], env: dict[str, str]) -> tuple[float, float]:
    """Seconds, and the peak of memory in MB."""
    start = time.perf_counter()
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise OSError(f"{command[0]} ended with {process.returncode}")
    return time.perf_counter() - start, usage.ru_maxrss * 1024 / 1e6


def write_bank(folder: Path, questions: int, files: int) -> None:
    folder.mkdir()
    each = questions // files
    for file in range(files):
        chapter = file % 7 + 1
        text = f"chapter: {chapter}\ntitle: Made up, number {file}\nquestions:"
        for number in range(each):
            values = {"file": file, "number": number, "other": number * 7 + file, "third": number * 7 + file + 1,
                      "chapter": chapter, "part": number % 6 + 1, "letter": "abc"[number % 3],
                      "sum": number * 8 + file}  # fmt: skip
            text += QUESTIONS[number % len(QUESTIONS)].format(**values)
        (folder / f"made{file:03}.yaml").write_text(text)


if __name__ == "__main__":
    main()
