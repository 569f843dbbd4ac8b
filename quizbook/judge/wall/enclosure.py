"""What one confined process may see and use, and the layers that hold it there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Layer = Literal["files", "syscalls", "withheld", "limits"]
LAYERS: tuple[Layer, ...] = get_args(Layer)

# files: Landlock; reads and writes only where the enclosure says, no signals to anybody else.
# syscalls: seccomp; no new programs, no fork, no sockets, no tracing.
# withheld: a mount namespace of its own; all is read-only, hidden files are empty, scratch is a small memory disk.
# limits: rlimits on CPU time, memory, file size, open files.


@dataclass(frozen=True, slots=True)
class Limits:
    """What a submission may use up. wall_s counts only while the judge waits for the submission."""

    cpu_s: float = 10.0
    wall_s: float = 20.0
    memory_mb: int = 1024
    scratch_mb: int = 64


@dataclass(frozen=True, slots=True)
class Enclosure:
    """The world as one child sees it.

    readable: files and folders (with all below) that it may read. scratch: an existing empty folder, the only one that
    it may write in. hidden: files that must read as empty although a readable folder holds them.
    """

    readable: tuple[str, ...]
    scratch: str
    hidden: tuple[str, ...] = ()
    limits: Limits = Limits()


def wall_in_words(missing: tuple[Layer, ...]) -> str:
    """`full`, `reduced (missing: ...)` or `none`, as reports print it."""
    if not missing:
        return "full"
    return "none" if set(missing) == set(LAYERS) else f"reduced (missing: {', '.join(missing)})"
