"""A YAML tree as plain values: text, whole numbers, lists, mappings, and `Odd` where YAML reads something else.

`no`, `012`, `1_000`, `3.10` and dates are not what they look like in YAML 1.1. Whether that matters depends on what is
expected in their place, which is not known here: an `Odd` keeps what was written.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import yaml

from quizbook.bank.findings import Place, named, quoted
from quizbook.bank.source import SourceError
from quizbook.bank.yaml_source import DEEPEST, STR, Resolved

_WHOLE = re.compile(r"(0|-?[1-9][0-9]{0,99})\Z")  # numbers whose text and value say the same
_NUMBER_ELSEWHERE = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+\Z|0o[0-7]+\Z")  # text in YAML 1.1 only
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_SPARE = 1_000_000  # characters that aliases may add to a file
_NOUNS = {"bool": "a truth value", "null": "nothing", "timestamp": "a date", "int": "a number", "float": "a number"}


@dataclass(frozen=True, slots=True)
class Odd:
    """A plain scalar that YAML 1.1 does not take as the text that was written.

    written: as it stands in the file. kind: what YAML makes of it: "bool", "null", "int", "float", "timestamp", or
    "elsewhere" for text that other YAML readers take as a number (`1e3`).
    """

    written: str
    kind: str

    @property
    def complaint(self) -> str:
        """Why it is no text, and what to do."""
        if self.kind == "null":
            if not self.written:
                return "Nothing stands here: write something, or leave the field out."
            return f"YAML reads {quoted(self.written)} as nothing: put it in quotation marks, or leave the field out."
        quote = f'put it in quotation marks, "{self.written}".'
        if self.kind == "elsewhere":
            return f"Some YAML readers take {quoted(self.written)} as a number: {quote}"
        return f"YAML reads {quoted(self.written)} as {_NOUNS[self.kind]}{self._value()}: {quote}"

    def _value(self) -> str:
        match self.kind:
            case "bool":
                return f" ({'true' if self.written.lower() in ('yes', 'on', 'true') else 'false'})"
            case "int" | "float" if len(self.written) < 30:
                try:
                    return f" ({yaml.safe_load(self.written)})"
                except ValueError:  # PyYAML takes `0x_` as a number and then finds none
                    return ""
        return ""

    def number(self) -> int | float | None:
        """The number that a person means by it; None where it is none or another one in YAML 1.1 (012, 1:30)."""
        text = self.written.replace("_", "")
        if self.kind not in ("int", "float", "elsewhere") or ":" in text or len(text) > 300:
            return None
        if re.match(r"[-+]?0[0-9]", text) and self.kind == "int":
            return None
        try:
            value = int(text, 0) if self.kind == "int" else float(text)
        except ValueError:  # .inf and .nan, 0o17, 0x_
            return None
        return value if math.isfinite(value) else None


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that is wrong with the YAML itself, at a line and column counted from 1."""

    rule: str
    sentence: str
    line: int
    column: int


def values_of(root: yaml.Node, size: int) -> tuple[Any, list[Flaw]]:
    """The value of a tree, and what is wrong with it: doubled keys, keys that are no text, tags, control characters.

    size: of the file, in bytes; aliases may repeat about as much again.
    Raises SourceError where they repeat more (an alias bomb, or a value that contains itself).
    """
    reading = _Reading(size)
    return reading.value(root), list(dict.fromkeys(reading.flaws))


def place_of(root: yaml.Node, place: Place, *, on_key: bool = False) -> tuple[int, int]:
    """The line and column of the value (or the key) at a place; of the nearest value around it if there is none."""
    node = root
    mark = root.start_mark
    for at, step in enumerate(place):
        if isinstance(node, yaml.MappingNode):
            found = next((pair for pair in node.value if getattr(pair[0], "value", None) == step), None)
            if found is None:
                break
            key, node = found
            mark = key.start_mark if (on_key and at == len(place) - 1) or _is_empty(node) else node.start_mark
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            mark = node.start_mark
        else:
            break
    return mark.line + 1, mark.column + 1


def _is_empty(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and not node.value and not node.style


class _Reading:
    def __init__(self, size: int) -> None:
        self.flaws: list[Flaw] = []
        self._left = 2 * size + _SPARE
        self._depth = 0

    def value(self, node: yaml.Node) -> Any:
        self._left -= 1
        if self._left < 0:
            raise self._repeats_too_much(node)
        tag = node.tag
        if tag.__class__ is not Resolved and tag != "tag:yaml.org,2002:str":
            self._flaw(node, "yaml-tag", f"The tag {quoted(tag)} is not allowed here: delete it. Nothing was executed.")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        self._depth += 1
        if self._depth > DEEPEST:  # only an alias can lead deeper than the composer went
            raise self._repeats_too_much(node)
        read = self._mapping(node) if isinstance(node, yaml.MappingNode) else [self.value(item) for item in node.value]
        self._depth -= 1
        return read

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        text: str = node.value
        self._left -= len(text)
        if self._left < 0:
            raise self._repeats_too_much(node)
        tag = node.tag
        if tag is STR or tag.__class__ is not Resolved:
            if node.style == '"' and _CONTROL.search(text):
                self._flaw(node, "yaml-control", "An escape stands for a control character here: leave it out.")
                return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
            if not node.style and text[:1] in "+-0123456789" and _NUMBER_ELSEWHERE.match(text):
                return Odd(text, "elsewhere")
            return text
        if tag == "int" and _WHOLE.match(text):
            return int(text)
        return Odd(text, str(tag))

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Any]:
        read: dict[str, Any] = {}
        firsts: dict[str, int] = {}  # key -> line, filled when the first doubled key is met
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key is None:
                continue
            if key in read:
                firsts = firsts or {str(k.value): k.start_mark.line + 1 for k, _ in reversed(node.value)}
                sentence = f"The key {named([key])} is given twice; the first stands in line {firsts[key]}."
                self._flaw(key_node, "yaml-duplicate-key", sentence)
                continue
            read[key] = self.value(value_node)
        return read

    def _key(self, node: yaml.Node) -> str | None:
        if not isinstance(node, yaml.ScalarNode):
            self._flaw(node, "yaml-key", "A list or a mapping cannot be a key here: write a word or a number.")
            return None
        key = self.value(node)
        if isinstance(key, Odd):
            self._flaw(
                node, "yaml-key", f"As a key: {key.complaint}" if key.written else "A key is missing before the `:`."
            )
            return key.written
        return str(key)

    def _repeats_too_much(self, node: yaml.Node) -> SourceError:
        line, column = node.start_mark.line + 1, node.start_mark.column + 1
        return SourceError("yaml-alias", "Aliases (`*name`) repeat too much here: write it out.", line, column)

    def _flaw(self, node: yaml.Node, rule: str, sentence: str) -> None:
        self.flaws.append(Flaw(rule, sentence, node.start_mark.line + 1, node.start_mark.column + 1))
