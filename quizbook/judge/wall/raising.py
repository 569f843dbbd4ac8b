"""Raises the wall around this process, and tries beforehand which of its layers this machine can raise."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from quizbook.judge.wall.enclosure import LAYERS, Enclosure, Layer, Limits


def raise_wall(enclosure: Enclosure, layers: tuple[Layer, ...]) -> None:
    """Confines this process for good by the named layers, from the outermost in; an exception where one fails."""
    # every module first: once the wall stands, this package can no longer be read
    from quizbook.judge.wall.files import confine_files
    from quizbook.judge.wall.limits import set_limits
    from quizbook.judge.wall.namespaces import enter_own_namespaces
    from quizbook.judge.wall.syscalls import refuse_syscalls

    raisers: dict[Layer, Callable[[], None]] = {
        "limits": lambda: set_limits(enclosure.limits),
        "withheld": lambda: enter_own_namespaces(enclosure.scratch, enclosure.limits.scratch_mb, enclosure.hidden),
        "files": lambda: confine_files(enclosure),
        "syscalls": lambda: refuse_syscalls(own_mounts="withheld" in layers),
    }
    for layer, raise_layer in raisers.items():
        if layer in layers:
            raise_layer()


def try_layers(folder: Path) -> tuple[Layer, ...]:
    """The layers that do not hold here, tried for real in children of this process; `folder` is for scratch.

    All at once first, which is the usual good case; one by one only where that fails.
    """
    if _holds(folder, LAYERS):
        return ()
    return tuple(layer for layer in LAYERS if not _holds(folder, (layer,)))


def _holds(folder: Path, layers: tuple[Layer, ...]) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    place = Path(tempfile.mkdtemp(dir=folder, prefix=f"{os.getpid()}-trial-"))
    try:
        (place / "scratch").mkdir()
        (place / "hidden").write_text("secret")
        (place / "outside").touch()
        pid = os.fork()
        if pid == 0:
            held = False
            with contextlib.suppress(BaseException):
                held = _try_in_child(place, layers)
            os._exit(0 if held else 1)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _try_in_child(place: Path, layers: tuple[Layer, ...]) -> bool:
    scratch, hidden = str(place / "scratch"), str(place / "hidden")
    limits = Limits(cpu_s=5, memory_mb=256, scratch_mb=1)
    raise_wall(Enclosure(readable=(hidden,), scratch=scratch, hidden=(hidden,), limits=limits), layers)
    attempts: dict[Layer, Callable[[], bool]] = {
        "files": lambda: _refused(lambda: Path("/etc").iterdir().__next__()) and _writes(scratch),
        "syscalls": lambda: _refused(os.fork) and _refused(socket.socket),
        "withheld": lambda: Path(hidden).read_text() == "" and _refused(lambda: (place / "outside").chmod(0o600)),
        "limits": lambda: resource.getrlimit(resource.RLIMIT_CORE) == (0, 0),
    }
    return all(attempts[layer]() for layer in layers)


def _refused(act: Callable[[], object]) -> bool:
    try:
        if act() == 0 and act is os.fork:
            os._exit(1)
    except OSError as error:
        return error.errno in (errno.EPERM, errno.EACCES, errno.EROFS)
    return False


def _writes(scratch: str) -> bool:
    Path(scratch, "note").write_text("here")
    return True
