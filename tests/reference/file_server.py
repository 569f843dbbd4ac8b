"""A web server of the tests' own: it serves what it is given, with Range and ETag, and misbehaves when told to."""

from __future__ import annotations

import contextlib
import hashlib
import re
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class FileServer:
    """files: by path. The rest says how it behaves; a list is used up, one entry a request.

    cut: bytes after which a connection breaks off, None for not at all. answers: status codes instead of a file.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    cut: list[int | None] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    knows_ranges: bool = True
    tells_etag: bool = True
    tells_length: bool = True
    tells_md5: bool = False
    wrong_range: bool = False
    content_type: str = "application/octet-stream"
    hold: threading.Event | None = None
    ranges: list[str | None] = field(default_factory=list)
    address: str = ""

    def url(self, path: str) -> str:
        return f"{self.address}/{path}"


@contextmanager
def serving(server: FileServer) -> Iterator[FileServer]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer(server, self)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    threading.Thread(target=http.serve_forever, args=(0.02,), daemon=True).start()
    server.address = f"http://127.0.0.1:{http.server_address[1]}"
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()


def answer(server: FileServer, request: BaseHTTPRequestHandler) -> None:
    asked = request.headers.get("Range")
    server.ranges.append(asked)
    content = server.files.get(request.path.lstrip("/"))
    code = server.answers.pop(0) if server.answers else 200 if content is not None else 404
    if code != 200 or content is None:
        request.send_error(code)
        return
    etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    match = re.fullmatch(r"bytes=(\d+)-", asked or "")
    first = int(match[1]) if match and server.knows_ranges else 0
    if request.headers.get("If-Range", etag) != etag:
        first = 0
    if first and first >= len(content):
        request.send_error(416)
        return
    body = content[first:]
    request.send_response(206 if first else 200)
    if first:
        begin = first + 1 if server.wrong_range else first
        request.send_header("Content-Range", f"bytes {begin}-{len(content) - 1}/{len(content)}")
    request.send_header("Content-Type", server.content_type)
    if server.tells_length:
        request.send_header("Content-Length", str(len(body)))
    if server.tells_etag:
        request.send_header("ETag", etag)
    if server.tells_md5 and not first:
        request.send_header("Content-MD5", b64encode(hashlib.md5(content).digest()).decode())
    request.end_headers()
    cut = server.cut.pop(0) if server.cut else None
    with contextlib.suppress(ConnectionError):  # the client had enough
        request.wfile.write(body[:cut])
    if server.hold:
        server.hold.wait(30)
    if cut is not None or not server.tells_length:
        request.close_connection = True
