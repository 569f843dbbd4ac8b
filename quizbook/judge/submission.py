"""A learner's file on its way to the wall: opened and read once, checked, and laid out as the child will see it.

Only regular files count, links are never followed, sizes are bounded. The helper files that lie beside the file
(.py, .txt, .json, .yaml, .csv) and that it names go along, so that `import mine` works as it did where it was written.
"""

from __future__ import annotations

import ast
import bisect
import codecs
import json
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from quizbook.errors import QuizbookError
from quizbook.judge.wording import clean

MOST_BYTES = 2 * 2**20  # of the file itself
MOST_HELPER_BYTES = 1 * 2**20  # of each file beside it
MOST_HELPERS = 40
MOST_ENTRIES = 2000  # of the folder that are looked at
HELPERS = (".py", ".txt", ".json", ".yaml", ".yml", ".csv")
MOST_MAGIC_CELL = 64 * 1024  # characters of a cell whose magics are looked at closely
MOST_LINES_OF_MAGIC = 200  # that are, of one cell
RESERVED = ("probe.py", "submission.py")


@dataclass(frozen=True, slots=True)
class Submission:
    """What was handed in: the path as given, the source, the files beside it, and what was left out of it.

    cells: the line of the source in front of each code cell, where the path is a notebook's.
    """

    path: Path
    source: str
    helpers: Mapping[str, bytes]
    notes: tuple[str, ...] = ()
    cells: tuple[int, ...] = ()

    def place(self, line: int) -> str:
        """Where a line of the source stands, for whoever wrote it: line 7, or line 2 of code cell 3."""
        cell = bisect.bisect_left(self.cells, line)
        return f"line {line - self.cells[cell - 1]} of code cell {cell}" if cell else f"line {line}"

    def lay_out(self, folder: Path) -> str:
        """Writes everything into an empty folder of the judge; the name of the file to load."""
        name = f"{self.path.stem}.py" if self.path.suffix == ".ipynb" else self.path.name
        if name in RESERVED or not name.endswith(".py"):
            name = "handed_in.py"
        for helper, content in self.helpers.items():
            (folder / helper).write_bytes(content)
        (folder / name).write_text(self.source, encoding="utf-8", newline="\n", errors="surrogatepass")
        return name


def read_submission(path: Path, *, alone: bool = False) -> Submission:
    """Reads the file and its neighbours; QuizbookError says in a sentence why that cannot be a submission.

    alone: takes no neighbours, as where they are other people's. A file in an exercise's own folder, as when a checker
    is proven, always goes alone: its neighbour is the solution.
    """
    raw = _read_regular(path, MOST_BYTES)
    text = _decode(path, raw)
    if not text.strip():
        raise QuizbookError(f"{_name(path)} is empty; write your solution into it first")
    notes: tuple[str, ...] = ()
    cells: tuple[int, ...] = ()
    if path.suffix == ".ipynb":
        text, notes, cells = _code_of_notebook(path, text)
    elif path.suffix != ".py":
        raise QuizbookError(
            f"{_name(path)} ends in {clean(path.suffix, limit=20) or 'nothing'}; hand in a .py or .ipynb file"
        )
    at_home = any((folder / "exercise.yaml").exists() for folder in (path.parent, path.parent.parent))
    return Submission(path, text, {} if alone or at_home else _helpers(path, text), notes, cells)


def _read_regular(path: Path, most: int) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        raise QuizbookError(f"there is no file {_shown(path)}{_neighbours(path)}") from None
    except OSError as error:
        if path.is_symlink():
            raise QuizbookError(f"{_shown(path)} is a symbolic link; hand in the file itself") from None
        raise QuizbookError(f"{_shown(path)} cannot be opened: {error.strerror}") from None
    except ValueError:
        raise QuizbookError("the file's name holds a NUL character") from None
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise QuizbookError(f"{_shown(path)} is a folder; name the file in it")
        if not stat.S_ISREG(status.st_mode):
            raise QuizbookError(f"{_shown(path)} is no regular file; hand in a .py or .ipynb file")
        if status.st_size > most:
            size = f"{status.st_size / 2**20:.1f} MB"
            raise QuizbookError(f"{_name(path)} is {size}; a submission may have {most / 2**20:.0f} MB")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(most + 1)[:most]
    finally:
        os.close(descriptor)


def _name(path: Path) -> str:
    return clean(path.name, limit=80)


