"""What the suite's surroundings leave to its processes, and the tests do not want.

Where it runs in the background, whatever it starts ignores Ctrl-C; the tests of that need it to be heard. Workers of
pytest-xdist name a size of the screen, which would hide the size of the terminals that tests open.
"""

from __future__ import annotations

import os
import signal

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

for name in ("COLUMNS", "LINES"):
    os.environ.pop(name, None)
