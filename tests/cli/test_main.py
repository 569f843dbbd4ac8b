"""The command line as a process: exit codes, sentences instead of tracebacks, and streams that may break."""

import json
import os
import pty
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]

# Runs the command line with a command of the test's own in the place of `quiz`, `answer` and `check`.
FRAME = """
import sys, types
command = types.ModuleType("command")
exec(sys.argv.pop(1), command.__dict__)
for name in ("quiz", "answer", "check"):
    module = types.ModuleType(name)
    setattr(module, name, command.run)
    sys.modules[f"quizbook.cli.{name}"] = module
from quizbook.cli.main import main
sys.exit(main())
"""


def framed(body: str, *words: str) -> list[str]:
    return [sys.executable, "-c", FRAME, f"def run(**arguments):\n    {body}\n", *words]


def quizbook(*words: str) -> list[str]:
    return [sys.executable, "-m", "quizbook", *words]


def run(line: list[str], home: Path, **options: Any) -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, "QUIZBOOK_HOME": str(home), "PYTHONPATH": str(REPOSITORY), **options.pop("env", {})}
    settings: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.run(line, text=True, env=env, timeout=60, **(settings | options))


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_the_command_decides_the_exit_code(tmp_path: Path, code: int) -> None:
    assert run(framed(f"return {code}", "quiz"), tmp_path).returncode == code


def test_a_command_gets_its_arguments_by_name(tmp_path: Path) -> None:
    done = run(framed("print(arguments); return 0", "check", "3.1", "--seed=7", "--require-wall"), tmp_path)
    expected = {"id": "3.1", "file": None, "seed": 7, "json": False, "junit": None, "full": False}
    assert done.stdout == f"{expected | {'require_wall': True}}\n"


@pytest.mark.parametrize("words", [("quiz", "--chapter", "3"), ("check", "3.1", "--json"), ("answer", "-")])
def test_a_plain_form_loads_no_typer_rich_or_pydantic(tmp_path: Path, words: tuple[str, ...]) -> None:
    body = "import sys; print({'typer', 'rich', 'click', 'pydantic', 'torch'} & set(sys.modules)); return 0"
    assert run(framed(body, *words), tmp_path).stdout == "set()\n"


def test_the_quiz_itself_loads_no_typer_rich_or_pydantic(tmp_path: Path) -> None:
    code = "from quizbook.cli.main import main; main(); import sys; print(*sys.modules, file=sys.stderr)"
    line = [sys.executable, "-c", code, "quiz", "--count=1", "--plain"]
    run(line, tmp_path)  # the first one fills the bank's cache
    loaded = set(run(line, tmp_path).stderr.split())
    assert "quizbook.cli.quiz" in loaded
    assert not {name.partition(".")[0] for name in loaded} & {"typer", "rich", "click", "pydantic", "yaml", "torch"}


ERROR = "from quizbook.errors import QuizbookError; raise QuizbookError('No such chapter: 9.'{})"


@pytest.mark.parametrize(("kind", "code"), [("usage", 2), ("input", 2), ("no_wall", 3)])
def test_an_error_for_people_is_one_sentence_and_its_exit_code(tmp_path: Path, kind: str, code: int) -> None:
    done = run(framed(ERROR.format(f", kind={kind!r}"), "quiz"), tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "quizbook: No such chapter: 9.\n")


def test_an_error_names_the_line_where_the_sentence_does_not(tmp_path: Path) -> None:
    done = run(framed(ERROR.format(", line=3, column=5"), "quiz"), tmp_path)
    assert done.stderr == "quizbook: No such chapter: 9. (line 3, column 5)\n"


def test_with_json_an_error_is_a_document_on_stdout(tmp_path: Path) -> None:
    done = run(framed(ERROR.format(", line=3, column=5"), "check", "3.1", "--json"), tmp_path)
    assert (done.returncode, done.stderr) == (2, "")
    assert json.loads(done.stdout) == {
        "passed": False,
        "error": {"kind": "input", "message": "No such chapter: 9.", "line": 3, "column": 5},
    }


