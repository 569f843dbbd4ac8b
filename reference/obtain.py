"""Brings data sets and weights into the data folder: downloads them, or takes a copy that is at hand.

Any web server that serves a data folder is a mirror for others, such as a class: `$QUIZBOOK_MIRROR` names its address.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TextIO

from reference.checksum import checksum
from reference.config import config_named
from reference.fetch import BLOCK, FetchError, fetch
from reference.sources import (
    HPARAMS,
    SIZES,
    SOON_READ,
    SOURCES,
    File,
    Source,
    amount,
    data_folder,
    fault_of,
    source_named,
    state_of,
)

Report = Callable[[str, int, int | None, float], None]
"""Told of every block that came: the file's name, bytes done, bytes in all or None, bytes per second."""

BROKEN_ARCHIVE = (zipfile.BadZipFile, zlib.error, KeyError, EOFError, NotImplementedError, RuntimeError)
"""What zipfile raises for archives that are cut, changed, encrypted or packed in an odd way."""


def get(name: str, *, mirror: str | None = None, report: Report | None = None) -> Path:
    """Download what is missing or damaged of a source, into the data folder; give the path as `sources.path_of` does.

    mirror: the address of a data folder that a web server serves; by default $QUIZBOOK_MIRROR, else the origin.
    Raises FetchError (an OSError) where a file cannot be had, ValueError for a name that is none.
    """
    source = source_named(name)
    path = data_folder() / source.place
    if state_of(source) != "here":
        fetch_files(source, path if source.kind == "weights" else path.parent, mirror=mirror, report=report)
    return path


def fetch_files(source: Source, folder: Path, *, mirror: str | None = None, report: Report | None = None) -> None:
    """Download a source's files into a folder of your choice, but for those that are there and whole.

    A file that is not needed, and that cannot be had, is left out. Arguments and errors as for `get`.
    """
    for file in source.files:
        target = folder / file.name
        if not target.exists() or fault_of(file, target):
            with contextlib.suppress(*() if file.needed else (FetchError,)):
                _fetch(source, file, target, mirror or os.environ.get("QUIZBOOK_MIRROR"), report)


def _fetch(source: Source, file: File, target: Path, mirror: str | None, report: Report | None) -> None:
    packed = file.member is not None and not mirror
    url = f"{mirror.rstrip('/')}/{source.path(file, Path()).as_posix()}" if mirror else file.url

    def progress(done: int, total: int | None, per_second: float) -> None:
        if report:
            report(file.name, done, total, per_second)

    try:
        if packed:
            archive = target.with_name(f"{target.name}.zip")
            fetch(url, archive, progress=progress)
            _unpack(archive, file, target)
        else:
            fetch(url, target, size=file.size, sha256=file.sha256, progress=progress)
    except FetchError as error:
        yours = f"a folder {Path(source.place).name}" if source.kind == "weights" else file.name
        raise FetchError(f"{error}; `quizbook data add FILE` takes {yours} that you have from elsewhere") from error


def _unpack(archive: Path, file: File, target: Path) -> None:
    """Take the member out of the archive, which is removed, even where it is not the right one."""
    try:
        with _bytes_of(archive, file.member) as stream:
            _put(stream, file, target)
    except (ValueError, *BROKEN_ARCHIVE) as error:
        raise FetchError(f"{file.url} does not hold {file.member} as it was ({error})") from error
    finally:
        archive.unlink()


def add(path: Path, *, report: Report | None = None) -> Source:
    """Copy a data set's file, a zip archive that holds it, or a folder of weights into the data folder; say what it is.

    Raises FileNotFoundError where there is nothing at the path; ValueError, with what would be taken, where it is
    nothing that is known; OSError where it cannot be read or written.
    """
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path}")
    folder = data_folder()
    if path.is_dir():
        source = _weights_in(path)
        for file in source.files:
            if (path / file.name).exists():
                with (path / file.name).open("rb") as stream:
                    _put(stream, file, source.path(file, folder), report)
        return source
    found = _data_set_in(path)
    if found is None:
        raise ValueError(_not_known(path))
    source, member = found
    with _bytes_of(path, member) as stream:
        _put(stream, source.files[0], source.path(source.files[0], folder), report)
    return source


