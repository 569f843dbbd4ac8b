"""Asks a chat server one question, over Ollama's protocol or OpenAI's, and copes when it misbehaves. Chapter 7.

Nothing but the standard library. Sources: Ollama's API reference, "Generate a chat completion"; OpenAI's API reference,
"Create chat completion"; RFC 9110, section 10.2.3 (Retry-After).
"""

from __future__ import annotations

import email.utils
import http.client
import ipaddress
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args
from urllib.parse import SplitResult, urlsplit

OLLAMA_URL = "http://localhost:11434/api/chat"
LONGEST_WAIT = 120.0  # seconds; a server that asks for more is given up
LONGEST_ANSWER = 1_000_000  # bytes, some hundred times a long answer
ERROR_EXCERPT = 4_000  # bytes of an error page that are read to find its sentence

Protocol = Literal["ollama", "openai"]
ENDINGS: dict[Protocol, str] = {"ollama": "/api/chat", "openai": "/v1/chat/completions"}


class NoAnswer(OSError):
    """The server gave no answer to this question; the sentence says why."""


class NoJudge(NoAnswer):
    """The server will answer no question as it is: it does not run, does not know the model, refuses the key ..."""


class _Again(Exception):
    """The attempt failed in a way that may pass. wait: seconds that the server asks for, if it does."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class _Question:
    """A request that is ready to be sent, as often as needed."""

    protocol: Protocol
    url: str
    model: str
    body: bytes
    headers: dict[str, str]
    through_proxy: bool


def query_model(
    prompt: str,
    model: str = "llama3",
    url: str = OLLAMA_URL,
    *,
    protocol: Protocol | None = None,
    api_key: str | None = None,
    seed: int | None = 123,
    temperature: float | None = 0.0,
    context_length: int = 2048,
    stream: bool = True,
    timeout: float = 120.0,
    retries: int = 3,
    backoff: float = 1.0,
) -> str:
    """The text that a model on a chat server answers to a prompt.

    url: of the chat itself, ".../api/chat" (Ollama) or ".../v1/chat/completions" (OpenAI, vLLM, llama.cpp, LM Studio);
    the ending may be left out after a bare host (then Ollama's) or after "/v1". protocol: for a url of another form.
    api_key: for OpenAI's protocol; by default $OPENAI_API_KEY, which is sent over https and to this machine only.
    seed, temperature: for answers that can be repeated; None leaves them out, which some models demand.
    context_length: tokens that Ollama keeps of prompt and answer; it cuts longer prompts without a word.
    stream: whether Ollama sends its answer piece by piece. timeout: seconds for one attempt.
    retries: further attempts after status 408, 429 or 5xx and after a lost connection, with waits of `backoff` seconds,
    then twice, then four times as many, or what the server asks for, at most two minutes.

    Raises NoAnswer, an OSError, if there is no answer, NoJudge if asking anything else is of no use either, ValueError
    for arguments that cannot be sent.
    """
    if not prompt.strip():
        raise ValueError("the prompt is empty; there is nothing to ask")
    if not timeout > 0 or retries < 0 or not backoff >= 0:
        raise ValueError(f"timeout is {timeout}, retries {retries}, backoff {backoff}; they are above 0, and 0 or more")
    parts, protocol = _address(url, protocol)
    settings = {"seed": seed, "temperature": temperature}
    asked: dict[str, Any] = {"model": model, "messages": [{"role": "user", "content": prompt}]}
    if protocol == "ollama":
        asked |= {"stream": stream, "options": _without_none(settings | {"num_ctx": context_length})}
    else:
        asked |= _without_none(settings)
    question = _Question(
        protocol,
        parts.geturl(),
        model,
        json.dumps(asked, allow_nan=False).encode(),
        _headers(parts, protocol, api_key),
        not _is_here(parts),
    )
    return _ask(question, timeout, retries, backoff)


def _address(url: str, protocol: Protocol | None) -> tuple[SplitResult, Protocol]:
    """The full address of the chat, and the protocol that is spoken there."""
    if protocol is not None and protocol not in get_args(Protocol):
        raise ValueError(f"protocol is {protocol!r}; it is 'ollama' or 'openai'")
    try:
        parts = urlsplit(url)
        known_form = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known_form = False
    if not known_form or "@" in url or " " in url or not (url.isascii() and url.isprintable()):
        # What stands before an @ may be a password, so it is not repeated.
        raise ValueError(f"the server's address is {url.rpartition('@')[2]!r}; it is like {OLLAMA_URL}")
    path = parts.path.rstrip("/")
    if path in ("", "/v1"):
        protocol = protocol or ("openai" if path else "ollama")
        return parts._replace(path=path.removesuffix("/v1") + ENDINGS[protocol]), protocol
    if path.endswith("/v1") and protocol in (None, "openai"):
        return parts._replace(path=path.removesuffix("/v1") + ENDINGS["openai"]), "openai"
    for known in ENDINGS:
        if protocol == known or (protocol is None and path.endswith(ENDINGS[known].removeprefix("/v1"))):
            return parts._replace(path=path), known
    raise ValueError(f"{url!r} does not say which protocol it speaks; pass protocol='ollama' or 'openai'")


def _headers(parts: SplitResult, protocol: Protocol, api_key: str | None) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "reference.chat"}
    if protocol == "openai":
        if api_key is None and (parts.scheme == "https" or _is_here(parts)):
            # A key that stands in the environment for another server must not cross a network unencrypted.
            api_key = os.environ.get("OPENAI_API_KEY")
        key = (api_key or "").strip()
        if not (key.isascii() and (key.isprintable() or not key)):
            raise ValueError("the API key has characters that no key has; look for a line break or a typographic sign")
        if key:
            headers["Authorization"] = f"Bearer {key}"
    return headers


def _is_here(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _without_none(settings: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if value is not None}


def _ask(question: _Question, timeout: float, retries: int, backoff: float) -> str:
    attempt = 0
    while True:
        try:
            return _answer(question, _send(question, timeout))
        except _Again as failed:
            wait = backoff * 2**attempt if failed.wait is None else failed.wait
            if attempt == retries or wait > LONGEST_WAIT:
                told = f", and asks to wait {wait:,.0f} s" if failed.wait else ""
                times = "once" if attempt == 0 else f"{attempt + 1} times"
                raise NoAnswer(f"{question.url} {failed}{told}; asked {times}") from failed
            time.sleep(wait)
            attempt += 1


def _send(question: _Question, timeout: float) -> bytes:
    """One attempt: the body of the answer, or an error that says what went wrong."""
    request = urllib.request.Request(question.url, question.body, question.headers, method="POST")
    handlers: list[urllib.request.BaseHandler] = [_StayHere()]
    if not question.through_proxy:
        handlers.append(urllib.request.ProxyHandler({}))
    end = time.monotonic() + timeout
    try:
        with urllib.request.build_opener(*handlers).open(request, timeout=timeout) as response:
            return _read(question, response, end)
    except urllib.error.HTTPError as error:
        with error:
            raise _refusal(question, error) from error
    except NoAnswer:
        raise
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        raise _failure(question, error, timeout) from error


class _StayHere(urllib.request.HTTPRedirectHandler):
    """Follows no redirection: it would ask again without the question, and hand the key to somebody else."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _read(question: _Question, response: http.client.HTTPResponse, end: float) -> bytes:
    """The whole body, unless it is too long, takes too long or is cut."""
    body = bytearray()
    while piece := response.read1(65_536):
        body += piece
        if len(body) > LONGEST_ANSWER:
            raise NoAnswer(f"{question.url} has sent more than {LONGEST_ANSWER:,} bytes without coming to an end")
        if time.monotonic() > end:
            raise TimeoutError
    promised = response.headers.get("Content-Length", "")
    if promised.isdigit() and len(body) < int(promised):
        raise http.client.IncompleteRead(bytes(body))
    return bytes(body)


def _failure(question: _Question, error: Exception, timeout: float) -> Exception:
    """What a failed connection means: an error to raise."""
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, TimeoutError):
        return NoAnswer(f"{question.url} did not finish its answer within {timeout:g} s; a larger timeout may help")
    if isinstance(reason, ConnectionRefusedError):
        start = "; `ollama serve` starts one" if question.protocol == "ollama" else ""
        return NoJudge(f"no server runs at {question.url}{start}")
    if isinstance(reason, ConnectionError | http.client.IncompleteRead):
        return _Again("closed the connection before its answer was complete")
    if isinstance(reason, http.client.BadStatusLine | http.client.LineTooLong):
        return NoJudge(f"what runs at {question.url} does not speak HTTP")
    return NoJudge(f"{question.url} cannot be reached: {_plain(str(reason))}")


