"""Orders drawn from a seed: the same on every machine, in every version of Python, whatever else stands in the file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable


def drawn(keys: Iterable[str], seed: int, salt: str = "") -> tuple[str, ...]:
    """The keys in the order that this seed draws; a key's place depends on nothing but seed, salt and the keys.

    salt: what the order is drawn for (a question's id), so that one seed serves a whole session.
    """

    def lot(key: str) -> bytes:
        return hashlib.blake2b(f"{seed}\0{salt}\0{key}".encode(errors="replace"), digest_size=8).digest()

    return tuple(sorted(keys, key=lambda key: (lot(key), key)))


def fresh_seed() -> int:
    """A seed that nobody chose: 31 random bits."""
    return int.from_bytes(os.urandom(4), "big") >> 1