def _shown(path: Path) -> str:
    return clean(str(path), limit=200)


def _neighbours(path: Path) -> str:
    try:
        beside = sorted(_name(p) for p in path.parent.iterdir() if p.suffix in (".py", ".ipynb"))[:4]
    except OSError:
        return ""
    return f"; this folder holds {', '.join(beside)}" if beside else ""


def _decode(path: Path, raw: bytes) -> str:
    for mark, name in (
        (codecs.BOM_UTF32_LE, "UTF-32"),
        (codecs.BOM_UTF16_LE, "UTF-16"),
        (codecs.BOM_UTF16_BE, "UTF-16"),
    ):
        if raw.startswith(mark):
            raise QuizbookError(f"{_name(path)} is written in {name}; save it as UTF-8")
    if b"\0" in raw:
        raise QuizbookError(f"{_name(path)} is no text: it holds NUL bytes; hand in Python source")
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise QuizbookError(
            f"{_name(path)} is not UTF-8: byte {raw[error.start]:#04x} in line {line}; save it as UTF-8", line=line
        ) from None


def _code_of_notebook(path: Path, text: str) -> tuple[str, tuple[str, ...], tuple[int, ...]]:
    """The code cells of a notebook, one after another, what was left out, and the line in front of each cell.

    Magics and shell lines are left out.
    """
    try:
        notebook = json.loads(text)
        cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        sources = [s if isinstance(s := cell["source"], str) else "".join(s) for cell in cells]
    except json.JSONDecodeError as error:
        raise QuizbookError(
            f"{_name(path)} is no notebook: its JSON breaks off: {error.msg}", line=error.lineno, column=error.colno
        ) from None
    except (KeyError, TypeError, RecursionError):
        raise QuizbookError(f"{_name(path)} is no notebook of format 4: it has no list of cells") from None
    if not any(s.strip() for s in sources):
        raise QuizbookError(f"{_name(path)} has no code cells; write your solution into one")
    lines: list[str] = []
    left_out: list[str] = []
    starts: list[int] = []
    for number, source in enumerate(sources, 1):
        lines.append(f"# cell {number}")
        starts.append(len(lines))
        magics = _magics(source)
        for place, line in enumerate(source.splitlines()):
            if place in magics:
                left_out.append(line.strip())
                line = f"{_indent(line)}pass  # left out: {line.strip()}"
            lines.append(line)
    shown = ", ".join(clean(line, limit=40) for line in left_out[:5])
    notes = (f"left out of the notebook: {shown}",) if left_out else ()
    return "\n".join(lines) + "\n", notes, tuple(starts)


def _magics(source: str) -> set[int]:
    """The places of the lines that only a notebook understands: where a statement could stand, and % or ! does."""
    lines = source.splitlines()
    if source.lstrip().startswith("%%"):
        return set(range(len(lines)))
    asked = [place for place, line in enumerate(lines) if line.lstrip().startswith(("%", "!"))]
    if len(source) > MOST_MAGIC_CELL:
        return {place for place in asked if lines[place][0] in "%!"}
    if not asked or _is_python(source):
        return set()
    found: set[int] = set()
    for place in asked:
        before = [f"{_indent(line)}pass" if number in found else line for number, line in enumerate(lines[:place])]
        if len(found) >= MOST_LINES_OF_MAGIC or _is_python("\n".join([*before, f"{_indent(lines[place])}pass"])):
            found.add(place)
    return found


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _is_python(source: str) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _helpers(path: Path, source: str) -> dict[str, bytes]:
    try:
        with os.scandir(path.parent) as entries:
            names = sorted(e.name for _, e in zip(range(MOST_ENTRIES), entries, strict=False))
    except OSError:
        return {}
    left = [n for n in names if n.endswith(HELPERS) and not n.startswith(".") and n != path.name and n not in RESERVED]
    found: dict[str, bytes] = {}
    unread = [source]
    while unread:
        words = set(re.findall(r"\w+", unread.pop()))
        named = [n for n in left if set(re.findall(r"\w+", n.removesuffix(".py"))) <= words]
        left = [n for n in left if n not in named]
        for name in named[: MOST_HELPERS - len(found)]:
            try:
                found[name] = _read_regular(path.parent / name, MOST_HELPER_BYTES)
            except QuizbookError:  # a link, a folder, something large: not part of what was handed in
                continue
            if name.endswith(".py"):
                unread.append(found[name].decode("utf-8", "replace"))
    return found
