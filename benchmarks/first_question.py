"""Time to the first question in plain lines, a whole process until its prompt, against a bare `python -c pass`.

python benchmarks/first_question.py [--rounds N]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from pairs import in_turn, table

QUIZ = [str(Path(sys.executable).with_name("quizbook")), "quiz", "--chapter", "3", "--plain"]


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
    with tempfile.TemporaryDirectory() as home:
        env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"} | {"QUIZBOOK_HOME": home}
        jobs = {
            "python -c pass": lambda: subprocess.run([sys.executable, "-c", "pass"], env=env, check=True),
            "quizbook quiz --plain, to the first question": lambda: until_prompt(QUIZ, env),
        }
        print(table(in_turn(jobs, rounds), "python -c pass"))


if __name__ == "__main__":
    main()
