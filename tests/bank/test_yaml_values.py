from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from quizbook.bank.source import SourceError
from quizbook.bank.yaml_source import compose
from quizbook.bank.yaml_values import Flaw, Odd, place_of, values_of


def read(text: str) -> tuple[Any, list[Flaw]]:
    return values_of(compose(text.encode()), len(text))


@pytest.mark.parametrize(
    ("written", "kind", "number", "words"),
    [
        ("no", "bool", None, "truth value (false)"),
        ("Yes", "bool", None, "truth value (true)"),
        ("012", "int", None, "number (10)"),
        ("1_000", "int", 1000, "number (1000)"),
        ("0x10", "int", 16, "number (16)"),
        ("1:30", "int", None, "number (90)"),
        ("3.10", "float", 3.1, "number (3.1)"),
        (".inf", "float", None, "number (inf)"),
        ("1e3", "elsewhere", 1000, "Some YAML readers take"),
        ("0o17", "elsewhere", None, "Some YAML readers take"),
        ("0x_", "int", None, "a number"),
        ("2026-11-24", "timestamp", None, "a date"),
        ("~", "null", None, "nothing"),
    ],
)
def test_what_yaml_takes_for_something_else_keeps_how_it_was_written(
    written: str, kind: str, number: float | None, words: str
) -> None:
    value, flaws = read(f"a: {written}")
    assert value == {"a": Odd(written, kind)}
    assert flaws == []
    assert value["a"].number() == number
    assert f"`{written}`" in value["a"].complaint
    assert words in value["a"].complaint
    assert "quotation marks" in value["a"].complaint


def test_quotation_marks_make_text_of_anything() -> None:
    assert read("{a: \"no\", b: '012', c: '', d: !!str no}")[0] == {"a": "no", "b": "012", "c": "", "d": "no"}


def test_plain_whole_numbers_stay_numbers_and_become_text_as_keys() -> None:
    assert read("1: 768\n20: -5\n0: 0")[0] == {"1": 768, "20": -5, "0": 0}


def test_a_merge_sign_is_text_like_any_other() -> None:
    assert read("a: <<\nb: =\n<<: {c: d}") == ({"a": "<<", "b": "=", "<<": {"c": "d"}}, [])


@pytest.mark.parametrize("key", ["no", "012", "1_000", "1e3", "3.10", "2026-11-24", "~"])
def test_a_key_that_is_no_text_is_a_flaw(key: str) -> None:
    value, flaws = read(f"a: x\n{key}: y")
    assert value == {"a": "x", key: "y"}
    assert [(flaw.rule, flaw.line, flaw.column) for flaw in flaws] == [("yaml-key", 2, 1)]
    assert f"`{key}`" in flaws[0].sentence


def test_a_key_that_is_given_twice_is_a_flaw_that_names_the_first() -> None:
    value, flaws = read('a: 1\nb: 2\n"a": 3\n1: x\n"1": y')
    assert value == {"a": 1, "b": 2, "1": "x"}
    assert [(f.rule, f.line) for f in flaws] == [("yaml-duplicate-key", 3), ("yaml-duplicate-key", 5)]
    assert "line 1" in flaws[0].sentence
    assert "line 4" in flaws[1].sentence


def test_many_doubled_keys_take_no_quadratic_time() -> None:
    many = ", ".join(f"k{n}" for n in range(20_000))
    _, flaws = read(f"{{{many}, {many}}}")
    assert len(flaws) == 20_000


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system", "!!python/name:os.system", "!own", "!!int", "!!set"]
)
def test_tags_are_refused_and_nothing_is_executed(tag: str) -> None:
    _, flaws = read(f"a: {tag} ['echo executed']")
    assert [(flaw.rule, flaw.line, flaw.column) for flaw in flaws] == [("yaml-tag", 1, 4)]


def test_an_escape_that_would_move_the_cursor_is_refused() -> None:
    value, flaws = read('a: "\\e[2J gone"')
    assert [flaw.rule for flaw in flaws] == ["yaml-control"]
    assert "\x1b" not in value["a"]


def test_aliases_repeat_what_they_name() -> None:
    assert read("a: &x [b, c]\nd: *x") == ({"a": ["b", "c"], "d": ["b", "c"]}, [])


def bomb() -> str:
    lines = ["a0: &a0 [lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 15)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "text",
    [
        bomb(),
        "a: &x [*x]",
        "a: &x {b: {c: *x}}",
        f"a: &x '{'y' * 10_000}'\nb: [{', '.join(['*x'] * 10_000)}]",
    ],
    ids=["billion laughs", "a list in itself", "a mapping in itself", "one long text"],
)
def test_alias_bombs_are_refused_before_they_go_off(text: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(text)
    assert caught.value.rule == "yaml-alias"


def test_a_place_is_that_of_the_value_or_of_the_key() -> None:
    root = compose(b"a:\n  - {b: c}\n  - d: e\nf:\n")
    assert place_of(root, ("a", 0, "b")) == (2, 9)
    assert place_of(root, ("a", 0, "b"), on_key=True) == (2, 6)
    assert place_of(root, ("a", 1, "d", "no", "such")) == (3, 8)
    assert place_of(root, ("f",)) == (4, 1)  # nothing stands there: the key is where to look


plain = st.recursive(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"])) | st.integers(-(10**17), 10**17),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcxyz", min_size=1), inner, max_size=4),
    max_leaves=20,
)


@given(plain)
def test_values_are_what_pyyaml_writes(value: Any) -> None:
    text = yaml.safe_dump({"value": value}, allow_unicode=True)
    again, flaws = values_of(compose(text.encode()), len(text))
    assert flaws == []
    assert as_written(again) == {"value": value}


def as_written(value: Any) -> Any:
    """`1e3`, which PyYAML writes without quotation marks, as the text that it is to PyYAML."""
    if isinstance(value, dict):
        return {key: as_written(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_written(item) for item in value]
    return value.written if isinstance(value, Odd) else value
