"""An exercise as its folder describes it, and where to find the one that somebody means."""

from __future__ import annotations

import ast
import difflib
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from quizbook import places
from quizbook.errors import QuizbookError
from quizbook.judge.kept_warm import KEPT_WARM
from quizbook.judge.wall.enclosure import Limits
from quizbook.judge.wording import clean

ID = r"([0-9]+|[A-Z])\.[0-9]+[a-z]?"
REQUIRED: dict[str, type] = {"id": str, "title": str, "task": str, "entry_points": dict, "hints": list}
OPTIONAL: dict[str, type] = {"guide": str, "withheld": list, "imports": list, "limits": dict, "see": list}


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise. `id` is what people type ("3.1"), `item` the name in the store ("ch03.ex.1").

    imports: those of KEPT_WARM that a check of it imports.
    """

    id: str
    title: str
    task: str
    folder: Path
    entry_points: Mapping[str, str]
    hints: tuple[str, ...]
    guide: str = ""
    withheld: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    see: tuple[str, ...] = ()

    @property
    def chapter(self) -> str:
        """The chapter that it belongs to, such as "3"."""
        return self.id.partition(".")[0]

    @property
    def item(self) -> str:
        """The id under which the store keeps what a learner did with it."""
        chapter, _, number = self.id.partition(".")
        return f"ch{int(chapter):02d}.ex.{number}" if chapter.isdigit() else f"app{chapter}.ex.{number}"

    @property
    def reading(self) -> str:
        """What to read about it, in a sentence or two; nothing where nothing is named."""
        parts = [f"The code it is about: {', '.join(self.see)}."] if self.see else []
        parts += [f"In the guide: {self.guide}."] if self.guide else []
        return " ".join(parts)

    @property
    def file_stem(self) -> str:
        """What a learner's file is called: the chapter's folder and the exercise's."""
        return f"{self.folder.parent.name}_{self.folder.name}"


def all_exercises() -> tuple[Exercise, ...]:
    """Every exercise of every folder, in the order of their ids; the first of two with the same id counts."""
    found: dict[str, Exercise] = {}
    for root in places.exercise_folders():
        if not root.is_dir():
            raise QuizbookError(f"there is no folder of exercises at {root}")
        for path in sorted(root.glob("*/*/exercise.yaml")):
            exercise = read_exercise(path.parent)
            found.setdefault(exercise.id, exercise)
    return tuple(sorted(found.values(), key=_order))


def find_exercise(id: str) -> Exercise:
    """The exercise with that id, as typed (3.1) or as stored (ch03.ex.1); QuizbookError names the nearest."""
    known = all_exercises()
    for exercise in known:
        if id.strip() in (exercise.id, exercise.item):
            return exercise
    names = [e.id for e in known]
    chapter = [name for name in names if name.partition(".")[0] == id.strip().partition(".")[0]]
    near = difflib.get_close_matches(id, chapter or names, n=3, cutoff=0.4) or names[:5]
    raise QuizbookError(
        f"there is no exercise {clean(id, limit=40)}; did you mean {' or '.join(near)}? `quizbook exercises` lists them"
    )


def read_exercise(folder: Path) -> Exercise:
    """The exercise in that folder; QuizbookError says what its exercise.yaml lacks."""
    path = folder / "exercise.yaml"
    try:
        stat = path.stat()
    except OSError as error:
        raise QuizbookError(f"{path} cannot be read: {error.strerror}") from None
    return _read(folder, stat.st_mtime_ns, stat.st_size)


@functools.lru_cache(maxsize=256)  # a warm judge reads each state of a file once
def _read(folder: Path, modified: int, size: int) -> Exercise:
    path = folder / "exercise.yaml"
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else None
        raise QuizbookError(f"{path} cannot be read: {getattr(error, 'problem', error)}", line=line) from None
    _validate(path, data)
    return Exercise(
        id=data["id"],
        title=data["title"],
        task=data["task"],
        folder=folder,
        entry_points={str(k): str(v) for k, v in data["entry_points"].items()},
        hints=tuple(map(str, data["hints"])),
        guide=data.get("guide", ""),
        withheld=tuple(data.get("withheld", ())),
        imports=tuple(data.get("imports", ())),
        limits=_limits(path, data.get("limits", {})),
        see=tuple(data.get("see", ())),
    )


def _validate(path: Path, data: Any) -> None:
    if not isinstance(data, dict):
        raise QuizbookError(f"{path} does not hold the fields of an exercise")
    for name, kind in REQUIRED.items():
        if name not in data:
            raise QuizbookError(f"{path}: the field {name} is missing")
        if not isinstance(data[name], kind):
            raise QuizbookError(f"{path}: {name} is {data[name]!r}; it has to be {_in_words(kind)}")
    for name, value in data.items():
        known = REQUIRED.get(name) or OPTIONAL.get(name)
        if known is None:
            near = difflib.get_close_matches(str(name), [*REQUIRED, *OPTIONAL], n=1)
            raise QuizbookError(f"{path}: there is no field {name}" + (f"; did you mean {near[0]}?" if near else ""))
        if not isinstance(value, known):
            raise QuizbookError(f"{path}: {name} is {value!r}; it has to be {_in_words(known)}")

    if not re.fullmatch(ID, data["id"]):
        raise QuizbookError(f"{path}: the id is {data['id']!r}; it has to be like 3.1 or E.1, a chapter and a number")
    for name, signature in data["entry_points"].items():
        try:
            ast.parse(f"def entry{signature}: ...")
        except SyntaxError:
            raise QuizbookError(
                f"{path}: entry_points: the signature of {name} is {signature!r}; it has to be like (x, y=1) -> int"
            ) from None
    if unknown := [name for name in data.get("imports", ()) if name not in KEPT_WARM]:
        raise QuizbookError(f"{path}: imports knows {', '.join(KEPT_WARM)}, not {unknown[0]}")


def _limits(path: Path, given: Mapping[str, Any]) -> Limits:
    known = {f.name for f in fields(Limits)}
    for name, value in given.items():
        if name not in known:
            raise QuizbookError(f"{path}: limits knows {', '.join(sorted(known))}, not {name}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise QuizbookError(f"{path}: limits: {name} is {value!r}; it has to be a number above 0")
    return Limits(**given)


def _in_words(kind: type) -> str:
    names: dict[type, str] = {str: 'text (quote it: "3.1")', list: "a list", dict: "a mapping"}
    return names[kind]


def _order(exercise: Exercise) -> tuple[int, str, int, str]:
    chapter, _, number = exercise.id.partition(".")
    return (
        int(chapter) if chapter.isdigit() else 99,
        chapter,
        int(number) if number.isdigit() else 99,
        number,
    )
