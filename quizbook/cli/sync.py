"""`quizbook sync`: what was done on several machines comes together, through a folder that they share."""

from __future__ import annotations

import json as json_
import sys
from pathlib import Path

from quizbook import places
from quizbook.grading.wording import counted
from quizbook.study.store import open_log
from quizbook.study.sync import sync as sync_through


def sync(*, folder: str, json: bool) -> int:
    """Take in what is new in the folder and put there what it lacks.

    Returns 0 when both are the same now, 1 when files had to be left for later. QuizbookError: the folder or the log
    cannot be read or written.
    """
    with open_log(places.home()) as log:
        done = sync_through(log, Path(folder).expanduser(), _say if sys.stderr.isatty() else lambda _: None)
    for sentence in done.left:
        _say(sentence)
    if json:
        print(json_.dumps({"came": done.came, "went": done.went, "left": list(done.left)}))
    else:
        print(f"{counted(done.came, 'event')} came, {done.went} went.")
    return 1 if done.waiting else 0


def _say(text: str) -> None:
    print(f"quizbook: {text}", file=sys.stderr, flush=True)
