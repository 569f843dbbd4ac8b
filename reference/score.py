"""Reads the score from 0 to 100 out of what a judge wrote, and gives none rather than a wrong one. Chapter 7.

A judge that was asked for a number writes "85", or "**Score: 85/100**", or a paragraph that mentions years, numbers of
lists and the 100 that it would have given. So a number counts only where it is stated as the score: it stands alone, or
what stands before it in its clause talks of nothing but scoring, and what stands behind it does not take it back.
"""

from __future__ import annotations

import re

LONGEST_READ = 20_000  # characters; what is longer is no answer to the question
LONGEST_SENTENCE = 500  # characters that are looked at on either side of a number

# The words of a clause that leads to a score: one of SCORING at least, and of GLUE as many as needed. No others.
SCORING = frozenset("score scores scored rating rate grade mark give assign award deserves evaluation".split())
GLUE = frozenset(
    "i would will d ll it this that the a an answer response model s my final overall total numeric numerical given "
    "assigned suggested of as at is be for about around approximately roughly so thus therefore hence".split()
)
# Behind the number, without a sign between, only REASONS go on with the statement; DOUBTS are never welcome.
REASONS = frozenset("because since as due based given".split())
DOUBTS = frozenset("but though although however or if unless out of from to minus".split())
CONDITION = re.compile(r"\b(?:if|unless|instead|otherwise|example)\b|^\W*(?:were|had|should)\b", re.IGNORECASE)

OF_100, SCALE = "\ue000", "\ue001"  # one sign each for "/100", "out of 100" or "%", and for "from 0 to 100"
NUMBER = r"(?<![\w.,+\-–—−<>≤≥])[0-9]{1,9}(?:\.[0-9]{1,9})?(?!\w|[.,][0-9])"
HUNDRED = r"100(?![\w%/]|[.,][0-9])"
SIMPLER = (
    (re.compile(r"[*`_#\"“”„$|{}]|\\boxed"), " "),
    (re.compile(r"</\w+>"), " "),
    (re.compile(r"<(\w+)>"), r"\1: "),
    (re.compile(rf"(?<![\w.,])[01] ?(?:[-–—]|to|and|through|\.\.) ?{HUNDRED}", re.IGNORECASE), SCALE),
    (re.compile(rf"(?<=[0-9]) ?(?:/|out of(?: a possible| a maximum of)?) ?{HUNDRED}", re.IGNORECASE), OF_100),
    (re.compile(r"(?<=[0-9]) ?(?:%|percent\b)", re.IGNORECASE), OF_100),
    (re.compile(rf"{NUMBER}{OF_100}?(?: ?(?:[-–—/,;~±×]|to|or|and|\+/-|\.\.+) ?{NUMBER}{OF_100}?)+"), " several "),
)
CANDIDATE = re.compile(rf"(?P<number>{NUMBER})(?P<of_100> ?{OF_100})?(?: ?points?\b)?")
OTHER_SCALE = re.compile(rf"\b(?:scale|maximum|max)\b[^0-9{SCALE}]{{0,15}}(?:several|(?!100\b)[0-9])", re.IGNORECASE)


def parse_score(text: str) -> int | float | None:
    """The score that a judge's answer states, from 0 to 100, or None where that is not clear.

    Understood are a number alone ("85", "**85**", "85.5", "85/100", "85%"), alone in the first line, or in the last one
    after a full sentence; with a label ("Score: 85", "Rating (0-100): 85", '{"score": 85}'); as a verdict ("I would
    give it 85 out of 100"). None for ranges, for several different scores, for numbers in words, below 0 or above 100,
    for fractions below 1 (which may be shares of 1), other scales ("8/10"), and numbers that are only mentioned.
    """
    text = re.sub(r"<think>.*?</think>", " ", text[: LONGEST_READ + 1], flags=re.DOTALL)
    lines = _simpler(text)
    if len(text) > LONGEST_READ or "<think>" in text or OTHER_SCALE.search(" ".join(lines)):
        return None
    stated = [number for line in lines for number in _stated(line)]
    stated += [number for line in _lines_of_their_own(lines) for number in _alone(line)]
    if len({float(number) for number in stated}) != 1:
        return None
    value = float(stated[0])
    if value > 100 or 0 < value < 1:
        return None
    return value if "." in stated[0] else int(value)


def _simpler(text: str) -> list[str]:
    """The lines that are not empty, without markup, with one sign or word for scales and for ranges.

    A line that only announces a score, such as "## Score", goes together with the next one.
    """
    lines: list[str] = []
    for line in text.splitlines():
        for pattern, sign in SIMPLER:
            line = pattern.sub(sign, " ".join(line.split()))
        if lines and line.strip() and _is_about_scoring(lines[-1]):
            line = f"{lines.pop()} {line}"
        if line.strip():
            lines.append(" ".join(line.split()))
    return lines


def _stated(line: str) -> list[str]:
    """The numbers of a line that are stated as a score within a sentence."""
    found = []
    for match in CANDIDATE.finditer(line):
        start, end = match.span()
        sentence = re.split(r"[.!?] ", line[max(0, start - LONGEST_SENTENCE) : start])[-1]
        clause = re.split(r"[,;(](?=.*\w)", sentence)[-1]
        rest = line[end : end + LONGEST_SENTENCE]
        if _is_about_scoring(clause) and not CONDITION.search(sentence) and _ends(rest, match["of_100"] is not None):
            found.append(match["number"])
    return found


def _is_about_scoring(text: str) -> bool:
    words = set(re.findall(r"\w+|[<>≤≥]", text.lower()))
    return bool(words & SCORING) and words <= SCORING | GLUE


def _ends(rest: str, of_100: bool) -> bool:
    """Whether what stands behind a number leaves it a score. of_100: whether "out of 100" or the like came between."""
    if rest[:1] in ("", ".", "!", "?", "]"):
        return True
    if re.match(rf" on (?:a|the) scale (?:of|from) ?{SCALE}", rest):
        return True
    following = re.match(r"(?P<sign> ?[:,;()]| [-–—=→]|) ?(?P<word>[^\W\d]*)", rest)
    if following is None or following["word"].lower() in DOUBTS:
        return False
    if not following["sign"]:
        return not rest.strip() or following["word"].lower() in REASONS
    # "Score: 3 (spelling), 80 (grammar)": the first of several numbers is not the score.
    return of_100 or not re.search(r"[0-9]|several", re.split(r"[.!?](?: |$)", rest)[0])


def _alone(line: str) -> list[str]:
    """The number of a line that has nothing else, or that starts with "85/100"."""
    match = CANDIDATE.search(line)
    if match is None or re.search(r"[\w\-–—−+<>≤≥]", line[: match.start()]):
        return []
    rest = line[match.end() :]
    whole = not re.search(r"[\w+\-/]", rest)
    return [match["number"]] if whole or (match["of_100"] and _ends(rest, True)) else []


def _lines_of_their_own(lines: list[str]) -> list[str]:
    """The lines that may be a bare score: all if the first is one, so that a list of numbers stays unclear.

    Otherwise only the last, if a full sentence stands before it: "... equals:" announces something else.
    """
    if lines and _alone(lines[0]):
        return lines
    return lines[-1:] if len(lines) > 1 and lines[-2].endswith((".", "!", "?")) else []
