"""A child that raises the whole wall and does nothing, over a plain fork; run by judge.py in a process of its own."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from pairs import in_turn, table

from quizbook.judge import launch
from quizbook.judge.runner import warm_up
from quizbook.judge.wall.enclosure import LAYERS, Enclosure
from quizbook.judge.wall.raising import raise_wall

ROUNDS = 40


def main() -> None:
    warm_up([])
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder, "scratch")
        scratch.mkdir()
        enclosure = Enclosure(launch.readable(), str(scratch))

        def plain() -> None:
            if (pid := os.fork()) == 0:
                os._exit(0)
            os.waitpid(pid, 0)

        def confined() -> None:
            if (pid := os.fork()) == 0:
                raise_wall(enclosure, LAYERS)
                os._exit(0)
            assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0

        print(table(in_turn({"plain fork": plain, "confined fork": confined}, ROUNDS), "plain fork"))


if __name__ == "__main__":
    main()
