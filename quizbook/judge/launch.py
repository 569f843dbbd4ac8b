"""How the judge starts a Python process that inherits nothing, and what children behind the wall may read."""

from __future__ import annotations

import functools
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import IO, Any

from quizbook import places

SYSTEM_READABLE = (
    "/usr/lib", "/usr/lib64", "/lib", "/lib64", "/etc/ld.so.cache", "/usr/share/zoneinfo", "/etc/localtime",
    "/dev/null", "/dev/zero", "/dev/urandom", "/dev/random",
    "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu",
)  # fmt: skip


def import_path() -> list[str]:
    """sys.path without the folder that somebody happens to stand in: nothing of theirs is ours to import."""
    library = [Path(sysconfig.get_path(name)).parent for name in ("stdlib", "platstdlib")]
    kept = [
        p
        for p in sys.path
        if Path(p).name in ("site-packages", "dist-packages") or any(Path(p).is_relative_to(place) for place in library)
    ]
    return list(dict.fromkeys([str(places.CHECKOUT), *kept]))


def start_python(
    code: str,
    *arguments: str,
    env: dict[str, str] | None = None,
    pass_fds: tuple[int, ...] = (),
    stdin: int | IO[Any] = subprocess.DEVNULL,
    stdout: int | IO[Any] = subprocess.DEVNULL,
    stderr: int | IO[Any] = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """A Python process of this installation that inherits nothing: no environment, no folder, no session, no path."""
    # A thread of torch's that waits for another spins for milliseconds by default. Where all processors are busy, as
    # when a class is graded, the other one gets none meanwhile, and all becomes several times as slow.
    patience = {"GOMP_SPINCOUNT": "1000"}
    bare = {"LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "2", "MPLBACKEND": "Agg", **patience}
    return subprocess.Popen(
        [sys.executable, "-I", "-c", f"import sys; sys.path[:] = {import_path()!r}; {code}", *arguments],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        pass_fds=pass_fds,
        env={**bare, **(env or {})},
        cwd="/",
        start_new_session=True,
    )


@functools.cache  # the same for every check of a warm judge
def readable() -> tuple[str, ...]:
    """What every child may read: the standard library, installed packages, system libraries and the reference."""
    wanted = [
        *SYSTEM_READABLE,
        *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
        *(p for p in import_path() if Path(p).name in ("site-packages", "dist-packages")),
        str(places.CHECKOUT / "reference"),
    ]
    return tuple(dict.fromkeys(p for p in wanted if Path(p).exists()))


def hidden(withheld: tuple[str, ...]) -> tuple[str, ...]:
    """The files of the withheld modules of the reference, sources and byte code."""
    folder = places.CHECKOUT / "reference"
    files = [
        path
        for module in withheld
        for path in (folder / f"{module}.py", *folder.glob(f"__pycache__/{module}.*.pyc"))
        if path.exists()
    ]
    return tuple(map(str, files))
