from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from quizbook import places
from quizbook.bank.findings import Finding
from quizbook.bank.lint import guide_items, lint_paths
from quizbook.bank.rules.bank_wide import at_least

Write = Callable[..., Path]
WORDS = ["tensor", "matrix", "vector", "scalar", "batch", "token", "head", "layer", "mask", "score", "weight", "logit"]


def choice(number: int, answer: str, longest: str | None = None) -> str:
    options = {key: f"{word} {number}" for key, word in zip("abcd", ["ten", "mat", "vec", "sca"], strict=True)}
    if longest:
        options[longest] += " long"
    listed = ", ".join(f"{key}: {text}" for key, text in options.items())
    return (
        f"- {{id: q.{number}, kind: multiple_choice, section: '3.1', prompt: Which {WORDS[number % 12]} is {number}?, "
        f"options: {{{listed}}}, answer: {answer}, why: {{a: x, b: x, c: x, d: x}}, explain: e}}\n"
    )


def rules(findings: list[Finding]) -> list[str]:
    return [finding.rule for finding in findings]


def test_a_balanced_bank_has_no_warning(lint: Callable[[str], list[Finding]]) -> None:
    assert lint("".join(choice(n, "abcd"[n % 4], "abcd"[n // 4 % 4]) for n in range(16))) == []


def test_a_bank_that_pick_the_longest_passes_is_found(lint: Callable[[str], list[Finding]]) -> None:
    findings = lint("".join(choice(n, "abcd"[n % 4], "abcd"[n % 4]) for n in range(8)))
    assert rules(findings) == ["longest-is-right"]
    assert "In 8 of 8 questions" in findings[0].sentence
    assert "makes about 2" in findings[0].sentence
    assert (findings[0].line, findings[0].severity) == (4, "warning")


def test_seven_questions_prove_no_leaning(lint: Callable[[str], list[Finding]]) -> None:
    assert lint("".join(choice(n, "a", "a") for n in range(7))) == []


def test_a_bank_whose_answers_lean_on_one_letter_is_found(lint: Callable[[str], list[Finding]]) -> None:
    findings = lint("".join(choice(n, "c" if n < 10 else "a") for n in range(12)))
    assert rules(findings) == ["letter-lean"]
    assert "`c` is right in 10 of 12" in findings[0].sentence


def test_banks_in_two_folders_answer_each_for_itself(tmp_path: Path) -> None:
    for name, numbers in (("one", range(5)), ("two", range(5, 10))):
        (tmp_path / name).mkdir()
        text = "chapter: 3\ntitle: x\nquestions:\n" + "".join(choice(n, "a", "a") for n in numbers)
        (tmp_path / name / "q.yaml").write_text(text)
    assert lint_paths([tmp_path / "one", tmp_path / "two"]).findings == ()


def test_the_chance_of_many_hits_is_the_binomial_tail() -> None:
    exact = sum(math.comb(43, k) * 0.25**k * 0.75 ** (43 - k) for k in range(34, 44))
    assert at_least(34, [0.25] * 43) == pytest.approx(exact)
    assert at_least(0, []) == 1.0
    assert at_least(1, [0.0]) == 0.0
    assert at_least(2, [0.5, 0.25]) == pytest.approx(0.125)


def test_large_banks_get_the_normal_approximation() -> None:
    exact = sum(math.comb(500, k) * 0.25**k * 0.75 ** (500 - k) for k in range(150, 501))
    assert at_least(150, [0.25] * 500) == pytest.approx(exact, rel=0.15)


def test_two_questions_that_ask_the_same_are_found_across_files(write: Write, folder: Path) -> None:
    same = "- {{id: {}, kind: numeric, section: '3.1', prompt: '{}', answer: 5, explain: e}}\n"
    write(same.format("q.1", "How many heads has GPT-2?"))
    write(same.format("q.2", "How  many *heads* has GPT-2"), "ch03b.yaml")
    write(same.format("q.3", "How many heads has GPT-3?"), "ch03c.yaml")
    (finding,) = lint_paths([folder]).findings
    assert (finding.rule, Path(finding.file).name) == ("same-question", "ch03b.yaml")
    assert "`q.1`" in finding.sentence


def test_questions_with_one_prompt_and_other_material_are_different(lint: Callable[[str], list[Finding]]) -> None:
    tracing = "- {{id: q.{0}, kind: tracing, section: '3.1', prompt: Why?, code: print({0}), answer: 1, explain: e}}\n"
    assert lint(tracing.format(1) + tracing.format(2)) == []


def test_an_id_is_taken_once_in_all_files(write: Write, folder: Path) -> None:
    text = "- {id: q.1, kind: numeric, section: '3.1', prompt: x, answer: 5, explain: e}\n"
    first = write(text)
    write(text.replace("prompt: x", "prompt: y"), "ch03b.yaml")
    (finding,) = lint_paths([folder]).findings
    assert (finding.rule, finding.line, finding.column, finding.severity) == ("duplicate-id", 4, 8, "error")
    assert Path(finding.file).name == "ch03b.yaml"
    assert f"{first}:4:8" in finding.sentence


def test_our_own_bank_is_told_which_items_of_the_guide_it_lacks(
    write: Write, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = [id_ for id_ in guide_items() if id_.startswith("appD.")]
    monkeypatch.setattr(places, "bank_folders", lambda: (folder,))
    item = "- {{id: {}, kind: {}, section: 'D.{}', prompt: Which is {}?, answer: 5, explain: e}}\n"
    listed = "".join(item.format(id_, "numeric", n, n) for n, id_ in enumerate(wanted[1:], 1))
    write("chapter: D\ntitle: x\nquestions:\n" + listed, "appD.yaml")
    findings = lint_paths().findings
    (missing,) = [finding for finding in findings if finding.rule == "missing-item"]
    assert missing.sentence.endswith(f"`{wanted[0]}`.")
    assert missing.severity == "warning"
    other_kind = [finding for finding in findings if finding.rule == "guide-kind"]
    assert len(other_kind) == len(wanted) - 1
    assert "short_answer in the guide" in other_kind[0].sentence


def test_a_broken_item_is_not_missing_too(write: Write, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "bank_folders", lambda: (folder,))
    listed = "".join(f"- {{id: {id_}}}\n" for id_ in guide_items() if id_.startswith("appE."))
    write("chapter: E\ntitle: x\nquestions:\n" + listed, "appE.yaml")
    assert set(rules(list(lint_paths().findings))) == {"missing-field"}


def test_the_guide_has_378_items_besides_its_exercises() -> None:
    items = guide_items()
    assert len(items) == 378
    assert not any(".ex." in id_ for id_ in items)
    assert items["ch03.mc.01"] == "multiple_choice"