def _refusal(question: _Question, error: urllib.error.HTTPError) -> Exception:
    """What an HTTP status that is no success means: an error to raise."""
    status, said = error.code, _sentence(error)
    if status in (408, 429) or status >= 500:
        return _Again(f"answered with status {status}{said}", _seconds(error.headers.get("Retry-After", "")))
    if status < 400:
        to = _plain(error.headers.get("Location", "nowhere"))
        return NoJudge(f"{question.url} sends us on to {to}; if you trust it, give that address")
    if status in (401, 403):
        return NoJudge(f"{question.url} refuses the API key{said}; pass api_key or set OPENAI_API_KEY")
    if status == 404 and "model" in said:
        get = f"; `ollama pull {question.model}` downloads it" if question.protocol == "ollama" else ""
        return NoJudge(f"{question.url} does not know the model {question.model!r}{said}{get}")
    if status in (404, 405):
        return NoJudge(
            f"no chat at {question.url}; Ollama's ends in {ENDINGS['ollama']}, OpenAI's in {ENDINGS['openai']}"
        )
    return NoAnswer(f"{question.url} refuses the question with status {status}{said}")


def _sentence(error: urllib.error.HTTPError) -> str:
    """What the server says about its refusal, with a colon in front, or nothing."""
    try:
        body = error.read(ERROR_EXCERPT)
    except (OSError, http.client.HTTPException):
        return ""
    try:
        said = _error_in(json.loads(body)) or ""
    except (ValueError, RecursionError):
        said = "" if body.lstrip().startswith(b"<") else _plain(body.decode(errors="replace"))
    return f": {said}" if said else ""


