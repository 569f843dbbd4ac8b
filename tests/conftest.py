"""Where the suite runs in the background, whatever it starts ignores Ctrl-C; the tests of it need it to be heard."""

from __future__ import annotations

import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
