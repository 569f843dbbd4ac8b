"""Runs a check.py with pytest in a session that nothing of the learner can reach and that mostly exists already.

pytest needs some 20 ms to read its options and register its plugins. A warm judge does that once, catches the
configuration at the point where pytest would begin its work, and its forks go on from there.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from quizbook.judge.plugin import JudgePlugin

# each costs a session a millisecond or two, and a check.py has no use for them
UNUSED_PLUGINS = (
    "cacheprovider", "capture", "logging", "faulthandler", "unraisableexception", "threadexception", "doctest",
    "junitxml", "pastebin", "stepwise", "setuponly", "setupplan", "unittest", "debugging", "legacypath",
    "subtests", "warnings",
)  # fmt: skip
REHEARSAL = Path(__file__).with_name("rehearsal.py")
ARGUMENTS = (
    *("-c", os.devnull, "--rootdir", os.sep, "--noconftest", "--import-mode=importlib"),
    *("-q", "--tb=no"),
    *(word for name in UNUSED_PLUGINS for word in ("-p", f"no:{name}")),
)


class Prepared:
    """A pytest that has read its options and not begun yet; good for one run in each process."""

    def __init__(self) -> None:
        self._config: pytest.Config | None = None
        with _nothing_of_theirs():
            pytest.main([*ARGUMENTS, os.devnull], plugins=[self])
        if self._config is None:
            raise RuntimeError("pytest did not get as far as its main hook")
        self._config.pluginmanager.unregister(self)

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> int:
        """Catches the configuration, and ends the run before it begins."""
        self._config = config
        return 0

    def run(self, check: Path, plugin: JudgePlugin) -> None:
        """Runs the checks of one file; what comes of them is in the plugin."""
        assert self._config is not None
        self._config.args = [str(check)]
        self._config.pluginmanager.register(plugin)
        with _nothing_of_theirs():
            self._config.hook.pytest_cmdline_main(config=self._config)


_prepared: list[Prepared] = []


def prepare() -> None:
    """Runs pytest once on nothing, so that all it imports is there, and prepares sessions for the forks to come."""
    Prepared().run(REHEARSAL, _deaf_plugin())
    _prepared[:] = [Prepared(), Prepared()]  # for a rehearsal in the fork, and for the run that counts


def rehearse() -> None:
    """In a fork that has time: runs nothing once more, so that its memory is its own when it counts."""
    run_checks(REHEARSAL, _deaf_plugin())


def run_checks(check: Path, plugin: JudgePlugin) -> None:
    """Runs the checks of one file with a session that is prepared, if there is one."""
    session = _prepared.pop() if _prepared else Prepared()
    session.run(check, plugin)


def _deaf_plugin() -> JudgePlugin:
    return JudgePlugin(lambda name, inputs: None, 1, lambda: True)


@contextlib.contextmanager
def _nothing_of_theirs() -> Iterator[None]:
    """No option, plugin or colour from the environment, and no word on the terminal."""
    before = dict(os.environ)
    for name in list(os.environ):
        if name.startswith(("PYTEST", "PY_COLORS")):
            del os.environ[name]
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)
