"""The checksum of a file, read block by block, however large it is."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import IO

BLOCK = 1 << 18  # bytes


def checksum(file: Path | IO[bytes], algorithm: str = "sha256") -> str:
    """The checksum of a file, or of what is left of an open one, in hexadecimal.

    algorithm: a name that hashlib knows. Raises OSError where the file cannot be read.
    """
    if isinstance(file, Path):
        with file.open("rb") as opened:
            return checksum(opened, algorithm)
    total = hashlib.new(algorithm, usedforsecurity=False)
    while block := file.read(BLOCK):
        total.update(block)
    return total.hexdigest()
