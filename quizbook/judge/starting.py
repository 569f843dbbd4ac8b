"""What a learner starts from: the starter and the task, put where they work, never over something that is there."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from quizbook.errors import QuizbookError
from quizbook.judge.exercise import Exercise


def put_files(
    exercise: Exercise, folder: Path, *, notebook: bool = False, fresh: bool = False, stem: str | None = None
) -> tuple[Path, ...]:
    """Writes the file to work in and the task beside it; the paths, the file to work in first.

    stem: of the file to work in, where it is not the usual one.

    QuizbookError where the file is there already, unless `fresh`, which moves the old one aside under a dated name.
    A task that is there stays as it is: people write notes into it.
    """
    starter = (exercise.folder / "starter.py").read_text(encoding="utf-8")
    work = folder / f"{stem or exercise.file_stem}{'.ipynb' if notebook else '.py'}"
    task = folder / f"{exercise.file_stem}.md"
    if folder.exists() and not folder.is_dir():
        raise QuizbookError(f"nothing can be put into {folder}: it is a file; choose another with --dir")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if fresh:
            _move_aside(work)
        with work.open("x", encoding="utf-8") as file:
            file.write(_notebook(exercise, starter) if notebook else starter)
        if not task.exists() and not task.is_symlink():
            task.write_text(task_text(exercise), encoding="utf-8")
    except FileExistsError:
        raise QuizbookError(
            f"{work} is there already and stays as it is; --fresh moves it aside and starts anew"
        ) from None
    except OSError as error:
        raise QuizbookError(f"nothing can be put into {folder}: {error.strerror}; choose another with --dir") from None
    return work, task


def task_text(exercise: Exercise) -> str:
    """The task as Markdown, with what it asks for and where the code stands that it is about."""
    wanted = "\n".join(f"- `{name}{signature}`" for name, signature in exercise.entry_points.items())
    see = "\n".join(f"- `{symbol}`" for symbol in exercise.see)
    parts = [f"# Exercise {exercise.id}: {exercise.title}", exercise.task.strip(), f"Your file defines:\n\n{wanted}"]
    if see:
        parts.append(f"The code it is about:\n\n{see}")
    if exercise.guide:
        parts.append(f"In the guide: {exercise.guide}")
    parts.append(f"Check it with `quizbook check {exercise.id}`; the next hint is `quizbook hint {exercise.id}`.")
    return "\n\n".join(parts) + "\n"


def _move_aside(work: Path) -> None:
    if not work.exists():
        return
    stamp = datetime.fromtimestamp(work.stat().st_mtime).strftime("%Y-%m-%d-%H%M%S")
    aside = work.with_name(f"{work.stem}.{stamp}{work.suffix}")
    number = 1
    while aside.exists():
        number += 1
        aside = work.with_name(f"{work.stem}.{stamp}-{number}{work.suffix}")
    work.rename(aside)


def _notebook(exercise: Exercise, starter: str) -> str:
    import nbformat

    cells = [nbformat.v4.new_markdown_cell(task_text(exercise)), nbformat.v4.new_code_cell(starter.rstrip("\n"))]
    notebook = nbformat.v4.new_notebook(cells=cells)
    for number, cell in enumerate(notebook.cells):  # the same file for everybody
        cell["id"] = f"{exercise.file_stem}-{number}".replace("_", "-")
    return str(nbformat.writes(notebook)) + "\n"
