"""The study side with 10,000 questions and 1,000,000 answers: the first question, the next one, home, replaying.

python benchmarks/study.py [--rounds N] [--answers N] [--questions N]

Whole processes, in turn with a bare one of their kind, so that a slow machine slows both.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import pty
import random
import re
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bank import write_bank

from quizbook.bank.library import load_bank
from quizbook.study.events import Attempt
from quizbook.study.schedule import schedule
from quizbook.study.standing import standing
from quizbook.study.store import open_log

QUIZBOOK = str(Path(sys.executable).with_name("quizbook"))
ANSI = re.compile(rb"\x1b(?:\[[0-9;?<>=$]*[ -/]*[@-~]|[PX^_].*?\x1b\\|\][^\x07]*(?:\x07|\x1b\\)|.)", re.DOTALL)
BARE = """
from textual.app import App
from textual.widgets import Static

class Bare(App):
    def compose(self):
        yield Static("ready to go")

Bare().run()
"""
SKIP = "\x1bOR"  # F3
PATIENCE = 60.0  # seconds


class Terminal:
    """A process on a terminal of its own, 24 x 80; `until` waits for a text on it."""

    def __init__(self, command: list[str], env: dict[str, str]) -> None:
        self.began = time.perf_counter()
        self.pid, self.file = pty.fork()
        if not self.pid:
            os.execve(command[0], command, env)
        fcntl.ioctl(self.file, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.seen = b""

    def until(self, pattern: str) -> float:
        """Seconds from the start, or from the last key, to a text that was not there before."""
        wanted, deadline = re.compile(pattern.encode()), time.perf_counter() + PATIENCE
        while not wanted.search(ANSI.sub(b"", self.seen)):
            left = deadline - time.perf_counter()
            if left <= 0 or not select.select([self.file], [], [], left)[0]:
                sys.exit(f"{pattern!r} did not come; the terminal had: {ANSI.sub(b'', self.seen)[-2000:]!r}")
            try:
                self.seen += os.read(self.file, 65536)
            except OSError:
                sys.exit(f"it ended before {pattern!r} came: {ANSI.sub(b'', self.seen)[-2000:]!r}")
        return time.perf_counter() - self.began

    def press(self, keys: str) -> None:
        """The clock starts anew; what was on the screen counts no more."""
        time.sleep(0.3)  # what is still being drawn
        while select.select([self.file], [], [], 0)[0]:
            os.read(self.file, 65536)
        self.seen, self.began = b"", time.perf_counter()
        os.write(self.file, keys.encode())

    def end(self) -> None:
        """Kill it, as a window that is closed does."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.file)


@contextmanager
def terminal(command: list[str], env: dict[str, str]) -> Iterator[Terminal]:
    made = Terminal(command, env)
    try:
        yield made
    finally:
        made.end()


def until_prompt(words: list[str], env: dict[str, str]) -> float:
    start = time.perf_counter()
    with subprocess.Popen([QUIZBOOK, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env) as process:
        assert process.stdout is not None
        seen = b""
        while not seen.endswith(b"> "):
            chunk = os.read(process.stdout.fileno(), 65536)
            if not chunk:
                sys.exit(f"{words} ended without a prompt: {seen.decode()}")
            seen += chunk
        taken = time.perf_counter() - start
        process.kill()
    return taken


def bare_python(env: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], env=env, check=True)
    return time.perf_counter() - start


def first_of(command: list[str], env: dict[str, str], pattern: str) -> float:
    with terminal(command, env) as screen:
        return screen.until(pattern)


def next_question(env: dict[str, str], presses: int) -> list[float]:
    """Seconds from the key that leaves one question (F3, which skips it) to the next on the screen."""
    taken: list[float] = []
    with terminal([QUIZBOOK, "quiz", "--chapter", "3"], env) as screen:
        screen.until(r"\b1 of \d")
        for number in range(2, presses + 2):
            screen.press(SKIP)
            taken.append(screen.until(rf"\b{number} of \d"))
    return taken


