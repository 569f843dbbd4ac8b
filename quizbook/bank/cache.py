"""Checked bank files, kept as lines of JSON under the hash of their content: only what changed is parsed again.

The hash covers this package's own code too, so that a rule that changed makes every entry stale. Nothing here is
needed: a cache that cannot be read or written is as good as an empty one.
"""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from quizbook import places
from quizbook.blake2 import blake2b
from quizbook.writing import write_whole

FORMAT = 2  # of the entries
MOST_ENTRIES = 1000
_CODE = Path(__file__).parent


def key_of(content: bytes) -> str:
    """The name under which what was read from a file with this content is kept."""
    return blake2b(content, digest_size=16, key=_version()).hexdigest()


def load(key: str) -> list[bytes] | None:
    """The lines of the entry of that name; None if there is none, or none that was written whole."""
    try:
        checksum, _, text = _path(key).read_bytes().partition(b"\n")
    except OSError:
        return None
    return text.split(b"\n") if checksum == _checksum(text) else None


def store(key: str, values: Iterable[Any]) -> None:
    """Keep an entry, each value on a line; where that is impossible (no space, a read-only home), do nothing."""
    text = "\n".join(json.dumps(value, ensure_ascii=False, separators=(",", ":")) for value in values)
    path = _path(key)
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        _thin_out(path.parent)
        encoded = text.encode("utf-8", "surrogatepass")  # as json.loads reads it back
        write_whole(path, _checksum(encoded) + b"\n" + encoded)


def _path(key: str) -> Path:
    return places.cache() / "bank" / f"{key}.json"


def _checksum(text: bytes) -> bytes:
    return blake2b(text, digest_size=16).hexdigest().encode()


@functools.cache
def _version() -> bytes:
    """A hash of everything that decides what an entry holds: the format and the code of the package `bank`."""
    code = blake2b(str(FORMAT).encode(), digest_size=32)
    for source in sorted([*_CODE.glob("*.py"), *_CODE.glob("rules/*.py")]):
        code.update(source.read_bytes())
    return code.digest()


def _thin_out(folder: Path) -> None:
    """Forget the oldest entries when there are many more than any bank has files."""
    entries = list(folder.glob("*.json"))
    if len(entries) <= MOST_ENTRIES:
        return
    entries.sort(key=lambda entry: entry.stat().st_mtime)
    for entry in entries[: MOST_ENTRIES // 4]:
        entry.unlink(missing_ok=True)
