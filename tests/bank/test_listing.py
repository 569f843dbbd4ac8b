"""A bank that is listed from its index is the bank that is read from its files, whatever happened to either."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizbook.bank import cache, index
from quizbook.bank.bank_file import read_bank_file
from quizbook.bank.catalogue import Questions
from quizbook.bank.folders import bank_files
from quizbook.bank.library import Bank, load_bank
from quizbook.bank.questions import AnyQuestion, Chapter, Numeric
from quizbook.errors import QuizbookError

Write = Callable[..., Path]
REPOSITORY = Path(__file__).parents[2]
QUESTION = "- {{id: {}, kind: tracing, section: '3.1', prompt: {}, code: print(1), answer: 1}}\n"
LONG_AGO = -(10**18)  # ns; with it as `YOUNG` every file counts as old


@pytest.fixture
def aged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file counts as long unchanged, so that it is indexed at once."""
    monkeypatch.setattr(index, "YOUNG", LONG_AGO)


def file(*ids: str, chapter: str = "3", prompt: str = "before") -> str:
    return f"chapter: {chapter}\ntitle: Title {chapter}\nquestions:\n" + "".join(
        QUESTION.format(i, prompt) for i in ids
    )


def entries(home: Path) -> Iterator[Path]:
    return (home / "cache" / "bank").glob("*.json")


def indexed(home: Path) -> set[str]:
    """The names of the files that stand in the one index there is."""
    firsts = [json.loads(path.read_bytes().split(b"\n")[1]) for path in entries(home)]
    return {Path(path).name for first in firsts if "chapter" not in first for path in first}


def read_eagerly(folder: Path) -> list[AnyQuestion]:
    return [question for path in bank_files([folder]) for question in read_bank_file(path).questions]


def opened_by(code: str, *folders: Path) -> list[Path]:
    """The files below these folders that a process of its own opened while it ran this code."""
    watching = (
        "import sys\n"
        "opened = []\n"
        "sys.addaudithook(lambda event, of: event == 'open' and opened.append(str(of[0])))\n"
        f"{code}\n"
        "print(*opened, sep='\\n')"
    )
    said = subprocess.run([sys.executable, "-c", watching], capture_output=True, text=True, check=True).stdout
    return [Path(line) for line in said.splitlines() if any(folder in Path(line).parents for folder in folders)]


def test_our_own_bank_is_the_same_from_the_files_from_their_entries_and_from_the_index(home: Path) -> None:
    folder = REPOSITORY / "question_bank"
    from_files = load_bank([folder])
    assert indexed(home) == {path.name for path in bank_files([folder])}
    from_index = load_bank([folder])
    cache.store(index.Index([folder]).name, [{}])
    from_entries = load_bank([folder])
    eager = sorted(read_eagerly(folder), key=lambda question: question.id)
    for bank in (from_files, from_index, from_entries):
        assert sorted(bank.questions, key=lambda question: question.id) == eager
        assert [(c.chapter, c.title, *c.questions) for c in bank.chapters] == [
            (c.chapter, c.title, *c.questions) for c in from_files.chapters
        ]
        assert bank.kind_of == {question.id: question.kind for question in eager}
        assert bank.section_of == {question.id: question.section for question in eager}
        assert bank.chapter_of == {q.id: c.chapter for c in bank.chapters for q in c.questions}
        assert bank.findings == ()
    assert from_index == from_files


def test_choosing_opens_no_bank_file_and_asking_opens_one_entry(home: Path) -> None:
    folder = REPOSITORY / "question_bank"
    load_bank([folder])
    code = (
        "from pathlib import Path\n"
        "from quizbook.bank.library import load_bank\n"
        f"bank = load_bank([Path({str(folder)!r})])\n"
        "len(bank.questions), bank.kind_of, bank.chapter_of, bank.section_of, 'ch03.q.01' in bank\n"
    )
    assert len(opened_by(code, home, folder)) == 1
    of_first = opened_by(code + "bank.questions[0]; bank.questions[1]; bank.by_id(bank.questions.ids[2])", home, folder)
    assert len(of_first) == 2


def test_of_edits_within_one_tick_of_the_clock_the_last_one_counts(write: Write, folder: Path, home: Path) -> None:
    for number in range(200):
        prompt = ("before", "behind")[number % 2]
        write(file("a", prompt=prompt))
        assert load_bank([folder]).by_id("a").prompt == prompt
    assert indexed(home) == set()


