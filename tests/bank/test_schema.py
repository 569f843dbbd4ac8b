from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from quizbook.bank.questions import KINDS, QUESTION_TYPES
from quizbook.bank.schema import bank_schema

OWN = Path(__file__).parents[2] / "question_bank"
VALIDATOR = jsonschema.Draft202012Validator(bank_schema())


def errors(*questions: dict[str, Any]) -> list[str]:
    file = {"chapter": 3, "title": "x", "questions": list(questions)}
    return [error.message for error in VALIDATOR.iter_errors(file)]


def sound() -> dict[str, Any]:
    return {"id": "a", "kind": "tracing", "section": "3.1", "prompt": "x", "code": "print(1)", "answer": 1}


def test_the_schema_is_one() -> None:
    VALIDATOR.check_schema(bank_schema())


def test_the_file_beside_the_bank_is_the_schema_of_the_code() -> None:
    assert json.loads((OWN / "bank.schema.json").read_text()) == json.loads(json.dumps(bank_schema()))


@pytest.mark.parametrize("path", sorted(OWN.glob("*.yaml")), ids=lambda path: path.name)
def test_our_own_bank_is_valid(path: Path) -> None:
    assert list(VALIDATOR.iter_errors(yaml.load(path.read_bytes(), yaml.CSafeLoader))) == []


def test_a_sound_question_is_valid_with_numbers_as_keys_and_texts() -> None:
    pairs = {
        "id": "b",
        "kind": "matching",
        "section": 3,
        "prompt": 7,
        "left": {1: 5},
        "right": {2: "x"},
        "answer": {1: 2},
    }
    assert errors(sound(), pairs) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"promt": "x"}, "'promt' was unexpected"),
        ({"kind": "trcing"}, "'trcing' is not one of"),
        ({"hints": "x"}, "is not of type 'array'"),
        ({"section": 3.1}, "3.1 is not of type"),
        ({"section": None}, "None is not of type"),
        ({"answer": True}, "True is not of type"),
        ({"proof": "walk"}, "'run' was expected"),
        ({"options": {}}, "'options' was unexpected"),
    ],
)
def test_a_broken_question_is_not_valid(change: dict[str, Any], words: str) -> None:
    found = errors(sound() | change)
    assert len(found) == 1
    assert words in found[0]


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_every_kind_has_a_description(kind: str) -> None:
    properties = bank_schema()["$defs"][kind]["properties"]
    assert list(properties) == [field.name for field in fields(QUESTION_TYPES[kind])]  # type: ignore[index]
    assert all(len(schema["description"]) > 10 for schema in properties.values())


def test_a_missing_field_and_a_missing_kind_are_not_valid() -> None:
    bare = sound()
    del bare["code"]
    assert errors(bare) == ["'code' is a required property"]
    assert errors({"id": "a"}) == ["'kind' is a required property"]


def test_an_order_is_given_in_one_way() -> None:
    ordering = {"id": "a", "kind": "ordering", "section": "3", "prompt": "p", "steps": {"a": "x", "b": "y"}}
    assert errors(ordering | {"answer": ["a", "b"]}) == []
    assert errors(ordering | {"after": {"b": ["a"]}}) == []
    assert len(errors(ordering)) == 1
    assert len(errors(ordering | {"answer": ["a", "b"], "after": {"b": ["a"]}})) == 1
