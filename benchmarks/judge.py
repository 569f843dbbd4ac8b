"""A warm `quizbook check 3.1` against a cold pytest of the same check, and what the wall costs over a plain fork.

    python benchmarks/judge.py [--rounds N] [--worst N]

The cold pytest runs the same check.py on the same solution in one process without any wall, as a course's autograder
would: it imports torch, loads the probe and the submission itself.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pairs import in_turn, table

REPOSITORY = Path(__file__).resolve().parent.parent
EXERCISE = REPOSITORY / "exercises" / "ch03" / "ex1_weight_transfer"
CONFTEST = """
import importlib.util, random, sys
import pytest

def load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

class Submission:
    def __init__(self):
        self.module, self.probe = load("submission", "{solution}"), load("probe", "{probe}")
    def call(self, name, /, **inputs):
        return getattr(self.probe, name)(self.module, **inputs)

submission = pytest.fixture(scope="module")(lambda: Submission())
run_seed = pytest.fixture(scope="module")(lambda: random.getrandbits(31))
seed = pytest.fixture(lambda: random.getrandbits(31))

def pytest_configure(config):
    config.addinivalue_line("markers", "points(n): ...")
    config.addinivalue_line("markers", "needs(name): ...")
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--worst", type=int, default=0, help="as well: the worst of so many warm checks in a row")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        env["QUIZBOOK_HOME"] = str(Path(folder, "home"))
        quizbook = str(Path(sys.executable).with_name("quizbook"))
        check = [quizbook, "check", "3.1", str(EXERCISE / "solution.py")]
        cold = cold_pytest(Path(folder))

        def run(command: list[str]) -> None:
            subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def first_of_the_day() -> None:
            run([quizbook, "doctor", "--stop"])
            run(check)

        try:
            run(check)
            jobs = {"cold pytest of the same check": lambda: run(cold), "warm quizbook check 3.1": lambda: run(check)}
            print(table(in_turn(jobs, options.rounds), "cold pytest of the same check"))
            print()
            jobs = {"cold pytest of the same check": lambda: run(cold), "first check of the day": first_of_the_day}
            print(table(in_turn(jobs, max(options.rounds // 3, 1)), "cold pytest of the same check"))
            if options.worst:
                times = sorted(timed(lambda: run(check)) for _ in range(options.worst))
                print(f"\n{options.worst} warm checks: median {times[len(times) // 2]:.3f} s, worst {times[-1]:.3f} s")
            print()
            print(fork_costs(env))
        finally:
            run([quizbook, "doctor", "--stop"])


def cold_pytest(folder: Path) -> list[str]:
    """The command that runs check.py with plain pytest; its conftest stands in for the judge's fixtures."""
    place = folder / "cold"
    place.mkdir()
    text = CONFTEST.replace("{solution}", str(EXERCISE / "solution.py")).replace("{probe}", str(EXERCISE / "probe.py"))
    (place / "conftest.py").write_text(text)
    (place / "check.py").write_text((EXERCISE / "check.py").read_text())
    return [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", str(place), str(place / "check.py")]


def fork_costs(env: dict[str, str]) -> str:
    """A table of a confined child that does nothing over a plain fork, both from a process that has torch imported."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("forks.py"))], env=env, check=True, capture_output=True, text=True
    )
    return done.stdout.rstrip()


def timed(job: object) -> float:
    assert callable(job)
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
