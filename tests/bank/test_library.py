from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from quizbook import places
from quizbook.bank.library import load_bank
from quizbook.errors import QuizbookError

Write = Callable[..., Path]
QUESTION = "- {{id: {}, kind: tracing, section: '3.1', prompt: x, code: print(1), answer: 1}}\n"


def file(chapter: str, *ids: str) -> str:
    return f"chapter: {chapter}\ntitle: Title {chapter}\nquestions:\n" + "".join(map(QUESTION.format, ids))


def test_chapters_stand_in_their_order_and_questions_in_the_order_of_the_file(write: Write, folder: Path) -> None:
    write(file("A", "a.1"), "appA.yaml")
    write(file("10", "ten.1"), "ch10.yaml")
    write(file("2", "two.2", "two.1"), "ch02.yml")
    bank = load_bank([folder])
    assert [(chapter.chapter, chapter.title) for chapter in bank.chapters] == [
        ("2", "Title 2"), ("10", "Title 10"), ("A", "Title A")
    ]  # fmt: skip
    assert [question.id for question in bank.questions] == ["two.2", "two.1", "ten.1", "a.1"]


def test_files_of_one_chapter_are_read_as_one(write: Write, folder: Path) -> None:
    write(file("3", "a"), "1.yaml")
    write(file("3", "b"), "2.yaml")
    (chapter,) = load_bank([folder]).chapters
    assert [question.id for question in chapter.questions] == ["a", "b"]


def test_a_broken_file_is_left_out_and_told(write: Write, folder: Path) -> None:
    write(file("3", "a"), "ch03.yaml")
    write("chapter: [", "ch04.yaml")
    bank = load_bank([folder])
    assert [question.id for question in bank.questions] == ["a"]
    assert [(Path(f.file).name, f.rule) for f in bank.findings] == [("ch04.yaml", "yaml-syntax")]


def test_a_question_with_a_doubled_yaml_key_is_left_out_alone(write: Write, folder: Path) -> None:
    write(file("3", "a", "b", "c").replace("id: b, ", "id: b, prompt: other, "))
    bank = load_bank([folder])
    assert [question.id for question in bank.questions] == ["a", "c"]
    assert [finding.rule for finding in bank.findings] == ["yaml-duplicate-key"]


def test_of_two_questions_with_one_id_the_first_counts(write: Write, folder: Path) -> None:
    write(file("3", "a", "b"), "1.yaml")
    write(file("4", "b", "c"), "2.yaml")
    bank = load_bank([folder])
    assert [(c.chapter, [q.id for q in c.questions]) for c in bank.chapters] == [("3", ["a", "b"]), ("4", ["c"])]
    assert [(Path(f.file).name, f.rule, f.line) for f in bank.findings] == [("2.yaml", "duplicate-id", 4)]


def test_nothing_but_broken_files_is_an_error_that_says_what_to_do(write: Write, folder: Path) -> None:
    write("chapter: [")
    with pytest.raises(QuizbookError, match=r"ch03.yaml:2:1: yaml-syntax: .*`quizbook bank lint`"):
        load_bank([folder])


def test_an_empty_folder_is_an_empty_bank(folder: Path) -> None:
    assert load_bank([folder]).chapters == ()


def test_a_path_that_does_not_exist_is_named(folder: Path) -> None:
    with pytest.raises(QuizbookError, match="nowhere does not exist"):
        load_bank([folder / "nowhere"])


def test_a_question_is_found_by_its_id_and_the_nearest_is_named(write: Write, folder: Path) -> None:
    write(file("3", "ch03.q.01"))
    bank = load_bank([folder])
    assert bank.by_id("ch03.q.01").section == "3.1"
    assert "ch03.q.01" in bank
    with pytest.raises(QuizbookError, match=r"no question `ch03.q.1`. Did you mean ch03.q.01\?"):
        bank.by_id("ch03.q.1")


def test_other_files_and_hidden_ones_are_no_bank_files(write: Write, folder: Path) -> None:
    write(file("3", "a"))
    write("{}", "bank.schema.json")
    write("chapter: [", ".#ch03.yaml")
    assert len(load_bank([folder, folder / "ch03.yaml"]).questions) == 1


def test_the_folders_of_the_environment_are_read_after_our_own(
    write: Write, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "extra.yaml").write_text(file("3", "a", "b"))
    write(file("3", "a"))
    monkeypatch.setenv("QUIZBOOK_BANK", str(tmp_path / "course"))
    monkeypatch.setattr(places, "_own", lambda name: folder)
    bank = load_bank()
    assert [question.id for question in bank.questions] == ["a", "b"]
    assert [finding.rule for finding in bank.findings] == ["duplicate-id"]


def test_an_id_that_is_a_number_is_the_same_as_its_text(tmp_path: Path) -> None:
    question = "kind: tracing, section: '3.1', prompt: What is printed?, code: print(1), answer: '1'"
    text = f"chapter: 3\ntitle: Twice\nquestions:\n  - {{id: 7, {question}}}\n  - {{id: '7', {question}}}\n"
    (tmp_path / "ch03.yaml").write_text(text)
    bank = load_bank([tmp_path])
    assert [q.id for q in bank.questions] == ["7"]
    assert [f.line for f in bank.findings] == [5]
