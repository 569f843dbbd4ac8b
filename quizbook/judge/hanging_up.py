"""Whether the other end of a connection is still there, asked without taking anything from it."""

from __future__ import annotations

import socket


def still_there(connection: socket.socket, *, unless_silent: bool = False) -> bool:
    """Whether the other end is open; one that has said nothing yet counts as open, or, `unless_silent`, as not."""
    try:
        return bool(connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT))
    except BlockingIOError:
        return not unless_silent
    except OSError:
        return False
