"""The marks in listings and figures that a learner fills: blanks «1» «2» and places ① ②."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

_BLANK = re.compile(r"«\s*([A-Za-z0-9_]+)\s*»")
_CIRCLED = {chr(0x2460 + n): str(n + 1) for n in range(20)} | {chr(0x3251 + n): str(n + 21) for n in range(15)}
_PLACE = re.compile("[" + "".join(_CIRCLED) + "]")


def blanks_of(listing: str) -> tuple[str, ...]:
    """The keys of the blanks «1», «2» ... of a listing, each once, in the order in which they first stand."""
    return tuple(dict.fromkeys(_BLANK.findall(listing)))


def places_of(figure: str) -> tuple[str, ...]:
    """The keys of the places ①, ② ... of a figure ("1", "2" ...), each once, in the order in which they first stand."""
    return tuple(dict.fromkeys(_CIRCLED[mark] for mark in _PLACE.findall(figure)))


def filled(listing: str, texts: Mapping[str, str]) -> str:
    """The listing with each blank replaced, literally, by its text; blanks without a text stay as they are."""
    return _BLANK.sub(lambda blank: texts.get(blank.group(1), blank.group(0)), listing)


class Mark(NamedTuple):
    """One mark in a text: from where to where it stands, and the key of its blank or place."""

    start: int
    end: int
    key: str
    is_blank: bool


def marks_in(text: str) -> Iterator[Mark]:
    """Every blank and every place of a text, in the order in which they stand, each as often as it stands."""
    blanks = (Mark(found.start(), found.end(), found[1], True) for found in _BLANK.finditer(text))
    places = (Mark(found.start(), found.end(), _CIRCLED[found[0]], False) for found in _PLACE.finditer(text))
    yield from sorted((*blanks, *places))
