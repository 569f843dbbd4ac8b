"""The report of `bank lint` and its printed forms, as the command prints them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from quizbook.bank.findings import Finding, named, printable, quoted
from quizbook.bank.lint import lint_paths
from quizbook.bank.schema import bank_schema
from quizbook.cli import bank as command
from quizbook.errors import QuizbookError

Write = Callable[..., Path]
WARNED = "- {id: q.1, kind: numeric, section: '3.1', prompt: x, answer: 5}\n"
BROKEN = "- {id: q.2, kind: numeric, section: '3.1', prompt: x, answer: five}\n"


@pytest.fixture(autouse=True)
def _here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)


def test_findings_are_printed_with_file_line_and_column(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(WARNED + BROKEN)
    assert command.lint(paths=(path,)) == 1
    out, err = capsys.readouterr()
    first, second = out.splitlines()
    assert first.startswith("questions/ch03.yaml:4:3: no-explain: There is no `explain`")
    assert second == ("questions/ch03.yaml:5:63: wrong-type: `answer` wants a number, and the text `five` stands here.")
    assert err == "2 questions: 1 error, 1 warning.\n"


def test_warnings_alone_are_no_failure(write: Write) -> None:
    assert command.lint(paths=(write(WARNED),)) == 0


def test_json_is_one_document(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.lint(paths=(write(BROKEN),), format="json") == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["questions"], document["errors"], document["warnings"], document["never_proven"]) == (1, 1, 0, 0)
    assert document["findings"] == [
        {
            "file": "questions/ch03.yaml",
            "line": 4,
            "column": 63,
            "rule": "wrong-type",
            "sentence": "`answer` wants a number, and the text `five` stands here.",
            "severity": "error",
        }
    ]


def test_github_gets_annotations(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    command.lint(paths=(write(WARNED + BROKEN, "a,b:c.yaml"),), format="github")
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith(
        "::warning file=questions/a%2Cb%3Ac.yaml,line=4,col=3,title=no-explain::There is no `explain`:"
    )
    assert second.startswith("::error file=questions/a%2Cb%3Ac.yaml,line=5,col=63,title=wrong-type::")


def test_a_path_that_does_not_exist_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(QuizbookError) as caught:
        command.lint(paths=(tmp_path / "nowhere",))
    assert caught.value.exit_code == 2


def test_findings_of_files_come_in_the_order_of_files_and_lines(write: Write, folder: Path) -> None:
    write(BROKEN + BROKEN.replace("q.2", "q.3") + "- {}\n", "ch10.yaml")
    write(WARNED, "ch9.yaml")
    places = [(Path(f.file).name, f.line) for f in lint_paths([folder]).findings]
    assert places == [("ch9.yaml", 4), ("ch10.yaml", 4), ("ch10.yaml", 5), ("ch10.yaml", 6)]


def test_the_counts_of_the_bank_are_printed(
    write: Write, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("quizbook.places._own", lambda name: folder)
    write(WARNED + BROKEN + WARNED.replace("q.1", "q.0").replace("numeric", "tracing").replace("ans", "code: x, ans"))
    assert command.stats(json=True) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == {
        "questions": 2,
        "by_kind": {"numeric": 1, "tracing": 1},
        "by_chapter": {"3": {"numeric": 1, "tracing": 1}},
        "ids": ["q.1", "q.0"],
    }
    assert err.startswith("left out: questions/ch03.yaml:5:63: wrong-type")
    assert command.stats(json=False) == 0
    assert "chapter 3: 1 numeric, 1 tracing" in capsys.readouterr().out


def test_the_schema_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.schema() == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(bank_schema()))


def test_a_finding_cannot_move_the_cursor_or_begin_a_line() -> None:
    finding = Finding("a\x1b[2J.yaml", 1, 2, "x", "one\ntwo\u2028\u202e")
    assert str(finding) == "a\\x1b[2J.yaml:1:2: x: one\\x0atwo\\x2028\\x202e"


def test_long_texts_and_many_keys_are_cut() -> None:
    assert quoted("a " * 50) == f"`{'a ' * 19}a…`"
    assert named(["a"]) == "`a`"
    assert named("abc") == "`a`, `b` and `c`"
    assert named("abcdefghij").endswith("`i` and `j`")
    assert named("abcdefghijkl").endswith("`i` and 3 more")
    assert printable("plain ① text") == "plain ① text"
