"""What became of proofs: the outcome for each question id, kept between `bank prove` and `bank lint`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from quizbook import places
from quizbook.errors import QuizbookError
from quizbook.writing import write_whole


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one proof.

    hash: `Proof.hash` of what was run; with another hash the outcome says nothing about the question as it is now.
    problems: what `Proof.problems` said; none if the key is proven.
    """

    hash: str
    ok: bool
    problems: tuple[str, ...] = ()


def outcomes() -> dict[str, Outcome]:
    """Every outcome that is known, by question id; none where nothing was kept or the file is damaged."""
    try:
        read = json.loads(_path().read_bytes())
        return {
            str(id_): Outcome(str(hash_), bool(ok), tuple(map(str, problems)))
            for id_, (hash_, ok, problems) in read.items()
        }
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def keep(new: Mapping[str, Outcome]) -> None:
    """Add outcomes to those that are known, by question id.

    Raises QuizbookError where the cache cannot be written: a proof that leaves no trace would have to be run again.
    """
    every = outcomes() | dict(new)
    text = json.dumps({id_: [one.hash, one.ok, list(one.problems)] for id_, one in sorted(every.items())}, indent=0)
    path = _path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode())
    except OSError as error:
        raise QuizbookError(f"The outcomes of proofs cannot be kept in {path}: {error.strerror or error}.") from None


def _path() -> Path:
    return places.cache() / "proofs.json"
