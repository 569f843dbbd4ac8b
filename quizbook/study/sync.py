"""Brings the logs of several machines together through a folder that they share, in whatever order they come by.

Every file of the folder is named after the device that wrote it and after its own content, and is never changed: two
devices cannot write the same file, unless it is the same to the last byte. That holds for copied logs, too, whose
devices have one name. `docs/data-format.md` describes the files.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from quizbook.errors import QuizbookError
from quizbook.grading.wording import counted, several
from quizbook.study.events import Event
from quizbook.study.store import Log
from quizbook.study.store.coverage import gaps, ranges_of
from quizbook.study.store.event_lines import NewerError, check_head, event_from, head_line
from quizbook.study.store.uniting import Segment

EVENTS_A_FILE = 20_000
LARGEST_FILE = 512 * 2**20  # bytes; what we write has some ten megabytes
_NAME = re.compile(r"quizbook-\w{1,64}-([0-9a-f]{32})\.jsonl")
_PART = re.compile(r"\.quizbook-\w+-[0-9a-f]+\.part")
_OLD_PART = 24 * 3600  # seconds after which nobody writes on it any more


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync came to.

    came, went: events. left: a sentence for each sort of file that was left alone. waiting: how many of these files
    may be read another time.
    """

    came: int
    went: int
    left: tuple[str, ...] = ()
    waiting: int = 0


@dataclass(slots=True)
class _Left:
    """Files that were left alone, by the reason."""

    foreign: list[str]
    partial: list[str]
    newer: list[str]
    broken: list[str]

    def sentences(self) -> tuple[str, ...]:
        """What to say of them."""
        said = (
            (self.foreign, "not of quizbook's making and left alone"),
            (self.partial, "not here as a whole yet, and left for the next time"),
            (self.newer, "written by a newer quizbook and left for later: update quizbook, then sync again"),
            (self.broken, "of quizbook's name but not of its making, and left alone"),
        )
        return tuple(
            f"{counted(len(names), 'file')} {'is' if len(names) == 1 else 'are'} {what}: {several(sorted(names))}"
            for names, what in said
            if names
        )


def sync(log: Log, folder: Path, progress: Callable[[str], None] = lambda _: None) -> Synced:
    """Take in the events of the folder that the log lacks, then write those that the folder lacks.

    Doing it again changes nothing. Files that a newer quizbook wrote, that are not whole or not ours, are left alone.
    progress: hears what is being done, where it takes long.
    QuizbookError: the folder is not there, cannot be read or written; what was taken in by then stays.
    """
    left = _Left([], [], [], [])
    there = _files(folder, log.device, left)
    known = log.segments()
    unread = [name for name, size in there.items() if name not in known or known[name].size != size]
    came = 0
    for number, name in enumerate(sorted(unread), 1):
        if len(unread) > 1:
            progress(f"reading file {number} of {len(unread)}")
        came += _take_in(log, folder / name, left)
    known = log.segments()
    covered = [
        span
        for name, size in there.items()
        if name in known and known[name].size == size
        for span in known[name].covers
    ]
    went = _give(log, folder, gaps(covered, log.end()), progress)
    return Synced(came, went, left.sentences(), waiting=len(left.partial) + len(left.newer))


def _files(folder: Path, device: str, left: _Left) -> dict[str, int]:
    """The names and sizes of the files of events in the folder; an old half file of our own is deleted."""
    found: dict[str, int] = {}
    try:
        for entry in os.scandir(folder):
            name = entry.name
            if _NAME.fullmatch(name) and entry.is_file():
                found[name] = entry.stat().st_size
            elif _PART.fullmatch(name) and device in name and time.time() - entry.stat().st_mtime > _OLD_PART:
                with suppress(OSError):
                    Path(entry.path).unlink()
            elif not name.startswith("."):  # hidden files belong to those who carry the folder around
                left.foreign.append("".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in name))
    except FileNotFoundError:
        raise QuizbookError(
            f"There is no folder {folder}. Is the disk in? If it is to begin now, make it first."
        ) from None
    except OSError as error:
        raise QuizbookError(f"The folder {folder} cannot be read ({error.strerror}).") from error
    return found


def _take_in(log: Log, file: Path, left: _Left) -> int:
    """Take in the events of one file, all or none; return how many were new."""
    try:
        if file.stat().st_size > LARGEST_FILE:
            left.broken.append(file.name)
            return 0
        content = file.read_bytes()
    except OSError as error:
        raise QuizbookError(f"{file} cannot be read ({error.strerror}).") from error
    if _digest(content) not in file.name:
        left.partial.append(file.name)
        return 0
    try:
        events = list(_events(content))
    except NewerError:
        left.newer.append(file.name)
        return 0
    except ValueError:
        left.broken.append(file.name)
        return 0
    return log.unite(events, Segment(file.name, len(content), ()))


def _events(content: bytes) -> Iterator[Event]:
    head, *lines = content.decode("ascii").removesuffix("\n").split("\n")
    check_head(head)
    yield from map(event_from, lines)


def _give(log: Log, folder: Path, missing: list[tuple[int, int]], progress: Callable[[str], None]) -> int:
    """Write what these places of the log hold into new files; return how many events these are."""
    went = 0
    for some in _portions(log.lines(missing)):
        if went:
            progress(f"{went} events written")
        content = "".join(f"{line}\n" for line in (head_line(), *(line for _, line in some))).encode("ascii")
        name = f"quizbook-{_in_a_name(log.device)}-{_digest(content)}.jsonl"
        try:
            _write(folder / name, content, _in_a_name(log.device))
        except OSError as error:
            raise QuizbookError(
                f"{folder} cannot be written ({error.strerror}). What came from there is stored here; your own answers "
                "are safe here, and go when the folder takes them."
            ) from error
        log.remember(Segment(name, len(content), tuple(ranges_of(seq for seq, _ in some))))
        went += len(some)
    return went


def _portions(lines: Iterator[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    """Places and lines, as many together as a file takes."""
    some: list[tuple[int, str]] = []
    size = 0
    for place, line in lines:
        some.append((place, line))
        size += len(line)
        if len(some) >= EVENTS_A_FILE or size >= LARGEST_FILE // 8:
            yield some
            some, size = [], 0
    if some:
        yield some


def _write(file: Path, content: bytes, device: str) -> None:
    """Write a file whole, under its name only when it is on the disk."""
    part = file.with_name(f".quizbook-{device}-{os.urandom(4).hex()}.part")
    try:
        with part.open("wb") as writing:
            writing.write(content)
            writing.flush()
            os.fsync(writing.fileno())
        part.replace(file)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def _in_a_name(device: str) -> str:
    return re.sub(r"\W", "", device, flags=re.ASCII)[:64] or "device"
