"""Where a training lies on the disk, and whether what lies there is the training that was asked for.

settings.json       what was asked for; another training does not go on here
checkpoint.pth      all that going on takes, rewritten every now and then, whole at every moment
losses.json, .png   the curves
model.safetensors   the model, when it is done
result.json         what came out, when all is done
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHOWN = 3  # differences that a message names


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The files of a training."""

    path: Path

    @property
    def settings(self) -> Path:
        """What was asked for, as JSON."""
        return self.path / "settings.json"

    @property
    def checkpoint(self) -> Path:
        """Model, optimizer, random numbers and how far it is."""
        return self.path / "checkpoint.pth"

    @property
    def model(self) -> Path:
        """The model at the end."""
        return self.path / "model.safetensors"

    @property
    def losses(self) -> Path:
        """The losses so far, as JSON."""
        return self.path / "losses.json"

    @property
    def picture(self) -> Path:
        """The same as curves."""
        return self.path / "losses.png"

    @property
    def result(self) -> Path:
        """What came out; it is the last file that a training writes."""
        return self.path / "result.json"

    def write_json(self, path: Path, content: object) -> None:
        """Writes one of the files, whole or not at all. Raises OSError if it cannot be written."""
        from reference.checkpoint import write_whole

        text = json.dumps(content, indent=1) + "\n"
        write_whole(path, lambda file: file.write(text.encode()))

    def read_json(self, path: Path) -> dict[str, Any]:
        """What lies in one of the files. Raises ValueError if it is damaged."""
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path} is damaged ({error}); start over with --fresh") from None
        if not isinstance(content, dict):
            raise ValueError(f"{path} holds a {type(content).__name__}, not an object; start over with --fresh")
        return content


@contextlib.contextmanager
def entered(path: Path, asked: Mapping[str, Any], *, fresh: bool = False) -> Iterator[RunFolder]:
    """The folder for a training, new or with what an earlier run of the same training left; nobody else gets in.

    asked: what decides about the result, as JSON has it. fresh: whether a training that lies there is moved aside.
    Raises ValueError if another training lies there, with what differs, or something else, or if another process is
    training there at this moment; OSError if the folder cannot be made.
    """
    folder = RunFolder(path)
    if not folder.settings.exists():
        _make(folder, asked)
    elif fresh:
        with _locked(folder):
            path.rename(_free_name(path))
        _make(folder, asked)
    elif differences := _differences(folder.read_json(folder.settings), json.loads(json.dumps(asked))):
        raise ValueError(
            f"{path} holds another training: {differences}; name another folder with --out, or start over with --fresh"
        )
    with _locked(folder):
        yield folder


def _make(folder: RunFolder, asked: Mapping[str, Any]) -> None:
    path = folder.path
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise ValueError(f"{path} is there and holds no training; name another folder with --out")
    path.mkdir(parents=True, exist_ok=True)
    folder.write_json(folder.settings, asked)


@contextlib.contextmanager
def _locked(folder: RunFolder) -> Iterator[None]:
    """Keeps other processes out, where the system has such locks; Windows has not."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with folder.settings.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(f"another process is training in {folder.path} at this moment") from None
        yield


def _differences(there: Mapping[str, Any], asked: Mapping[str, Any]) -> str:
    """What differs, in words; nothing if the two are the same."""
    names = [name for name in {**there, **asked} if there.get(name) != asked.get(name)]
    told = [f"{name} is {_word(there.get(name))} there and {_word(asked.get(name))} now" for name in names[:SHOWN]]
    more = [f"{len(names) - SHOWN} more"] if len(names) > SHOWN else []
    return ", ".join([*told, *more])


def _word(value: object) -> str:
    return "not set" if value is None else str(value)


def _free_name(path: Path) -> Path:
    """The name that an old folder gets: runs/pretrain becomes runs/pretrain.1, or .2 if that is there, and so on."""
    number = 1
    while (name := path.with_name(f"{path.name}.{number}")).exists():
        number += 1
    return name
