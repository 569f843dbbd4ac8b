"""Writes requirements.lock and requirements-dev.lock anew from pyproject.toml's ranges: `make lock`.

pip resolves both sets without installing them. torch stands first and without the local part of its version, so that
pip takes a CPU build where one is at hand.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

TORCH = "torch==2.13.0"
BUILD = ("hatchling", "editables")
LINUX_ONLY = {"sandlock", "pyseccomp", "tensorflow_cpu"}


def resolved(*wanted: str) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        pip = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"]
        subprocess.run([*pip, "--report", str(report), TORCH, *wanted], check=True)
        entries = json.loads(report.read_text())["install"]
    versions = {e["metadata"]["name"]: e["metadata"]["version"].partition("+")[0] for e in entries}
    return {name: version for name, version in versions.items() if name not in ("quizbook", "torch")}


def written(path: str, head: str, versions: dict[str, str]) -> None:
    lines = [
        f"{name}=={version}" + ('; sys_platform == "linux"' if name in LINUX_ONLY else "")
        for name, version in sorted(versions.items(), key=lambda item: item[0].lower())
    ]
    Path(path).write_text("\n".join([head, *lines]) + "\n")


def main() -> None:
    run = resolved(".", *BUILD)
    written(
        "requirements.lock",
        "# What quizbook runs with, pinned; torch first, so that pip takes a CPU build where one is at hand.\n"
        f"# Made anew with `make lock`; the ranges are in pyproject.toml.\n{TORCH}",
        run,
    )
    dev = {name: version for name, version in resolved(".[dev,fit,web]", *BUILD).items() if name not in run}
    written("requirements-dev.lock", "# What the tests need on top of requirements.lock, pinned.", dev)


if __name__ == "__main__":
    main()
