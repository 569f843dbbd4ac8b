"""`quizbook bank prove`: runs what is not proven yet, names the keys that do not hold, and tells lint."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from program import Home, home_in

HEAD = "chapter: 3\ntitle: Attention mechanisms\nquestions:\n"
GOOD = """\
  - {id: ch03.q.801, kind: tracing, section: '3.1', prompt: What is printed, explain: e, code: 'print(1 + 1)',
     answer: '2', proof: run}
  - {id: ch03.q.802, kind: numeric, section: '3.1', prompt: How many, explain: e, answer: 12, proof: 3 * 4}
  - {id: ch03.q.803, kind: numeric, section: '3.2', prompt: How much, explain: e, answer: 13}
  - id: ch03.q.804
    kind: code_blank
    section: '3.3'
    prompt: Fill in the blank
    explain: e
    listing: |
      x = torch.ones(2, 3)
      y = x.«1»
    terms: {A: T, B: sum(), C: shape}
    answer: {1: A}
    proof: assert y.shape == (3, 2)
"""
AMBIGUOUS = GOOD.replace("assert y.shape == (3, 2)", "assert len(y) > 0").replace("answer: 12", "answer: 11")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with home_in(tmp_path_factory.mktemp("bank")) as home:
        yield home


@pytest.fixture
def bank(tmp_path: Path, home: Home) -> Path:
    """A bank whose keys hold, of which nothing is known yet."""
    (home.path / "cache" / "proofs.json").unlink(missing_ok=True)
    path = tmp_path / "ch03.yaml"
    path.write_text(HEAD + GOOD)
    return path


def test_keys_that_hold_are_run_once(home: Home, bank: Path) -> None:
    first = home.run("bank", "prove", bank)
    assert (first.returncode, first.stdout) == (0, "")
    assert first.stderr.endswith("3 proofs, 0 failed; 3 of them ran now, in 5 runs.\n")
    second = home.run("bank", "prove", bank)
    assert (second.returncode, second.stdout) == (0, "")
    assert second.stderr == "3 proofs, 0 failed; 0 of them ran now, in 0 runs.\n"


def test_keys_that_do_not_hold_are_named_every_time(home: Home, bank: Path) -> None:
    bank.write_text(HEAD + AMBIGUOUS)
    for ran in ("3 of them ran now, in 5 runs", "0 of them ran now, in 0 runs"):
        done = home.run("bank", "prove", bank)
        assert done.returncode == 1
        lines = done.stdout.splitlines()
        assert len(lines) == 2
        assert "ch03.q.802: the proof computes 12, the answer says 11" in lines
        assert any(line.startswith("ch03.q.804: 1: C survives the proof too") for line in lines)
        assert done.stderr.endswith(f"3 proofs, 2 failed; {ran}.\n")


def test_only_what_changed_is_run_again(home: Home, bank: Path) -> None:
    home.run("bank", "prove", bank)
    bank.write_text((HEAD + GOOD).replace("3 * 4", "4 * 3").replace("How much", "How very much"))
    document = home.document("bank", "prove", bank, "--json", code=0)
    assert document == {"proofs": 3, "ran": 1, "runs": 1, "failed": []}


def test_the_document_names_what_failed(home: Home, bank: Path) -> None:
    bank.write_text(HEAD + AMBIGUOUS)
    document = home.document("bank", "prove", bank, "--json", code=1)
    assert (document["proofs"], document["ran"], document["runs"]) == (3, 3, 5)
    failed = {one["id"]: one["problems"] for one in document["failed"]}
    assert failed["ch03.q.802"] == ["the proof computes 12, the answer says 11"]
    assert len(failed) == 2


def test_lint_knows_what_came_of_it(home: Home, bank: Path) -> None:
    bank.write_text(HEAD + AMBIGUOUS)
    home.run("bank", "prove", bank)
    done = home.run("bank", "lint", bank)
    assert done.returncode == 1
    assert "the proof computes 12, the answer says 11" in done.stdout

    bank.write_text(HEAD + GOOD)
    assert home.run("bank", "lint", bank).returncode == 1, "what was proven is older than what stands there"
    home.run("bank", "prove", bank)
    assert home.run("bank", "lint", bank).returncode == 0


def test_a_bank_that_is_not_there_is_said(home: Home, tmp_path: Path) -> None:
    document = home.document("bank", "prove", tmp_path / "no_such.yaml", "--json", code=2)
    assert (document["passed"], document["error"]["kind"]) == (False, "input")
    assert "no_such.yaml" in document["error"]["message"]


def test_a_file_that_cannot_be_read_does_not_pass_for_proven(home: Home, bank: Path) -> None:
    bank.write_text(HEAD + GOOD + "  - {id: [\n")
    done = home.run("bank", "prove", bank)
    assert done.returncode != 0
    assert "ch03.yaml" in done.stdout + done.stderr


def test_a_bank_without_proofs_has_nothing_to_run(home: Home, bank: Path) -> None:
    bank.write_text(HEAD + "  - {id: ch03.q.803, kind: numeric, section: '3.2', prompt: p, explain: e, answer: 13}\n")
    assert home.document("bank", "prove", bank, "--json", code=0) == {"proofs": 0, "ran": 0, "runs": 0, "failed": []}