def test_our_own_fault_is_a_sentence_that_says_where_the_log_lies(tmp_path: Path) -> None:
    home = tmp_path / "home"
    done = run(framed("raise ZeroDivisionError('secret detail')", "quiz", "--count", "3"), home)
    assert done.returncode == 4
    assert done.stdout == ""
    [log] = (home / "log").iterdir()
    assert (
        done.stderr == f"quizbook: This is quizbook's own fault (ZeroDivisionError). The details lie in {log};"
        " please send that file with your report.\n"
    )
    assert "ZeroDivisionError: secret detail" in log.read_text(encoding="utf-8")
    assert "['quiz', '--count', '3']" in log.read_text(encoding="utf-8")
    assert [stat.S_IMODE(path.stat().st_mode) for path in (home, home / "log", log)] == [0o700, 0o700, 0o600]


@pytest.mark.parametrize(
    "body",
    [
        "raise ZeroDivisionError",
        "raise BaseException('a panic')",
        "def f(): f()\n    f()",
        "import no_such_module",
        ERROR.format(", kind='internal'"),
    ],
)
def test_our_own_fault_is_a_json_document_too(tmp_path: Path, body: str) -> None:
    done = run(framed(body, "answer", "-", "--json"), tmp_path)
    document = json.loads(done.stdout)
    [log] = (tmp_path / "log").iterdir()
    assert (done.returncode, done.stderr) == (4, "")
    assert document["error"]["kind"] == "internal"
    assert str(log) in document["error"]["message"]


def test_a_home_that_takes_no_log_sends_it_to_the_temporary_folder(tmp_path: Path) -> None:
    (tmp_path / "home").touch()
    (tmp_path / "tmp").mkdir()
    done = run(framed("raise ValueError", "quiz"), tmp_path / "home", env={"TMPDIR": str(tmp_path / "tmp")})
    [log] = (tmp_path / "tmp").iterdir()
    assert done.returncode == 4
    assert str(log) in done.stderr


def test_an_interrupt_ends_quietly(tmp_path: Path) -> None:
    line = framed("import time; print('asking', flush=True); time.sleep(50)", "quiz")
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=REPOSITORY)
    assert process.stdout is not None
    assert process.stdout.readline() == "asking\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=30) == ("", "")
    assert process.returncode == 1


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("body", ["print('line\\n' * 500_000); return 0", "print('one'); return 0"])
def test_a_reader_that_goes_away_ends_it_quietly(tmp_path: Path, body: str, unbuffered: str) -> None:
    read, write = os.pipe()
    os.close(read)
    done = run(framed(body, "quiz"), tmp_path, stdout=write, env={"PYTHONUNBUFFERED": unbuffered})
    os.close(write)
    assert (done.returncode, done.stderr) == (1, "")
    assert not (tmp_path / "log").exists()


def test_help_into_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = run(quizbook("--help"), tmp_path, stdout=write, cwd=REPOSITORY)
    os.close(write)
    assert (done.returncode, done.stderr) == (1, "")


def test_a_broken_connection_of_our_own_is_not_taken_for_a_reader_that_went_away(tmp_path: Path) -> None:
    body = "import socket; a, b = socket.socketpair(); b.close(); a.send(b'x'); return 0"
    done = run(framed(body, "quiz"), tmp_path)
    assert done.returncode == 4
    assert "BrokenPipeError" in done.stderr


def test_nobody_reading_stderr_changes_no_exit_code(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = run(framed(ERROR.format(", kind='no_wall'"), "quiz"), tmp_path, stderr=write)
    os.close(write)
    assert done.returncode == 3


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_disk_under_stdout_is_said(tmp_path: Path, unbuffered: str) -> None:
    line = framed("print('verdict'); return 0", "quiz")
    with Path("/dev/full").open("w") as full:
        done = run(line, tmp_path, stdout=full, env={"PYTHONUNBUFFERED": unbuffered})
    assert done.returncode == 2
    assert done.stderr == (
        "quizbook: The output could not be written ([Errno 28] No space left on device)."
        " Make room on the disk and try again.\n"
    )


def test_closed_streams_do_no_harm(tmp_path: Path) -> None:
    body = "print('x'); import sys; sys.stderr.write('y'); sys.stdin.read(); return 0"
    done = run(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *framed(body, "quiz")], tmp_path)
    assert done.returncode == 0


