"""`quizbook answer` as a process: exit codes, the JSON document, and what is stored."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from quizbook.study.store import open_log

REPOSITORY = Path(__file__).parents[2]
SHEET = """
ch03.q.901: b
ch03.q.902: [a, C]
ch03.q.903: {1: a, 2: c, 3: c}
ch03.q.904: [a, b, c, d]
ch03.q.906: {1: import, 2: ones}
ch03.q.908: Because of what comes next.
ch03.q.910: {response: 2.36M, confidence: sure}
"""


@pytest.fixture
def answer(tmp_path):
    def run(*words, stdin=""):
        environment = {
            **os.environ,
            "QUIZBOOK_HOME": str(tmp_path / "home"),
            "QUIZBOOK_BANK": str(REPOSITORY / "tests" / "small_bank"),
            "PYTHONPATH": str(REPOSITORY),
        }
        program = "import sys; from quizbook.cli.main import main; sys.exit(main())"
        line = [sys.executable, "-c", program, "answer", *words]
        data = stdin if isinstance(stdin, bytes) else stdin.encode()
        return subprocess.run(line, input=data, capture_output=True, env=environment, cwd=tmp_path, timeout=60)

    return run


def test_the_document_has_a_score_the_points_and_an_entry_for_each_answer(answer):
    done = answer("-", "--json", stdin=SHEET)
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert document["points"] == 6
    assert document["score"] == pytest.approx(4 + 2 / 3)
    by_id = {entry["id"]: entry for entry in document["questions"]}
    matching = by_id["ch03.q.903"]
    assert matching["score"] == pytest.approx(2 / 3)
    assert matching["right"] is False
    assert matching["parts"] == {"1": True, "2": False, "3": True}
    assert matching["explain"] == "The names come from databases."
    assert by_id["ch03.q.910"]["right"] is True


def test_a_short_answer_alone_waits_for_its_author_and_costs_nothing(answer):
    done = answer("-", "--json", stdin="ch03.q.908: text")
    document = json.loads(done.stdout)
    assert (document["score"], document["points"]) == (0, 0)
    (entry,) = document["questions"]
    assert (entry["score"], entry["right"], entry["needs"]) == (None, None, "self")
    assert done.returncode == 0


def test_everything_right_is_exit_0_and_something_wrong_exit_1(answer):
    assert answer("-", stdin="ch03.q.901: a").returncode == 0
    assert answer("-", stdin="ch03.q.901: b").returncode == 1
    assert answer("-", stdin="ch03.q.903: {1: a}").returncode == 1
    assert answer("-", stdin="ch03.q.908: {text: t, ticked: [2]}").returncode == 1


def test_an_entry_that_cannot_be_graded_is_exit_2_and_the_rest_is_graded(answer):
    done = answer("-", "--json", stdin="ch03.q.901: z\nch99.q.1: a\nch03.q.902: [a, c]\n")
    assert done.returncode == 2
    document = json.loads(done.stdout)
    assert [sorted(entry) for entry in document["questions"][:2]] == [["error", "id"], ["error", "id"]]
    assert (document["score"], document["points"]) == (1, 1)


@pytest.mark.parametrize("stdin", ["", "- a", "a: [", b"\xff\xfe"])
def test_a_sheet_that_cannot_be_read_is_an_error_in_words_and_in_json(answer, stdin):
    spoken = answer("-", stdin=stdin)
    assert spoken.returncode == 2
    assert spoken.stdout == b""
    assert spoken.stderr.startswith(b"quizbook: stdin")
    told = answer("-", "--json", stdin=stdin)
    assert told.returncode == 2
    assert json.loads(told.stdout)["error"]["kind"] == "input"


@pytest.mark.parametrize("name", ["missing.yaml", ".", "x" * 300])
def test_a_file_that_cannot_be_opened_is_named(answer, name):
    done = answer(name)
    assert done.returncode == 2
    assert name.encode() in done.stderr


def test_files_in_yaml_and_json_give_the_same_document(answer, tmp_path):
    (tmp_path / "sheet.yaml").write_text("\ufeffch03.q.903: {1: a, 2: b, 3: c}\n", encoding="utf-8")
    (tmp_path / "sheet.json").write_text('{"ch03.q.903": {"1": "a", "2": "b", "3": "c"}}', encoding="utf-8")
    assert answer("sheet.yaml", "--json").stdout == answer("sheet.json", "--json").stdout


def test_lines_for_people_give_each_score_its_reason(answer):
    done = answer("-", stdin=SHEET)
    text = " ".join(done.stdout.decode().split())
    assert "ch03.q.903: 0.67 of 1. 2 of 3 pairs are right: “key” goes with “is compared”." in text
    assert "4.67 of 6 points; 1 without ticked points." in text
    assert max(map(len, done.stdout.decode().splitlines())) <= 80


def test_nothing_is_stored_unless_it_is_asked_for(answer, tmp_path):
    answer("-", stdin=SHEET)
    assert not list((tmp_path / "home").rglob("*.sqlite3"))


def test_recorded_answers_are_attempts_in_the_keys_of_the_questions(answer, tmp_path):
    answer("-", "--record", stdin=SHEET + "ch03.q.907: {1: z}\n")
    with open_log(tmp_path / "home") as log:
        attempts = {attempt.item: attempt for attempt in log.attempts()}
    assert len(attempts) == 7
    assert attempts["ch03.q.902"].response == ["a", "c"]
    assert attempts["ch03.q.903"].parts == {"1": True, "2": False, "3": True}
    assert attempts["ch03.q.908"].score is None
    assert attempts["ch03.q.910"].confidence == "sure"
    assert attempts["ch03.q.910"].response == "2.36M"
