"""The judge's pytest plugin: hands check.py its fixtures and turns pytest's reports into check results."""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Generator
from types import ModuleType
from typing import Any

import pytest

from quizbook.judge.child import CallRaised, NoValue, Raised
from quizbook.judge.findings import Finding, Remarks
from quizbook.judge.premises import hash_of
from quizbook.judge.verdict import FIRST_COMES, CheckResult, Outcome
from quizbook.judge.wording import clean

Ask = Callable[[str, dict[str, Any]], Any]
TRUTH_OF_A_TENSOR = "Boolean value of Tensor"  # what torch says of `[tensor] == [1, 2]`
A_TENSOR_CAME = "A tensor came where a plain value is expected: a number, a text, or a list of them."


class SubmissionFixture:
    """What a check sees of the submission: values that the probe's functions return behind the wall."""

    def __init__(self, ask: Ask, check: ModuleType) -> None:
        self._ask, self._diagnose = ask, getattr(check, "diagnose", None)

    def call(self, name: str, /, **inputs: Any) -> Any:
        """The value of the probe's function `name` for these inputs; a Finding where there is none."""
        try:
            return self._ask(name, inputs)
        except CallRaised as error:
            named = self._named(error.raised)
            raise (Finding(error.sentence) if named is None else Finding(named, got=error.raised.in_words())) from None
        except NoValue as error:
            raise Finding(error.sentence) from None

    def _named(self, raised: Raised) -> str | None:
        return None if self._diagnose is None else self._diagnose(raised)


def _fixtures(ask: Ask, run: int) -> ModuleType:
    """The fixtures of a check.py, in a module: pytest wants no shared ones from an object. run: the run's seed."""

    @pytest.fixture(scope="module")
    def submission(request: pytest.FixtureRequest) -> SubmissionFixture:
        """The submission behind the wall."""
        return SubmissionFixture(ask, request.module)

    @pytest.fixture(scope="module")
    def run_seed() -> int:
        """The seed of the whole run, for fixtures that several checks share."""
        return hash_of(f"{run}") % 2**31

    @pytest.fixture
    def seed(request: pytest.FixtureRequest) -> int:
        """A seed for this check in this run; the same run seed gives the same one again."""
        return hash_of(f"{run} {request.node.name}") % 2**31

    module = ModuleType("fixtures_of_checks")
    vars(module).update(submission=submission, run_seed=run_seed, seed=seed)
    return module


class JudgePlugin:
    """Runs with one check.py and one submission; `results` holds what came of it, in the order of the file.

    ask: brings a value from behind the wall. seed: of the whole run; each check gets one of its own made from it.
    loaded: waits for the submission; where it says no, no check runs. full: whether checks marked `full` run too.
    """

    def __init__(self, ask: Ask, seed: int, loaded: Callable[[], bool], *, full: bool = False) -> None:
        self._ask, self._seed, self._loaded, self._full = ask, seed, loaded, full
        self.results: list[CheckResult] = []
        self.collected: list[CheckResult] = []  # every check, as if it had failed
        self.broken: str | None = None

    def pytest_configure(self, config: pytest.Config) -> None:
        """The fixtures and the marks that a check.py may use."""
        config.pluginmanager.register(_fixtures(self._ask, self._seed))
        config.addinivalue_line("markers", "points(n): what the check counts")
        config.addinivalue_line("markers", "needs(name): skipped while that check fails")
        config.addinivalue_line("markers", "full: a long check, which runs and counts with --full only")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Keeps what there is to be had, whatever becomes of it."""
        self.collected = [CheckResult(item.name, _title(item), "failed", _points(item), 0.0) for item in session.items]

    def pytest_runtestloop(self) -> bool | None:
        """Runs the checks only of a submission that could be loaded."""
        return None if self._loaded() else True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Starts each check without the remarks of the one before."""
        Remarks.of_this_check.clear()
        return (yield)

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Skips a check that needs one that did not pass."""
        needed = {name for mark in item.iter_markers("needs") for name in mark.args}
        for result in self.results:
            if result.name.partition("[")[0] in needed and result.outcome != "passed":
                pytest.skip(f"{FIRST_COMES}{result.title}")

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Long checks go unless they are asked for. One that needs a check which is not there is our fault."""
        items[:] = [item for item in items if self._full or not item.get_closest_marker("full")]
        names = {item.name.partition("[")[0] for item in items}
        for item in items:
            for mark in item.iter_markers("needs"):
                if missing := set(mark.args) - names:
                    self.broken = f"{item.name} needs {', '.join(sorted(missing))}, which is not there"

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Whatever breaks in pytest or in this plugin."""
        self.broken = "".join(traceback.format_exception(excinfo.value))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Keeps one result for each check."""
        report = yield
        if report.when == "call" or (report.when == "setup" and not report.passed):
            self.results.append(self._result(item, call, report))
        elif report.failed:
            self.broken = f"{item.name}: {_trace(call)}"
        return report

    def pytest_exception_interact(self, node: pytest.Item | pytest.Collector, call: pytest.CallInfo[Any]) -> None:
        """A check.py that cannot be imported is our fault."""
        if isinstance(node, pytest.Collector):
            self.broken = f"check.py: {_trace(call)}"

    def _result(self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> CheckResult:
        outcome, message = self._outcome(item, call, report)
        points = _points(item)
        return CheckResult(item.name, _title(item), outcome, points, points if outcome == "passed" else 0.0, message)

    def _outcome(
        self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
    ) -> tuple[Outcome, str]:
        if report.passed:
            return "passed", clean("\n".join(dict.fromkeys(Remarks.of_this_check)), lines=True)
        if report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
            return "skipped", clean(reason.removeprefix("Skipped: "))
        error = call.excinfo.value if call.excinfo else None
        if isinstance(error, Finding):
            return "failed", clean(error.message(), lines=True, limit=4000)
        if isinstance(error, AssertionError | pytest.fail.Exception):
            return "failed", clean(str(error) or "a condition does not hold", lines=True, limit=4000)
        if isinstance(error, RuntimeError) and str(error).startswith(TRUTH_OF_A_TENSOR):
            return "failed", A_TENSOR_CAME
        self.broken = f"{item.name}: {_trace(call)}"
        return "error", f"the check itself broke: {type(error).__name__}: {error}"


def _title(item: pytest.Item) -> str:
    text = inspect.getdoc(getattr(item, "function", None)) or item.name
    return " ".join(text.split("\n\n")[0].split())


def _points(item: pytest.Item) -> float:
    return float(next((mark.args[0] for mark in item.iter_markers("points")), 1))


def _trace(call: pytest.CallInfo[Any]) -> str:
    return "".join(traceback.format_exception(call.excinfo.value)) if call.excinfo else "without an exception"
