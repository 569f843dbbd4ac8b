"""`quizbook quiz` in plain lines, as people and scripts meet it: a process with a pipe or a terminal."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from quizbook.bank.library import load_bank
from quizbook.study.presentation import present
from quizbook.study.store import open_log

REPOSITORY = Path(__file__).parents[2]
BANK = load_bank([REPOSITORY / "tests" / "small_bank"])
PROGRAM = "import sys; from quizbook.cli.main import main; sys.exit(main())"
SEED = 3


def environment(home, **more):
    return {
        **os.environ,
        "QUIZBOOK_HOME": str(home),
        "QUIZBOOK_BANK": str(REPOSITORY / "tests" / "small_bank"),
        "PYTHONPATH": str(REPOSITORY),
        **more,
    }


def line_of(*words):
    return [sys.executable, "-c", PROGRAM, "quiz", "--seed", str(SEED), *words]


@pytest.fixture
def quiz(tmp_path):
    def run(*words, typed="", program=None, **more):
        line = line_of(*words) if program is None else [sys.executable, "-c", program]
        data = typed if isinstance(typed, bytes) else typed.encode()
        return subprocess.run(line, input=data, capture_output=True, env=environment(tmp_path, **more), timeout=60)

    return run


def attempts(home):
    with open_log(home) as log:
        return list(log.outcomes())


def label(number, key):
    return present(BANK.by_id(f"ch03.q.{number}"), SEED).choice(key).label


def spoken(done):
    return " ".join(done.stdout.decode().split())


EVERYTHING_RIGHT = (
    "\n".join(
        [
            " ".join(f"{place}{label(903, key)}" for place, key in (("1", "a"), ("2", "b"), ("3", "c"))),
            "".join(label(904, key) for key in "bcd"),
            f"{label(905, 'A')} {label(905, 'B')}",
            "import\nzeros\n",
            f"1{label(907, 'a')} 2{label(907, 'b')}",
            "What comes next has to be predicted.\n",
            "1 2",
            "2\n[3]\n",
            "2,359,296",
        ]
    )
    + "\n"
)


def test_a_session_of_every_kind_is_asked_graded_and_recorded(quiz, tmp_path):
    done = quiz("--section", "3.99", typed=EVERYTHING_RIGHT)
    assert done.returncode == 0, done.stdout.decode()
    assert done.stderr == b""
    assert "You answered 8 of 8 questions" in spoken(done)
    assert "Score: 8 of 8 points (100 %)" in spoken(done)
    assert [attempt.score for attempt in attempts(tmp_path)] == [1] * 8


def test_the_head_of_a_question_says_where_one_is(quiz):
    assert "Question 1 of 8 · section 3.99 · matching" in quiz("--section", "3.99").stdout.decode()


def test_no_line_is_wider_than_80_columns_and_every_prompt_ends_alike(quiz):
    text = quiz("--section", "3.99", typed=EVERYTHING_RIGHT).stdout.decode()
    assert max(map(len, text.splitlines())) <= 80
    assert re.search(r"a letter for each number, such as [^\n]+ > \n", text)


def test_a_wrong_pick_is_told_its_why_the_explanation_and_what_to_read(quiz):
    text = spoken(quiz("--section", "3.98", typed=f"{label(901, 'c')}\n"))
    assert "Not right: the answer is “The weights that the softmax gives”." in text
    assert "Batches are shuffled; no token knows of them." in text
    assert "The weights of one row add up to one." in text
    assert "See reference.attention.SelfAttention_v2" in text
    assert "Look at again: section 3.98: ch03.q.901" in text


def test_partial_credit_is_explained_and_an_erratum_shown(quiz):
    text = spoken(quiz("--section", "3.98", typed=f":skip\n{label(902, 'a')}\n"))
    assert "1 of 2 right options picked: “A matrix for the values” holds too." in text
    assert "Erratum: An older printing counted the table too." in text
    assert "Score: 0.5 of 1 point (50 %)" in text


def test_commands_work_at_any_prompt(quiz):
    done = quiz("--section", "3.98", typed=":hint\n:hint\n:hint\n:alt\n:nonsense\n?\n:skip\n:quit\n")
    text = spoken(done)
    assert "Hint: Look at what multiplies the values." in text
    assert "Hint: It comes out of a softmax." in text
    assert "There is no further hint." in text
    assert "There is no :nonsense; there are :hint" in text
    assert "what you answered is kept" in text
    assert "You answered 0 of 2 questions and skipped 1" in text
    assert done.returncode == 1


def test_commands_work_while_one_writes_a_longer_answer(quiz, tmp_path):
    done = quiz("--kind", "short_answer", "--section", "3.99", typed="first\n:help\nsecond\n\n:hint\nnone\n")
    assert done.returncode == 0
    assert [attempt.response for attempt in attempts(tmp_path)] == [{"text": "first\nsecond"}]


def test_a_figure_is_said_in_words(quiz):
    done = quiz("--kind", "diagram", "--section", "3.99", typed=":alt\n")
    assert "An arrow leads from place 1 to place 2." in spoken(done)


def test_an_answer_of_the_wrong_form_is_asked_again(quiz, tmp_path):
    done = quiz("--section", "3.98", typed=f"q\n\n{label(901, 'a')}\n")
    assert "There is no 'q', only a to c: type one letter, a to c." in spoken(done)
    assert "Type one letter, a to c." in spoken(done)
    assert len(attempts(tmp_path)) == 1


def test_confidence_is_recorded(quiz, tmp_path):
    quiz("--section", "3.98", typed=f"{label(901, 'a')}!\n{label(902, 'a')}?\n")
    assert [attempt.confidence for attempt in attempts(tmp_path)] == ["sure", "guess"]


def test_a_pretest_shows_no_key_and_asks_no_short_answers(quiz, tmp_path):
    typed = f"{label(901, 'c')}\n{label(902, 'a')}\n"
    text = spoken(quiz("--section", "3.98", "--pretest", typed=typed))
    for secret in ("Right:", "Not right", "add up to one", "holds too", "share of a token", "Erratum"):
        assert secret not in text
    assert "Noted." in text
    assert {attempt.mode for attempt in attempts(tmp_path)} == {"pretest"}
    assert "Question 1 of 7" in spoken(quiz("--section", "3.99", "--pretest"))


def test_a_pretest_gives_no_hints_and_its_end_does_not_say_what_was_right(quiz, tmp_path):
    done = quiz("--section", "3.98", "--pretest", typed=f":hint\n{label(901, 'c')}\n:hint\n{label(902, 'a')}\n")
    text = spoken(done)
    assert text.count("A pretest gives no hints") == 2
    for secret in ("Hint:", "Score", "Look at again", "ch03.q.90"):
        assert secret not in text
    assert "You answered 2 of 2 questions" in text
    assert "What was right stays hidden until you have read." in text
    assert "After reading, `quizbook quiz --posttest --section 3.98` asks the same questions." in text
    assert [attempt.hints for attempt in attempts(tmp_path)] == [0, 0]


def test_a_posttest_asks_what_the_pretest_asked_and_tells_the_gain(quiz, tmp_path):
    typed = f"{label(901, 'c')}\n:skip\n"
    quiz("--section", "3.98", "--pretest", typed=typed)
    done = quiz("--chapter", "3", "--posttest", typed=f"{label(901, 'a')}\n")
    text = done.stdout.decode()
    assert done.returncode == 0, done.stderr
    assert "Question 1 of 1 · section 3.98" in text
    assert "Right" in text
    assert [(attempt.mode, attempt.score) for attempt in attempts(tmp_path)] == [("pretest", 0), ("quiz", 1)]
    chapter, section = text.splitlines()[-2:]
    assert re.fullmatch(r"ch\. 3 +○─+● +0 % → 100 % +1\.00 +1", chapter)
    assert re.fullmatch(r"3\.98 +○─+● +0 % → 100 % +1\.00 +1", section)


def test_a_posttest_that_was_left_early_tells_the_gain_of_what_was_answered(quiz):
    quiz("--section", "3.98", "--pretest", typed=f"{label(901, 'c')}\n{label(902, 'a')}\n")
    done = quiz("--section", "3.98", "--posttest", typed=f"{label(901, 'a')}\n:quit\n")
    assert done.returncode == 1
    assert re.search(r"^3\.98 .* 1$", done.stdout.decode(), re.MULTILINE)


def test_a_count_draws_from_the_pretested_questions_alone(quiz, tmp_path):
    quiz("--section", "3.99", "--pretest", "--count", "3", typed=":skip\n:skip\n:skip\n")
    assert quiz("--section", "3.99", "--posttest").returncode == 2  # what was skipped was not answered
    quiz("--section", "3.98", "--pretest", typed=f"{label(901, 'c')}\n{label(902, 'a')}\n")
    assert "Question 1 of 1" in spoken(quiz("--posttest", "--count", "1"))
    assert "Question 1 of 2" in spoken(quiz("--posttest", "--count", "9"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("--posttest", "--chapter", "3"),
            "Nothing of chapter 3 was answered in a pretest, so there is nothing to ask again. Before you read: "
            "`quizbook quiz --pretest --chapter 3`.",
        ),
        (("--posttest", "--pretest"), "A quiz is a pretest or a posttest, not both: leave one of the two out."),
        (("--posttest", "--chapter", "42"), "There is no chapter '42'."),
    ],
)
def test_a_posttest_without_a_pretest_says_what_to_do(quiz, words, said):
    done = quiz(*words)
    assert (done.returncode, done.stdout) == (2, b"")
    assert said in done.stderr.decode()


def test_a_sample_is_drawn_by_its_seed(quiz):
    heads = [re.findall(r"section \S+ · \w+", quiz("--count", "1").stdout.decode()) for _ in range(2)]
    assert heads[0] == heads[1]


@pytest.mark.parametrize(
    ("words", "said"), [(("--chapter", "42"), "Chapters: "), (("--section", "3.97"), "Did you mean 3.9")]
)
def test_what_does_not_exist_is_answered_with_what_does(quiz, words, said):
    done = quiz(*words)
    assert done.returncode == 2
    assert said in done.stderr.decode()


def test_a_last_line_without_an_end_is_an_answer(quiz, tmp_path):
    quiz("--section", "3.98", typed=label(901, "a"))
    assert [attempt.score for attempt in attempts(tmp_path)] == [1]


def test_the_end_of_the_input_ends_a_longer_answer(quiz, tmp_path):
    done = quiz("--kind", "short_answer", "--section", "3.99", typed="What I know")
    assert [attempt.response for attempt in attempts(tmp_path)] == [{"text": "What I know"}]
    assert "1 short answer kept without ticks" in spoken(done)
    assert done.returncode == 1


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_no_encoding_of_the_terminal_ends_the_quiz(quiz, encoding):
    done = quiz("--section", "3.99", typed=b"\xff\xfe\n:skip\n" * 9, PYTHONIOENCODING=encoding)
    assert done.returncode == 0
    assert b"Question 8 of 8" in done.stdout


@pytest.mark.parametrize("columns", ["1", "30", "200", "many"])
def test_any_width_of_the_terminal_will_do(quiz, columns):
    assert quiz("--section", "3.99", typed=EVERYTHING_RIGHT, COLUMNS=columns).returncode == 0


def test_a_plain_quiz_from_a_warm_cache_loads_nothing_heavy(quiz):
    program = (
        "import sys; from quizbook.cli.quiz import quiz\n"
        "quiz(chapter=None, section='3.99', kind=None, count=None, pretest=False, posttest=False, seed=3, plain=True)\n"
        "print('loaded', sorted({'torch', 'pydantic', 'yaml', 'rich', 'typer', 'textual'} & set(sys.modules)))"
    )
    quiz(program=program)
    done = quiz(program=program, typed=EVERYTHING_RIGHT)
    assert "Score: 8 of 8" in spoken(done)
    assert done.stdout.endswith(b"loaded []\n")


def test_a_reader_that_has_gone_loses_no_answer(tmp_path):
    process = subprocess.Popen(
        line_of("--section", "3.98"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(tmp_path)
    )
    while process.stdout.read(1) != b">":
        pass
    process.stdout.close()
    process.stdin.write(f"{label(901, 'a')}\n".encode())
    process.stdin.close()
    assert process.wait(60) == 1
    assert len(attempts(tmp_path)) == 1


class Terminal:
    """A quiz on a pseudo-terminal."""

    def __init__(self, home, *words):
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            line_of("--plain", *words),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment(home),
            start_new_session=True,
            preexec_fn=lambda: __import__("fcntl").ioctl(0, __import__("termios").TIOCSCTTY, 0),
        )
        os.close(slave)
        self.text = ""

    def until(self, wanted):
        """Read until the text is seen; fail after half a minute."""
        end = time.monotonic() + 30
        while wanted not in self.text:
            assert time.monotonic() < end, self.text
            if select.select([self.master], [], [], 0.2)[0]:
                try:
                    self.text += os.read(self.master, 65536).decode(errors="replace")
                except OSError:
                    raise AssertionError(f"{wanted!r} did not come: {self.text}") from None
        self.text = self.text.split(wanted, 1)[1]

    def type(self, text):
        os.write(self.master, text.encode())

    def close(self):
        os.close(self.master)


@pytest.fixture
def terminal(tmp_path):
    started = []

    def start(*words):
        started.append(Terminal(tmp_path, *words))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
        one.process.wait()


@pytest.mark.parametrize("leave", ["\x03", "\x04", ":quit\n"], ids=["ctrl-c", "ctrl-d", "quit"])
def test_leaving_a_terminal_keeps_the_answers_and_prints_the_summary(terminal, tmp_path, leave):
    screen = terminal("--section", "3.98")
    screen.until("> ")
    screen.type(f"{label(901, 'a')}\n")
    screen.until("letters, such as")
    screen.until("> ")
    screen.type(leave)
    screen.until("You answered 1 of 2 questions")
    assert screen.process.wait(30) == 1
    assert [attempt.score for attempt in attempts(tmp_path)] == [1]


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_a_signal_at_a_prompt_keeps_the_answers_and_prints_the_summary(terminal, tmp_path, number):
    screen = terminal("--section", "3.98")
    screen.until("> ")
    screen.type(f"{label(901, 'a')}\n")
    screen.until("letters, such as")
    screen.until("> ")
    screen.process.send_signal(number)
    screen.until("You answered 1 of 2 questions")
    assert screen.process.wait(30) == 1
    assert len(attempts(tmp_path)) == 1


def test_a_terminal_that_is_closed_loses_no_answer(terminal, tmp_path):
    screen = terminal("--section", "3.98")
    screen.until("> ")
    screen.type(f"{label(901, 'a')}\n")
    screen.until("letters, such as")
    screen.close()
    screen.process.wait(30)
    assert len(attempts(tmp_path)) == 1


def test_a_half_written_short_answer_is_kept_when_its_author_is_interrupted(terminal, tmp_path):
    screen = terminal("--kind", "short_answer", "--section", "3.99")
    screen.until("ends it > ")
    screen.type("a first line\n")
    screen.until("\n> ")
    screen.type("\x03")
    screen.until("You answered 1 of 1 question")
    assert screen.process.wait(30) == 1
    assert [attempt.response for attempt in attempts(tmp_path)] == [{"text": "a first line"}]
