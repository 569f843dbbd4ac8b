"""Where things lie: the learner's home, the caches, the folders of questions and of exercises.

Environment: QUIZBOOK_HOME, QUIZBOOK_BANK and QUIZBOOK_EXERCISES (the latter two: more folders, separated by the
path separator). Our own bank and exercises lie beside the package in a checkout and under `<prefix>/share/quizbook`
in an installation, never in site-packages: a submission may read all of that.
"""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
CHECKOUT = PACKAGE.parent
INSTALLED = Path(*PACKAGE.parts[:-4]) / "share" / "quizbook"  # <prefix>/lib/pythonX.Y/site-packages/quizbook


def home() -> Path:
    """The folder of the database, the cache and the scratch folders; it may not exist yet."""
    if named := os.environ.get("QUIZBOOK_HOME"):
        return Path(named).expanduser().absolute()
    from platformdirs import user_data_path  # 3 ms that a named home does not have to pay

    return user_data_path("quizbook", appauthor=False)


def cache() -> Path:
    """The folder of everything that can be computed again."""
    return home() / "cache"


def bank_folders() -> tuple[Path, ...]:
    """Our own bank first, then the folders (or files) that QUIZBOOK_BANK names."""
    return (_own("question_bank"), *_named("QUIZBOOK_BANK"))


def exercise_folders() -> tuple[Path, ...]:
    """Our own exercises first, then the folders that QUIZBOOK_EXERCISES names."""
    return (_own("exercises"), *named_exercise_folders())


def named_exercise_folders() -> tuple[Path, ...]:
    """The folders of exercises that a course has named."""
    return _named("QUIZBOOK_EXERCISES")


def _own(name: str) -> Path:
    checkout = CHECKOUT / name
    return checkout if checkout.is_dir() else INSTALLED / name


def _named(variable: str) -> tuple[Path, ...]:
    return tuple(Path(p).expanduser().absolute() for p in os.environ.get(variable, "").split(os.pathsep) if p)
