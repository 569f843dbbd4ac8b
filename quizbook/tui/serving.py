"""The server of `quizbook serve`: one process of the app for each browser tab, all of it behind one door."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import quote

import textual_serve
from aiohttp import WSCloseCode, hdrs, web
from textual_serve.download_manager import DownloadManager

from quizbook.tui.address import as_written, name_to_print, names, open_socket
from quizbook.tui.door import Door, Knock, refusal
from quizbook.tui.served_app import ServedApp, bounded, listen

LOOPBACK = "127.0.0.1"
MOST_SESSIONS = 8
ROOM_S = 5.0  # a page that is loaded anew waits so long for its old process to end
HEARTBEAT_S = 15.0
PAGE = Path(__file__).with_name("browser_page")
TERMINAL = Path(textual_serve.__file__).with_name("static")
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
POLICY = NOTHING + (
    "; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; connect-src {socket}"
)
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def serve(
    command: Sequence[str],
    *,
    host: str = LOOPBACK,
    port: int = 0,
    anywhere: bool = False,
    most_sessions: int = MOST_SESSIONS,
) -> None:
    """Serve a Textual app to browsers until SIGINT, SIGTERM or SIGHUP; print the address to open.

    command: the program and its arguments. port: 0 takes a free one. anywhere: also on addresses that other machines
    reach. most_sessions: how many processes of the app at a time.
    QuizbookError: the host or the port cannot be had, or the host is not this machine's own and `anywhere` is not set.
    """
    with open_socket(host, port, anywhere=anywhere) as listening:
        address, port = listening.getsockname()[:2]
        door = Door(names(host, address), port)
        print(f"Open this address in a browser:\n{door.address(name_to_print(host, address))}")
        print("Whoever has it can use quizbook as you. Ctrl-C ends it.", flush=True)
        if not ip_address(address).is_loopback:
            print("quizbook: this is not encrypted; whoever can listen between can take it over.", file=sys.stderr)
        asyncio.run(_Server(command, door, most_sessions).run(listening))


class _Server:
    """The door, what lies behind it, and the sessions that are on."""

    def __init__(self, command: Sequence[str], door: Door, most_sessions: int) -> None:
        self._command = command
        self._door = door
        self._most_sessions = most_sessions
        self._room = asyncio.BoundedSemaphore(most_sessions)
        self._downloads = DownloadManager()
        self._stopping = asyncio.Event()

    async def run(self, listening: socket.socket) -> None:
        """Serve on this socket until a signal comes, and end all sessions then."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self._stopping.set)
        runner = web.AppRunner(self._application(), access_log=None, handle_signals=False)
        await runner.setup()
        try:
            await web.SockSite(runner, listening).start()
            await self._stopping.wait()
        finally:
            await runner.cleanup()

    def _application(self) -> web.Application:
        place = f"/{self._door.place}"
        application = web.Application(middlewares=[self._guard])
        application.on_response_prepare.append(self._add_headers)
        application.add_routes(
            [
                web.get("/", self._enter),
                web.get(f"{place}/", self._page),
                web.get(f"{place}/ws/{{look:dark|light}}", self._session, allow_head=False),
                web.get(f"{place}/download/{{key}}", self._download, allow_head=False),
                web.static(f"{place}/page", PAGE),
                web.static(f"{place}/static", TERMINAL),
            ]
        )
        return application

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Every request comes by here, also those that no route is for."""
        told = refusal(self._door, _knock(request))
        if told is not None:
            raise web.HTTPForbidden(text=f"{told}\n")
        return await handler(request)

    async def _add_headers(self, request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(HEADERS)
        response.headers.setdefault("Content-Security-Policy", NOTHING)

    async def _enter(self, request: web.Request) -> web.Response:
        """Exchange the token for the cookie.

        No redirect: to a browser that follows a link from another site, all of a chain of redirects is that site's, and
        it would keep a strict cookie to itself.
        """
        goal = f"/{self._door.place}/"
        text = f'<!DOCTYPE html><title>quizbook</title><meta http-equiv="refresh" content="0; url={goal}">'
        return web.Response(text=text, content_type="text/html", headers={"Set-Cookie": self._door.cookie()})

    async def _page(self, request: web.Request) -> web.StreamResponse:
        policy = POLICY.format(socket=f"ws://{request.headers[hdrs.HOST]}")
        return web.FileResponse(PAGE / "page.html", headers={"Content-Security-Policy": policy})

    async def _session(self, request: web.Request) -> web.WebSocketResponse:
        """Start the app for a tab, and end it when the tab closes, the app ends or the server stops."""
        browser = _Browser(heartbeat=HEARTBEAT_S)
        await browser.prepare(request)
        try:
            await asyncio.wait_for(self._room.acquire(), ROOM_S)
        except TimeoutError:
            told = f"{self._most_sessions} sessions are open, and no more are allowed. Close one of their tabs."
            await browser.farewell(told, WSCloseCode.TRY_AGAIN_LATER)
            return browser
        try:
            app = ServedApp(
                self._command,
                self._downloads,
                light=request.match_info["look"] == "light",
                send_bytes=browser.show,
                send_str=browser.tell,
            )
            await self._play(browser, app, _size(request))
        finally:
            self._room.release()
        return browser

    async def _play(self, browser: _Browser, app: ServedApp, size: tuple[int, int]) -> None:
        try:
            await app.start(*size)
        except OSError as error:
            await browser.farewell(f"The app cannot be started: {error}.", WSCloseCode.INTERNAL_ERROR)
            return
        ends = [asyncio.create_task(c) for c in (listen(browser, app), app.over.wait(), self._stopping.wait())]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in ends:
                task.cancel()
            await app.stop()
        if self._stopping.is_set():
            await browser.farewell("`quizbook serve` was stopped. What you answered is kept.", WSCloseCode.GOING_AWAY)
        else:
            await browser.farewell(app.last_words, WSCloseCode.OK)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        """A file that the app hands out, to be saved and never to be shown as a page of ours."""
        key = request.match_info["key"]
        try:
            meant = await self._downloads.get_download_metadata(key)
        except KeyError:
            raise web.HTTPNotFound(text="This file has been fetched, or its session is over.\n") from None
        response = web.StreamResponse()
        response.content_type = "application/octet-stream"
        response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(meant.file_name)}"
        response.headers["Content-Security-Policy"] = f"{NOTHING}; sandbox"
        await response.prepare(request)
        async for chunk in self._downloads.download(key):
            await response.write(chunk)
        await response.write_eof()
        return response


class _Browser(web.WebSocketResponse):
    """The tab's end of a session; to write to one that has gone is no error."""

    async def show(self, data: bytes) -> None:
        """Send what the app draws."""
        with suppress(ConnectionError):
            await self.send_bytes(data)

    async def tell(self, text: str) -> None:
        """Send a message of textual-serve's protocol, or ours."""
        with suppress(ConnectionError):
            await self.send_str(text)

    async def farewell(self, told: str, code: WSCloseCode) -> None:
        """Say why it is over, and close."""
        await self.tell(json.dumps(["ended", told]))
        await self.close(code=code)


def _knock(request: web.Request) -> Knock:
    headers = request.headers
    return Knock(
        method=request.method,
        path=request.path,
        hosts=tuple(headers.getall(hdrs.HOST, ())),
        origins=tuple(headers.getall(hdrs.ORIGIN, ())),
        cookies=tuple(headers.getall(hdrs.COOKIE, ())),
        upgrade=hdrs.UPGRADE in headers,
        token=request.query.get("token"),
        arrived_at=as_written(request.get_extra_info("sockname", ("",))[0]),
    )


def _size(request: web.Request) -> tuple[int, int]:
    try:
        return bounded(int(request.query["width"]), int(request.query["height"]))
    except (KeyError, ValueError):
        return 80, 24
