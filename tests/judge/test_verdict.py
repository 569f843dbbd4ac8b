"""A verdict as people, scripts and CI servers read it."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from warm_judge import EXERCISE

from quizbook.judge.verdict import CheckResult, Verdict

PASSED = CheckResult("test_a", "It works.", "passed", 1, 1, "a remark")
FAILED = CheckResult(
    "test_b", 'It works <always> & "everywhere".', "failed", 2.5, 0, "It does not.\nexpected: 1\ngot:      ]]> 2"
)
SKIPPED = CheckResult("test_c", "It is fast.", "skipped", 1, 0, "first comes: It works.")
BROKEN = CheckResult("test_d", "It is right.", "error", 1, 0, "the check itself broke")
VERDICT = Verdict("3.1", "/tmp/a.py", 7, "full", 0.08123, (PASSED, FAILED, SKIPPED), "printed & <more>\n", ("a note",))


def test_the_json_is_the_documented_one():
    told = VERDICT.as_json()
    assert json.loads(json.dumps(told)) == told
    assert told == {
        "exercise": "3.1",
        "file": "/tmp/a.py",
        "passed": False,
        "score": 1,
        "points": 4.5,
        "seed": 7,
        "wall": "full",
        "seconds": 0.081,
        "checks": [
            {
                "name": "test_a",
                "title": "It works.",
                "outcome": "passed",
                "points": 1,
                "score": 1,
                "message": "a remark",
            },
            {
                "name": "test_b",
                "title": FAILED.title,
                "outcome": "failed",
                "points": 2.5,
                "score": 0,
                "message": FAILED.message,
            },
            {
                "name": "test_c",
                "title": "It is fast.",
                "outcome": "skipped",
                "points": 1,
                "score": 0,
                "message": SKIPPED.message,
            },
        ],
        "output": "printed & <more>\n",
        "notes": ["a note"],
    }


def test_whole_points_are_whole_numbers():
    told = VERDICT.as_json()
    assert type(told["score"]) is int
    assert type(told["checks"][0]["points"]) is int


@pytest.mark.parametrize(
    ("checks", "passed"),
    [
        ((PASSED,), True),
        ((PASSED, PASSED), True),
        ((PASSED, FAILED), False),
        ((PASSED, SKIPPED), False),
        ((PASSED, BROKEN), False),
        ((), False),
    ],
)
def test_it_passes_when_every_check_passed_and_there_was_one(checks, passed):
    assert replace(VERDICT, checks=checks).passed is passed


def test_the_junit_report_parses_and_counts():
    checks = (*VERDICT.checks, BROKEN)
    suite = ElementTree.fromstring(replace(VERDICT, checks=checks).as_junit())
    counts = {name: suite.attrib[name] for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "4", "failures": "1", "errors": "1", "skipped": "1"}
    cases = suite.findall("testcase")
    assert [case.attrib["name"] for case in cases] == [check.title for check in checks]
    assert [child.tag for case in cases for child in case] == ["failure", "skipped", "error"]
    failure = cases[1].find("failure")
    assert failure is not None
    assert failure.attrib["message"] == "It does not."
    assert failure.text == FAILED.message
    assert suite.findtext("system-out") == "printed & <more>\n"


def test_an_honest_solution_told_for_people(judge):
    told = judge.honest()
    assert told.verdict is not None
    assert told.verdict["score"] == told.verdict["points"] == 7
    assert "Passed: 7 of 7 points" in told.text
    assert "\x1b" not in told.text
    assert max(map(len, told.text.splitlines())) <= 80
    suite = ElementTree.fromstring(told.junit)
    assert (suite.attrib["tests"], suite.attrib["failures"]) == ("7", "0")


def test_a_mistake_told_for_people_has_its_name_what_came_and_the_next_step(judge):
    told = judge.check(EXERCISE / "mistakes" / "not_transposed.py", width=100)
    assert "without transposing" in told.text
    assert "Not yet: 0 of 7 points" in told.text
    assert "--seed 7" in told.text
    assert "quizbook hint" in told.text
    assert max(map(len, told.text.splitlines())) <= 100


@pytest.mark.parametrize("width", [0, 1, 20, 40, 79, 300])
def test_it_keeps_to_any_width(judge, width):
    told = judge.check(EXERCISE / "mistakes" / "scaled.py", width=width)
    assert max(map(len, told.text.splitlines())) <= max(width, 40)


def test_colours_come_only_where_they_are_asked_for(judge):
    coloured = judge.check(EXERCISE / "mistakes" / "scaled.py", colour=True).text
    assert "\x1b[31m" in coloured
    assert "\x1b" not in judge.check(EXERCISE / "mistakes" / "scaled.py").text


def test_what_was_printed_is_shown_and_kept_up_to_64_kib(judge, hand_in):
    told = judge.check(hand_in("print('line\\n' * 100_000)\ndef transfer_weights(source, target): pass\n"))
    assert told.verdict is not None
    assert 0 < len(told.verdict["output"]) <= 64 * 1024
    assert "  | line" in told.text
    assert "lines more" in told.text


def test_the_last_word_of_a_submission_that_dies_is_kept(judge, hand_in):
    told = judge.check(
        hand_in(
            "import os\ndef transfer_weights(source, target):\n    print('last word', flush=True)\n    os._exit(3)\n"
        )
    )
    assert "last word" in told.printed
    assert "exit status 3" in told.messages


def test_the_answer_carries_what_the_store_keeps(judge):
    from quizbook.judge.client import ask

    request = {"do": "check", "id": "3.1", "file": str(EXERCISE / "solution.py"), "cwd": "/", "seed": 7, "width": 80}
    answer = ask({**request, "colour": False})
    assert answer["item"] == "ch03.ex.1"
    assert len(answer["text_hash"]) == len(answer["key_hash"]) == 16
    assert ask({**request, "id": "ch03.ex.1", "colour": False})["key_hash"] == answer["key_hash"]


def test_a_check_that_cannot_run_here_counts_for_nothing_and_stands_in_nobodys_way() -> None:
    passed = CheckResult("test_a", "A", "passed", 2, 2)
    cannot = CheckResult("test_b", "B", "skipped", 3, 0, "needs TensorFlow")
    waits = CheckResult("test_c", "C", "skipped", 3, 0, "first comes: A")
    for checks, expected in (((passed, cannot), (True, 2)), ((passed, waits), (False, 5)), ((cannot,), (False, 0))):
        verdict = replace(VERDICT, checks=checks)
        assert (verdict.passed, verdict.points) == expected
