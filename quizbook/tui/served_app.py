"""One browser tab's app: a process that speaks textual-serve's protocol, and that ends for certain."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

from quizbook.tui import BROWSER_DRIVER

PRELUDE = b"__GANGLION__\n"  # what Textual's driver writes before its first packet
PRELUDE_LINES = 10
PATIENCE_S = 3.0
LAST_WORDS = 4096

Send = Callable[[Any], Awaitable[None]]


class ServedApp(AppService):
    """Starts a command without a shell, in a session of its own; textual-serve's class passes packets on.

    command: the program and its arguments. light: the browser's page has a light background. send_bytes, send_str: to
    the browser; they must not raise when it has gone.
    """

    def __init__(
        self, command: Sequence[str], downloads: DownloadManager, *, light: bool, send_bytes: Send, send_str: Send
    ) -> None:
        super().__init__(
            command[0], write_bytes=send_bytes, write_str=send_str, close=self._app_ends, download_manager=downloads
        )
        self._words = tuple(command)
        self._light = light
        self._errors = bytearray()
        self.over = asyncio.Event()

    async def stop(self) -> None:
        """Ask the app to end, then tell it, then make it; return when the process is no more."""
        process = self._process
        if process is None or self._task is None:
            return
        await self._download_manager.cancel_app_downloads(self.app_service_id)
        with suppress(TimeoutError):
            await asyncio.wait_for(self.send_meta({"type": "quit"}), PATIENCE_S)
        for number in (signal.SIGTERM, signal.SIGKILL):
            if await _ended(process):
                break
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
        await _ended(process)
        await asyncio.wait({self._task}, timeout=PATIENCE_S)
        self._task.cancel()

    @property
    def last_words(self) -> str:
        """What to tell the person when it is over."""
        code = None if self._process is None else self._process.returncode
        if not code:
            return "quizbook has ended. What you answered is kept."
        said = self._errors.decode("utf-8", "replace").strip()
        return said or f"quizbook has ended with exit code {code}. What you answered is kept."

    async def run(self) -> None:
        """Pass on what the app writes, until it writes no more."""
        process = self._process
        assert process is not None
        assert process.stdout is not None
        assert process.stderr is not None
        errors = asyncio.create_task(self._collect(process.stderr))
        try:
            await self._pass_on(process.stdout)
        except Exception:  # its output has ended, or is none of the protocol's: nothing more can come of it
            self.over.set()
        finally:
            await asyncio.wait({errors}, timeout=PATIENCE_S)
            errors.cancel()

    async def _pass_on(self, stdout: asyncio.StreamReader) -> None:
        for _ in range(PRELUDE_LINES):
            if await stdout.readline() in (PRELUDE, b""):
                break
        while True:
            head = await stdout.readexactly(5)
            payload = await stdout.readexactly(int.from_bytes(head[1:], "big"))
            match head[:1]:
                case b"D":
                    await self.on_data(payload)
                case b"M":
                    await self.on_meta(payload)
                case b"P":
                    await self.on_packed(payload)
                case _:
                    raise ValueError(head)

    async def _collect(self, stderr: asyncio.StreamReader) -> None:
        while data := await stderr.read(LAST_WORDS):
            self._errors += data
            del self._errors[:-LAST_WORDS]

    async def _app_ends(self) -> None:
        self.over.set()

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        self._process = await asyncio.create_subprocess_exec(
            *self._words,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=self._build_environment(width, height),
            start_new_session=True,
        )
        self._stdin = self._process.stdin
        return self._process

    def _build_environment(self, width: int = 80, height: int = 24) -> dict[str, str]:
        environment = super()._build_environment(width, height)
        environment.pop("QUIZBOOK_PLAIN", None)
        screen = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "COLORFGBG": "0;15" if self._light else "15;0"}
        return {**environment, **screen, "TEXTUAL_DRIVER": BROWSER_DRIVER}


async def listen(messages: Any, app: ServedApp) -> None:
    """Pass on what the browser sends, until it sends no more; what is no message of the protocol is left out."""
    async for message in messages:
        async with asyncio.timeout(PATIENCE_S * 10):
            await _take(message.data, app)


async def _take(data: object, app: ServedApp) -> None:
    match _decoded(data):
        case ["stdin", str(text)]:
            await app.send_bytes(text.encode("utf-8", "replace"))
        case ["resize", {"width": int(width), "height": int(height)}]:
            await app.set_terminal_size(*bounded(width, height))
        case ["ping", str(moment)]:
            await app.remote_write_str(json.dumps(["pong", moment]))
        case ["blur"]:
            await app.blur()
        case ["focus"]:
            await app.focus()


def _decoded(data: object) -> object:
    try:
        return json.loads(data) if isinstance(data, str) else None
    except (ValueError, RecursionError):
        return None


def bounded(width: int, height: int) -> tuple[int, int]:
    """A size in cells that a terminal can have."""
    return min(max(width, 2), 1000), min(max(height, 1), 500)


async def _ended(process: Process) -> bool:
    """Whether it ends within our patience; looked at, as `wait` also waits for whoever inherited its pipes."""
    end = time.monotonic() + PATIENCE_S
    while process.returncode is None and time.monotonic() < end:
        await asyncio.sleep(0.02)
    return process.returncode is not None
