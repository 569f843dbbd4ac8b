"""Records the pictures of the README: runs quizbook for real, and lets Rich draw what it printed as SVG.

python docs/record_look.py          writes docs/quiz.svg and docs/check.svg
"""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

DOCS = Path(__file__).resolve().parent
COLUMNS = 84
MISTAKE = """\
def transfer_weights(source, target):
    target.W_query.data = source.W_query.weight.data.T
    target.W_key.data = source.W_key.weight.data
    target.W_value.data = source.W_value.weight.data.T
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "QUIZBOOK_HOME": str(Path(folder, "home")), "TERM": "xterm-256color"}
        env["QUIZBOOK_PLAIN"] = "1"
        env.pop("NO_COLOR", None)
        place = Path(folder, "course")
        place.mkdir()
        (place / "mine.py").write_text(MISTAKE)
        quiz = "quizbook quiz --chapter 3 --kind matching --count 1 --seed 5"
        draw("quiz", quiz, in_terminal(quiz, place, env, "1c 2b 3d\n"))
        check = "quizbook check 3.1 mine.py --seed 7"
        in_terminal(check, place, env)  # the first one starts the judge
        draw("check", check, in_terminal(check, place, env))
        in_terminal("quizbook doctor --stop", place, env)


def in_terminal(command: str, place: Path, env: dict[str, str], typed: str = "") -> str:
    """What the command prints in a pseudo-terminal while somebody types."""
    program, *arguments = command.split()
    words = [str(Path(sys.executable).with_name(program)), *arguments]
    ours, theirs = pty.openpty()
    import fcntl
    import struct
    import termios

    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS - 4, 0, 0))
    with subprocess.Popen(words, cwd=place, env=env, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        printed = b""
        waiting = typed.splitlines(keepends=True)
        while True:
            try:
                chunk = os.read(ours, 4096)
            except OSError:
                break
            if not chunk:
                break
            printed += chunk
            if waiting and printed.endswith(b"> "):
                os.write(ours, waiting.pop(0).encode())
        process.wait()
    return printed.decode().replace("\r\n", "\n")


def draw(name: str, command: str, printed: str) -> None:
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True, color_system="truecolor")
        console.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
        console.print(Text.from_ansi(printed.rstrip()))
        console.save_svg(str(DOCS / f"{name}.svg"), title="quizbook", unique_id=name)


if __name__ == "__main__":
    main()
