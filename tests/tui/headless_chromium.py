"""Debian's chromium without a screen, driven over its DevTools protocol, with no way out of this machine."""

from __future__ import annotations

import asyncio
import base64
import itertools
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

CHROMIUM = shutil.which("chromium")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--remote-debugging-port=0",
)
PATIENCE_S = 60.0


class Tab:
    """One tab: what it sent and received, and what can be done in it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self.requested: list[str] = []
        self.complaints: list[str] = []
        self.frames: list[bytes] = []

    async def listen(self) -> None:
        """Take what the browser tells, until it tells no more."""
        async for message in self._socket:
            told = message.json()
            if "id" in told:
                self._waiting.pop(told["id"]).set_result(told)
            else:
                self._note(told["method"], told["params"])

    def _note(self, method: str, told: Any) -> None:
        match method:
            case "Network.requestWillBeSent":
                self.requested.append(told["request"]["url"])
            case "Network.webSocketCreated":
                self.requested.append(told["url"])
            case "Network.webSocketFrameReceived":
                data = told["response"]["payloadData"]
                text = told["response"]["opcode"] == 1
                self.frames.append(data.encode() if text else base64.b64decode(data))
            case "Log.entryAdded" if told["entry"]["level"] == "error":
                self.complaints.append(f"{told['entry']['text']} {told['entry'].get('url')}")
            case "Runtime.exceptionThrown":
                self.complaints.append(str(told["exceptionDetails"]))

    async def do(self, method: str, **parameters: Any) -> Any:
        """One command of the protocol, and its result."""
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        told = await asyncio.wait_for(self._waiting[number], PATIENCE_S)
        assert "error" not in told, told
        return told["result"]

    async def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression."""
        told = await self.do("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    async def press(self, key: str) -> None:
        """Press a key that writes itself."""
        await self.do("Input.dispatchKeyEvent", type="keyDown", key=key, text=key)
        await self.do("Input.dispatchKeyEvent", type="keyUp", key=key)

    async def screenshot(self) -> bytes:
        """What there is to be seen, as PNG."""
        return base64.b64decode((await self.do("Page.captureScreenshot", format="png"))["data"])

    async def differs_from(self, picture: bytes) -> bool:
        """Whether the screen comes to look other than on a screenshot."""
        return await self._in_time(self.screenshot, lambda now: now != picture)

    async def comes_true(self, expression: str) -> bool:
        """Whether a JavaScript expression comes true."""
        return await self._in_time(lambda: self.evaluate(expression), bool)

    async def _in_time(self, look: Callable[[], Awaitable[Any]], good: Callable[[Any], bool]) -> bool:
        end = time.monotonic() + PATIENCE_S
        while not good(await look()):
            if time.monotonic() > end:
                return False
            await asyncio.sleep(0.1)
        return True

    def drawn(self) -> str:
        """All that the app wrote to this tab."""
        return b"".join(self.frames).decode("utf-8", "replace")


@asynccontextmanager
async def open_tab(folder: Path, url: str, size: str = "1024,640") -> AsyncIterator[Tab]:
    """Chromium with an empty profile in this folder and one tab at this address."""
    profile = folder / "profile"
    assert CHROMIUM is not None
    with (folder / "chromium.log").open("wb") as log:
        process = subprocess.Popen(
            [CHROMIUM, *FLAGS, f"--window-size={size}", f"--user-data-dir={profile}", "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        told = profile / "DevToolsActivePort"
        assert await eventually(lambda: told.exists() and "\n" in told.read_text()), (
            folder / "chromium.log"
        ).read_text()
        origin = f"http://127.0.0.1:{told.read_text().splitlines()[0]}"
        async with aiohttp.ClientSession() as client:
            tabs = await (await client.get(f"{origin}/json/list")).json()
            [page] = [tab for tab in tabs if tab["type"] == "page"]
            async with client.ws_connect(page["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                tab = Tab(socket)
                listening = asyncio.create_task(tab.listen())
                for domain in ("Page", "Network", "Runtime", "Log"):
                    await tab.do(f"{domain}.enable")
                await tab.do("Page.navigate", url=url)
                yield tab
                listening.cancel()
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


async def eventually(condition: Callable[[], object], seconds: float = PATIENCE_S) -> bool:
    """Whether the condition comes true within some seconds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(0.05)
    return True
