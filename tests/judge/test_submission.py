"""What a submission is made of: the file, the files beside it that it names, and the code of a notebook."""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizbook.errors import QuizbookError
from quizbook.judge.submission import MOST_HELPER_BYTES, MOST_HELPERS, Submission, read_submission

Write = Callable[..., Path]
Helpers = Callable[..., set[str]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str, name: str = "mine.py") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def helpers(write: Write, tmp_path: Path) -> Helpers:
    """The names of what goes along with a source, of files that are there."""

    def helpers(source: str, files: dict[str, str], **more: bool) -> set[str]:
        for name, text in files.items():
            write(text, name)
        return set(read_submission(write(source), **more).helpers)

    return helpers


# -- neighbours --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "taken"),
    [
        ("import layers\n", {"layers.py"}),
        ("from layers import Linear\n", {"layers.py"}),
        ("import importlib\nimportlib.import_module('layers')\n", {"layers.py"}),
        ("text = open('the_verdict.txt').read()\n", {"the_verdict.txt"}),
        ("import json\njson.load(open('entries.json'))\n", {"entries.json"}),
        ("rows = open('a b.csv')\n", {"a b.csv"}),
        ("x = 1\n", set()),
        ("import layers_of_another_kind\n", set()),
    ],
)
def test_only_what_the_file_names_goes_along(helpers: Helpers, source: str, taken: set[str]) -> None:
    files = dict.fromkeys(("layers.py", "bob.py", "the_verdict.txt", "entries.json", "a b.csv"), "x = 1\n")
    assert helpers(source, files) == taken


def test_what_a_helper_names_goes_along_too(helpers: Helpers) -> None:
    files = {"a.py": "import b\n", "b.py": "open('c.txt')\n", "c.txt": "import d\n", "d.py": ""}
    assert helpers("import a\n", files) == {"a.py", "b.py", "c.txt"}


def test_helpers_that_name_each_other_end(helpers: Helpers) -> None:
    assert helpers("import a\n", {"a.py": "import b\n", "b.py": "import a, mine\n"}) == {"a.py", "b.py"}


def test_a_helper_is_laid_out_byte_by_byte_beside_the_file(write: Write, tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_bytes(b"a\r\nb\xff\x00")
    (tmp_path / "laid_out").mkdir()
    name = read_submission(write("open('words.txt')\n")).lay_out(tmp_path / "laid_out")
    assert name == "mine.py"
    assert (tmp_path / "laid_out" / "words.txt").read_bytes() == b"a\r\nb\xff\x00"
    assert (tmp_path / "laid_out" / "mine.py").read_text() == "open('words.txt')\n"


@pytest.mark.parametrize("name", [".env.py", ".cred.json", "notes.md", "weights.pt", "probe.py", "submission.py"])
def test_dotfiles_other_kinds_and_reserved_names_never_go_along(helpers: Helpers, name: str) -> None:
    source = f"import probe, submission\nopen({name!r})\nenv = cred = 1\n"
    assert helpers(source, {name: "x = 1\n"}) == set()


def test_links_folders_and_large_files_never_go_along(write: Write, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.txt").write_text("secret")
    (tmp_path / "link.txt").symlink_to(tmp_path / "outside" / "secret.txt")
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "large.txt").write_bytes(b"x" * (MOST_HELPER_BYTES + 1))
    os.mkfifo(tmp_path / "pipe.txt")
    path = write("import folder\nopen('link.txt'); open('large.txt'); open('pipe.txt')\n")
    assert read_submission(path).helpers == {}


def test_alone_takes_nobody_along(helpers: Helpers) -> None:
    files = {"bob.py": "def answer(x): return 2 * x\n"}
    assert helpers("import bob\n", files) == {"bob.py"}
    assert helpers("import bob\n", files, alone=True) == set()


@pytest.mark.parametrize("folder", [".", "mistakes"])
def test_in_the_folder_of_an_exercise_a_file_goes_alone(write: Write, tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir(exist_ok=True)
    write('id: "3.1"\n', "exercise.yaml")
    write("answer = 42\n", "solution.py")
    write("answer = 42\n", f"{folder}/solution.py")
    assert read_submission(write("from solution import answer\n", f"{folder}/importer.py")).helpers == {}


def test_not_more_files_go_along_than_fit(helpers: Helpers) -> None:
    names = [f"part{number}" for number in range(MOST_HELPERS + 20)]
    taken = helpers(f"import {', '.join(names)}\n", {f"{name}.py": "" for name in names})
    assert len(taken) == MOST_HELPERS


# -- the file ----------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=40)
@given(
    lines=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\x00")), min_size=1),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    mark=st.booleans(),
)
def test_every_line_ending_and_a_byte_order_mark_are_the_same_source(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], end: str, mark: bool
) -> None:
    lines = ["# source", *lines]
    path = tmp_path_factory.getbasetemp() / "endings.py"
    path.write_bytes(end.join(lines).encode("utf-8-sig" if mark else "utf-8"))
    assert read_submission(path, alone=True).source == "\n".join(lines)


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("mine.py", "mine.py"),
        ("mine.ipynb", "mine.py"),
        ("probe.py", "handed_in.py"),
        ("submission.py", "handed_in.py"),
        ("probe.ipynb", "handed_in.py"),
        ("my work (2).py", "my work (2).py"),
    ],
)
def test_no_name_of_a_file_takes_the_probes_place(tmp_path: Path, given_name: str, name: str) -> None:
    submission = Submission(tmp_path / given_name, "x = 1\n", {})
    (tmp_path / "laid_out").mkdir()
    assert submission.lay_out(tmp_path / "laid_out") == name
    assert {path.name for path in (tmp_path / "laid_out").iterdir()} == {name}


