from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizbook.bank import cache
from quizbook.bank.bank_file import read_bank_file
from quizbook.bank.plain import as_plain, from_plain
from quizbook.bank.questions import AnyQuestion, Matching, MultipleChoice, Numeric, Point, ShortAnswer

Write = Callable[..., Path]
QUESTION = "- {id: q.1, kind: tracing, section: '3.1', prompt: x, code: print(1), answer: 1}\n"


def entries(home: Path) -> list[Path]:
    return sorted((home / "cache" / "bank").glob("*.json"))


def test_a_file_is_parsed_once_for_each_content(write: Write, home: Path) -> None:
    path = write(QUESTION)
    first = read_bank_file(path)
    (entry,) = entries(home)
    stamp = entry.stat().st_mtime_ns
    assert read_bank_file(path) == first
    assert entry.stat().st_mtime_ns == stamp
    path.write_text(path.read_text().replace("prompt: x", "prompt: y"))
    assert read_bank_file(path).questions[0].prompt == "y"
    assert len(entries(home)) == 2


def test_a_warm_cache_needs_neither_yaml_nor_pydantic(write: Write, folder: Path) -> None:
    write(QUESTION)
    code = (
        "import sys; from pathlib import Path; from quizbook.bank.library import load_bank\n"
        f"bank = load_bank([Path({str(folder)!r})])\n"
        "print(len(bank.questions), *sorted({'yaml', 'pydantic', 'rich', 'typer', 'torch'} & sys.modules.keys()))"
    )
    run = [sys.executable, "-c", code]
    cold = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    warm = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    assert (cold, warm) == ("1 pydantic yaml\n", "1\n")


@pytest.mark.parametrize(
    "damage", [lambda b: b[:-5], lambda b: b.replace(b"tracing", b"tracinG"), lambda _: b"", lambda b: b + b" "]
)
def test_a_damaged_entry_is_ignored_and_written_anew(
    write: Write, home: Path, damage: Callable[[bytes], bytes]
) -> None:
    path = write(QUESTION)
    first = read_bank_file(path)
    (entry,) = entries(home)
    whole = entry.read_bytes()
    entry.write_bytes(damage(whole))
    assert read_bank_file(path) == first
    assert entry.read_bytes() == whole


@pytest.mark.parametrize("content", [None, [], {}, {"chapter": 3}, {"questions": [{"kind": "tracing"}]}, 7])
@pytest.mark.parametrize("lines", [0, 1, 3])
def test_an_entry_of_another_make_is_ignored(write: Write, content: object, lines: int) -> None:
    path = write(QUESTION)
    cache.store(cache.key_of(path.read_bytes()), [content] * lines)
    assert [question.id for question in read_bank_file(path).questions] == ["q.1"]


def test_another_format_makes_every_entry_stale(write: Write, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(QUESTION)
    read_bank_file(path)
    monkeypatch.setattr(cache, "FORMAT", cache.FORMAT + 1)
    cache._version.cache_clear()
    try:
        read_bank_file(path)
    finally:
        cache._version.cache_clear()
    assert len(entries(home)) == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_a_home_that_cannot_be_written_is_no_error(write: Write, home: Path, tmp_path: Path) -> None:
    path = write(QUESTION)
    home.write_text("a file where the folder should be")
    assert [question.id for question in read_bank_file(path).questions] == ["q.1"]
    assert list(tmp_path.iterdir()) == [tmp_path / "home", tmp_path / "questions"] or home.is_file()


def test_findings_come_from_the_cache_under_the_name_of_the_file_that_is_read(write: Write) -> None:
    broken = QUESTION.replace("code: print(1), ", "")
    one, other = read_bank_file(write(broken)), read_bank_file(write(broken, "other.yaml"))
    assert [f.rule for f in other.findings] == ["missing-field"]
    assert [Path(file.findings[0].file).name for file in (one, other)] == ["ch03.yaml", "other.yaml"]


def test_writing_leaves_nothing_but_the_entry(write: Write, home: Path) -> None:
    read_bank_file(write(QUESTION))
    assert [path.suffix for path in (home / "cache" / "bank").iterdir()] == [".json"]


def test_old_entries_are_forgotten_when_there_are_too_many(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "MOST_ENTRIES", 8)
    for number in range(20):
        cache.store(f"{number:02}", [number, "ü"])
        os.utime(cache._path(f"{number:02}"), (number, number))
    assert len(entries(home)) <= 9
    assert cache.load("19") == [b"19", '"ü"'.encode()]
    assert cache.load("00") is None


texts = st.text(min_size=1, max_size=8)
keyed = st.dictionaries(texts, texts, max_size=4)
lists = st.lists(texts, max_size=3).map(tuple)
common = {
    "id": texts,
    "section": texts,
    "prompt": texts,
    "explain": texts,
    "see": lists,
    "hints": lists,
    "guide": texts,
}
questions = st.one_of(
    st.builds(MultipleChoice, **common, options=keyed, answer=texts | lists, why=keyed),
    st.builds(Matching, **common, left=keyed, right=keyed, answer=keyed),
    st.builds(Numeric, **common, answer=st.integers() | st.floats(allow_nan=False), tolerance=st.just("rounded")),
    st.builds(
        ShortAnswer, **common, answer=texts, points=st.lists(st.builds(Point, point=texts, words=lists)).map(tuple)
    ),
)


@given(questions)
def test_a_question_survives_the_way_through_json(question: AnyQuestion) -> None:
    assert from_plain(json.loads(json.dumps(as_plain(question)))) == question
