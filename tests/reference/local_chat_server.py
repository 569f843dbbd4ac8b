"""A chat server for tests, a process of its own: speaks Ollama's and OpenAI's protocol, misbehaves when asked to.

The first part of the path says how to behave, the second keeps runs apart: /flaky/7/api/chat fails twice, then answers.
The model "say X" answers X, "echo" the prompt, "unknown" is not there. GET /seen/... lists what came under a path.
Prints its port when it is ready.
"""

from __future__ import annotations

import email.utils
import json
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SEEN: dict[str, list[dict[str, Any]]] = defaultdict(list)


class Chat(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.reply(json.dumps(SEEN[self.path.removeprefix("/seen")]).encode())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        _, behaviour, run, *_ = self.path.split("/")
        before = SEEN[f"/{behaviour}/{run}"]
        before.append({"path": self.path, "headers": dict(self.headers), "body": body, "time": time.time()})
        self.close_connection = True
        getattr(self, f"do_{behaviour.replace('-', '_')}")(body, len(before))

    # -- behaviours: the question, and which attempt it is, from 1 --

    def do_plain(self, body: dict[str, Any], _: int) -> None:
        model = body["model"]
        if model == "unknown":
            said: Any = "model 'unknown' not found"
            self.reply(json.dumps({"error": said if self.ollama else {"message": said}}).encode(), 404)
            return
        prompt = body["messages"][-1]["content"]
        text = prompt if model == "echo" else model.removeprefix("say ") if model.startswith("say ") else "85"
        if not self.ollama:
            self.reply(json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode())
        elif body["stream"]:
            self.reply_in_lines(pieces(text))
        else:
            self.reply(json.dumps({"message": {"content": text}, "done": True}, indent=2).encode())

    def do_flaky(self, body: dict[str, Any], attempt: int) -> None:
        if attempt <= 2:
            self.reply(b'{"error": "out of memory"}', 500)
        else:
            self.do_plain(body, attempt)

    def do_broken(self, _: dict[str, Any], __: int) -> None:
        self.reply(b"<html><h1>502 Bad Gateway</h1></html>", 502)

    def do_busy(self, body: dict[str, Any], attempt: int) -> None:
        self.busy("1", body, attempt)

    def do_busy_until(self, body: dict[str, Any], attempt: int) -> None:
        self.busy(email.utils.formatdate(time.time() + 2, usegmt=True), body, attempt)

    def do_busy_for_an_hour(self, body: dict[str, Any], _: int) -> None:
        self.busy("3600", body, 1)

    def do_busy_somehow(self, body: dict[str, Any], attempt: int) -> None:
        self.busy("soon", body, attempt)

    def do_hang_up(self, body: dict[str, Any], attempt: int) -> None:
        if attempt > 1:
            self.do_plain(body, attempt)

    def do_cut(self, _: dict[str, Any], __: int) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b'{"message": {"content": "8')

    def do_cut_chunks(self, _: dict[str, Any], __: int) -> None:
        self.reply_in_lines([b'{"message": {"content": "8"}, "done": false}\n'], end=False)

    def do_not_done(self, _: dict[str, Any], __: int) -> None:
        self.reply_in_lines(pieces("85")[:-1])

    def do_slow(self, body: dict[str, Any], _: int) -> None:
        time.sleep(3)
        self.do_plain(body, 1)

    def do_dribble(self, _: dict[str, Any], __: int) -> None:
        self.reply_in_lines(b" " if wait(0.05) else b"" for _ in range(1000))

    def do_endless(self, _: dict[str, Any], __: int) -> None:
        self.reply_in_lines(b'{"message": {"content": "and so on "}, "done": false}\n' * 1000 for _ in range(1_000_000))

    def do_html(self, _: dict[str, Any], __: int) -> None:
        self.reply(b"<html>\n<body>Sign in to the\x1b[31m wireless network</body></html>")

    def do_moved(self, _: dict[str, Any], __: int) -> None:
        self.reply(b"", 307, Location="http://elsewhere.example/api/chat")

    def do_found(self, _: dict[str, Any], __: int) -> None:
        self.reply(b"", 302, Location="http://elsewhere.example/api/chat")

    def do_no_key(self, _: dict[str, Any], __: int) -> None:
        self.reply(b'{"error": {"message": "Incorrect API key provided"}}', 401)

    def do_no_such_path(self, _: dict[str, Any], __: int) -> None:
        self.reply(b"404 page not found", 404)

    def do_bad_request(self, _: dict[str, Any], __: int) -> None:
        self.reply(b'{"object": "error", "message": "temperature must be 1"}', 400)

    def do_error_in_stream(self, _: dict[str, Any], __: int) -> None:
        self.reply_in_lines([*pieces("85")[:1], b'{"error": "the graphics card is gone"}\n'])

    def do_exactly(self, body: dict[str, Any], _: int) -> None:
        self.reply(body["model"].encode())

    # -- how it is sent --

    @property
    def ollama(self) -> bool:
        return self.path.endswith("/api/chat")

    def busy(self, retry_after: str, body: dict[str, Any], attempt: int) -> None:
        if attempt == 1:
            self.reply(b'{"error": "too many questions"}', 429, Retry_After=retry_after)
        else:
            self.do_plain(body, attempt)

    def reply(self, content: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def reply_in_lines(self, lines: Any, end: bool = True) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for line in lines:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
                self.wfile.flush()
            if end:
                self.wfile.write(b"0\r\n\r\n")
        except OSError:
            pass  # the client has had enough


def pieces(text: str) -> list[bytes]:
    said = [{"message": {"role": "assistant", "content": sign}, "done": False} for sign in text]
    return [json.dumps(piece).encode() + b"\n" for piece in [*said, {"message": {"content": ""}, "done": True}]]


def wait(seconds: float) -> bool:
    time.sleep(seconds)
    return True


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Chat)
    server.daemon_threads = True
    print(server.server_port, flush=True)
    server.serve_forever()
