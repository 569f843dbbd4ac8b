"""Right solutions that are written in odd ways (tests/honest): the wall and the checkers never hurt them."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from warm_judge import REPO

CORPUS = sorted(path for path in (REPO / "tests" / "honest").iterdir() if path.suffix in (".py", ".ipynb"))
FIRST_LINE = re.compile(r"right for (\S+): .+")
SEEDS = 20


def exercise_of(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    first = json.loads(text)["cells"][0]["source"][0] if path.suffix == ".ipynb" else text.partition("\n")[0]
    found = FIRST_LINE.fullmatch(first.removeprefix("# "))
    assert found, f"{path.name} does not say what it is right for"
    return found[1]


def test_the_corpus_is_as_large_as_it_has_to_be() -> None:
    assert len(CORPUS) >= 30
    assert len({exercise_of(path) for path in CORPUS}) >= 10


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_it_passes(judge, hand_in, path):
    told = judge.check(hand_in(path.read_text(encoding="utf-8"), path.name), exercise_of(path))
    assert told.exit_code == 0, told.text


@pytest.mark.slow
@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_it_passes_under_every_seed(judge, hand_in, path):
    file, id = hand_in(path.read_text(encoding="utf-8"), path.name), exercise_of(path)
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(lambda seed: judge.check(file, id, seed=seed), range(1, SEEDS + 1)))
    assert [one.text for one in told if one.exit_code != 0] == []
