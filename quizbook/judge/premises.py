"""Where the judge works: its private folder, and the key under which its warm processes may be shared.

Imported by the client of every check, so nothing heavy is.
"""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

from quizbook import places

CODE_OF_THE_JUDGE = ("quizbook", "quizbook/judge", "quizbook/judge/wall", "quizbook/bank", "reference")


def private_folder(*names: str) -> Path:
    """A folder in the home that only its owner may enter, made if needed; a temporary one if the home is read-only."""
    for root in (places.home(), Path(f"/tmp/quizbook-{_user()}")):
        try:
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            folders = [root.joinpath(*names[: n + 1]) for n in range(len(names))]
            if _is_ours(root) and all(_is_private(folder) for folder in folders) and os.access(folders[-1], os.W_OK):
                return folders[-1]
        except OSError:
            continue
    raise OSError(f"{places.home()} cannot be written, and neither can a temporary folder")


def _is_ours(folder: Path) -> bool:
    """Whether nobody else can have put it there, or can put something in the place of what is in it."""
    status = folder.lstat() if folder.parent == Path("/tmp") else folder.stat()  # a home may be a link, that one not
    ours = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    return stat.S_ISDIR(status.st_mode) and ours and not status.st_mode & 0o022


def _is_private(folder: Path) -> bool:
    """Whether only its owner may enter it, after it was made so."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if not _is_ours(folder) or folder.is_symlink():
        return False
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)
    return True


def scratch_folder() -> Path:
    """A new folder for this process's work; its name says whose it is, so that it can be removed when that one died."""
    import tempfile

    return Path(tempfile.mkdtemp(dir=private_folder("scratch"), prefix=f"{os.getpid()}-"))


def sweep_scratch(pid: int | None = None) -> None:
    """Removes what the process `pid` left, or, without one, what all processes left that are no more."""
    import shutil

    for folder in private_folder("scratch").glob("*-*" if pid is None else f"{pid}-*"):
        owner = folder.name.partition("-")[0]
        if pid is not None or not Path("/proc", owner).exists():
            shutil.rmtree(folder, ignore_errors=True)


def key() -> str:
    """What a warm process may be shared by: the same installation, exercises and code (its folder is the user's own).

    The code is known by sizes and times of its files, so an edit or an upgrade starts a new one. Two numbers: the
    first names the installation, the second its state.
    """
    state = 0
    for name in CODE_OF_THE_JUDGE:
        with os.scandir(places.CHECKOUT / name) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    status = entry.stat()
                    state += hash_of(f"{name}/{entry.name}") * (status.st_size + 1) + status.st_mtime_ns
    exercises = os.environ.get("QUIZBOOK_EXERCISES", "")
    place = hash_of(f"{sys.prefix} {places.CHECKOUT} {sys.version} {exercises}")
    return f"{place:08x}-{state % 2**64:016x}"


def hash_of(text: str) -> int:
    """CRC-32: enough to tell installations apart, and a tenth of the import time of hashlib."""
    import zlib

    return zlib.crc32(text.encode())


def _user() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0