def answers_on(ids: list[str], count: int, device: str, days: int) -> Iterator[Attempt]:
    dice, now = random.Random(1), datetime.now(UTC)
    for number in range(count):
        yield Attempt(
            at=now - timedelta(days=days * (1 - number / count)), utc_offset=60, device=device, item=dice.choice(ids),
            text_hash="0123456789abcdef", key_hash="fedcba9876543210", response="b", parts={"b": True},
            score=float(dice.random() < 0.85), seed=dice.randrange(2**31), mode="review",
            confidence=dice.choice(["guess", "fair", "sure", None]), hints=0, seconds=round(dice.uniform(3, 40), 1),
            version="0.1.0",
        )  # fmt: skip


def fill(home: Path, ids: list[str], count: int) -> None:
    """A store of ten years with so many answers."""
    batch: list[Attempt] = []
    with open_log(home) as log:
        for attempt in answers_on(ids, count, log.device, 3650):
            batch.append(attempt)
            if len(batch) == 100_000:
                log.append(*batch)
                batch.clear()
        log.append(*batch)


def replaying(ids: list[str], count: int = 100_000) -> tuple[float, float]:
    """Seconds to replay so many reviews, and those of the package fsrs alone for as many."""
    from fsrs import Card, Rating, Scheduler

    attempts = list(answers_on(ids[:3000], count, "d", 900))
    start = time.perf_counter()
    schedule(attempts, {})
    ours = time.perf_counter() - start
    scheduler = Scheduler(learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    cards: dict[str, Card] = {}
    start = time.perf_counter()
    for attempt in attempts:
        card = cards.get(attempt.item) or Card(card_id=1)
        rating = Rating.Good if attempt.score else Rating.Again
        cards[attempt.item], _ = scheduler.review_card(card, rating, attempt.at)
    return ours, time.perf_counter() - start


def told(what: str, seconds: list[float], goal: str) -> None:
    print(f"{what:66}{statistics.median(seconds):8.3f} s{max(seconds):8.3f} s   {goal}".rstrip(), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--answers", type=int, default=1_000_000)
    parser.add_argument("--questions", type=int, default=10_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home, bank = Path(folder, "home"), Path(folder, "bank")
        write_bank(bank, given.questions, 100)
        env = {**os.environ, "QUIZBOOK_HOME": str(home), "QUIZBOOK_BANK": str(bank), "TERM": "xterm-256color"}
        os.environ |= {"QUIZBOOK_HOME": str(home), "QUIZBOOK_BANK": str(bank)}
        loaded = load_bank()
        fill(home, [question.id for question in loaded.questions], given.answers)
        print(f"{len(loaded.questions)} questions, {given.answers} answers{'median':>45}{'worst':>10}   goal")
        replays = [replaying([question.id for question in loaded.questions]) for _ in range(3)]
        told("replaying 100,000 reviews", [ours for ours, _ in replays], "2 s")
        told("  the package fsrs alone", [bare for _, bare in replays], "")
        start = time.perf_counter()
        with open_log(home) as log:
            standing(log, loaded.kind_of, home / "cache", rebuild=True)
        told("where one stands, all computed anew", [time.perf_counter() - start], "")
        jobs: dict[str, tuple[Callable[[], float], str]] = {
            "python -c pass": (lambda: bare_python(env), ""),
            "first question, plain, of all": (lambda: until_prompt(["quiz", "--plain"], env), "0.15 s"),
            "first question, plain, of a chapter": (
                lambda: until_prompt(["quiz", "--plain", "--chapter", "3"], env),
                "0.15 s",
            ),
            "first question, plain, of the review": (lambda: until_prompt(["review", "--plain"], env), ""),
            "bare Textual on a terminal": (lambda: first_of([sys.executable, "-c", BARE], env, "ready to go"), ""),
            "first question, full screen": (
                lambda: first_of([QUIZBOOK, "quiz", "--chapter", "3"], env, r"\b1 of \d"),
                "0.9 s",
            ),
            "home, first frame": (lambda: first_of([QUIZBOOK], env, "quizbook"), "0.9 s"),
            "home, with its figures": (
                lambda: first_of([QUIZBOOK], env, r"\d+ (?:questions? )?(?:are |is )?due"),
                "0.5 s more",
            ),
        }
        seconds: dict[str, list[float]] = {name: [] for name in jobs}
        for number in range(given.rounds + 1):
            for name, (job, _) in jobs.items():
                taken = job()
                if number:
                    seconds[name].append(taken)
        for name, (_, goal) in jobs.items():
            told(name, seconds[name], goal)
        told("key to the next question, full screen", next_question(env, 10), "0.1 s")


if __name__ == "__main__":
    main()
