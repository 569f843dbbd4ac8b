"""The JSON Schema of a bank file, for editors: made from the types of questions, with a sentence for each field."""

from __future__ import annotations

from typing import Any

from quizbook.bank.questions import KINDS, QUESTION_TYPES, Chapter

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TEXT = ["string", "integer"]  # a bare 768 is text wherever text is wanted
_KEYED = "Keys are yours: letters or numbers, stable for ever."
_FIELDS = {
    "chapter": "The chapter that all questions of this file belong to: 1 to 7, A, D or E, or a name of your own.",
    "title": "The chapter's title.",
    "questions": "The questions, in the order in which they should be read.",
    "id": "Stable for ever, such as ch03.q.07: the history of every learner hangs on it. Letters, digits, `.-_`.",
    "kind": "What is asked of the learner; it decides which other fields there are.",
    "section": 'The section that the question is about, in quotation marks: "3.4".',
    "prompt": "The question, in Markdown; code in backticks.",
    "explain": "Shown after answering, whatever was answered.",
    "see": "The code that it is about, as dotted names that exist: reference.attention.SelfAttention_v2.",
    "hints": "Shown one after the other on request, each a little more telling.",
    "tags": "Words to find the question by.",
    "guide": "Where the topic comes from: chapter 3, quick question 2. Absent on questions of your own.",
    "erratum": "What the guide's key says, and why this one differs.",
    "options": f"What can be picked: a key and a text each. They are shown in a new order each time. {_KEYED}",
    "why": "For each option, by its key: what makes it right or wrong.",
    "left": f"What has to be matched. {_KEYED}",
    "right": "What it is matched with; there may be more than on the left.",
    "steps": f"What has to be put in order. {_KEYED}",
    "after": "Instead of `answer`: for a step, those that must come before it. Every order that fulfils it is right.",
    "fixed": "Steps that are given: the place, counted from 1, and the step that stands there.",
    "listing": "Code with «1», «2» ... where something has to be filled in.",
    "terms": f"What can be filled in: a key and a text each; one may fit twice, others may be left over. {_KEYED}",
    "accept": "Without `terms`: for each blank, every text that counts as right when it is typed.",
    "also": "Further assignments that are as right as `answer`.",
    "figure": "A picture in box characters, at most 76 columns wide, with ①, ② ... at its places.",
    "alt": "The figure in words.",
    "labels": f"What the places can be called: a key and a text each; some may be left over. {_KEYED}",
    "points": "What a good answer says; the learner ticks the points that the text makes.",
    "point": "One thing that a good answer says.",
    "words": "Words that would touch the point.",
    "code": "Code to read, complete: it can be run as it stands.",
    "tolerance": "How far off an answer may be; or `rounded`: half a unit of the last digit that was written.",
    "unit": "What is counted: parameters, MB.",
    "proof": "Python that proves the key when `quizbook bank prove` runs it.",
}
_ANSWERS = {
    "multiple_choice": "The key of the right option, or a list of the keys of all options that hold.",
    "matching": "For each key on the left, the key on the right.",
    "ordering": "The keys of all steps in the right order.",
    "code_blank": "For each blank, the key of its term; or, without `terms`, the code itself.",
    "diagram": "For each place, the key of its label.",
    "short_answer": "A model answer.",
    "tracing": "What the code prints.",
    "numeric": "The number.",
}
_PROOFS = {
    "code_blank": "Python that runs after the filled listing and fails (`assert`) unless the blanks are right.",
    "tracing": "`run`: the code is run and has to print the answer.",
    "numeric": "Python whose last line is an expression; its value has to be the answer.",
}


def bank_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of one bank file, as YAML readers see it."""
    from pydantic import TypeAdapter

    kinds = {kind: _kind_schema(kind, TypeAdapter(type_).json_schema()) for kind, type_ in QUESTION_TYPES.items()}
    chapter = TypeAdapter(Chapter).json_schema()
    return {
        "$schema": DIALECT,
        "title": "A quizbook question bank file",
        "type": "object",
        "properties": {
            "chapter": {"type": _TEXT, "description": _FIELDS["chapter"]},
            "title": {"type": _TEXT, "description": _FIELDS["title"]},
            "questions": {
                "type": "array",
                "description": _FIELDS["questions"],
                "items": {
                    "type": "object",
                    "properties": {"kind": {"enum": list(KINDS), "description": _FIELDS["kind"]}},
                    "required": ["id", "kind"],
                    "allOf": [
                        {
                            "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
                            "then": {"$ref": f"#/$defs/{kind}"},
                        }
                        for kind in KINDS
                    ],
                },
            },
        },
        "required": list(chapter["required"]),
        "additionalProperties": False,
        "$defs": kinds,
    }


def _kind_schema(kind: str, made: dict[str, Any]) -> dict[str, Any]:
    """pydantic's schema of one kind, as YAML readers see it and with descriptions."""
    properties = {
        name: {**_adjusted(schema, made.get("$defs", {})), "description": _described(kind, name)}
        for name, schema in made["properties"].items()
    }
    properties["kind"] = {"const": kind, "description": _FIELDS["kind"]}
    adjusted: dict[str, Any] = {
        "type": "object",
        "description": made["description"],
        "properties": properties,
        "required": [name for name in properties if name == "kind" or name in made["required"]],
        "additionalProperties": False,
    }
    if kind == "ordering":
        adjusted["oneOf"] = [{"required": ["answer"]}, {"required": ["after"]}]
    if kind == "diagram":
        adjusted["oneOf"] = [{"required": ["figure"]}, {"required": ["listing"]}]
    return adjusted


def _described(kind: str, name: str) -> str:
    return {"answer": _ANSWERS, "proof": _PROOFS}.get(name, {}).get(kind) or _FIELDS[name]


def _adjusted(schema: dict[str, Any], defs: dict[str, Any]) -> dict[str, Any]:
    """One value's schema without nulls, titles and defaults, with whole numbers allowed as text."""
    if "$ref" in schema:
        return _adjusted(defs[schema["$ref"].rsplit("/", 1)[1]], defs)
    if "anyOf" in schema:
        members = [_adjusted(member, defs) for member in schema["anyOf"] if member.get("type") != "null"]
        if [member.get("type") for member in members] == ["integer", "number"]:
            return {"type": "number"}
        return members[0] if len(members) == 1 else {"anyOf": members}
    if "const" in schema:
        return {"const": schema["const"]}
    adjusted: dict[str, Any] = {"type": _TEXT if schema["type"] == "string" else schema["type"]}
    if "items" in schema:
        adjusted["items"] = _adjusted(schema["items"], defs)
    if "properties" in schema:
        adjusted["properties"] = {
            name: {**_adjusted(inner, defs), "description": _FIELDS[name]}
            for name, inner in schema["properties"].items()
        }
        adjusted["required"] = schema["required"]
        adjusted["additionalProperties"] = False
    elif isinstance(schema.get("additionalProperties"), dict):
        adjusted["additionalProperties"] = _adjusted(schema["additionalProperties"], defs)
    return adjusted
