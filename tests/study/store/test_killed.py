"""A quiz that is killed without warning, at any moment: what was confirmed on the screen is in the log."""

import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from quizbook.study.store import open_log
from quizbook.study.store.opening import FILE_NAME

ROOT = Path(__file__).parents[3]
KILLS = 200
QUIZ = "import sys; from quizbook.cli.main import main; sys.exit(main())"
FEEDBACK = re.compile(rb"^(?:Right|Not right)", re.MULTILINE)
PROMPT = re.compile(rb"^(?:one letter|letters)[^\n]* > ", re.MULTILINE)
WRITER = """
import sys, time
from pathlib import Path
from quizbook.study.events import Note, now
from quizbook.study.store import open_log
with open_log(Path(sys.argv[1])) as log:
    while True:
        at, offset = now()
        event = Note(kind="flag", at=at, utc_offset=offset, device=log.device, version="1", body={"note": "meanwhile"})
        log.append(event)
        print(event.id, flush=True)
        time.sleep(0.05)
"""


def bank_of(folder: Path) -> Path:
    """Forty questions with one letter for an answer."""
    questions = "".join(
        f"  - id: ch07.q.{number}\n    kind: multiple_choice\n    section: '7.{number}'\n    prompt: Pick {number}.\n"
        "    options: {a: one, b: two, c: three, d: four}\n    answer: b\n    explain: So it is.\n"
        for number in range(900, 940)
    )
    (folder / "ch07.yaml").write_text(f"chapter: 7\ntitle: T\nquestions:\n{questions}", encoding="utf-8")
    return folder / "ch07.yaml"


class Quiz:
    """A quiz in plain lines, driven through pipes, whose answers carry its seed."""

    def __init__(self, home: Path, bank: Path, seed: int) -> None:
        env = {**os.environ, "QUIZBOOK_HOME": str(home), "QUIZBOOK_BANK": str(bank), "PYTHONPATH": str(ROOT)}
        words = ["quiz", "--plain", "--chapter", "7", "--kind", "multiple_choice", "--seed", str(seed)]
        self._process = subprocess.Popen(
            [sys.executable, "-c", QUIZ, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env,
        )
        self._screen = b""

    def answer_until_killed(self, chance: random.Random) -> tuple[int, bytes]:
        """Answer one question after another and kill the program meanwhile; how many answers it had confirmed."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        answers, wait = chance.randrange(0, 12), chance.random() * 0.02
        if chance.random() < 0.1:  # before it asks anything
            time.sleep(chance.random() * 0.2)
        else:
            for number in range(answers + 1):
                while len(PROMPT.findall(self._screen)) <= number:
                    piece = os.read(process.stdout.fileno(), 65536)
                    if not piece:
                        return self._end()
                    self._screen += piece
                process.stdin.write(b"ab"[number % 2 : number % 2 + 1] + b"\n")
                process.stdin.flush()
            time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        return self._end()

    def _end(self) -> tuple[int, bytes]:
        rest, errors = self._process.communicate(timeout=60)
        return len(FEEDBACK.findall(self._screen + rest)), errors


@pytest.mark.slow
def test_killed_two_hundred_times_the_program_loses_no_confirmed_answer(tmp_path: Path) -> None:
    home, bank = tmp_path / "home", bank_of(tmp_path)
    chance = random.Random(20261124)
    written = tmp_path / "written"
    with written.open("w") as file:
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(home)], stdout=file, cwd=ROOT)
    confirmed: dict[int, int] = {}
    try:
        for seed in range(1, KILLS + 1):
            confirmed[seed], errors = Quiz(home, bank, seed).answer_until_killed(chance)
            assert errors == b"", (seed, errors.decode())
    finally:
        writer.send_signal(signal.SIGTERM)
        writer.wait(timeout=60)
    flags = written.read_text().split()
    with closing(sqlite3.connect(home / FILE_NAME)) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        stored = dict(raw.execute("SELECT seed, count(*) FROM event WHERE kind = 'attempt' GROUP BY seed"))
        meanwhile = {row[0] for row in raw.execute("SELECT id FROM event WHERE kind = 'flag'")}
    too_few = {seed: (count, stored.get(seed, 0)) for seed, count in confirmed.items() if stored.get(seed, 0) < count}
    assert too_few == {}
    assert all(stored.get(seed, 0) <= count + 1 for seed, count in confirmed.items()), "one may have been under way"
    assert sum(confirmed.values()) > 3 * KILLS, "the script did answer questions"
    assert sum(count == 0 for count in confirmed.values()) < KILLS / 2
    assert set(flags) <= meanwhile
    assert len(flags) > KILLS / 2
    with open_log(home) as log:
        assert sum(1 for _ in log.events()) >= sum(confirmed.values()) + len(flags)
