"""`quizbook serve` as a process that serves a small app, and a browser's half of the conversation."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

REPOSITORY = Path(__file__).parents[2]
SMALL_APP = Path(__file__).with_name("app_of_keys.py")
SERVE = """
import json, sys
from quizbook.tui.serving import serve
serve(sys.argv[1:2] + sys.argv[3:], **json.loads(sys.argv[2]))
"""
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Served:
    """The server's process, and the address that it printed."""

    process: subprocess.Popen[str]
    url: str

    @property
    def origin(self) -> str:
        return self.url.partition("/?")[0]

    def apps(self) -> list[int]:
        """The processes that the server has started and not yet seen the end of, zombies included."""
        found: list[int] = []
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
        return found


@contextmanager
def served(*command: object, environment: dict[str, str] | None = None, **options: object) -> Iterator[Served]:
    """A server of this command, or of the small app; ended with the block."""
    words = [str(word) for word in command or (sys.executable, SMALL_APP)]
    with _running("-c", SERVE, words[0], json.dumps(options), *words[1:], environment=environment or {}) as server:
        yield server


@contextmanager
def quizbook_served(home: Path) -> Iterator[Served]:
    """`quizbook serve` with a home of its own."""
    with _running("-m", "quizbook", "serve", environment={"QUIZBOOK_HOME": str(home)}) as server:
        yield server


@contextmanager
def _running(*words: str, environment: dict[str, str]) -> Iterator[Served]:
    process = subprocess.Popen(
        [sys.executable, *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **environment},
    )
    try:
        assert process.stdout is not None
        head, url, tail = (process.stdout.readline() for _ in range(3))
        assert url.startswith("http://"), (head, url, tail)
        yield Served(process, url.strip())
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)
        assert process.stdout is not None
        process.stdout.close()


@dataclass(frozen=True, slots=True)
class Browser:
    """What a browser has after its first visit: the cookie, and the place that it was sent to."""

    client: aiohttp.ClientSession
    served: Served
    place: str

    async def status(self, path: str, method: str = "GET", **headers: str) -> int:
        """What a request that carries the cookie is answered with."""
        async with self.client.request(method, self.served.origin + path, headers=headers) as answer:
            return answer.status

    @asynccontextmanager
    async def session(
        self, size: str = "width=80&height=24", look: str = "dark", **headers: str
    ) -> AsyncIterator[Session]:
        """A session of the app. headers: instead of the right ones."""
        address = f"{self.served.origin}{self.place}ws/{look}?{size}"
        async with self.client.ws_connect(address, headers={"Origin": self.served.origin, **headers}) as socket:
            yield Session(socket)


@dataclass(frozen=True, slots=True)
class Session:
    """The browser's end of a session."""

    socket: aiohttp.ClientWebSocketResponse

    async def send(self, *message: object) -> None:
        await self.socket.send_json(message)

    async def until(self, wanted: str) -> str:
        """All that the app draws until this text comes."""
        drawn = ""
        async with asyncio.timeout(PATIENCE_S):
            while wanted not in drawn:
                message = await self.socket.receive()
                assert message.type is aiohttp.WSMsgType.BINARY, (wanted, message, drawn)
                drawn += message.data.decode()
        return drawn

    async def told(self, type: str) -> Any:
        """The next message of this type, whatever is drawn until then."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                message = await self.socket.receive()
                assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT), message
                if message.type is aiohttp.WSMsgType.TEXT and message.json()[0] == type:
                    return message.json()[1]

    async def code(self) -> int | None:
        """The code that the server closes with."""
        async with asyncio.timeout(PATIENCE_S):
            async for _ in self.socket:
                pass
        return self.socket.close_code


@asynccontextmanager
async def browser_of(server: Served) -> AsyncIterator[Browser]:
    """A browser that has opened the printed address."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as client:
        async with client.get(server.url) as answer:
            found = re.search(r"url=(/[\w-]+/)\"", await answer.text())
        assert found is not None
        yield Browser(client, server, found[1])


def gone(process: int) -> bool:
    """Whether there is no such process any more, not even as a zombie."""
    return not Path(f"/proc/{process}").exists()


def eventually(condition: Callable[[], object], seconds: float = PATIENCE_S) -> bool:
    """Whether the condition comes true within some seconds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
