"""Builds the wheel, installs it beside nothing of this checkout, and uses it from an empty folder.

The new environment borrows the installed dependencies of this one by a .pth file; the checkout itself is not on its
path, so what is tried is what the wheel carries.
"""

from __future__ import annotations

import json
import os
import site
import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "empty").mkdir()
        python = environment(place, wheel(place))
        env = {**os.environ, "QUIZBOOK_HOME": str(place / "home")}

        def run(*arguments: str, expect: int = 0, given: str = "") -> str:
            done = subprocess.run(
                [python.with_name("quizbook"), *arguments],
                cwd=place / "empty", env=env, input=given, capture_output=True, text=True, timeout=300,
            )  # fmt: skip
            if done.returncode != expect:
                sys.exit(f"quizbook {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
            return done.stdout

        try:
            use(run, place)
        finally:
            run("doctor", "--stop")
    print("smoke run of the wheel: fine")


def wheel(place: Path) -> Path:
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(place), "."]
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    return next(place.glob("*.whl"))


def environment(place: Path, made: Path) -> Path:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place / "venv")], check=True)
    python = place / "venv" / "bin" / "python"
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    library = Path(subprocess.run([python, "-c", asked], check=True, capture_output=True, text=True).stdout.strip())
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", str(made)]
    subprocess.run(pip, check=True)
    (library / "borrowed.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    return python


def use(run: object, place: Path) -> None:
    assert callable(run)
    stats = json.loads(run("bank", "stats", "--json"))
    assert stats["questions"] > 500, stats
    run("bank", "lint")
    run("bank", "new", "matching", "mine.yaml")
    assert "after answering" in run("bank", "preview", "mine.yaml")
    assert len(json.loads(run("exercises", "--json"))) == 21
    run("exercise", "new", "8.1")
    asked = run("quiz", "--chapter", "3", "--kind", "multiple_choice", "--count", "1", "--plain", given="a\n")
    assert "Question 1 of 1" in asked, asked
    run("start", "3.1")
    run("check", "3.1", expect=1)
    solution = run("solution", "3.1", "--give-up")
    work = place / "empty" / "ch03_ex1_weight_transfer.py"
    work.write_text(solution)
    verdict = json.loads(run("check", "3.1", "--json"))
    assert verdict["passed"], verdict
    work.write_text(f"{solution}\n{peek(place)}")
    assert json.loads(run("check", "3.1", "--json"))["passed"]
    doctor = run("doctor")
    assert "missing" not in doctor, doctor


def peek(place: Path) -> str:
    """Code that ends the run if an installed checker can be read from behind the wall."""
    check = next((place / "venv" / "share").rglob("ex1_weight_transfer/check.py"))
    return f"try:\n    open({str(check)!r}).read()\nexcept OSError:\n    pass\nelse:\n    raise SystemExit\n"


if __name__ == "__main__":
    main()
