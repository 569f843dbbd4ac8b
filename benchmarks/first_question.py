"""Time to the first question in plain lines, a whole process until its prompt, against a bare `python -c pass`.

    python benchmarks/first_question.py [--rounds N]

With our own bank, and with 10,000 made-up questions in 100 files beside it. The goal is 0.15 s for all of them. The
files rest for some seconds before, as files do: one that was written a moment ago is not taken from the index.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bank import write_bank
from pairs import in_turn, table

QUIZ = [str(Path(sys.executable).with_name("quizbook")), "quiz", "--plain"]
REST = 2.5  # seconds


def until_prompt(command: list[str], env: dict[str, str]) -> None:
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env) as process:
        assert process.stdout is not None
        seen = b""
        while b"> " not in seen:
            chunk = os.read(process.stdout.fileno(), 4096)
            if not chunk:
                sys.exit(f"the quiz ended without a prompt: {seen.decode()}")
            seen += chunk
        process.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        write_bank(Path(folder, "bank"), 10_000, 100)
        time.sleep(REST)
        own = {k: v for k, v in os.environ.items() if k not in ("PYTHONDONTWRITEBYTECODE", "QUIZBOOK_BANK")}
        own |= {"QUIZBOOK_HOME": str(Path(folder, "home"))}
        large = own | {"QUIZBOOK_BANK": str(Path(folder, "bank"))}
        until_prompt(QUIZ, large)  # so that nothing is read for the first time
        jobs = {
            "python -c pass": lambda: subprocess.run([sys.executable, "-c", "pass"], env=own, check=True),
            "quiz --plain --chapter 3": lambda: until_prompt([*QUIZ, "--chapter", "3"], own),
            "quiz --plain, 10,000 more": lambda: until_prompt(QUIZ, large),
            "quiz --plain --chapter 3, 10,000 more": lambda: until_prompt([*QUIZ, "--chapter", "3"], large),
            "quiz --plain --count 10, 10,000 more": lambda: until_prompt([*QUIZ, "--count", "10"], large),
        }
        print(table(in_turn(jobs, rounds), "python -c pass"))


if __name__ == "__main__":
    main()