def test_no_character_is_too_odd_for_the_terminal(tmp_path: Path) -> None:
    body = "import sys; print('é\\ud800'); print('\\udcff→', file=sys.stderr); return 0"
    done = run(framed(body, "quiz"), tmp_path, env={"PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stdout, done.stderr) == (0, "??\n", "??\n")


def test_stdin_that_is_not_unicode_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"caf\xe9\n")
    with (tmp_path / "in").open() as stdin:
        done = run(framed("print(ascii(input())); return 0", "quiz"), tmp_path, stdin=stdin)
    assert done.stdout == "'caf\\udce9'\n"


def test_without_arguments_in_a_terminal_a_plain_quiz_begins(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    done = run(framed("print(sorted(k for k, v in arguments.items() if v)); return 0"), tmp_path, stdin=theirs)
    os.close(ours)
    os.close(theirs)
    assert done.stdout == "['plain']\n"


def test_without_arguments_and_terminal_help_is_shown(tmp_path: Path) -> None:
    done = run(quizbook(), tmp_path, cwd=REPOSITORY)
    assert done.returncode == 0
    assert done.stdout == run(quizbook("--help"), tmp_path, cwd=REPOSITORY).stdout


def test_help_shows_the_commands_in_their_panels(tmp_path: Path) -> None:
    shown = run(quizbook("--help"), tmp_path, cwd=REPOSITORY).stdout
    found = re.findall(r"─ (\w+) ─|^│ (\w+) +[A-Z]", shown, re.MULTILINE)
    assert [panel or name for panel, name in found] == [
        *("Options", "Learn", "quiz", "review", "drill", "answer", "progress", "flags", "settings", "fit", "serve"),
        *("Exercises", "exercises", "start", "check", "watch", "hint", "solution", "grade", "exercise"),
        *("Bank", "bank", "House", "export", "sync", "doctor", "data"),
    ]


def test_help_of_a_command_names_its_options_and_choices(tmp_path: Path) -> None:
    shown = run(quizbook("bank", "lint", "--help"), tmp_path, cwd=REPOSITORY).stdout
    assert "quizbook bank lint [OPTIONS] [PATHS]..." in shown
    assert "<text|json|github>" in shown
    assert "[default: text]" in shown


def test_a_group_without_a_command_shows_its_help(tmp_path: Path) -> None:
    done = run(quizbook("bank"), tmp_path, cwd=REPOSITORY)
    assert done.returncode == 2
    assert "schema" in done.stdout


def test_the_version_is_told(tmp_path: Path) -> None:
    done = run(quizbook("--version"), tmp_path, cwd=REPOSITORY)
    assert (done.returncode, done.stdout) == (0, "quizbook 0.1.0\n")


def test_a_mistyped_command_is_bad_usage_with_the_nearest_one(tmp_path: Path) -> None:
    done = run(quizbook("chekc", "3.1"), tmp_path, cwd=REPOSITORY)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "quizbook: No such command 'chekc'. Did you mean 'check'? Try 'quizbook --help'.\n"


@pytest.mark.parametrize(
    "words", [("chekc", "--json"), ("check", "--json"), ("bank", "lint", "--format", "json", "-x")]
)
def test_bad_usage_is_a_json_document_where_json_is_asked_for(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = run(quizbook(*words), tmp_path, cwd=REPOSITORY)
    document = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (2, "")
    assert document["passed"] is False
    assert document["error"]["kind"] == "usage"


def test_the_shell_completes_commands(tmp_path: Path) -> None:
    env = {"_QUIZBOOK_COMPLETE": "complete_bash", "COMP_WORDS": "quizbook ex", "COMP_CWORD": "1"}
    done = run(quizbook(), tmp_path, cwd=REPOSITORY, env=env)
    assert sorted(done.stdout.split()) == ["exercise", "exercises", "export"]
