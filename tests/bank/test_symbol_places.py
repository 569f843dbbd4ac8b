"""Where a dotted name is defined: the file, its line, and the lines that belong to it; torch is never imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from quizbook.bank.library import load_bank
from quizbook.bank.symbol_places import place_of

REPOSITORY = Path(__file__).parents[2]
FILES = {
    "__init__.py": "from placed.deep.inner import Found as Renamed\nfrom .deep import inner\n",
    "names.py": (
        "import dataclasses\n\n\nLIMIT = 3\nTABLE = {'width': 4}\n\n\n@dataclasses.dataclass\nclass Box:\n"
        "    side: int\n\n    def __init__(self):\n        self.weight = 1\n\n"
        "    def area(self):\n        return 2\n\n\n"
        "if LIMIT:\n    def below():\n        pass\n"
    ),
    "deep/__init__.py": "",
    "deep/inner.py": "class Found:\n    pass\n",
    "broken.py": "def (\n",
    "circle.py": "from placed.circle import itself\n",
}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "placed"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder


@pytest.mark.parametrize(
    ("name", "file", "line", "first", "last"),
    [
        ("placed.names", "names.py", 1, 1, 1),
        ("placed.names.LIMIT", "names.py", 4, 4, 4),
        ("placed.names.TABLE.width", "names.py", 5, 5, 5),
        ("placed.names.Box", "names.py", 9, 8, 16),
        ("placed.names.Box.side", "names.py", 10, 10, 10),
        ("placed.names.Box.weight", "names.py", 13, 13, 13),
        ("placed.names.Box.area", "names.py", 15, 15, 16),
        ("placed.names.below", "names.py", 20, 20, 21),
        ("placed.names.nothing", "names.py", 1, 1, 1),
        ("placed.Renamed", "deep/inner.py", 1, 1, 2),
        ("placed.inner.Found", "deep/inner.py", 1, 1, 2),
        ("placed.deep.inner.Found", "deep/inner.py", 1, 1, 2),
        ("placed.broken.x", "broken.py", 1, 1, 1),
    ],
)
def test_a_name_is_found_where_it_is_defined(
    package: Path, name: str, file: str, line: int, first: int, last: int
) -> None:
    place = place_of(name)
    assert place is not None
    assert (place.path, place.line, place.first, place.last) == (package / file, line, first, last)


@pytest.mark.parametrize("name", ["no_such_package.x", "", ".", "a b", "placed.circle.itself"])
def test_what_is_in_no_file_has_no_place(package: Path, name: str) -> None:
    assert place_of(name) is None


def test_every_name_of_the_bank_is_defined_at_its_line_without_importing_torch() -> None:
    names = sorted({name for question in load_bank().questions for name in question.see})
    assert len(names) > 50
    for name in names:
        place = place_of(name)
        assert place is not None, name
        last = name.rpartition(".")[2]
        line = place.path.read_text(encoding="utf-8").splitlines()[place.line - 1]
        assert last in line or place.path.stem == last, (name, place, line)
    look = "from quizbook.bank.symbol_places import place_of; place_of(sys.argv[1])"
    code = f"import sys; {look}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, names[0]], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.stdout == "False\n"
