"""One file from a URL onto the disk: taken up again where it broke off, and checked before it gets its name."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import shutil
import socket
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from reference.checksum import checksum

Progress = Callable[[int, int | None, float], None]
"""Told of every block that came: bytes done, bytes in all (None where the server does not say), bytes per second."""

BLOCK = 1 << 18  # bytes that are read at once
LONGEST_PAUSE = 30.0  # seconds
WORTH_ANOTHER_TRY = (408, 425, 429, 500, 502, 503, 504)


class FetchError(OSError):
    """A file could not be had; the message is one sentence that says why."""


class _Failure(Exception):
    """One connection came to nothing. again: whether another may do better. wait: seconds that the server asked for."""

    def __init__(self, message: str, *, again: bool = True, wait: float = 0.0) -> None:
        super().__init__(message)
        self.again = again
        self.wait = wait


@dataclass(frozen=True, slots=True)
class _Origin:
    """What a part is a part of. validator: the server's mark of this very version. md5: in hexadecimal."""

    url: str
    validator: str | None
    total: int | None
    md5: str | None

    @property
    def can_resume(self) -> bool:
        """Whether a change of the file on the server would be noticed."""
        return self.validator is not None or self.total is not None


def fetch(
    url: str,
    target: Path,
    *,
    size: int | None = None,
    sha256: str | None = None,
    progress: Progress | None = None,
    timeout: float = 30.0,
    attempts: int = 5,
    pause: float = 0.5,
) -> None:
    """Download a file. Until it is complete and checked it lies beside its place as `NAME.part`, and is taken up again.

    size, sha256: what the file must have, where that is known; without a SHA-256, the MD5 that the server may tell.
    progress: see Progress. timeout: seconds without a byte after which a connection counts as dropped.
    attempts: connections in a row that bring nothing new before it gives up. pause: seconds before the second one; it
    doubles from one to the next, up to 30 s.
    Raises FetchError (an OSError) where the file cannot be had, is another one, or cannot be written. ValueError for a
    URL that is not http or https.
    """
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"the URL is {url!r}; it begins with http:// or https://")
    part = target.with_name(f"{target.name}.part")
    with _writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    with _alone(part):
        resumed = part.stat().st_size > 0
        plan = _Plan(url, part, size, progress, timeout)
        problem = _problem(part, _download(plan, attempts, pause), size, sha256)
        if problem and resumed:  # the earlier bytes may be those of another version
            _forget(part)
            problem = _problem(part, _download(plan, attempts, pause), size, sha256)
        if problem:
            _forget(part)
            raise FetchError(f"{url} is not the file that was expected: {problem}")
        with _writing(target):
            part.replace(target)
        _notes(part).unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What stays the same from one connection to the next."""

    url: str
    part: Path
    size: int | None
    progress: Progress | None
    timeout: float


def _download(plan: _Plan, attempts: int, pause: float) -> _Origin:
    """Connect until the part is complete."""
    furthest = _length(plan.part)
    failures = 0
    while True:
        try:
            return _receive(plan)
        except _Failure as failure:
            # Only what goes beyond all earlier tries counts as progress: a server may cut every time at the same place.
            length = _length(plan.part)
            failures = 0 if length > furthest else failures + 1
            furthest = max(furthest, length)
            if not failure.again or failures >= attempts:
                kept = f"; the {length:,} bytes that came are kept, and the next try goes on from there"
                raise FetchError(f"{failure}{kept if length else ''}") from failure
            time.sleep(min(LONGEST_PAUSE, max(failure.wait, pause * 2 ** max(0, failures - 1))))


def _receive(plan: _Plan) -> _Origin:
    """One connection, whose bytes are added to the part, or take its place where the server begins anew."""
    known, have = _read_notes(plan), _length(plan.part)
    if known and known.total == have and have:
        return known
    going_on = known if known and have else None
    with _ask(plan, going_on, have) as response:
        if going_on and response.status == 206:
            origin = _continued(plan, response, going_on, have)
        else:
            origin, have = _begin(plan, response), 0
        with _writing(plan.part):
            missing = 0 if origin.total is None else origin.total - have
            free = shutil.disk_usage(plan.part.parent).free
            if free < missing:
                raise FetchError(f"{plan.part.parent} has room for {free:,} bytes, and {missing:,} are still to come")
        _copy(plan, response, have, origin.total)
    length = _length(plan.part)
    if origin.total is not None and length < origin.total:
        raise _Failure(f"{plan.url} broke off after {length:,} of {origin.total:,} bytes")
    return origin


def _ask(plan: _Plan, known: _Origin | None, have: int) -> Any:
    """The server's answer to a request for all bytes, or, with `known`, for those after the first `have`."""
    headers = {"User-Agent": "quizbook"}
    if known:
        headers["Range"] = f"bytes={have}-"
        if known.validator:
            headers["If-Range"] = known.validator
    try:
        request = urllib.request.Request(plan.url, headers=headers)
        return urllib.request.urlopen(request, timeout=plan.timeout)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416:  # the file is shorter than the part: it has changed
            _forget(plan.part)
            raise _Failure(f"{plan.url} has no bytes from {have:,} on") from error
        wait = error.headers.get("Retry-After", "")
        raise _Failure(
            f"{plan.url} answered {error.code} {error.reason}",
            again=error.code in WORTH_ANOTHER_TRY,
            wait=float(wait) if wait.isdecimal() else 0.0,
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise _failure(plan, error) from error


def _failure(plan: _Plan, error: Exception) -> _Failure:
    """Why there was no connection, or why it ended, in words."""
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    host = urllib.parse.urlsplit(plan.url).netloc
    if isinstance(reason, socket.gaierror):
        return _Failure(f"{host} cannot be found: there is no network, or no such server", again=_length(plan.part) > 0)
    if isinstance(reason, ssl.SSLCertVerificationError):
        return _Failure(f"{host} could not prove who it is ({reason.verify_message})", again=False)
    if isinstance(reason, http.client.InvalidURL):
        return _Failure(f"{plan.url!r} is no URL ({reason})", again=False)
    if isinstance(reason, TimeoutError):
        return _Failure(f"{host} sent nothing for {plan.timeout:g} s")
    if isinstance(reason, http.client.IncompleteRead | ConnectionResetError | http.client.RemoteDisconnected):
        return _Failure(f"{host} broke off the connection")
    said = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return _Failure(f"there is no connection to {host} ({' '.join(said.split())})")


def _begin(plan: _Plan, response: Any) -> _Origin:
    """Empty the part, and note what it is going to be a part of."""
    length = response.headers.get("Content-Length", "")
    total = int(length) if length.isdecimal() else None
    if response.headers.get_content_type() == "text/html":
        raise FetchError(f"{plan.url} is a web page and not a file: perhaps this network wants a login first")
    if None not in (total, plan.size) and total != plan.size:
        raise FetchError(f"{plan.url} has {total:,} bytes, and {plan.size:,} were expected: it is another file")
    tag, md5 = response.headers.get("ETag", ""), response.headers.get("Content-MD5")
    strong = tag if tag and not tag.startswith("W/") else response.headers.get("Last-Modified")
    origin = _Origin(plan.url, strong, total, b64decode(md5).hex() if md5 else None)
    _forget(plan.part)
    with _writing(plan.part):
        _notes(plan.part).write_text(json.dumps(asdict(origin)), encoding="utf-8")
    return origin


def _continued(plan: _Plan, response: Any, known: _Origin, have: int) -> _Origin:
    """Make sure that these are the bytes that were asked for, of the same file."""
    said = response.headers.get("Content-Range", "")
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", said)
    if not found or int(found[1]) != have or found[2] not in ("*", str(known.total or found[2])):
        _forget(plan.part)
        raise _Failure(f"{plan.url} has changed, or sent another range than was asked for ({said!r})")
    return known if found[2] == "*" else replace(known, total=int(found[2]))


def _copy(plan: _Plan, response: Any, have: int, total: int | None) -> None:
    """Write what comes behind the part's end. Each block is on its way to the disk before the next one is read."""
    begun, before = time.monotonic(), have
    with _writing(plan.part), plan.part.open("ab") as file:
        while block := _block(plan, response):
            file.write(block)
            file.flush()
            have += len(block)
            if plan.size is not None and have > plan.size:
                raise FetchError(f"{plan.url} sends more than the {plan.size:,} bytes that were expected")
            if plan.progress:
                plan.progress(have, total, (have - before) / max(time.monotonic() - begun, 1e-6))
        os.fsync(file.fileno())


def _block(plan: _Plan, response: Any) -> bytes:
    try:
        block: bytes = response.read1(BLOCK)
    except (OSError, http.client.HTTPException) as error:
        raise _failure(plan, error) from error
    return block


def _problem(part: Path, origin: _Origin, size: int | None, sha256: str | None) -> str | None:
    """What is wrong with a part that is complete, or None."""
    length = _length(part)
    if size is not None and length != size:
        return f"it has {length:,} bytes, expected are {size:,}"
    algorithm, expected = ("sha256", sha256) if sha256 else ("md5", origin.md5)
    if not expected:
        return None
    found = checksum(part, algorithm)
    return None if found == expected else f"its {algorithm.upper()} is {found}, expected is {expected}"


@contextlib.contextmanager
def _alone(part: Path) -> Iterator[None]:
    """Keep other processes off the part; the lock of a killed one is gone with it. An empty part is not left behind."""
    with _writing(part):
        file = part.open("ab")
    with file:
        if not _lock(file):
            raise FetchError(f"another process is downloading {part.with_suffix('')}; wait for it")
        if os.name == "nt":  # an open file could not be renamed there
            file.close()
        try:
            yield
        finally:
            if part.exists() and _length(part) == 0:
                _notes(part).unlink(missing_ok=True)
                part.unlink()


def _lock(file: BinaryIO) -> bool:
    """Whether the file is ours alone now; where there are no locks, it is taken to be."""
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (ImportError, OSError):  # Windows; a file system without locks
        pass
    return True


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Say which file could not be written, and why."""
    try:
        yield
    except FetchError:
        raise
    except OSError as error:
        raise FetchError(f"{path} could not be written ({error.strerror or error})") from error


def _length(part: Path) -> int:
    try:
        return part.stat().st_size
    except FileNotFoundError:
        return 0


def _notes(part: Path) -> Path:
    """Where it is written down what a part is a part of."""
    return part.with_name(f"{part.name}.json")


def _read_notes(plan: _Plan) -> _Origin | None:
    """What the part is a part of; None where nobody knows, or where it is of no use here."""
    try:
        origin = _Origin(**json.loads(_notes(plan.part).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return origin if origin.url == plan.url and origin.can_resume else None


def _forget(part: Path) -> None:
    """Empty the part. It stays where it is, since the lock hangs on it."""
    with _writing(part):
        if _length(part):
            os.truncate(part, 0)
        _notes(part).unlink(missing_ok=True)
