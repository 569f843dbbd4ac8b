"""Orders drawn from a seed: the same on every machine, in every version of Python, whatever else stands in the file."""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterable

from quizbook.blake2 import blake2b


def drawn(keys: Iterable[str], seed: int, salt: str = "", *, most: int | None = None) -> tuple[str, ...]:
    """The keys in the order that this seed draws; a key's place depends on nothing but seed, salt and the keys.

    salt: what the order is drawn for (a question's id), so that one seed serves a whole session.
    most: only so many, the first ones.
    """
    begun = blake2b(f"{seed}\0{salt}\0".encode(errors="replace"), digest_size=8)

    def lot(key: str) -> bytes:
        hashed = begun.copy()
        hashed.update(key.encode(errors="replace"))
        return hashed.digest()

    lots = ((lot(key), key) for key in keys)
    return tuple(key for _, key in (sorted(lots) if most is None else heapq.nsmallest(most, lots)))


def fresh_seed() -> int:
    """A seed that nobody chose: 31 random bits."""
    return int.from_bytes(os.urandom(4), "big") >> 1
