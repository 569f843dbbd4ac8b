"""`quizbook serve`: the full-screen app in a browser."""

from __future__ import annotations

import sys

from quizbook.errors import QuizbookError

OF_THE_EXTRA = {"textual_serve", "aiohttp"}


def serve(*, port: int | None, host: str | None, i_know: bool) -> int:
    """Serves until Ctrl-C; 0 then."""
    if i_know and host is None:
        raise QuizbookError("--i-know belongs to --host: name the address to serve on.", kind="usage")
    try:
        from quizbook.tui import serving
    except ModuleNotFoundError as missing:
        if missing.name not in OF_THE_EXTRA:
            raise
        raise QuizbookError("Serving needs one more package: pip install 'quizbook[web]'", kind="usage") from None
    command = (sys.executable, "-m", "quizbook")
    serving.serve(command, host=serving.LOOPBACK if host is None else host, port=port or 0, anywhere=i_know)
    return 0
