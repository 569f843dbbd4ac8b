"""`quizbook exercises`, `start`, `hint`, `solution`, `exercise new` and `exercise verify`."""

from __future__ import annotations

import json as json_
import os
import shlex
import sys
from pathlib import Path

from quizbook import places
from quizbook.errors import QuizbookError
from quizbook.judge.exercise import all_exercises, find_exercise
from quizbook.practice.hints import hint_lines, next_hint
from quizbook.practice.progress import note, progress_of
from quizbook.study.exercises import PUT_AT, Progress
from quizbook.study.store import open_log


def exercises(*, json: bool) -> int:
    """Lists the exercises with their states."""
    with open_log(places.home(), writing=False) as log:
        progress = progress_of(log)
    states = [(e, progress.get(e.item, Progress()).state) for e in all_exercises()]
    if json:
        rows = [
            {"id": e.id, "title": e.title, "state": state, "entry_points": list(e.entry_points)} for e, state in states
        ]
        print(json_.dumps(rows, ensure_ascii=False))
        return 0
    for exercise, state in states:
        print(f"{exercise.id:>5}  {state:<8} {exercise.title}")
    return 0


def start(*, id: str, dir: str | None, notebook: bool, fresh: bool) -> int:
    """Puts starter and task into a folder."""
    from quizbook.judge.starting import put_files

    exercise = find_exercise(id)
    work, task = put_files(exercise, Path(dir) if dir else Path.cwd(), notebook=notebook, fresh=fresh)
    with open_log(places.home()) as log:
        note(log, exercise.item, PUT_AT, str(work.absolute()))
    print(f"{exercise.id} {exercise.title}")
    print(f"  the task:         {task}")
    print(f"  your file:        {work}")
    print(f"  when you changed it: quizbook check {exercise.id}{f' {shlex.quote(str(work))}' if dir else ''}")
    return 0


def hint(*, id: str) -> int:
    """Shows the next hint, and the earlier ones before it; what was seen is written down."""
    exercise = find_exercise(id)
    print("\n".join(hint_lines(exercise, next_hint(exercise))))
    return 0


def solution(*, id: str, give_up: bool) -> int:
    """Shows our solution to somebody who passed or gives up."""
    exercise = find_exercise(id)
    with open_log(places.home(), writing=False) as log:
        state = progress_of(log).get(exercise.item, Progress()).state
    if state != "passed" and not give_up:
        raise QuizbookError(
            f"exercise {exercise.id} is not passed yet; `quizbook hint {exercise.id}` helps, and --give-up shows the "
            "solution anyway",
            kind="usage",
        )
    print((exercise.folder / "solution.py").read_text(encoding="utf-8"), end="")
    return 0


def new(*, id: str, title: str, dir: str | None) -> int:
    """Writes a new exercise's folder, and says what comes next."""
    from quizbook.judge.new_exercise import write_new

    named = places.named_exercise_folders()
    root = Path(dir).expanduser().absolute() if dir else next(iter(named), Path.cwd() / "exercises")
    folder = write_new(id, title, root)
    known = root in places.exercise_folders()
    print(f"{id} {title.strip()}")
    print(f"  the exercise:   {folder}")
    if not known:
        folders = os.pathsep.join(map(str, (*named, root)))
        print(f"  make it known:  export QUIZBOOK_EXERCISES={shlex.quote(folders)}")
    print(f"  it works:       quizbook exercise verify {id}")
    print("  change it step by step, and verify after each; docs/writing-exercises.md says what each file is for")
    return 0


def verify(*, id: str | None, thorough: bool) -> int:
    """Proves the checkers of one exercise or of all; 1 if any is not proven."""
    from quizbook.judge.verifying import plan
    from quizbook.judge.verifying import verify as verify_exercise

    sound = True
    for exercise in (find_exercise(id),) if id else all_exercises():
        trials = plan(exercise, thorough=thorough)
        print(f"{exercise.id} {exercise.title}: {len(trials)} trials", flush=True)
        problems = 0
        for number, result in enumerate(verify_exercise(exercise, thorough=thorough), 1):
            if sys.stderr.isatty():
                print(f"\r  {number} of {len(trials)}", end="", file=sys.stderr, flush=True)
            if result.problem:
                problems += 1
                trial = result.trial
                print(f"\r  {trial.path.relative_to(exercise.folder)}, seed {trial.seed}: {result.problem}", flush=True)
        if sys.stderr.isatty():
            print("\r", end="", file=sys.stderr)
        print(f"  {problems} problems" if problems else "  proven", flush=True)
        sound = sound and not problems
    return 0 if sound else 1
