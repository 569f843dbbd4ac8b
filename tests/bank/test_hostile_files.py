"""Whatever stands in a file: findings, never a traceback, within bounds, and what is sound is still loaded."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quizbook.bank.bank_file import read_bank_file
from quizbook.bank.lint import lint_paths

SOUND = """\
# yaml-language-server: $schema=bank.schema.json
chapter: 3
title: Attention mechanisms
questions:
  - id: ch03.mc.02
    kind: multiple_choice
    section: "3.4"
    prompt: What is `W_query`?
    options: &options {a: a matrix, b: "a \\"vector\\"", c: 768}
    answer: [a, c]
    why: *options
    hints: [one, 'two']
  - id: ch03.q.02
    kind: code_blank
    section: "3.4"
    prompt: >-
      Fill in.
    listing: |
      x = torch.«1»(«2»)
    terms: {A: ones, B: "2"}
    answer: {1: A, 2: B}
    proof: assert x.shape == (2,)
  - id: ch03.q.03
    kind: ordering
    section: "3.5"
    prompt: Order!
    steps: {a: x, b: y, c: z}
    after: {c: [a, b]}
    fixed: {3: c}
  - {id: ch03.q.04, kind: numeric, section: "3.1", prompt: Many, answer: 5, tolerance: 0.5, proof: 2 + 3}
  - {id: ch03.q.05, kind: short_answer, section: "3.1", prompt: Why, answer: So., points: [{point: x, words: [y]}]}
  - {id: ch03.q.06, kind: diagram, section: "3.1", prompt: p, figure: "① ②", labels: {a: x, b: y}, answer: {1: a, 2: b}}
  - {id: ch03.q.07, kind: tracing, section: "3.1", prompt: p, code: print(1), answer: 1, proof: run, see: [json.dumps]}
  - {id: ch03.q.08, kind: matching, section: "3.1", prompt: p, left: {1: x, 2: y},
     right: {a: u, b: v}, answer: {1: a, 2: b}}
"""

PIECES = st.sampled_from(
    [
        *"[]{}:,-?&*!|>'\"%@`#\t\n \x00\x85\u2028\ufeff«»①\\",
        *"no 012 1_000 1e3 3.10 2026-11-24 ~ 0x_ ._ .inf << = --- ... &a *a *options {} [] '' «99» ㉟ 1:1:1:1".split(),
        *"answer: kind: id: options: questions: chapter: multiple_choice ordering".split(),
        *["!!python/object/apply:os.system [echo]", "!!binary x", "!<int> ", '"\\ud800"', '"\\e"', "after: {a: [a]}"],
        *["\n  - ", "\n", "\n\n", "\r\n", "? ", "[" * 60, "{a: " * 60, "9" * 5000, "x" * 5000],
    ]
)


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    """The sound file with a few pieces cut out, doubled, moved or put in."""
    text = SOUND
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 40)))
        match draw(st.integers(0, 3)):
            case 0:
                text = text[:start] + text[end:]
            case 1:
                text = text[:start] + draw(PIECES) + text[end:]
            case 2:
                text = text[:start] + text[start:end] * 2 + text[end:]
            case _:
                to = draw(st.integers(0, len(text)))
                text = text[:to] + text[start:end] + text[to:]
    data = bytearray(text.encode("utf-8", "surrogatepass"))
    for _ in range(draw(st.integers(0, 2))):
        data[draw(st.integers(0, len(data) - 1)) : 0] = draw(st.binary(max_size=3))
    return bytes(data)


def read_twice(data: bytes) -> None:
    """Lint the data as a file, from scratch and from the cache, and compare; places lie within the file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ch03.yaml"
        path.write_bytes(data)
        report = lint_paths([path])
        fresh = read_bank_file(path)
        lines = data.count(b"\n") + data.count(b"\r") + data.count("\u2028".encode()) + data.count("\x85".encode()) + 2
        for finding in report.findings:
            assert finding.sentence
            assert 1 <= finding.line <= lines
            assert "\n" not in str(finding)
        assert fresh == read_bank_file(path)
        assert {question.id for question in fresh.questions} <= {id_ for _, id_ in fresh.ids}


def test_the_file_that_is_mutated_is_sound(tmp_path: Path) -> None:
    path = tmp_path / "ch03.yaml"
    path.write_text(SOUND, encoding="utf-8")
    report = lint_paths([path])
    assert (report.errors, report.questions) == (0, 8), report.findings


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mutations())
def test_a_mutated_file_is_read_without_a_traceback(data: bytes) -> None:
    read_twice(data)


@pytest.mark.slow
@settings(max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mutations())
def test_two_thousand_mutated_files_are_read_without_a_traceback(data: bytes) -> None:
    read_twice(data)


def test_steps_of_an_order_that_are_none_are_told(tmp_path: Path) -> None:
    file = tmp_path / "ch03.yaml"
    order = "kind: ordering\n    section: '3.5'\n    prompt: Order!\n    steps: {}\n    after: {c: [a]}"
    file.write_text(f"chapter: 3\ntitle: A\nquestions:\n  - id: ch03.q.03\n    {order}\n", encoding="utf-8")
    sentences = [finding.sentence for finding in read_bank_file(file).findings]
    assert any("there is no such step, only none" in sentence for sentence in sentences)


def test_flawed_questions_that_are_no_list_are_told(tmp_path: Path) -> None:
    file = tmp_path / "ch03.yaml"
    file.write_text("chapter: 3\ntitle: A\nquestions:\n  title: B\n  title: C\n", encoding="utf-8")
    assert [finding.rule for finding in read_bank_file(file).findings] == ["wrong-type", "yaml-duplicate-key"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_noise_is_read_without_a_traceback(data: bytes) -> None:
    read_twice(data)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 10**20)
    | st.floats()
    | st.dates()
    | st.text("abc«1»①-.\x1b ", max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc123"), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_field_with_any_value_is_read_without_a_traceback(data: st.DataObject) -> None:
    import yaml

    file = yaml.safe_load(SOUND)
    question = data.draw(st.sampled_from(file["questions"]))
    for name in data.draw(
        st.lists(st.sampled_from([*question, "tolerance", "accept", "also", "listing", "answer"]), max_size=3)
    ):
        question[name] = data.draw(values)
    read_twice(yaml.safe_dump(file, allow_unicode=True).encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 4_000_000,
        b"a: " + b"x" * 8_000_000,
        b"{" + b"a," * 100_000 + b"}",
        b"{" + b"a," * 300_000 + b"}",
        b"chapter: 3\ntitle: x\nquestions:\n" + b"- {id: a, kind: tracing}\n" * 5_000,
        b"chapter: 3\ntitle: x\nquestions:\n- {id: a, kind: ordering, section: x, prompt: x, steps: {a: b}, answer: ["
        + b"c," * 50_000
        + b"]}",
        b"chapter: 3\ntitle: x\nquestions:\n- {id: a, kind: matching, section: x, prompt: x, left: {"
        + b",".join(b"k%d: x%d" % (n, n) for n in range(20_000))
        + b"}, right: {a: b}, answer: {a: b}}",
        b"chapter: 3\ntitle: x\nquestions: &q\n- *q",
    ],
    ids=[
        "brackets",
        "one text",
        "doubled keys",
        "more keys than fit",
        "broken questions",
        "unknown answers",
        "unmatched",
        "itself",
    ],
)
def test_large_and_wrong_files_end_in_a_bounded_number_of_findings(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "ch03.yaml"
    path.write_bytes(data)
    findings = read_bank_file(path).findings
    assert 1 <= len(findings) <= 1002
