"""Where `quizbook serve` listens, and what browsers may call that place."""

from __future__ import annotations

import errno
import socket
from ipaddress import IPv6Address, ip_address

from quizbook.errors import QuizbookError

SHOWN_CHARACTERS = 80


def open_socket(host: str, port: int, *, anywhere: bool) -> socket.socket:
    """A socket that listens on this host and port. anywhere: also where other machines reach it.

    QuizbookError: why there is none.
    """
    shown = repr(host[:SHOWN_CHARACTERS])
    if not 0 <= port <= 65535:
        raise QuizbookError(f"{port} is no port; ports go from 1 to 65535, and 0 takes a free one.", kind="usage")
    try:
        family, _, _, _, place = socket.getaddrinfo(host or "?", port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError):
        raise QuizbookError(f"{shown} is no address that is known here. Leave out --host.", kind="usage") from None
    if not (anywhere or ip_address(str(place[0])).is_loopback):
        raise QuizbookError(
            f"{shown} can be reached from other machines, whose users could read along and use quizbook as you."
            " Add --i-know if that is meant; docs/serving.md shows a safer way (ssh -L).",
            kind="usage",
        )
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
        listening.listen()
    except OSError as error:
        listening.close()
        raise QuizbookError(_why_not(error, shown, port), kind="usage") from error
    return listening


def _why_not(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"Port {port} is taken. Name another, or leave out --port to get a free one."
        case errno.EACCES | errno.EPERM:
            return f"Port {port} needs rights that you do not have here. Take one from 1024 on, or leave out --port."
        case errno.EADDRNOTAVAIL:
            return f"{host} is no address of this machine. Leave out --host, or name one that is."
    return f"{host} and port {port} cannot be used here: {error.strerror}."


def names(host: str, address: str) -> frozenset[str]:
    """What browsers may call the server, besides the address that a request arrives at."""
    place = ip_address(address)
    if place.is_loopback:
        return frozenset({host, "localhost"})
    if place.is_unspecified:
        return frozenset({"localhost", socket.gethostname(), f"{socket.gethostname()}.local"})
    return frozenset({host})


def name_to_print(host: str, address: str) -> str:
    """An address rather than a name: on `localhost`, somebody else may be listening with IPv6."""
    place = ip_address(address)
    if place.is_unspecified:
        return socket.gethostname()
    return address if place.is_loopback else host


def as_written(address: str) -> str:
    """The address without what browsers do not write: a scope, or IPv6 around IPv4."""
    try:
        place = ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    return str(place.ipv4_mapped or place) if isinstance(place, IPv6Address) else address