def test_a_file_that_rested_is_indexed(write: Write, folder: Path, home: Path) -> None:
    write(file("a"))
    load_bank([folder])
    time.sleep(index.YOUNG / 1e9 + 0.1)
    load_bank([folder])
    assert indexed(home) == {"ch03.yaml"}


@pytest.mark.usefixtures("aged")
def test_a_change_that_keeps_size_and_time_is_seen(write: Write, folder: Path, home: Path) -> None:
    path = write(file("a", prompt="before"))
    load_bank([folder])
    assert indexed(home) == {"ch03.yaml"}
    known = path.stat()
    time.sleep(0.02)  # one tick of the file system's clock
    write(file("a", prompt="behind"))
    os.utime(path, ns=(known.st_atime_ns, known.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (known.st_size, known.st_mtime_ns)
    assert load_bank([folder]).by_id("a").prompt == "behind"


@pytest.mark.usefixtures("aged")
def test_another_file_in_the_place_of_one_is_seen(write: Write, folder: Path, tmp_path: Path) -> None:
    path = write(file("a", prompt="before"))
    other = tmp_path / "other.yaml"
    other.write_text(file("a", prompt="behind"))
    for made in (path, other):
        os.utime(made, ns=(10**18, 10**18))
    load_bank([folder])
    other.replace(path)
    assert load_bank([folder]).by_id("a").prompt == "behind"


@pytest.mark.usefixtures("aged")
def test_files_that_come_go_and_change_their_names_are_seen(write: Write, folder: Path) -> None:
    write(file("a"), "1.yaml")
    write(file("b"), "2.yaml")
    assert load_bank([folder]).questions.ids == ("a", "b")
    write(file("c"), "3.yaml")
    assert load_bank([folder]).questions.ids == ("a", "b", "c")
    (folder / "1.yaml").rename(folder / "9.yaml")
    assert load_bank([folder]).questions.ids == ("b", "c", "a")
    (folder / "2.yaml").unlink()
    assert load_bank([folder]).questions.ids == ("c", "a")


@pytest.mark.usefixtures("aged")
def test_what_was_left_out_is_told_from_the_index_too_from_wherever_one_stands(
    write: Write, folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(file("a", "b"), "1.yaml")
    write(file("b", "c", chapter="4"), "2.yaml")
    write(file("d", "e").replace("code: print(1), ", "", 1), "3.yaml")
    write("chapter: [", "4.yaml")
    first = load_bank([folder])
    assert indexed(home) == {"1.yaml", "2.yaml", "3.yaml", "4.yaml"}
    assert sorted(finding.rule for finding in first.findings) == ["duplicate-id", "missing-field", "yaml-syntax"]
    again = load_bank([folder])
    assert (again.findings, again.questions.ids) == (first.findings, first.questions.ids)
    assert again.questions.ids == ("a", "b", "e", "c")
    assert [question.id for question in again.questions] == ["a", "b", "e", "c"]
    monkeypatch.chdir(folder)
    assert sorted(finding.file for finding in load_bank([folder]).findings) == ["2.yaml", "3.yaml", "4.yaml"]


@pytest.mark.usefixtures("aged")
@pytest.mark.parametrize(
    "damage",
    [lambda b: b[:-9], lambda b: b.replace(b"ch03", b"ch04"), lambda _: b"", lambda b: b.replace(b"before", b"behind")],
)
def test_damage_in_the_cache_is_never_shown(
    write: Write, folder: Path, home: Path, damage: Callable[[bytes], bytes]
) -> None:
    write(file("a", "b"))
    load_bank([folder])
    for path in entries(home):
        path.write_bytes(damage(path.read_bytes()))
    assert [question.prompt for question in load_bank([folder]).questions] == ["before", "before"]


@pytest.mark.usefixtures("aged")
@pytest.mark.parametrize("lines", [[], [None], [{}, {}], [[], []], [7, 7], None])
def test_entries_of_another_make_are_ignored(
    write: Write, folder: Path, home: Path, lines: list[object] | None
) -> None:
    path = write(file("a"))
    load_bank([folder])
    listing = {"chapter": "3", "title": "", "ids": ["a"], "unsound": [], "kinds": ["tracing"], "sections": ["3.1"]}
    for entry in entries(home):
        cache.store(entry.stem, [{**listing, "errors": []}, {}, {"kind": "tracing"}] if lines is None else lines)
    assert [question.prompt for question in load_bank([folder]).questions] == ["before"]
    assert [question.prompt for question in read_bank_file(path).questions] == ["before"]


@pytest.mark.usefixtures("aged")
@pytest.mark.parametrize("kept", [3, [], [[1], "x", {}], [[], 7, None]])
def test_an_index_of_another_make_is_ignored(write: Write, folder: Path, home: Path, kept: object) -> None:
    path = write(file("a"))
    cache.store(index.Index([folder]).name, [{str(path): kept}])
    assert load_bank([folder]).by_id("a").prompt == "before"
    assert indexed(home) == {"ch03.yaml"}


@pytest.mark.usefixtures("aged")
def test_an_index_that_points_nowhere_leads_to_the_file(write: Write, folder: Path, home: Path) -> None:
    write(file("a", "b"))
    load_bank([folder])
    bank = load_bank([folder])
    for path in entries(home):
        path.unlink()
    assert bank.kind_of == {"a": "tracing", "b": "tracing"}
    assert [question.prompt for question in bank.questions] == ["before", "before"]
    assert len(list(entries(home))) == 1


@pytest.mark.usefixtures("aged")
def test_an_edit_during_a_quiz_changes_nothing_in_it(write: Write, folder: Path) -> None:
    write(file("a", "b"))
    load_bank([folder])
    bank = load_bank([folder])
    write(file("b", prompt="afterwards"))
    assert [(question.id, question.prompt) for question in bank.questions] == [("a", "before"), ("b", "before")]


@pytest.mark.usefixtures("aged")
def test_a_question_that_is_gone_from_file_and_cache_is_said_to_be(write: Write, folder: Path, home: Path) -> None:
    write(file("a", "b"))
    load_bank([folder])
    bank = load_bank([folder])
    for entry in entries(home):
        entry.unlink()
    write(file("b", prompt="afterwards"))
    with pytest.raises(QuizbookError, match="question `a` was taken out of"):
        bank.by_id("a")
    assert bank.by_id("b").prompt == "afterwards"


@pytest.mark.usefixtures("aged")
def test_a_cache_that_cannot_be_written_costs_time_only(write: Write, folder: Path, home: Path) -> None:
    home.write_text("a file where the folder should be")
    write(file("a"))
    assert [load_bank([folder]).by_id("a").prompt for _ in range(2)] == ["before", "before"]


@pytest.mark.usefixtures("aged")
def test_another_version_of_the_program_has_an_index_of_its_own(
    write: Write, folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(file("a"))
    load_bank([folder])
    monkeypatch.setattr(cache, "FORMAT", cache.FORMAT + 1)
    cache._version.cache_clear()
    try:
        assert load_bank([folder]).by_id("a").prompt == "before"
    finally:
        cache._version.cache_clear()
    assert len(list(entries(home))) == 4


def test_the_index_is_written_only_when_it_is_another(home: Path) -> None:
    folder = REPOSITORY / "tests" / "small_bank"
    load_bank([folder])
    written = {path: path.stat().st_mtime_ns for path in entries(home)}
    load_bank([folder])
    assert {path: path.stat().st_mtime_ns for path in entries(home)} == written


questions = st.lists(st.text(min_size=1, max_size=3), unique=True, max_size=9).map(
    lambda ids: [Numeric(id=id_, section=id_[:1], prompt=id_, answer=at) for at, id_ in enumerate(ids)]
)


@given(st.lists(questions, max_size=4), st.data())
def test_a_catalogue_says_of_its_questions_what_they_say_themselves(
    parts: list[list[AnyQuestion]], data: st.DataObject
) -> None:
    flat = [question for part in parts for question in part]
    joined = Questions.joined(parts)
    chosen = data.draw(st.lists(st.sampled_from(range(len(flat))))) if flat else []
    for catalogue, eager in (
        (joined, flat),
        (joined.those(chosen), [flat[at] for at in chosen]),
        (joined[1:-1], flat[1:-1]),
    ):
        assert list(catalogue) == [catalogue[at] for at in range(len(catalogue))] == eager
        assert list(catalogue.ids) == [question.id for question in eager]
        assert list(catalogue.kinds) == [question.kind for question in eager]
        assert list(catalogue.sections) == [question.section for question in eager]
    assert joined == Questions.of(flat)
    if flat:
        assert joined != joined[1:]


def test_a_bank_gives_questions_in_the_order_that_is_asked_for() -> None:
    one, two = (Numeric(id=id_, section="1", prompt=id_, answer=1) for id_ in ("one", "two"))
    bank = Bank((Chapter(chapter="1", title="", questions=(one, two)),))
    assert tuple(bank.those(["two", "one", "two"])) == (two, one, two)
    assert dict(bank.questions_by_id) == {"one": one, "two": two}
    with pytest.raises(QuizbookError, match="Did you mean two"):
        bank.those(["one", "tow"])
