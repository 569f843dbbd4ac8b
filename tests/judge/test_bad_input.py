"""What cannot be judged gets one clear sentence, the right exit code and, where there is one, its place."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
from warm_judge import EXERCISE, HURRIED, eventually

SOLUTION = (EXERCISE / "solution.py").read_text()


@pytest.fixture
def refused(judge):
    """Judges a file that has to be refused, and gives the error; nothing is lost and nothing left running."""

    def run(path, **more):
        told = judge.check(path, **more)
        assert told.error is not None, told.text
        assert told.exit_code == 2
        assert "Traceback" not in told.error.message
        assert not re.search(r"quizbook/judge|quizbook\.judge", told.error.message)
        assert len(told.error.message) < 1000
        assert told.error.as_json()["passed"] is False
        assert eventually(judge.is_at_rest)
        assert eventually(lambda: not judge.scratch())
        return told.error

    return run


def test_a_file_that_is_not_there_with_those_that_are(refused, hand_in):
    there = hand_in(SOLUTION, "mine.py")
    error = refused(there.with_name("mien.py"))
    assert str(there.with_name("mien.py")) in error.message
    assert "this folder holds mine.py" in error.message


def test_a_folder(refused, tmp_path):
    assert "is a folder" in refused(tmp_path).message


def test_a_symbolic_link(refused, hand_in, tmp_path):
    link = tmp_path / "link.py"
    link.symlink_to(hand_in(SOLUTION))
    assert "symbolic link" in refused(link).message


def test_a_pipe_and_a_device_are_not_waited_for(refused, tmp_path):
    os.mkfifo(tmp_path / "pipe.py")
    assert "no regular file" in refused(tmp_path / "pipe.py").message
    assert "no regular file" in refused("/dev/zero").message


@pytest.mark.parametrize("content", ["", " \n\n\t\n", "\ufeff"])
def test_an_empty_file(refused, hand_in, content):
    assert "handed.py is empty" in refused(hand_in(content)).message


def test_a_file_of_50_mb(refused, hand_in):
    error = refused(hand_in(b"x = 1\n" * (50 * 2**20 // 6)))
    assert "50.0 MB" in error.message


@pytest.mark.parametrize("content", [b"\x7fELF\x02\x01\x01\x00\x00", b"PK\x03\x04\x00\x00", b"def f(): pass\n\x00"])
def test_a_binary_file(refused, hand_in, content):
    assert "no text" in refused(hand_in(content)).message


def test_a_text_in_another_encoding_with_the_line_that_shows_it(refused, hand_in):
    error = refused(hand_in("# one\n# two\nname = 'Jörg'\n".encode("latin-1")))
    assert "not UTF-8" in error.message
    assert error.line == 3


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_utf_16_and_utf_32(refused, hand_in, encoding):
    error = refused(hand_in(SOLUTION.encode(encoding)))
    assert encoding.upper() in error.message
    assert "UTF-8" in error.message


@pytest.mark.parametrize(
    "source",
    [
        b"\xef\xbb\xbf" + SOLUTION.encode(),
        SOLUTION.replace("\n", "\r\n").encode(),
        SOLUTION.replace("\n", "\r").encode(),
    ],
    ids=["a byte order mark", "Windows line ends", "old Mac line ends"],
)
def test_what_editors_add_does_no_harm(judge, hand_in, source):
    assert judge.check(hand_in(source)).exit_code == 0


def test_a_syntax_error_with_line_column_and_the_line_itself(refused, hand_in):
    error = refused(hand_in("import torch\n\ndef transfer_weights(source, target)\n    pass\n"))
    assert error.line == 3
    assert error.column == 37
    assert "handed.py, line 3" in error.message
    assert "def transfer_weights(source, target)" in error.message


def test_a_file_with_tabs_and_spaces_mixed(refused, hand_in):
    error = refused(hand_in("def transfer_weights(source, target):\n\tif source:\n        pass\n"))
    assert error.line == 3


def test_an_import_that_is_not_there(refused, hand_in):
    error = refused(
        hand_in("import torch\nimport torchvisoin\n" + SOLUTION.replace("from __future__ import annotations", ""))
    )
    assert "`torchvisoin`" in error.message
    assert "not installed" in error.message
    assert error.line == 2


def test_an_error_while_the_file_is_imported_with_its_line(refused, hand_in):
    error = refused(hand_in("x = 1\ny = x / 0\n"))
    assert "ZeroDivisionError: division by zero" in error.message
    assert error.line == 2


def test_a_file_that_exits_while_it_is_imported(refused, hand_in):
    error = refused(hand_in("import sys\nsys.exit()\ndef transfer_weights(source, target): pass\n"))
    assert "__main__" in error.message


def test_a_name_that_is_not_defined(refused, hand_in):
    error = refused(hand_in("def transfer_weight(source, target):\n    pass\n"))
    assert "`transfer_weights` is not defined" in error.message
    assert "transfer_weights(source, target)" in error.message


def test_a_name_that_cannot_be_called(refused, hand_in):
    error = refused(hand_in("transfer_weights = [1, 2]\n"))
    assert "a list, which cannot be called" in error.message


@pytest.mark.parametrize(
    ("parameters", "complaints"),
    [
        ("source", ["the parameter target is missing"]),
        ("", ["the parameter source is missing", "the parameter target is missing"]),
        ("target, source", ["in another order than source, target"]),
        ("source, target, bias", ["the parameter bias has no default"]),
        ("source, target, *, bias", ["the parameter bias can only be given by name"]),
        ("source, *, target", ["the parameter target is missing"]),
    ],
)
def test_a_wrong_signature_parameter_by_parameter(refused, hand_in, parameters, complaints):
    error = refused(hand_in(f"import torch\n\n\ndef transfer_weights({parameters}):\n    pass\n"))
    assert all(complaint in error.message for complaint in complaints), error.message
    assert error.line == 4


@pytest.mark.parametrize(
    "parameters",
    ["a, b", "source, target=None", "source, target, bias=False", "*modules", "source, *rest", "source, /, target"],
)
def test_a_signature_that_works_is_as_good_as_ours(judge, hand_in, parameters):
    told = judge.check(hand_in(f"def transfer_weights({parameters}):\n    pass\n"))
    assert told.exit_code == 1, told.text


def notebook(*cells, **more):
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": list(cells), **more})


def code(source):
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}


def test_a_notebook_is_as_good_as_a_script(judge, hand_in):
    cells = {"cell_type": "markdown", "source": "# A"}, code(SOLUTION.splitlines(keepends=True)), code("print('end')")
    told = judge.check(hand_in(notebook(*cells), "a.ipynb"))
    assert told.exit_code == 0, told.text
    assert told.printed.strip() == "end"


def test_magics_of_a_notebook_are_left_out_and_said_to_be(judge, hand_in):
    plain = SOLUTION.replace("from __future__ import annotations", "")
    cells = code("%matplotlib inline\n!pip install torch\nx = 1"), code("%%timeit\nx = 1\n"), code(plain)
    told = judge.check(hand_in(notebook(*cells), "a.ipynb"))
    assert told.verdict is not None, told.text
    assert told.verdict["passed"]
    assert "%matplotlib inline" in told.verdict["notes"][0]


def test_a_line_of_a_notebook_is_told_by_its_cell(judge, hand_in):
    raising = "x = 1\n\ndef transfer_weights(source, target):\n    raise ValueError('mine')"
    told = judge.check(hand_in(notebook(code("import torch\n%time x = 1"), code(raising)), "a.ipynb"))
    assert "ValueError in line 4 of code cell 2 (`raise ValueError('mine')`): mine" in " ".join(told.text.split())
    told = judge.check(hand_in(notebook(code("x = 1"), code("a = 1\nb = = 2")), "a.ipynb"))
    assert told.exit_code == 2
    assert told.text.startswith("a.ipynb, line 2 of code cell 2: ")


def test_lines_that_only_look_like_magics_stay(judge, hand_in):
    source = SOLUTION + 'x = (7\n     % 4)\ntext = """\n!important\n%d\n"""\nprint(x, text.split())\n'
    told = judge.check(hand_in(notebook(code(source)), "a.ipynb"))
    assert told.exit_code == 0, told.text
    assert told.printed.strip() == "3 ['!important', '%d']"


def test_a_notebook_of_two_megabytes_costs_the_judge_little(tmp_path):
    """It is read in front of the wall, where no limit holds."""
    path = tmp_path / "a.ipynb"
    path.write_text(notebook(code("a;" * 900_000 + "\n%time\n")))
    read = (
        "import resource, sys\nresource.setrlimit(resource.RLIMIT_AS, (400 * 2**20,) * 2)\n"
        "from pathlib import Path\nfrom quizbook.judge.submission import read_submission\n"
        "print(len(read_submission(Path(sys.argv[1])).source))"
    )
    done = subprocess.run([sys.executable, "-c", read, str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 1_800_000


@pytest.mark.parametrize(
    "content", [notebook(), notebook({"cell_type": "markdown", "source": "x"}), notebook(code("  \n"))]
)
def test_a_notebook_without_code_cells(refused, hand_in, content):
    assert "no code cells" in refused(hand_in(content, "a.ipynb")).message


def test_a_notebook_whose_json_breaks_off_with_its_place(refused, hand_in):
    error = refused(hand_in('{"cells": [\n  {"cell_type": "code",\n', "a.ipynb"))
    assert "JSON" in error.message
    assert error.line is not None
    assert error.line >= 2


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        "7",
        '"text"',
        "{}",
        '{"cells": 7}',
        '{"cells": [7]}',
        '{"cells": [{}]}',
        '{"cells": [{"cell_type": "code"}]}',
        '{"cells": [{"cell_type": "code", "source": [7]}]}',
        '{"cells": [{"cell_type": "code", "source": {"a": 1}}]}',
        "[" * 100_000,
        "not json at all",
    ],
)
def test_what_is_no_notebook(refused, hand_in, content):
    assert "no" in refused(hand_in(content, "a.ipynb")).message


@pytest.mark.parametrize("name", ["answer.txt", "answer", "answer.pyc", "answer.PY2"])
def test_a_file_of_another_kind(refused, hand_in, name):
    assert ".py or .ipynb" in refused(hand_in(SOLUTION, name)).message


def test_an_exercise_that_does_not_exist_with_the_nearest(refused, hand_in):
    file = hand_in(SOLUTION)
    assert "3.1" in refused(file, id="3.11").message
    assert HURRIED in refused(file, id="931").message
    for id in ("", "\x1b[2J", "3.1" * 1000):
        assert "there is no exercise" in refused(file, id=id).message


def test_no_file_named_and_none_of_the_usual_name(refused, tmp_path):
    error = refused("nothing.py", cwd=str(tmp_path))
    assert str(tmp_path / "nothing.py") in error.message


def test_the_usual_file_of_the_folder_is_taken_when_none_is_named(judge, tmp_path):
    (tmp_path / "ch03_ex1_weight_transfer.py").write_text(SOLUTION)
    request = {"do": "check", "id": "3.1", "file": None, "cwd": str(tmp_path), "seed": 7, "width": 80, "colour": False}
    from quizbook.judge.client import ask

    assert ask(request)["verdict"]["passed"]


@pytest.mark.parametrize(
    "name",
    [
        "with space.py",
        "Übung.py",
        "a'b\"c.py",
        "torch.py",
        "probe.py",
        "handed_in.py",
        "-c.py",
        "x" * 200 + ".py",
        "a\nb.py",
        "\x1b[31mred.py",
        "\udcff.py",
    ],
)
def test_any_name_of_a_file_will_do_and_none_reaches_the_terminal_as_it_is(judge, hand_in, name):
    told = judge.check(hand_in(SOLUTION, name))
    assert told.exit_code == 0, told.text
    told = judge.check(hand_in("def transfer_weights(source)\n", name))
    assert told.exit_code == 2
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff]", told.messages)
    assert "\nb.py" not in told.messages


def test_a_file_that_cannot_be_opened(refused, hand_in):
    file = hand_in(SOLUTION)
    file.chmod(0)
    if os.access(file, os.R_OK):
        pytest.skip("root reads everything")
    assert "cannot be opened" in refused(file).message


def test_a_file_that_has_just_become_another_is_read_once(judge, hand_in):
    """The judge's copy counts: what is written to the file during the check changes nothing."""
    file = hand_in(SOLUTION)
    told = judge.check(file)
    assert told.exit_code == 0
    assert file.read_text() == SOLUTION


def test_a_checker_that_breaks_is_our_fault_and_says_so(judge, hand_in):
    told = judge.check(hand_in("def f():\n    return 1\n"), "96.1")
    assert told.exit_code == 4
    assert "not your fault" in told.messages
    assert "TypeError" in told.messages
