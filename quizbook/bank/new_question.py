"""A question of each kind to begin with: it is sound as it is, and its author changes it into another."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import cast, get_args

from quizbook.bank.bank_file import read_bank_file
from quizbook.bank.findings import quoted
from quizbook.bank.questions import Kind
from quizbook.errors import QuizbookError

TEMPLATES = Path(__file__).with_name("templates")
HEAD = """\
# yaml-language-server: $schema=bank.schema.json
chapter: {chapter}
title: {title}
questions:
"""
ID = r"[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)+"
SECTION = r"([0-9]+|[A-Z])\.[0-9]+"


def kind_named(name: str) -> Kind:
    """The kind that somebody means. Raises QuizbookError, with the nearest, where it is none."""
    kinds = get_args(Kind)
    if name not in kinds:
        near = difflib.get_close_matches(name.replace("-", "_"), kinds, n=1, cutoff=0.4)
        hint = f"; did you mean {near[0]}?" if near else "."
        raise QuizbookError(f"there is no kind {quoted(name)}{hint} The kinds are {', '.join(kinds)}", kind="usage")
    return cast(Kind, name)


def template(kind: Kind, id: str, section: str) -> str:
    """The lines of a question of that kind, indented as they stand in a file's list.

    Raises QuizbookError for an id or a section that cannot be one.
    """
    if not re.fullmatch(ID, id):
        raise QuizbookError(f"{quoted(id)} cannot be an id; it is like mycourse.softmax, words with points between")
    if not re.fullmatch(SECTION, section):
        raise QuizbookError(f"{quoted(section)} is no section; it is like 3.4 or E.1, a chapter and a number")
    text = (TEMPLATES / f"{kind}.yaml").read_text(encoding="utf-8")
    return text.replace("@ID@", id).replace("@SECTION@", section)


def add(path: Path, kind: Kind, id: str, section: str) -> None:
    """Appends such a question to a bank file, which is made if it is not there.

    Raises QuizbookError, and leaves the file as it was, where the id is taken in it, where its list of questions is not
    the last thing in it, or where it cannot be written.
    """
    block = template(kind, id, section)
    chapter = section.partition(".")[0]
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else None
        if before is None:
            shown = chapter if chapter.isdigit() else f'"{chapter}"'
            text = HEAD.format(chapter=shown, title="My questions") + block
        else:
            text = before.rstrip("\n") + "\n\n" + block
        known = () if before is None else read_bank_file(path).ids
        if id in (other for _, other in known):
            raise QuizbookError(f"{path} has a question {quoted(id)} already; choose another --id")
        path.write_text(text, encoding="utf-8")
        if (len(known), id) not in read_bank_file(path).ids:
            if before is not None:
                path.write_text(before, encoding="utf-8")
            raise QuizbookError(
                f"nothing can be added at the end of {path}: its list of questions has to be the last thing in it, "
                "indented by two spaces; without a file the question is printed"
            )
    except UnicodeDecodeError:
        raise QuizbookError(f"{path} is not UTF-8; save it as UTF-8 first") from None
    except OSError as error:
        raise QuizbookError(f"{path} cannot be written: {error.strerror}") from None
