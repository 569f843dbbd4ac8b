"""Who may come in: decides over a request to `quizbook serve` by its Host, its Origin and its key."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field

COOKIE = "quizbook"
HTTP_PORT = 80  # browsers leave it out of Host and Origin
WRONG_HOST = "quizbook is not served under this name. Open the address that `quizbook serve` printed."
WRONG_ORIGIN = "This request comes from a page that is not quizbook's."
NO_KEY = "Open the whole address that `quizbook serve` printed, token included, in a browser that keeps cookies."


def _secret() -> str:
    """256 random bits, as text that an address can hold."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Door:
    """The names that the server answers to, and the keys to it, drawn anew at each start.

    token: in the address that is printed. key: in the cookie that the token is exchanged for. place: the first part of
    every other path. A browser sends a cookie to every port of a host; as nobody else knows the place, and the cookie
    belongs to it, no other server on this machine gets to see the key.
    """

    names: frozenset[str]
    port: int
    token: str = field(default_factory=_secret, repr=False)
    key: str = field(default_factory=_secret, repr=False)
    place: str = field(default_factory=_secret, repr=False)

    def address(self, name: str) -> str:
        """What to open in a browser, under one of the names."""
        return f"http://{with_port(name, self.port)}/?token={self.token}"

    def cookie(self) -> str:
        """The value of Set-Cookie."""
        return f"{COOKIE}={self.key}; Path=/{self.place}/; HttpOnly; SameSite=Strict"


@dataclass(frozen=True, slots=True)
class Knock:
    """What a request says of itself.

    hosts, origins, cookies: all headers of that name. upgrade: it wants to become a WebSocket. token: the one in the
    query. arrived_at: the address of this machine that it was sent to.
    """

    method: str
    path: str
    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    cookies: tuple[str, ...] = ()
    upgrade: bool = False
    token: str | None = None
    arrived_at: str = ""


def refusal(door: Door, knock: Knock) -> str | None:
    """Why this request may not come in; None: it may."""
    names = {*door.names, knock.arrived_at} - {""}
    if len(knock.hosts) != 1 or knock.hosts[0].lower() not in {with_port(name, door.port) for name in names}:
        return WRONG_HOST
    needed = knock.upgrade or knock.method not in ("GET", "HEAD")
    if (knock.origins or needed) and knock.origins != (f"http://{knock.hosts[0]}",):
        return WRONG_ORIGIN
    if knock.path == "/":
        return None if _same(knock.token or "", door.token) else NO_KEY
    return None if any(_same(given, door.key) for given in _keys(knock.cookies)) else NO_KEY


def with_port(name: str, port: int) -> str:
    """A name or an address as browsers write it into Host."""
    host = f"[{name}]" if ":" in name else name
    return (host if port == HTTP_PORT else f"{host}:{port}").lower()


def _keys(cookies: tuple[str, ...]) -> Iterator[str]:
    """All values of our cookie: another server on this host may have set one of the same name."""
    for pair in ";".join(cookies).split(";"):
        name, _, value = pair.strip().partition("=")
        if name == COOKIE:
            yield value


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), right.encode())
