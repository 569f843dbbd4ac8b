"""A new exercise's folder: a small one that works and is proven, to be changed step by step into the author's own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from quizbook.errors import QuizbookError
from quizbook.judge.exercise import ID, all_exercises
from quizbook.judge.wording import clean

BLANK = Path(__file__).with_name("blank_exercise")
MOST_TITLE = 80  # characters


def write_new(id: str, title: str, root: Path) -> Path:
    """Writes the folder of exercise `id` under `root`, a course's folder of exercises; the new folder.

    QuizbookError where the id is none or is taken, where the title fits into no line, or the folder cannot be written.
    """
    if not re.fullmatch(ID, id):
        raise QuizbookError(
            f"{clean(id, limit=40)!r} is no id of an exercise; it is like 8.1 or F.1, a chapter and a number",
            kind="usage",
        )
    if not title.strip() or len(title) > MOST_TITLE or not title.isprintable():
        raise QuizbookError(f"a title is one line of 1 to {MOST_TITLE} characters", kind="usage")
    if taken := next((exercise for exercise in all_exercises() if exercise.id == id), None):
        raise QuizbookError(f"there is an exercise {id} already, in {taken.folder}; choose another number")
    chapter, _, number = id.partition(".")
    place = Path(f"ch{int(chapter):02d}" if chapter.isdigit() else f"app{chapter}", f"ex{number}_{_slug(title)}")
    folder = root / place
    try:
        folder.mkdir(parents=True)
        for path, text in _filled(
            {"@ID@": id, "@TITLE@": json.dumps(title.strip(), ensure_ascii=False), "@FOLDER@": place.as_posix()}
        ):
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
    except FileExistsError:
        raise QuizbookError(f"{folder} is there already and stays as it is; choose another number or title") from None
    except OSError as error:
        raise QuizbookError(f"nothing can be put into {folder}: {error.strerror}; choose another with --dir") from None
    return folder


def _filled(words: dict[str, str]) -> Iterator[tuple[Path, str]]:
    """Every file of the blank exercise, with what is this one's own in the places for it."""
    for path in sorted(BLANK.rglob("*")):
        if path.suffix in (".py", ".yaml"):
            text = path.read_text(encoding="utf-8")
            for mark, word in words.items():
                text = text.replace(mark, word)
            yield path.relative_to(BLANK), text


def _slug(title: str) -> str:
    """A title as part of a file's name: its words in small letters; `new` where none is left."""
    words = re.findall(r"[a-z0-9]+", title.lower())
    return "_".join(words)[:40].strip("_") or "new"