def _data_set_in(path: Path) -> tuple[Source, str | None] | None:
    """The data set that a file is, or that a member of this name in a zip archive is."""
    if not path.is_file() or path.stat().st_size > SOON_READ:
        return None
    data_sets = {source.files[0].sha256: source for source in SOURCES if source.kind == "data"}
    if source := data_sets.get(checksum(path)):
        return source, None
    sizes = {source.files[0].size for source in data_sets.values()}
    with contextlib.suppress(*BROKEN_ARCHIVE), zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            if member.file_size in sizes:
                with archive.open(member) as stream:
                    if source := data_sets.get(checksum(stream)):
                        return source, member.filename
    return None


@contextlib.contextmanager
def _bytes_of(path: Path, member: str | None) -> Iterator[IO[bytes]]:
    """A file, or a member of a zip archive, open for reading."""
    if member is None:
        with path.open("rb") as file:
            yield file
    else:
        with zipfile.ZipFile(path) as archive, archive.open(member) as packed:
            yield packed


def _not_known(path: Path) -> str:
    """What would be taken, and what speaks against a file that has the right name."""
    for source in SOURCES:
        for file in source.files:
            if file.name == path.name and source.kind == "weights":
                return f"{path} is one of the files of GPT-2's weights; give the folder that holds them all"
            if file.name == path.name and (fault := fault_of(file, path)):
                return f"{path} {fault}; it is not {source.name} as it was, perhaps an editor changed its line ends"
    data_sets = ", ".join(source.files[0].name for source in SOURCES if source.kind == "data")
    needed = ", ".join(file.name for file in SOURCES[-1].files if file.needed)
    return (
        f"{path} is nothing that is known by its checksum; taken are {data_sets}, a zip archive that holds one of "
        f"them, or a folder with GPT-2's weights ({needed})"
    )


def _weights_in(folder: Path) -> Source:
    """The source whose files, or at least the needed ones, lie in a folder; what they are says hparams.json."""
    if not (folder / "hparams.json").is_file():
        raise ValueError(_not_known(folder))
    source = source_named(f"gpt2-{_size_of(folder / 'hparams.json')}")
    missing = [file.name for file in source.files if file.needed and not (folder / file.name).exists()]
    if missing:
        raise ValueError(f"{folder} looks like {source.name}, but it lacks {', '.join(missing)}")
    for file in source.files:
        if (folder / file.name).exists() and (fault := fault_of(file, folder / file.name)):
            raise ValueError(f"{folder} looks like {source.name}, but {folder / file.name} {fault}")
    return source


def _size_of(hparams: Path) -> str:
    """Which of GPT-2's sizes has these numbers."""
    try:
        numbers = json.loads(hparams.read_bytes())
        found = {ours: numbers[theirs] for theirs, ours in HPARAMS.items()}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"{hparams} is no hparams.json of OpenAI's: {error!r}") from error
    for size in SIZES:
        if all(config_named(size)[name] == number for name, number in found.items()):
            return size
    raise ValueError(f"{hparams} says {found}, which is none of GPT-2's sizes {', '.join(SIZES)}")


def _put(stream: IO[bytes], file: File, target: Path, report: Report | None = None) -> None:
    """Copy a stream to its place, where it appears as a whole or not at all."""
    fresh = target.with_name(f"{target.name}.{os.getpid()}.new")
    begun = time.monotonic()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with fresh.open("wb") as copy:
            while block := stream.read(BLOCK):
                copy.write(block)
                if report:
                    report(file.name, copy.tell(), file.size, copy.tell() / max(time.monotonic() - begun, 1e-6))
            copy.flush()
            os.fsync(copy.fileno())
        if fault := fault_of(file, fresh):
            raise ValueError(f"{file.name} {fault}")
        fresh.replace(target)
    except OSError as error:
        raise OSError(f"{target} could not be made ({error.strerror or error})") from error
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)


@contextlib.contextmanager
def progress_lines(stream: TextIO | None = None) -> Iterator[Report]:
    """A report that writes how far a file is: one line that changes on a terminal, elsewhere a line every 5 seconds.

    stream: by default stderr. The end of a file whose length is known is always told.
    """
    stream = stream or sys.stderr
    ends = "\r" if stream.isatty() else "\n"
    told = time.monotonic()

    def report(name: str, done: int, total: int | None, per_second: float) -> None:
        nonlocal told
        now = time.monotonic()
        if done == total or now - told > (0.1 if ends == "\r" else 5):
            told = now
            of = f" of {amount(total)} ({100 * done // max(total, 1)} %)" if total is not None else ""
            line = f"{name}: {amount(done)}{of}, {amount(round(per_second))}/s"
            print(line.ljust(78 if ends == "\r" else 0), end="\n" if done == total else ends, file=stream, flush=True)

    yield report
