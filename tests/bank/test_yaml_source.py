from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from quizbook.bank import yaml_source
from quizbook.bank.source import LARGEST_FILE, SourceError, read_source
from quizbook.bank.yaml_source import compose

COMPOSERS = [yaml_source._COMPOSER, yaml_source._SlowComposer]


@pytest.fixture(params=COMPOSERS, ids=["libyaml", "pure Python"])
def _either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_source, "_COMPOSER", request.param)


def complaint(data: bytes) -> tuple[str, int, int, str]:
    with pytest.raises(SourceError) as caught:
        compose(data)
    return caught.value.rule, caught.value.line, caught.value.column, caught.value.sentence


@pytest.mark.usefixtures("_either")
@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a:\n\tb: 1", 2, 1, "tab"),
        ("a: `x` is code", 1, 4, "begins with ` must stand in quotation marks"),
        ("a: @x", 1, 4, "begins with @"),
        ("a: *b", 1, 4, "begins with `*`"),
        ("a: b: c", 1, 5, "in the middle of a text"),
        ("title: x\na: 'never closed", 2, 4, "never closed"),
        ('a: "\\q"', 1, None, "backslash"),
        ("a:\n  - b\n - c", 3, 2, "indentation"),
        ("---\na: 1\n---\nb: 2", 3, 1, "second document"),
        ("", 1, 1, "empty"),
        ("# only a comment", 1, 1, "empty"),
        ("a: [1, 2\nb: 3", 2, 2, "bracket"),
    ],
)
def test_a_syntax_error_is_explained_where_it_is(text: str, line: int, column: int | None, words: str) -> None:
    rule, at_line, at_column, sentence = complaint(text.encode())
    assert (rule, at_line) == ("yaml-syntax", line)
    assert column in (None, at_column)
    assert words in sentence


@pytest.mark.usefixtures("_either")
@pytest.mark.parametrize(
    ("data", "line", "column", "words"),
    [
        (b"title: x\na: \x00", 2, 4, "U+0000"),
        (b"a: \x07bell", 1, 4, "U+0007"),
        (b"a: b\nc: \xff", 2, 4, "UTF-8"),
        ("a: ä".encode("latin-1"), 1, 4, "UTF-8"),
        ("a: b".encode("utf-16"), 1, 1, "UTF-16"),
        ("a: \ud800".encode("utf-8", "surrogatepass"), 1, 4, "UTF-8"),
    ],
)
def test_characters_that_cannot_stand_in_yaml_are_named(data: bytes, line: int, column: int, words: str) -> None:
    rule, at_line, at_column, sentence = complaint(data)
    assert (rule, at_line, at_column) == ("yaml-encoding", line, column)
    assert words in sentence


@pytest.mark.usefixtures("_either")
@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "[[{a: "])
def test_deep_nesting_is_a_finding(opening: str) -> None:
    assert complaint(opening.encode() * 3000)[0] == "yaml-depth"


def test_the_deepest_nesting_does_not_end_the_process() -> None:
    code = "from quizbook.bank.yaml_source import *\n"
    code += "try: compose(b'[' * 1_000_000)\nexcept SourceError as error: print(error.rule)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "yaml-depth\n")


@pytest.mark.usefixtures("_either")
def test_a_byte_order_mark_and_windows_line_ends_are_read() -> None:
    keys = [key.value for key, _ in compose(b"\xef\xbb\xbfa: 1\r\nb: |\r\n  x\r\n  y\r\n").value]
    assert keys == ["a", "b"]


@pytest.mark.usefixtures("_either")
def test_no_tag_in_a_file_passes_for_a_resolved_one() -> None:
    (_, value), *_ = compose(b"a: !<int> x").value
    assert type(value.tag) is str


def test_a_file_of_50_mb_is_refused_without_being_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    with path.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    with pytest.raises(SourceError) as caught:
        read_source(path)
    assert caught.value.rule == "yaml-size"
    assert f"{LARGEST_FILE // 1024 // 1024} MB" in caught.value.sentence


def test_what_is_no_file_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path, Path("/dev/zero"), tmp_path / "absent.yaml"):
        with pytest.raises(SourceError, match="plain file"):
            read_source(path)
