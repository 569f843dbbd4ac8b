"""A YAML file as a tree of nodes: bounded in size and depth, nothing executed, every failure a sentence with a place.

PyYAML's C composer recurses in C and ends the process with a segmentation fault on `[[[[...`; the depth is counted
in the hook that it calls for every node, which also spares us its path resolvers.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.parser import Parser
from yaml.reader import Reader, ReaderError
from yaml.resolver import Resolver
from yaml.scanner import Scanner

from quizbook.bank.source import SourceError

DEEPEST = 40  # levels; a question needs five
MOST_NODES = 500_000  # keys and values; 10,000 questions have 330,000, and each costs half a kB of memory
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_PREFIX = "tag:yaml.org,2002:"


def compose(data: bytes) -> yaml.Node:
    """The file's root node; what was written without a tag carries a `Resolved` one: "str", "int",
    "float", "bool", "null", "timestamp", "map" or "seq".

    Raises SourceError, whatever the bytes are.
    """
    text = _decoded(data)
    try:
        root: yaml.Node | None = _COMPOSER(text).get_single_node()
    except ReaderError:
        raise _forbidden_character(text) from None
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, text) from None
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:  # chr() of a wild escape, say
        raise SourceError("yaml-syntax", f"This is not YAML: {error}.") from None
    if root is None:
        raise SourceError("yaml-syntax", "The file is empty: it needs `chapter`, `title` and `questions`.")
    return root


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        line, column = _line_and_column(before, len(before))
        wide = " (it looks like UTF-16)" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        sentence = f"The file is not UTF-8{wide}: save it in that encoding."
        raise SourceError("yaml-encoding", sentence, line, column) from None


def _line_and_column(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _forbidden_character(text: str) -> SourceError:
    found = _FORBIDDEN.search(text)
    offset = found.start() if found else 0
    line, column = _line_and_column(text, offset)
    name = f"U+{ord(text[offset]):04X}" if found else "a character"
    return SourceError("yaml-encoding", f"{name} may not stand in a YAML file: delete it.", line, column)


_EXPLAINED = (  # what PyYAML or libyaml says -> what a person can do about it
    ("mapping values are not allowed", "A `: ` stands in the middle of a text: put the text in quotation marks."),
    ("could not find expected ':'", "A `:` is missing, or a text goes on without being indented."),
    (
        "did not find expected key|expected <block end>|expected '-' indicator",
        "This does not fit the lines above it: look at the indentation and at quotation marks.",
    ),
    ("quoted scalar.*unexpected end of stream", "A quotation mark is opened here and never closed."),
    ("expected ',' or|expected the node content|expected node content", "A `,` or a closing bracket is missing."),
    ("scanning an a|undefined alias", "Text that begins with `*` or `&` must stand in quotation marks."),
    ("expected a single document", "A second document begins here: keep one to a file."),
    (
        "unknown escape character|invalid Unicode character escape",
        "A backslash in double quotation marks begins an escape: use single ones, or write it twice.",
    ),
)


def _syntax_error(error: yaml.MarkedYAMLError, text: str) -> SourceError:
    said = " ".join(filter(None, (error.context, error.problem)))
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    if "cannot start any token" in said or ("found a tab" in said):
        character = (re.split("\r\n|[\r\n\x85\u2028\u2029]", text)[line - 1 :] or [""])[0][column - 1 : column]
        sentence = f"Text that begins with {character} must stand in quotation marks."
        if character in ("\t", "") or "found a tab" in said:
            sentence = "A tab stands here: YAML is indented with spaces."
        return SourceError("yaml-syntax", sentence, line, column)
    for pattern, sentence in _EXPLAINED:
        if re.search(pattern, said):
            if "opened here" in sentence and error.context_mark:
                line, column = error.context_mark.line + 1, error.context_mark.column + 1
            return SourceError("yaml-syntax", sentence, line, column)
    return SourceError("yaml-syntax", f"This is not YAML: {said}.", line, column)


class Resolved(str):
    """The tag of a node that was written without one; no tag in a file can pass for it."""

    __slots__ = ()


STR, NULL, MAP, SEQ = Resolved("str"), Resolved("null"), Resolved("map"), Resolved("seq")


def _plain_tags() -> dict[str, list[tuple[Resolved, re.Pattern[str]]]]:
    """PyYAML's YAML 1.1 rules by first character, without `<<` and `=`, which are text here."""
    known = Resolver.yaml_implicit_resolvers.items()
    return {
        first: [
            (Resolved(tag.removeprefix(_PREFIX)), regexp) for tag, regexp in rules if tag[-5:] not in ("merge", "value")
        ]
        for first, rules in known
        if first
    }


class _Hooks:
    """What the composer asks while it builds nodes: how deep it may go, and which tag a node without one gets."""

    _depth = 0
    _nodes = 0
    _plain = _plain_tags()

    def descend_resolver(self, parent: yaml.Node | None, index: Any) -> None:
        self._depth += 1
        self._nodes += 1
        if self._depth > DEEPEST:
            raise _Hooks._refused(parent, "yaml-depth", f"This is nested more than {DEEPEST} levels deep.")
        if self._nodes > MOST_NODES:
            raise _Hooks._refused(parent, "yaml-size", f"The file has more than {MOST_NODES:,} values: divide it.")

    @staticmethod
    def _refused(node: yaml.Node | None, rule: str, sentence: str) -> SourceError:
        mark = node.start_mark if node else None
        return SourceError(rule, sentence, mark.line + 1, mark.column + 1) if mark else SourceError(rule, sentence)

    def ascend_resolver(self) -> None:
        self._depth -= 1

    def resolve(self, kind: type[yaml.Node], value: str | None, implicit: Any) -> Resolved:
        if kind is not yaml.ScalarNode:
            return MAP if kind is yaml.MappingNode else SEQ
        if not implicit[0]:
            return STR
        if not value:
            return NULL
        for tag, regexp in self._plain.get(value[0], ()):
            if regexp.match(value):
                return tag
        return STR


class _SlowComposer(_Hooks, Reader, Scanner, Parser, Composer):
    """PyYAML's own composer, for an installation without libyaml."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)


_COMPOSER: Any = _SlowComposer
if yaml.__with_libyaml__:
    from yaml._yaml import CParser

    class _FastComposer(_Hooks, CParser):
        """The same by libyaml, ten times as fast."""

    _COMPOSER = _FastComposer