def _error_in(answer: Any) -> str | None:
    """The sentence under "error" (Ollama), "message" in "error" (OpenAI) or "message" in an object "error" (vLLM)."""
    if not isinstance(answer, dict):
        return None
    error = answer.get("error")
    if isinstance(error, dict):
        error = error.get("message")
    if error is None and answer.get("object") == "error":
        error = answer.get("message")
    return None if error is None else _plain(str(error))


def _plain(text: str) -> str:
    """Somebody else's text on one line, without signs that steer a terminal, and not too long."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= 200 else line[:197] + "..."


def _seconds(retry_after: str) -> float | None:
    """What a Retry-After header asks for, which is a number of seconds or a date; None if it says nothing."""
    if retry_after.isdecimal() and len(retry_after) < 10:
        return float(retry_after)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time())
    except ValueError:
        return None


def _answer(question: _Question, body: bytes) -> str:
    """The text in the body of an answer."""
    if not body.strip():
        raise _Again("answered with nothing")
    pieces = list(_objects(question, body))
    for piece in pieces:
        if (said := _error_in(piece)) is not None:
            raise NoAnswer(f"{question.url} broke off with an error: {said}")
    if question.protocol == "ollama":
        if not pieces[-1].get("done", True):
            raise _Again("stopped in the middle of its answer")
        texts = [_content(piece) for piece in pieces]
    else:
        choices = pieces[0].get("choices")
        texts = [_content(choices[0]) if isinstance(choices, list) and choices else None]
    if None in texts:
        raise NoAnswer(f"{question.url} sent JSON without a message's text: {_plain(body.decode(errors='replace'))}")
    return "".join(text for text in texts if text is not None)


def _objects(question: _Question, body: bytes) -> Iterator[dict[str, Any]]:
    """The JSON objects of a body: one, or one a line where the answer was streamed."""
    try:
        found = [json.loads(body)]
    except (ValueError, RecursionError):
        lines = [line for line in body.splitlines() if line.strip()]
        try:
            found = [json.loads(line) for line in lines]
        except (ValueError, RecursionError):
            if body.lstrip().startswith(b"{"):
                raise _Again("sent JSON that is broken or cut") from None
            raise NoJudge(
                f"{question.url} answers, but not in JSON: {_plain(body[:400].decode(errors='replace'))}"
            ) from None
    for piece in found:
        if not isinstance(piece, dict):
            raise NoJudge(f"{question.url} answers with a {type(piece).__name__} where the protocol has a JSON object")
        yield piece


def _content(piece: Any) -> str | None:
    message = piece.get("message") if isinstance(piece, dict) else None
    content = message.get("content") if isinstance(message, dict) else None
    return content if isinstance(content, str) else None
