"""Which questions a session asks: a chapter, a section, a kind, a number of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from quizbook.bank.catalogue import Questions
from quizbook.bank.questions import KINDS, Chapter
from quizbook.errors import QuizbookError
from quizbook.study.draw import drawn

_CHAPTER_WORDS = ("chapter", "appendix", "ch", "app")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What was asked for; None asks for everything.

    section: takes its subsections along. count: that many, drawn by `seed`; without it, all in the bank's order.
    graded_only: leave out the short answers, which the program cannot grade. pretested: ask only these ids, which were
    answered before reading.
    """

    chapter: str | None = None
    section: str | None = None
    kind: str | None = None
    count: int | None = None
    seed: int = 0
    graded_only: bool = False
    pretested: frozenset[str] | None = None


def select(chapters: Iterable[Chapter], wish: Selection) -> Questions:
    """The questions that fit, at least one, none of them decoded. Raises QuizbookError that names what there is."""
    if wish.count is not None and wish.count < 1:
        raise _usage(f"A quiz has at least one question; --count {wish.count} asks for less.")
    kind = _kind(wish.kind, graded_only=wish.graded_only)
    pool = _of_chapter(tuple(chapters), wish.chapter)
    pool = _of_section(pool, wish.section)
    if wish.pretested is not None:
        pool = pool.those(at for at, id in enumerate(pool.ids) if id in wish.pretested)
        if not pool:
            raise _usage(_no_pretest(wish))
    kinds = {one for one in KINDS if kind in (None, one) and not (wish.graded_only and one == "short_answer")}
    found = [at for at, one in enumerate(pool.kinds) if one in kinds]
    if not found:
        there = ", ".join(sorted(set(pool.kinds) - ({"short_answer"} if wish.graded_only else set())))
        raise _usage(
            f"No question fits{_where(wish)}{f' and kind {kind}' if kind else ''}. Kinds there: {there or 'none'}."
        )
    if wish.count is None:
        return pool if len(found) == len(pool) else pool.those(found)
    by_id = {pool.ids[at]: at for at in found}
    return pool.those(by_id[id] for id in drawn(by_id, wish.seed, most=wish.count))


def _of_chapter(chapters: Sequence[Chapter], wanted: str | None) -> Questions:
    if wanted is not None:
        name = _chapter_name(wanted)
        fitting = [chapter for chapter in chapters if chapter.chapter.casefold() == name]
        if not fitting:
            known = list(dict.fromkeys(chapter.chapter for chapter in chapters))
            raise _usage(f"There is no chapter {wanted!r}. Chapters: {', '.join(known) or 'none'}.{_near(name, known)}")
        chapters = fitting
    questions = Questions.joined(chapter.questions for chapter in chapters)
    if not questions:
        raise QuizbookError("There are no questions here yet. `quizbook bank lint` says whether a file was left out.")
    return questions


def _chapter_name(wanted: str) -> str:
    """What a chapter is called in its file: `3` for "Chapter 3", "ch03" and " 3 "."""
    name = wanted.strip().casefold()
    word = next((word for word in _CHAPTER_WORDS if name.startswith(word)), "")
    return name.removeprefix(word).lstrip().lstrip("0")


def _of_section(pool: Questions, wanted: str | None) -> Questions:
    if wanted is None:
        return pool
    name = wanted.strip().casefold().removeprefix("section").strip()
    known = list(dict.fromkeys(pool.sections))
    fitting = {section for section in known if section.casefold() == name or section.casefold().startswith(f"{name}.")}
    if not fitting:
        same_chapter = [section for section in known if section.split(".")[0].casefold() == name.split(".")[0]] or known
        listed = ", ".join(same_chapter[:12]) + (" ..." if len(same_chapter) > 12 else "")
        raise _usage(f"No question is about section {wanted!r}. Sections: {listed}.{_near(name, known)}")
    return pool.those(at for at, section in enumerate(pool.sections) if section in fitting)


def _kind(wanted: str | None, *, graded_only: bool) -> str | None:
    if wanted is None:
        return None
    name = wanted.strip().casefold().replace("-", "_").replace(" ", "_")
    if name not in KINDS:
        raise _usage(f"There is no kind {wanted!r}. Kinds: {', '.join(KINDS)}.{_near(name, KINDS)}")
    if graded_only and name == "short_answer":
        raise _usage("Short answers are left out of a pretest: they show their key. Choose another kind.")
    return name


def _no_pretest(wish: Selection) -> str:
    options = "".join(f" --{name} {value}" for name, value in named(wish))
    return (
        f"Nothing{' of' if options else ''}{_where(wish)} was answered in a pretest, so there is nothing to ask again. "
        f"Before you read: `quizbook quiz --pretest{options}`."
    )


def _where(wish: Selection) -> str:
    return "".join(f" and {name} {value}" for name, value in named(wish)).removeprefix(" and")


def named(wish: Selection) -> list[tuple[str, str]]:
    """The options that say what part of the bank was asked for, with their values."""
    return [(name, value) for name, value in (("chapter", wish.chapter), ("section", wish.section)) if value]


def _near(name: str, known: Sequence[str]) -> str:
    import difflib  # 4 ms that only a slip has to pay

    near = difflib.get_close_matches(name, known, n=1)
    return f" Did you mean {near[0]}?" if near else ""


def _usage(message: str) -> QuizbookError:
    return QuizbookError(message, kind="usage")
