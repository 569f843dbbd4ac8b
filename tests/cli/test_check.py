"""`quizbook check`: exit codes, the documents for machines, what is written down, and what the screen gets."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from program import EXERCISE, Home, home_in

from quizbook import __version__

SOLUTION = EXERCISE / "solution.py"
MISTAKE = EXERCISE / "mistakes" / "not_transposed.py"
FILE_NAME = "ch03_ex1_weight_transfer.py"
ITEM = "ch03.ex.1"
CHECKS = [
    "test_query_weights", "test_key_weights", "test_value_weights", "test_outputs_agree", "test_source_untouched",
    "test_target_still_trains", "test_every_pair_by_itself",
]  # fmt: skip


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """3.1 twice more: as it is, under an id that nothing has happened to, and with a checker that breaks."""
    course = tmp_path_factory.mktemp("course")
    for id, name in (("95.1", "untouched"), ("95.2", "broken")):
        folder = course / "ch95" / f"ex{id[-1]}_{name}"
        shutil.copytree(EXERCISE, folder)
        path = folder / "exercise.yaml"
        path.write_text(path.read_text().replace('id: "3.1"', f'id: "{id}"'))
    (folder / "check.py").write_text("def test_a(submission):\n    {}['W_qurey']\n")
    return course


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, course: Path) -> Iterator[Home]:
    with home_in(tmp_path_factory.mktemp("check"), QUIZBOOK_EXERCISES=str(course)) as home:
        yield home


# -- exit codes --------------------------------------------------------------------------------------------------------


def test_a_file_that_passes_ends_with_0_and_says_so(home: Home) -> None:
    done = home.run("check", "3.1", SOLUTION)
    assert done.returncode == 0
    assert "\nPassed: 7 of 7 points\n" in done.stdout


def test_a_file_that_does_not_pass_ends_with_1_and_names_the_mistake(home: Home) -> None:
    done = home.run("check", "3.1", MISTAKE)
    assert done.returncode == 1
    assert done.stderr == ""
    assert re.search(r"^Not yet: \d of 7 points$", done.stdout, re.MULTILINE)
    assert "transpos" in done.stdout


def test_without_a_file_the_one_that_start_put_here_is_checked(home: Home, tmp_path: Path) -> None:
    shutil.copyfile(SOLUTION, tmp_path / FILE_NAME)
    document = home.document("check", "ch03.ex.1", "--json", code=0, cwd=tmp_path)
    assert document["file"] == str(tmp_path / FILE_NAME)


def test_a_file_is_named_from_where_one_stands(home: Home, tmp_path: Path) -> None:
    shutil.copyfile(SOLUTION, tmp_path / "mine.py")
    assert home.run("check", "3.1", "mine.py", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("3.1",), "`quizbook start 3.1` puts it there"),
        (("3.1", "no_such_file.py"), "there is no file"),
        (("3.7", "no_such_file.py"), "there is no exercise 3.7; did you mean 3."),
    ],
)
def test_what_cannot_be_judged_ends_with_2_and_one_sentence(
    home: Home, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    done = home.run("check", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("quizbook: ")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_bad_input_is_a_document_with_the_place(home: Home, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("import torch\n\ndef transfer_weights(source, target:\n    pass\n")
    document = home.document("check", "3.1", "mine.py", "--json", code=2, cwd=tmp_path)
    error = document["error"]
    assert set(document) == {"passed", "error"}
    assert set(error) == {"kind", "message", "line", "column"}
    assert (document["passed"], error["kind"], error["line"]) == (False, "input", 3)
    assert isinstance(error["column"], int)
    assert error["message"].startswith("mine.py, line 3: ")


def test_bad_input_without_a_place_names_none(home: Home, tmp_path: Path) -> None:
    document = home.document("check", "3.1", "no_such_file.py", "--json", code=2, cwd=tmp_path)
    assert set(document["error"]) == {"kind", "message"}


def test_a_broken_checker_ends_with_4_and_says_where_the_log_lies(home: Home) -> None:
    done = home.run("check", "95.2", SOLUTION)
    assert (done.returncode, done.stdout) == (4, "")
    assert "not your fault" in done.stderr
    assert "Traceback" not in done.stderr
    (log,) = re.findall(r"The details lie in (\S+);", done.stderr)
    assert "W_qurey" in Path(log).read_text()
    assert "check.py" in Path(log).read_text()


def test_a_broken_checker_is_a_document_too(home: Home) -> None:
    document = home.document("check", "95.2", SOLUTION, "--json", code=4)
    assert (document["passed"], document["error"]["kind"]) == (False, "internal")


# -- for machines ------------------------------------------------------------------------------------------------------


def test_the_document_of_a_verdict_has_the_documented_shape(home: Home) -> None:
    document = home.document("check", "3.1", MISTAKE, "--seed", "123", "--json", code=1)
    notes = document.pop("notes")
    assert notes == []
    assert list(document) == [
        "exercise", "file", "passed", "score", "points", "seed", "wall", "seconds", "checks", "output"
    ]  # fmt: skip
    assert document["exercise"] == "3.1"
    assert document["file"] == str(MISTAKE)
    assert (document["passed"], document["points"], document["seed"], document["output"]) == (False, 7, 123, "")
    assert type(document["score"]) is int
    assert 0 < document["seconds"] < 60
    assert [check["name"] for check in document["checks"]] == CHECKS
    for check in document["checks"]:
        assert list(check) == ["name", "title", "outcome", "points", "score", "message"]
        assert check["outcome"] in ("passed", "failed", "skipped", "error")
        assert (check["score"] == check["points"]) == (check["outcome"] == "passed")
        assert check["title"].endswith(".")
        assert check["message"] or check["outcome"] == "passed"
    assert document["score"] == sum(check["score"] for check in document["checks"])


def test_what_the_file_prints_is_in_the_document_and_cut(home: Home, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(f"{SOLUTION.read_text()}\nprint('begin')\nprint('x' * 200_000)\n")
    output = home.document("check", "3.1", "mine.py", "--json", code=0, cwd=tmp_path)["output"]
    assert output.startswith("begin\nxxx")
    assert len(output) <= 64 * 1024


def test_a_seed_repeats_the_verdict_to_the_letter(home: Home) -> None:
    one, other = (home.document("check", "3.1", MISTAKE, "--seed", "41", "--json", code=1) for _ in range(2))
    assert one | {"seconds": 0} == other | {"seconds": 0}


def test_without_a_seed_each_run_draws_its_own(home: Home) -> None:
    one, other = (home.document("check", "3.1", SOLUTION, "--json", code=0)["seed"] for _ in range(2))
    assert one != other


@pytest.mark.parametrize(("file", "failures"), [(SOLUTION, False), (MISTAKE, True)])
def test_a_junit_report_is_written_beside_the_verdict(home: Home, tmp_path: Path, file: Path, failures: bool) -> None:
    done = home.run("check", "3.1", file, "--junit", "report.xml", cwd=tmp_path)
    suite = ElementTree.parse(tmp_path / "report.xml").getroot()
    assert suite.tag == "testsuite"
    assert (int(suite.attrib["tests"]), suite.attrib["errors"]) == (7, "0")
    assert (int(suite.attrib["failures"]) > 0) == failures == (done.returncode == 1)
    cases = suite.findall("testcase")
    assert len(cases) == 7
    assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))
    assert int(suite.attrib["skipped"]) == len(suite.findall("testcase/skipped"))
    assert all(failure.attrib["message"] and failure.text for failure in suite.findall("testcase/failure"))
    assert "points" in done.stdout


def test_a_report_that_cannot_be_written_is_said_and_the_attempt_is_kept(home: Home, tmp_path: Path) -> None:
    report = tmp_path / "no_such_folder" / "report.xml"
    done = home.run("check", "3.1", SOLUTION, "--seed", "99", "--junit", report)
    assert done.returncode == 2
    assert f"the report cannot be written to {report}: No such file or directory" in done.stderr
    assert (home.attempts(ITEM)[-1].seed, home.attempts(ITEM)[-1].score) == (99, 1)


# -- what is written down ----------------------------------------------------------------------------------------------


def test_every_verdict_is_an_attempt_in_the_store(home: Home) -> None:
    verdict = home.document("check", "3.1", MISTAKE, "--seed", "77", "--json", code=1)
    attempt = home.attempts(ITEM)[-1]
    assert (attempt.mode, attempt.seed, attempt.version) == ("exercise", 77, __version__)
    assert attempt.score == pytest.approx(verdict["score"] / verdict["points"])
    assert attempt.parts == {check["name"]: check["outcome"] == "passed" for check in verdict["checks"]}
    assert attempt.response == {"file": str(MISTAKE)}
    assert attempt.seconds == pytest.approx(verdict["seconds"])
    assert re.fullmatch("[0-9a-f]{16}", attempt.text_hash)
    assert re.fullmatch("[0-9a-f]{16}", attempt.key_hash)
    assert attempt.text_hash != attempt.key_hash


def test_exercises_of_one_task_and_one_checker_have_the_same_hashes(home: Home) -> None:
    """95.1 is a copy of 3.1."""
    home.run("check", "3.1", MISTAKE)
    home.run("check", "95.1", MISTAKE)
    one, other = home.attempts(ITEM)[-1], home.attempts("ch95.ex.1")[-1]
    assert (one.text_hash, one.key_hash) == (other.text_hash, other.key_hash)


def test_what_could_not_be_judged_is_no_attempt(home: Home, tmp_path: Path) -> None:
    before = len(home.attempts())
    assert home.run("check", "3.1", "no_such_file.py", cwd=tmp_path).returncode == 2
    assert home.run("check", "95.2", SOLUTION).returncode == 4
    assert len(home.attempts()) == before


def test_an_attempt_knows_how_many_hints_were_seen(home: Home) -> None:
    home.run("check", "3.1", MISTAKE)
    before = home.attempts(ITEM)[-1].hints
    home.run("hint", "3.1")
    home.run("check", "3.1", MISTAKE)
    assert home.attempts(ITEM)[-1].hints == before + 1


def test_an_exercise_is_new_then_started_then_passed_for_good(home: Home, course: Path) -> None:
    folder = course / "ch95" / "ex3_states"
    shutil.copytree(EXERCISE, folder)
    path = folder / "exercise.yaml"
    path.write_text(path.read_text().replace('id: "3.1"', 'id: "95.3"'))
    assert home.state("95.3") == "new"
    for file, state in ((MISTAKE, "started"), (SOLUTION, "passed"), (MISTAKE, "passed")):
        home.run("check", "95.3", file)
        assert home.state("95.3") == state
    assert home.run("solution", "95.3").returncode == 0


# -- the screen --------------------------------------------------------------------------------------------------------


def test_a_terminal_gets_colour_and_a_pipe_does_not(home: Home) -> None:
    code, screen = home.on_a_terminal("check", "3.1", SOLUTION)
    assert code == 0
    assert "\x1b[32m✓\x1b[0m" in screen
    assert "\x1b" not in home.run("check", "3.1", SOLUTION).stdout


def test_who_wants_no_colour_gets_none(home: Home) -> None:
    for _, screen in (
        home.on_a_terminal("check", "3.1", SOLUTION, NO_COLOR="1"),
        home.on_a_terminal("check", "3.1", SOLUTION, TERM="dumb"),
    ):
        assert "Passed: 7 of 7 points" in screen
        assert "\x1b" not in screen


def test_json_is_without_colour_on_a_terminal_too(home: Home) -> None:
    assert "\x1b" not in home.on_a_terminal("check", "3.1", MISTAKE, "--json")[1]


def test_a_narrow_terminal_gets_narrow_lines(home: Home) -> None:
    _, screen = home.on_a_terminal("check", "3.1", MISTAKE, columns=48, NO_COLOR="1")
    assert max(map(len, screen.splitlines())) <= 48


# -- the wall ----------------------------------------------------------------------------------------------------------


def test_the_wall_that_is_asked_for_is_there(home: Home) -> None:
    if home.document("check", "3.1", SOLUTION, "--json", code=0)["wall"] != "full":
        pytest.skip("this kernel does not give the whole wall")
    done = home.run("check", "3.1", SOLUTION, "--require-wall")
    assert done.returncode == 0
    assert done.stderr == ""
    assert re.search(r"^seed \d+, wall full, ", done.stdout, re.MULTILINE)
