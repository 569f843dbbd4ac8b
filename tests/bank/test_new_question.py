"""`bank new`: a template of each kind is a sound question, and a file that it is added to keeps what it has."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from quizbook.bank.bank_file import read_bank_file
from quizbook.bank.new_question import add, kind_named, template
from quizbook.bank.questions import Kind
from quizbook.errors import QuizbookError

KINDS: tuple[Kind, ...] = get_args(Kind)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_template_without_a_finding(tmp_path: Path, kind: Kind) -> None:
    path = tmp_path / "mine.yaml"
    add(path, kind, f"mine.{kind}", "8.2")
    file = read_bank_file(path)
    assert file.findings == ()
    assert [(q.id, q.kind, q.section) for q in file.questions] == [(f"mine.{kind}", kind, "8.2")]
    assert file.chapter == "8"


def test_questions_are_added_behind_those_that_are_there(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    for kind in KINDS:
        add(path, kind, f"mine.{kind}", "E.1")
    file = read_bank_file(path)
    assert [q.kind for q in file.questions] == list(KINDS)
    assert (file.findings, file.chapter) == ((), "E")


def test_a_file_is_left_as_it_was_where_nothing_can_be_added(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    for text in (
        "chapter: 3\nquestions: []\ntitle: T\n",
        "- a\n- b\n",
        "chapter: [\n",
        "questions:\n    - id: deep.er\n",
    ):
        path.write_text(text)
        with pytest.raises(QuizbookError, match="nothing can be added at the end of"):
            add(path, "numeric", "mine.one", "3.1")
        assert path.read_text() == text


def test_an_id_that_is_taken_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    add(path, "numeric", "mine.one", "3.1")
    before = path.read_text()
    with pytest.raises(QuizbookError, match=r"has a question `mine\.one` already"):
        add(path, "tracing", "mine.one", "3.1")
    assert path.read_text() == before


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(QuizbookError, match="cannot be written"):
        add(tmp_path, "numeric", "mine.one", "3.1")
    (tmp_path / "odd.yaml").write_bytes(b"\xff")
    with pytest.raises(QuizbookError, match="is not UTF-8"):
        add(tmp_path / "odd.yaml", "numeric", "mine.one", "3.1")


@pytest.mark.parametrize("id", ["", "one", "3.1", "a b.c", "a.b\n", "a..b", "a.b: c"])
def test_an_id_that_is_none_is_refused(id: str) -> None:
    with pytest.raises(QuizbookError, match="cannot be an id"):
        template("numeric", id, "3.1")


@pytest.mark.parametrize("section", ["", "3", "3.1.2", "three", "3.1\n"])
def test_a_section_that_is_none_is_refused(section: str) -> None:
    with pytest.raises(QuizbookError, match="is no section"):
        template("numeric", "a.b", section)


def test_the_nearest_kind_is_offered() -> None:
    assert kind_named("matching") == "matching"
    with pytest.raises(QuizbookError, match="there is no kind `multiple-choice`; did you mean multiple_choice"):
        kind_named("multiple-choice")
    with pytest.raises(QuizbookError, match=r"there is no kind `xyzzy`\. The kinds are multiple_choice, matching"):
        kind_named("xyzzy")