# -- notebooks ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def notebook(tmp_path: Path) -> Callable[..., Submission]:
    """A notebook of these code cells, read as a submission."""

    def read(*cells: str, beside: tuple[str, ...] = ()) -> Submission:
        made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
        for text in beside:
            made.cells.insert(0, nbformat.v4.new_markdown_cell(text))
        path = tmp_path / "mine.ipynb"
        path.write_text(nbformat.writes(made), encoding="utf-8")
        return read_submission(path)

    return read


def run(submission: Submission) -> dict[str, object]:
    namespace: dict[str, object] = {}
    exec(compile(submission.source, "mine", "exec"), namespace)
    return namespace


def test_the_code_cells_are_one_program_in_their_order(notebook: Callable[..., Submission]) -> None:
    submission = notebook("a = 1", "b = a + 1\n", "", beside=("c = 'not code'",))
    assert run(submission)["b"] == 2
    assert "c" not in run(submission)
    assert submission.notes == ()


def test_a_source_that_is_a_list_of_lines_is_joined(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "source": ["def answer(x):\n", "    return 2 * x"], "metadata": {}, "outputs": []}
    path = tmp_path / "mine.ipynb"
    path.write_text(json.dumps({"cells": [cell], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}))
    assert "def answer(x):\n    return 2 * x\n" in read_submission(path).source


def test_magics_and_shell_lines_are_left_out_and_said_to_be(notebook: Callable[..., Submission]) -> None:
    submission = notebook("%matplotlib inline\n!pip install torch\na = 1\nfor i in range(2):\n    %time a += i\n")
    assert run(submission)["a"] == 1
    assert submission.notes == ("left out of the notebook: %matplotlib inline, !pip install torch, %time a += i",)


def test_a_cell_that_is_a_magic_as_a_whole_is_left_out(notebook: Callable[..., Submission]) -> None:
    submission = notebook("%%bash\nrm -rf data\n", "a = 1")
    assert run(submission)["a"] == 1
    assert any("%%bash" in note for note in submission.notes)
    ast.parse(submission.source)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('a = """\n%matplotlib inline\n!important\n"""', "\n%matplotlib inline\n!important\n"),
        ("a = (5\n     % 3)", 2),
        ("a = 7 \\\n  % 4", 3),
        ("a = '''\n  %d tokens\n''' % 3", "\n  3 tokens\n"),
    ],
)
def test_lines_of_python_that_begin_with_a_percent_sign_are_kept(
    notebook: Callable[..., Submission], cell: str, value: object
) -> None:
    submission = notebook(cell)
    assert run(submission)["a"] == value
    assert submission.notes == ()


def test_a_string_is_kept_in_a_cell_that_holds_a_magic_too(notebook: Callable[..., Submission]) -> None:
    submission = notebook('%matplotlib inline\na = """\n!important\n"""')
    assert run(submission)["a"] == "\n!important\n"
    assert submission.notes == ("left out of the notebook: %matplotlib inline",)


def test_a_note_is_short_and_harmless_whatever_was_left_out(notebook: Callable[..., Submission]) -> None:
    (note,) = notebook(*(f"!echo \x1b[2J{'x' * 10_000} {number}" for number in range(40)), "a = 1").notes
    assert len(note) < 400
    assert "\x1b" not in note


def test_a_notebooks_neighbours_go_along_like_a_files(notebook: Callable[..., Submission], write: Write) -> None:
    write("x = 1\n", "layers.py")
    write("x = 1\n", "bob.py")
    assert set(notebook("import layers").helpers) == {"layers.py"}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"cells": [', "its JSON breaks off"),
        ("[]", "it has no list of cells"),
        ('{"worksheets": []}', "it has no list of cells"),
        ('{"cells": [{"cell_type": "code"}]}', "it has no list of cells"),
        ('{"cells": []}', "has no code cells"),
        ('{"cells": [{"cell_type": "markdown", "source": "x"}]}', "has no code cells"),
        ('{"cells": [{"cell_type": "code", "source": [1, 2]}]}', "no notebook"),
        ('{"cells": "code"}', "no notebook"),
        ("[" * 100_000, "no notebook"),
    ],
    ids=lambda value: value[:30],
)
def test_what_is_no_notebook_is_said(write: Write, text: str, sentence: str) -> None:
    with pytest.raises(QuizbookError) as caught:
        read_submission(write(text, "mine.ipynb"))
    assert caught.value.exit_code == 2
    assert sentence in caught.value.message
