"""`quizbook bank ...`: findings, counts and the schema of question banks, printed."""

from __future__ import annotations

import json as json_text
import shlex
import sys
from dataclasses import asdict
from pathlib import Path


def lint(*, paths: tuple[Path, ...] = (), format: str = "text") -> int:
    """Print what is wrong with question files.

    paths: files and folders; none: the whole bank. format: text, json or github. Returns 1 if there is an error, 0
    if there are warnings only or nothing. Raises QuizbookError where a path does not exist.
    """
    from quizbook.bank.findings import as_github, as_json
    from quizbook.bank.lint import lint_paths

    report = lint_paths(paths)
    if format == "json":
        print(as_json(report.findings, questions=report.questions, never_proven=report.never_proven))
    else:
        for finding in report.findings:
            print(as_github(finding) if format == "github" else finding)
        print(report.summary, file=sys.stderr)
    return 1 if report.errors else 0


def prove(*, paths: tuple[Path, ...] = (), json: bool = False) -> int:
    """Run the proofs that changed since they last ran, and print which keys do not hold.

    Returns 1 if there is one. Raises QuizbookError where a path does not exist, or nothing can be run here.
    """
    from quizbook.bank.library import load_bank
    from quizbook.judge.proving import Proven
    from quizbook.judge.proving import prove as prove_questions

    results: list[Proven] = []
    for result in prove_questions(load_bank(paths or None).questions):
        results.append(result)
        if not json:
            for problem in result.outcome.problems:
                print(f"{result.id}: {problem}", flush=True)
        if sys.stderr.isatty():
            print(f"\r{len(results)} proofs, last {result.id} ", end="", file=sys.stderr, flush=True)
    failed = [result for result in results if not result.outcome.ok]
    ran = [result for result in results if result.fresh]
    if sys.stderr.isatty():
        print("\r", end="", file=sys.stderr)
    if json:
        document = {
            "proofs": len(results),
            "ran": len(ran),
            "runs": sum(result.runs for result in ran),
            "failed": [{"id": result.id, "problems": result.outcome.problems} for result in failed],
        }
        print(json_text.dumps(document))
    else:
        runs = sum(result.runs for result in ran)
        summary = f"{len(results)} proofs, {len(failed)} failed; {len(ran)} of them ran now, in {runs:,} runs."
        print(summary, file=sys.stderr)
    return 1 if failed else 0


def new(*, kind: str, file: str | None, id: str | None, section: str) -> int:
    """Print a question of a kind, or add it to a file and say what comes next."""
    from quizbook.bank.new_question import add, kind_named, template

    known = kind_named(kind)
    id = id or f"mycourse.{known}"
    if file is None:
        print(template(known, id, section), end="")
        return 0
    path = Path(file)
    add(path, known, id, section)
    typed = shlex.quote(file)
    print(f"{file} has a question {id} now; change it into your own, then:")
    print(f"  quizbook bank preview {shlex.quote(f'{file}:{id}')}")
    print(f"  quizbook bank lint {typed} && quizbook bank prove {typed}")
    print(f"  export QUIZBOOK_BANK={shlex.quote(str(path.absolute()))}     # and it is in the quiz")
    return 0


def stats(*, json: bool = False) -> int:
    """Print how many questions the bank has, by kind and by chapter."""
    from quizbook.bank.library import load_bank
    from quizbook.bank.stats import stats_of

    bank = load_bank()
    counted = stats_of(bank.chapters)
    if json:
        print(json_text.dumps(asdict(counted)))
    else:
        print(f"{counted.questions} questions")
        for kind, count in counted.by_kind.items():
            print(f"{count:6} {kind}")
        for chapter, kinds in counted.by_chapter.items():
            print(f"chapter {chapter}: " + ", ".join(f"{count} {kind}" for kind, count in kinds.items()))
    for finding in bank.findings:
        print(f"left out: {finding}", file=sys.stderr)
    return 0


def schema() -> int:
    """Print the JSON Schema of a question file."""
    from quizbook.bank.schema import bank_schema

    print(json_text.dumps(bank_schema(), indent=2))
    return 0
