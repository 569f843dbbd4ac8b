"""`quizbook progress`: what was answered, how well, how sure, and what is due; computed from the log each time."""

from __future__ import annotations

import json as json_
import shutil
import sys
from collections.abc import Mapping
from itertools import chain
from pathlib import Path

from quizbook import places
from quizbook.bank.hashing import key_hash
from quizbook.bank.library import Bank, load_bank
from quizbook.bank.questions import AnyQuestion
from quizbook.cli.progress_document import document
from quizbook.errors import QuizbookError
from quizbook.grading.wording import counted
from quizbook.judge.exercise import all_exercises
from quizbook.study.charts import progress_lines
from quizbook.study.events import Note
from quizbook.study.figures import Figures, figures, items_of
from quizbook.study.glyphs import in_encoding
from quizbook.study.regrading import Outdated, outdated, regrades
from quizbook.study.standing import Standing, standing
from quizbook.study.store import Log, effective, open_log
from quizbook.writing import write_whole

MOST_NAMED = 10  # questions with a changed key
MANY = 100_000  # attempts, from which on one waits for seconds


def progress(*, json: bool, html: str | None, rebuild: bool, regrade: bool) -> int:
    """Show it, or write it as a page into the file `html`.

    regrade: first grade anew what an earlier key of a question graded. rebuild: compute all from the log, and say
    whether the due dates are the same. Raises QuizbookError where the page cannot be written.
    """
    bank = load_bank()
    with open_log(places.home(), writing=regrade) as log:
        _outdated(log, bank.questions_by_id, regrade=regrade)
        found = _rebuilt(log, bank) if rebuild else standing(log, bank.kind_of, places.cache())
        if found.attempts >= MANY and sys.stderr.isatty():
            _say(f"reading {found.attempts:,} answers ...")
        exercises = {exercise.item: exercise.chapter for exercise in all_exercises()}
        told = figures(log.rateable(), items_of(bank, exercises), found)
    if html is not None:
        where = _page(told, Path(html))
        _say(f"The page is written: {where}", to_stderr=json)
    if json:
        print(json_.dumps(document(told)))
    elif html is None:
        width = shutil.get_terminal_size().columns
        print("\n".join(in_encoding(progress_lines(told, width), sys.stdout.encoding)))
    return 0


def _outdated(log: Log, questions: Mapping[str, AnyQuestion], *, regrade: bool) -> None:
    """Say which answers an earlier key graded, or grade them anew."""
    old = _graded_by_an_earlier_key(log, questions)
    if regrade:
        notes, left = regrades(old)
        log.append(*notes)
        _say(f"{counted(len(notes), 'attempt')} graded anew by the key of today")
        if left:
            _say(f"{counted(len(left), 'attempt')} left as they were: the key of today cannot grade them")
    elif old:
        for one in old[:MOST_NAMED]:
            _say(one.sentence)
        if len(old) > MOST_NAMED:
            _say(f"and the same of {counted(len(old) - MOST_NAMED, 'more question')}")
        _say("`quizbook progress --regrade` grades them again")


def _graded_by_an_earlier_key(log: Log, questions: Mapping[str, AnyQuestion]) -> list[Outdated]:
    """Reads only the attempts on questions that some other key than today's has ever graded."""
    used = ((item, key) for item, key in log.graded_by() if item in questions)
    suspects = sorted({item for item, key in used if key != key_hash(questions[item])})
    if not suspects:
        return []
    notes = [event for event in log.events("retraction", "regrade") if isinstance(event, Note)]
    attempts = chain.from_iterable(map(log.attempts, suspects))
    return outdated(effective(attempts, notes), questions)


def _rebuilt(log: Log, bank: Bank) -> Standing:
    """Throw the snapshot away, compute all from the log, and say what that changed."""
    before = standing(log, bank.kind_of, places.cache())
    after = standing(log, bank.kind_of, places.cache(), rebuild=True)
    items = before.scheduled.keys() | after.scheduled.keys()
    dates = [[one.due if one else None for one in (s.scheduled.get(item) for s in (before, after))] for item in items]
    differing = sum(old != new for old, new in dates)
    read = f"computed anew from {counted(after.attempts, 'attempt')}"
    if differing:
        _say(f"{read}: {differing} of {counted(len(items), 'due date')} differed and are right now")
    else:
        _say(f"{read}: {'the due date is' if len(items) == 1 else f'all {len(items)} due dates are'} the same")
    return after


def _page(told: Figures, path: Path) -> Path:
    from quizbook.cli.progress_page import page

    content = page(told).encode()
    try:
        if path.is_dir():
            raise QuizbookError(
                f"{path} is a folder: name a file in it, such as {path / 'progress.html'}.", kind="usage"
            )
        write_whole(path, content)
    except OSError as error:
        reason = error.strerror or error
        raise QuizbookError(
            f"The page cannot be written to {path} ({reason}). Name a file in a folder where you may write."
        ) from error
    return path.absolute()


def _say(text: str, *, to_stderr: bool = True) -> None:
    print(f"quizbook: {text}" if to_stderr else text, file=sys.stderr if to_stderr else sys.stdout)
