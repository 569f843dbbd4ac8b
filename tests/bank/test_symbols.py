from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from quizbook.bank.findings import Finding
from quizbook.bank.rules import symbols

PACKAGE = {
    "__init__.py": "import importlib\nLAZY = {'Late'}\ndef __getattr__(name): ...\nraise SystemExit('imported')\n",
    "attention.py": (
        "import torch as to\nfrom torch import nn\nSIZE, (WIDTH, DEPTH) = 1, (2, 3)\nLIMIT: int = 3\n"
        "if True:\n    def flash(): ...\nelse:\n    def slow(): ...\n"
        "try:\n    import fast\nexcept ImportError:\n    fast = None\n"
        "class Alone:\n    rate = 1\n    def __init__(self): self.W_query = 1\n    def forward(self): ...\n"
        "class Child(nn.Module):\n    def forward(self): ...\n"
    ),
    "stars.py": "from torch.nn import *\n",
    "broken.py": "def (\n",
    "inner/__init__.py": "",
    "inner/deep.py": "def low(): ...\n",
}


@pytest.fixture(autouse=True)
def _package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in PACKAGE.items():
        path = tmp_path / "seen" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    symbols.forget()


@pytest.mark.parametrize(
    "name",
    "seen seen.Late seen.attention seen.attention.SIZE seen.attention.DEPTH seen.attention.LIMIT seen.attention.to "
    "seen.attention.nn.Linear seen.attention.flash seen.attention.slow seen.attention.fast seen.attention.Alone "
    "seen.attention.Alone.forward seen.attention.Alone.rate seen.attention.Alone.W_query "
    "seen.attention.Child.parameters seen.stars.Linear seen.inner seen.inner.deep "
    "seen.inner.deep.low json.dumps torch.nn.Linear".split(),
)
def test_what_exists_is_found_without_importing_it(name: str) -> None:
    assert symbols.missing_symbol(name) is None
    assert "seen" not in sys.modules


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nosuchpackage.x", "no package `nosuchpackage`"),
        ("seen.attentoin.Alone", "did you mean `seen.attention`?"),
        ("seen.attention.Alona", "did you mean `seen.attention.Alone`?"),
        ("seen.attention.Alone.backward", "`seen.attention.Alone` has no `backward`"),
        ("seen.inner.deep.lower", "did you mean `seen.inner.deep.low`?"),
        ("seen.broken.x", "is not Python"),
        ("seen.", "has no"),
        (".seen", "does not exist"),
        ("../seen", "does not exist"),
        ("seen..attention", "has no"),
        ("", "does not exist"),
        ("a b", "does not exist"),
    ],
)
def test_what_does_not_exist_is_named_with_the_nearest(name: str, words: str) -> None:
    sentence = symbols.missing_symbol(name)
    assert sentence is not None
    assert words in sentence


def test_a_missing_symbol_is_an_error_at_its_place(lint: Callable[[str], list[Finding]]) -> None:
    text = (
        "- {id: a, kind: numeric, section: '3.1', prompt: x, explain: e, answer: 5,\n   see: [json.dumps, json.dumbs]}"
    )
    (finding,) = lint(text)
    assert (finding.rule, finding.line, finding.column, finding.severity) == ("see-missing", 5, 22, "error")
    assert "did you mean `json.dump" in finding.sentence


def test_looking_up_our_own_reference_imports_no_torch() -> None:
    code = (
        "import sys; from quizbook.bank.rules.symbols import missing_symbol\n"
        "print(missing_symbol('reference.attention.SelfAttention_v2'), {'torch', 'reference'} & sys.modules.keys())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "None set()\n"
