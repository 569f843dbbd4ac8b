"""Whatever comes over the wall, a checker finds it right or wrong: it never breaks on it.

Each exercise's own solution is handed in with an ending that puts something else in one place of one answer.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from warm_judge import REPO

from quizbook.judge.exercise import read_exercise

SOLUTIONS = sorted((REPO / "exercises").glob("*/*/solution.py"))
QUICK, MORE = range(1), range(1, 8)  # seeds for each exercise
SLOW = {"ex6_gpt2_sizes"}  # needs TensorFlow, which takes seconds to load

ENDING = """

def _put_something_else(seed):
    import random, sys, time
    import torch

    dice = random.Random(seed)
    others = [
        lambda v: None,
        lambda v: True,
        lambda v: 7,
        lambda v: -1,
        lambda v: 10**30,
        lambda v: 0.5,
        lambda v: float("nan"),
        lambda v: float("inf"),
        lambda v: "",
        lambda v: "W_query",
        lambda v: "\\ud800\\n\\x1b[2J",
        lambda v: [],
        lambda v: {},
        lambda v: (),
        lambda v: [v],
        lambda v: {"a": v},
        lambda v: [v, v],
        lambda v: [[[[v]]]],
        lambda v: torch.zeros(0),
        lambda v: torch.tensor(3.0),
        lambda v: torch.tensor([float("nan")] * 2),
        lambda v: torch.zeros(3, 2, dtype=torch.complex64),
        lambda v: torch.zeros(2, 2, dtype=torch.bool),
        lambda v: torch.zeros([1] * 16),
        lambda v: torch.zeros(2**39, 0),
        lambda v: torch.full((3,), 2**62),
        lambda v: v.to(torch.bool) if torch.is_tensor(v) else v,
        lambda v: v.to(torch.int8) if torch.is_tensor(v) else v,
        lambda v: v.to(torch.float16) if torch.is_tensor(v) else v,
        lambda v: v[:0] if isinstance(v, list | tuple | str) else v,
        lambda v: v * 1e38 if torch.is_tensor(v) and v.is_floating_point() else v,
        lambda v: v[None] if torch.is_tensor(v) else v,
        lambda v: {**v, "more": 1} if isinstance(v, dict) else v,
        lambda v: {} if isinstance(v, dict) else v,
        lambda v: [*v, *v] if isinstance(v, list) else v,
        lambda v: v[::-1] if isinstance(v, list | tuple | str) else v,
        lambda v: -v if isinstance(v, int | float) else v,
        lambda v: str(v),
    ]

    def places(value, path=()):
        yield path
        if isinstance(value, dict):
            for key in value:
                yield from places(value[key], (*path, key))
        elif isinstance(value, list | tuple):
            for number in range(min(len(value), 50)):
                yield from places(value[number], (*path, number))

    def changed(value, path, change):
        if not path:
            return change(value)
        made = dict(value) if isinstance(value, dict) else list(value)
        made[path[0]] = changed(value[path[0]], path[1:], change)
        return tuple(made) if isinstance(value, tuple) else made

    served = sys.modules["quizbook.judge.behind"].Served
    honest = served.call

    def call(self, name, inputs):
        value = honest(self, name, inputs)
        for _ in range(dice.choice([0, 1, 1, 1, 3])):
            found = list(places(value))
            depth = dice.choice([0, 1, 2, 3, 9])
            path = dice.choice(found)[:depth]
            value = changed(value, path, dice.choice(others))
        return value

    served.call = call


_put_something_else(SEED)
"""


def case(solution, seeds):
    slow = seeds is MORE or solution.parent.name in SLOW
    return pytest.param(
        solution, seeds, id=f"{solution.parent.name}-{len(seeds)}", marks=pytest.mark.slow if slow else ()
    )


CASES = [case(path, seeds) for path in SOLUTIONS for seeds in (QUICK, MORE)]


@pytest.mark.parametrize(("solution", "seeds"), CASES)
def test_no_answer_breaks_a_checker(judge, hand_in, solution, seeds):
    id = read_exercise(solution.parent).id
    files = [hand_in(solution.read_text() + ENDING.replace("SEED", str(seed))) for seed in seeds]
    with ThreadPoolExecutor(2) as pool:
        for seed, told in zip(seeds, pool.map(lambda file: judge.check(file, id), files), strict=True):
            assert told.exit_code in (0, 1, 2), (seed, told.messages)
