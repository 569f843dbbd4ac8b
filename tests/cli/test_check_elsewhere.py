"""`quizbook check` where things are not as usual: a wall with a gap, a home that is read-only, nothing kept warm."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from program import EXERCISE, Home, eventually, home_in, warm_processes

from quizbook.judge import premises

SOLUTION = EXERCISE / "solution.py"
MISTAKE = EXERCISE / "mistakes" / "not_transposed.py"
pytestmark = pytest.mark.slow  # each of them starts a judge of its own

# Each runs the program that its arguments name under the condition that it makes.
WITHOUT_UNSHARE = """
import errno, os, sys
import pyseccomp
filter = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
filter.add_rule(pyseccomp.ERRNO(errno.EPERM), "unshare")
filter.load()
os.execv(sys.argv[1], sys.argv[1:])
"""
READ_ONLY = """
import ctypes, os, sys
home, program = sys.argv[1], sys.argv[2:]
if os.getuid() == 0:  # whom no mode keeps out: a mount of its own, read-only
    libc = ctypes.CDLL(None, use_errno=True)
    path = os.fsencode(home)
    for call in (
        lambda: libc.unshare(0x20000),
        lambda: libc.mount(None, b"/", None, ctypes.c_ulong(0x44000), None),
        lambda: libc.mount(path, path, None, ctypes.c_ulong(0x1000), None),
        lambda: libc.mount(path, path, None, ctypes.c_ulong(0x1021), None),
    ):
        if call() != 0:
            sys.exit(f"no read-only mount: {os.strerror(ctypes.get_errno())}")
else:
    os.chmod(home, 0o500)
os.execv(program[0], program)
"""


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home where all is as usual."""
    with home_in(tmp_path_factory.mktemp("usual")) as usual:
        yield usual


def test_a_wall_with_a_gap_is_said_and_refused_where_all_of_it_is_asked_for(usual: Home, tmp_path: Path) -> None:
    wall = usual.document("check", "3.1", SOLUTION, "--json", code=0)["wall"]
    if wall not in ("full", "reduced (missing: withheld)"):
        pytest.skip(f"the wall is {wall} here to begin with")
    before = (sys.executable, "-c", WITHOUT_UNSHARE)
    with home_in(tmp_path) as reduced:
        done = reduced.run("check", "3.1", SOLUTION, before=before)
        assert done.returncode == 0, done.stderr
        assert "wall reduced (missing: withheld)" in done.stdout
        assert "quizbook: wall: reduced (missing: withheld); fine for your own file" in done.stderr

        verdict = reduced.document("check", "3.1", MISTAKE, "--json", code=1, before=before)
        assert verdict["wall"] == "reduced (missing: withheld)"

        document = reduced.document("check", "3.1", SOLUTION, "--require-wall", "--json", code=3, before=before)
        assert (document["passed"], document["error"]["kind"]) == (False, "no_wall")
        assert "reduced (missing: withheld)" in document["error"]["message"]
        assert "`quizbook doctor`" in document["error"]["message"]

        refused = reduced.run("check", "3.1", SOLUTION, "--require-wall", before=before)
        assert (refused.returncode, refused.stdout) == (3, "")
        assert len(reduced.attempts()) == 2

        doctor: dict[str, Any] = reduced.document("doctor", "--json", code=0, before=before)
        (line,) = [line for line in doctor["lines"] if line["name"] == "wall"]
        assert line["state"] == "note"
        assert line["text"].startswith("reduced (missing: withheld)")


def test_a_read_only_home_still_gives_a_verdict_and_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its judge works in the shared temporary folder, under a key of its own, and soon ends by itself."""
    for name in ("home", "course"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("QUIZBOOK_EXERCISES", str(tmp_path / "course"))
    home = Home(tmp_path / "home", {"QUIZBOOK_EXERCISES": str(tmp_path / "course"), "QUIZBOOK_JUDGE_IDLE": "1"})
    try:
        done = home.run("check", "3.1", SOLUTION, before=(sys.executable, "-c", READ_ONLY, str(home.path)))
        if "no read-only mount" in done.stderr:
            pytest.skip(done.stderr)
        assert done.returncode == 0, done.stderr
        assert "Passed: 7 of 7 points" in done.stdout
        assert "quizbook: this result is not written down: " in done.stderr
        assert str(home.path) in done.stderr
        assert "Traceback" not in done.stderr
        assert list(home.path.iterdir()) == []
    finally:
        assert eventually(lambda: not warm_processes(tmp_path))
        home.path.chmod(0o700)
        shutil.rmtree(Path(f"/tmp/quizbook-{os.getuid()}/run/{premises.key()}"), ignore_errors=True)


def test_where_nothing_can_be_kept_warm_the_verdict_is_the_same(usual: Home, tmp_path: Path) -> None:
    """Each child is started from nothing, in a process that a learner's pytest settings could reach."""
    (tmp_path / "conftest.py").write_text("raise SystemExit('conftest was imported')\n")
    cold = {"QUIZBOOK_SPAWN": "1", "PYTEST_ADDOPTS": "--collect-only"}
    for file, code in ((SOLUTION, 0), (MISTAKE, 1)):
        warm = usual.document("check", "3.1", file, "--seed", "5", "--json", code=code)
        spawned = usual.document("check", "3.1", file, "--seed", "5", "--json", code=code, cwd=tmp_path, **cold)
        assert spawned | {"seconds": 0} == warm | {"seconds": 0}
