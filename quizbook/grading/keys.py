"""Which key a person meant: `1`, "1", "b", "B", "(b)" and ② all name a key of the question, or get a sentence."""

from __future__ import annotations

import reprlib
import unicodedata
from collections.abc import Iterable, Mapping

from quizbook.grading.grade import ResponseError

_DECORATION = " \t\r\n.():[]«»"
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 40


def shown(value: object) -> str:
    """A value that came from outside as an error message may quote it: its repr, cut to a line."""
    try:
        return _SHORT.repr(value)
    except ValueError:  # an int of more digits than Python likes to print
        return "a number of thousands of digits"


def as_text(value: str | int | float) -> str:
    """A scalar as text; raises ResponseError for an int too long to write down."""
    try:
        return str(value)
    except ValueError:
        raise ResponseError(f"This is {shown(value)}; nothing here has that many.") from None


def find_key(given: object, known: Iterable[str], noun: str) -> str:
    """The key that `given` names; an int counts as its digits, the case of letters is forgiven where one key fits.

    noun: what the key is a key of, for the message: "option", "step", "blank".
    Raises ResponseError that lists the keys and names the nearest.
    """
    keys = tuple(known)
    if isinstance(given, bool) or not isinstance(given, (str, int)):
        raise ResponseError(f"{shown(given)} is no {noun}: write {listed(keys)}.")
    text = as_text(given)
    if text in keys:
        return text
    text = unicodedata.normalize("NFKC", text).strip(_DECORATION)
    if text in keys:
        return text
    if len(fitting := [key for key in keys if key.casefold() == text.casefold()]) == 1:
        return fitting[0]
    import difflib  # 4 ms that only a slip has to pay

    nearest = difflib.get_close_matches(text.casefold(), [key.casefold() for key in keys], n=1) if len(text) > 2 else []
    hint = f" Did you mean {next(key for key in keys if key.casefold() == nearest[0])}?" if nearest else ""
    raise ResponseError(f"There is no {noun} {shown(given)}: write {listed(keys)}.{hint}")


def listed(keys: Iterable[str], joint: str = "or") -> str:
    """Keys as a person reads them: "a, b or c"."""
    *front, last = tuple(keys) or ("nothing",)
    return f"{', '.join(front)} {joint} {last}" if front else last


def is_blank(response: object) -> bool:
    """Whether nothing was answered: None, or text without a visible character."""
    return response is None or (isinstance(response, str) and not response.strip())


def read_pairs(
    response: object, places: Mapping[str, str] | Iterable[str], values: Iterable[str], *, place: str, value: str
) -> dict[str, str]:
    """A response such as {1: c, 2: a} in the question's own keys, in the order of `places`.

    A place that is left out or empty was not answered and is left out here too.
    place, value: what the two sides are called: "blank" and "term", "left side" and "right side".
    Raises ResponseError: not a mapping, unknown keys, a place given twice, nothing answered at all.
    """
    known_places, known_values = tuple(places), tuple(values)
    given = read_mapping(response, known_places, place, f"{known_places[0]}: {known_values[0]}")
    return {at: find_key(given[at], known_values, value) for at in known_places if at in given}


def read_mapping(response: object, places: tuple[str, ...], place: str, example: str) -> dict[str, object]:
    """A response that gives each place something, under the question's own keys; empty places are left out."""
    if not isinstance(response, Mapping):
        raise ResponseError(f"Give each {place} its answer, such as {{{example}}}; this is {shown(response)}.")
    given: dict[str, object] = {}
    for key, what in response.items():
        at = find_key(key, places, place)
        if at in given:
            raise ResponseError(f"{place.capitalize()} {at} is answered twice: {shown(given[at])} and {shown(what)}.")
        if not is_blank(what):
            given[at] = what
    if not given:
        raise ResponseError(f"Nothing is answered: give each {place} its answer, such as {{{example}}}.")
    return given
