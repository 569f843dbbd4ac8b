"""Jobs in a second, for tests: a model of a few numbers, data made up here, and the command line in this process."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reference.jobs.main import main

ROOT = Path(__file__).parents[2]
SMALL = "--emb-dim 8 --n-heads 2 --n-layers 1 --context-length 16 --threads 1".split()
QUICK = [*SMALL, *"--batch-size 2 --eval-every 4 --eval-batches 1 --epochs 2".split()]
TEXT = " ".join(
    f"the {colour} {animal} sees a {other}." for colour in ("red", "old", "wet") for animal in ("cat", "dog", "owl")
    for other in ("fox", "bee", "elk", "ant")
)  # fmt: skip
# Python leaves Ctrl-C alone where its parent ignored it, as a shell does in background jobs.
START = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from reference.jobs.main import main; sys.exit(main())"
)


def write_text(folder: Path) -> Path:
    path = folder / "text.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def write_messages(folder: Path, count: int = 60) -> Path:
    """As many spam as ham, which a single word tells apart."""
    draw = random.Random(1)
    words = "see you at home for dinner call me later today ok then bye".split()
    lines = []
    for number in range(count):
        text = " ".join(draw.choices(words, k=5))
        lines.append(f"spam\tprize {text} prize" if number % 2 else f"ham\t{text}")
    path = folder / "messages.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_instructions(folder: Path, count: int = 20) -> Path:
    entries = [
        {
            "instruction": f"Say the number {number}.",
            "input": "" if number % 3 else "loud",
            "output": f"It is {number}.",
        }
        for number in range(count)
    ]
    path = folder / "instructions.json"
    path.write_text(json.dumps(entries), encoding="utf-8")
    return path


def done(*words: object, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Runs a job to its end, and gives its result."""
    capsys.readouterr()
    code = main([*map(str, words), "--json"])
    captured = capsys.readouterr()
    assert code == 0, captured.out + captured.err
    result: dict[str, Any] = json.loads(captured.out)
    return result


def refused(*words: object, capsys: pytest.CaptureFixture[str]) -> str:
    """Runs a job that cannot be done, and gives the one sentence that says so."""
    capsys.readouterr()
    code = main(list(map(str, words)))
    captured = capsys.readouterr()
    assert code == 2, captured.out + captured.err
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert len(lines) == 1, captured.err
    assert lines[0].startswith("reference: ")
    return lines[0].removeprefix("reference: ")


def started(*words: object, **options: Any) -> subprocess.Popen[str]:
    """A job in a process of its own."""
    settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "cwd": ROOT} | options
    return subprocess.Popen([sys.executable, "-c", START, *map(str, words)], **settings)


def environment(**changes: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **changes}
