"""What the judge says about a submission: a verdict of checks, as data, as JSON and as JUnit XML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal
from xml.etree import ElementTree

Outcome = Literal["passed", "failed", "skipped", "error"]
FIRST_COMES = "first comes: "  # how the message of a check begins that is skipped because of another


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check: `message` is why it did not pass, or a remark on one that did."""

    name: str
    title: str
    outcome: Outcome
    points: float
    score: float
    message: str = ""

    @property
    def ran(self) -> bool:
        """Whether it could run here; one that waits for another check counts as if it had."""
        return self.outcome != "skipped" or self.message.startswith(FIRST_COMES)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The whole of it. seconds: from taking the submission to the last check. wall: how well it was confined."""

    exercise: str
    file: str
    seed: int
    wall: str
    seconds: float
    checks: tuple[CheckResult, ...]
    output: str
    notes: tuple[str, ...] = ()

    @classmethod
    def of_json(cls, document: Mapping[str, Any]) -> Verdict:
        """The verdict that `as_json` gave."""
        names = ("exercise", "file", "seed", "wall", "seconds", "output")
        checks = tuple(CheckResult(**check) for check in document["checks"])
        return cls(**{name: document[name] for name in names}, checks=checks, notes=tuple(document["notes"]))

    @property
    def passed(self) -> bool:
        """Every check that could run here passed, and there was one."""
        ran = [c for c in self.checks if c.ran]
        return bool(ran) and all(c.outcome == "passed" for c in ran)

    @property
    def at_fault(self) -> bool:
        """A check itself broke: that is our fault, not the submission's."""
        return any(c.outcome == "error" for c in self.checks)

    @property
    def score(self) -> float:
        """The points of the checks that passed."""
        return sum(c.score for c in self.checks)

    @property
    def points(self) -> float:
        """The points that can be had here."""
        return sum(c.points for c in self.checks if c.ran)

    def as_json(self) -> dict[str, Any]:
        """The document of `check --json`."""
        return {
            "exercise": self.exercise,
            "file": self.file,
            "passed": self.passed,
            "score": _plain(self.score),
            "points": _plain(self.points),
            "seed": self.seed,
            "wall": self.wall,
            "seconds": round(self.seconds, 3),
            "checks": [asdict(c) | {"points": _plain(c.points), "score": _plain(c.score)} for c in self.checks],
            "output": self.output,
            "notes": list(self.notes),
        }

    def as_junit(self) -> str:
        """A JUnit report with one suite, as CI servers read them."""
        counts = {outcome: sum(c.outcome == outcome for c in self.checks) for outcome in ("failed", "skipped", "error")}
        suite = ElementTree.Element(
            "testsuite",
            name=f"exercise {self.exercise}",
            tests=str(len(self.checks)),
            failures=str(counts["failed"]),
            errors=str(counts["error"]),
            skipped=str(counts["skipped"]),
            time=f"{self.seconds:.3f}",
        )
        for check in self.checks:
            case = ElementTree.SubElement(suite, "testcase", classname=f"exercise.{self.exercise}", name=check.title)
            if check.outcome != "passed":
                tag = {"failed": "failure", "error": "error", "skipped": "skipped"}[check.outcome]
                child = ElementTree.SubElement(case, tag, message=check.message.partition("\n")[0])
                child.text = check.message
        if self.output:
            ElementTree.SubElement(suite, "system-out").text = self.output
        return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _plain(number: float) -> float | int:
    return int(number) if number == int(number) else number
