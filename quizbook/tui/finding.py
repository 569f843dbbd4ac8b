"""What a search is made over, and what it finds: questions by their words, sections and ids, exercises likewise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from quizbook.practice.today import Material

MOST = 50  # results that are shown
Of = Literal["question", "exercise"]


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be found.

    id: of the question or exercise. label: what stands above its words. words: its prompt or title, on one line.
    names: what it is called by, in small letters. text: all that is searched, in small letters.
    """

    of: Of
    id: str
    label: str
    words: str
    names: tuple[str, ...]
    text: str


def entries_of(material: Material) -> list[Entry]:
    """Everything that can be found: the exercises, then the questions in the bank's order."""
    found = []
    for exercise in material.exercises:
        names = (exercise.id.casefold(), exercise.item)
        text = " ".join(("exercise", *names, exercise.title, exercise.task, *exercise.see)).casefold()
        found.append(Entry("exercise", exercise.id, f"exercise {exercise.id}", exercise.title, names, text))
    for question in material.bank.questions:
        kind = question.kind.replace("_", " ")
        names = (question.id.casefold(), question.section.casefold())
        text = " ".join((*names, kind, question.prompt, *question.tags, *question.see)).casefold()
        label = f"{question.section} · {kind} · {question.id}"
        found.append(Entry("question", question.id, label, " ".join(question.prompt.split()), names, text))
    return found


def find(entries: Iterable[Entry], typed: str, most: int = MOST) -> list[Entry]:
    """The entries that hold every word that was typed; what is called so comes before what only says so."""
    words = typed.casefold().split()
    if not words:
        return []
    fitting = [
        (rank(entry, words), at, entry) for at, entry in enumerate(entries) if all(w in entry.text for w in words)
    ]
    return [entry for _, _, entry in sorted(fitting, key=lambda found: found[:2])[:most]]


def rank(entry: Entry, words: Sequence[str]) -> int:
    """0 where a word is its name, 1 where a name begins with one, 2 where its title or prompt does, 3 elsewhere."""
    if any(word in entry.names for word in words):
        return 0
    if any(name.startswith(word) for name in entry.names for word in words):
        return 1
    return 2 if entry.words.casefold().startswith(words[0]) else 3
