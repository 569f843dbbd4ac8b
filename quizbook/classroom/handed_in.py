"""Who handed in what: a folder of a class, read into one submission for each learner and exercise."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from quizbook.errors import QuizbookError
from quizbook.judge.exercise import Exercise
from quizbook.judge.wording import clean

SUFFIXES = (".py", ".ipynb")
DEEPEST = 4  # folders of a learner that are looked into
MOST_FILES = 400  # of one learner
MOODLE = re.compile(r"_\d+_assignsubmission_\w+$")  # what Moodle puts behind a name


@dataclass(frozen=True, slots=True)
class HandedIn:
    """One learner's file for one exercise; without a path, nothing was handed in.

    alone: the files beside it are other learners'. notes: what whoever grades should know of how it was found.
    """

    learner: str
    exercise: Exercise
    path: Path | None
    alone: bool = False
    notes: tuple[str, ...] = ()


def find_handed_in(folder: Path, exercises: Sequence[Exercise], only: Exercise | None) -> tuple[HandedIn, ...]:
    """Every learner's submission, by name; a learner with none for an exercise that others handed in is listed too.

    folder: holds a folder for each learner, or a file for each. exercises: those that files may be for, told by the
    file's name. only: the exercise that all files are for, whatever they are called.
    Raises QuizbookError if it is no folder or holds no file that can be told.
    """
    named: dict[tuple[str, str], list[HandedIn]] = defaultdict(list)
    unnamed: dict[tuple[str, str], list[HandedIn]] = defaultdict(list)
    others: dict[str, list[Path]] = {}  # learner -> files that are called like no exercise
    for owner, path, alone in _files(folder):
        exercise, learner = _told(path, owner, alone, exercises)
        others.setdefault(learner, [])
        if exercise is not None and only in (None, exercise):
            named[learner, exercise.id].append(HandedIn(learner, exercise, path, alone))
        elif exercise is None and path is not None:
            others[learner].append(path)
            if only is not None:
                unnamed[learner, only.id].append(HandedIn(learner, only, path, alone))
    found = {key: named.get(key) or unnamed[key] for key in (*named, *unnamed)}
    if not found:
        raise QuizbookError(_nothing(folder, exercises, others))
    wanted = {one.exercise.id: one.exercise for ones in found.values() for one in ones}
    chosen = [
        _newest(found[learner, id]) if (learner, id) in found else _missing(learner, exercise, others[learner])
        for learner in others
        for id, exercise in wanted.items()
    ]
    return tuple(sorted(chosen, key=lambda one: (one.learner.casefold(), one.learner, one.exercise.item)))


def _files(folder: Path) -> Iterator[tuple[str, Path | None, bool]]:
    """(learner, file, whether it lies beside other learners'); None for a learner whose folder holds no file."""
    for entry in _entries(folder):
        if entry.is_dir(follow_symlinks=False):
            learner = _learner(MOODLE.sub("", entry.name))
            yield from ((learner, path, False) for path in _within(Path(entry.path)))
        elif entry.name.endswith(SUFFIXES):
            yield _learner(entry.name.rpartition(".")[0]), Path(entry.path), True


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            kept = [entry for entry in entries if not entry.name.startswith((".", "__"))]
    except NotADirectoryError:
        raise QuizbookError(f"{clean(str(folder), limit=200)} is no folder; `quizbook check` grades one file") from None
    except OSError as error:
        raise QuizbookError(f"{clean(str(folder), limit=200)} cannot be read: {error.strerror}") from None
    return sorted(kept, key=lambda entry: entry.name)


def _within(folder: Path) -> Iterator[Path | None]:
    """The files of one learner, links not followed; None where there are none."""
    count = 0
    for place, folders, names in os.walk(folder):
        if len(Path(place).relative_to(folder).parts) >= DEEPEST:
            folders.clear()
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__")))
        for name in sorted(names):
            if name.endswith(SUFFIXES) and not name.startswith(".") and count < MOST_FILES:
                count += 1
                yield Path(place, name)
    if not count:
        yield None


def _learner(name: str) -> str:
    """A name as it is shown: one form of each accented letter, no control characters, no blanks around it."""
    return clean(unicodedata.normalize("NFC", os.fsencode(name).decode("utf-8", "replace")), limit=120).strip() or "?"


def _told(path: Path | None, owner: str, alone: bool, exercises: Iterable[Exercise]) -> tuple[Exercise | None, str]:
    """The exercise that a file's name tells, and the learner; ada_ch03_ex1_weight_transfer.py tells both."""
    stem = _learner(re.sub(r" ?\(\d+\)$", "", path.stem)) if path else ""
    for exercise in exercises:
        for name in (exercise.file_stem, exercise.id, exercise.item):
            if stem == name:
                return exercise, owner
            if alone and stem.endswith(name):
                return exercise, stem.removesuffix(name).rstrip(" _-.") or owner
    return None, owner


def _newest(ones: Sequence[HandedIn]) -> HandedIn:
    """Of several files for the same exercise the one that was changed last, with a note on the others."""
    if len(ones) == 1:
        return ones[0]
    *others, last = sorted(ones, key=lambda one: (one.path.lstat().st_mtime_ns if one.path else 0, str(one.path)))
    names = ", ".join(clean(one.path.name, limit=60) for one in others[:5] if one.path)
    note = f"of {len(ones)} files for this exercise the one that was changed last was graded, and not {names}"
    return replace(last, notes=(note,))


def _missing(learner: str, exercise: Exercise, others: Sequence[Path]) -> HandedIn:
    """No file for it, with a note on those that are called like no exercise."""
    names = ", ".join(clean(path.name, limit=60) for path in others[:5])
    note = f"there is {names}, whose name tells no exercise; {exercise.file_stem}.py would"
    return HandedIn(learner, exercise, None, notes=(note,) if others else ())


def _nothing(folder: Path, exercises: Sequence[Exercise], learners: Iterable[str]) -> str:
    shown = clean(str(folder), limit=200)
    if not [*learners]:
        return f"{shown} holds no .py or .ipynb file and no learner's folder"
    return (
        f"{shown} holds files, and none is called like an exercise's, such as {exercises[0].file_stem}.py; "
        f"say which exercise they are for: --exercise {exercises[0].id}"
    )
