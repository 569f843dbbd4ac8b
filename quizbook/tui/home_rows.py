"""What the home screen says, as lines for a width: what there is to do today, and the chapters."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

from quizbook.grading.wording import counted

if TYPE_CHECKING:
    from quizbook.practice.today import ChapterToday, Today

NARROW = 60  # columns below which a chapter takes two lines
BAR, LONG_BAR = 12, 24  # columns of a chapter's bar
FIGURES = len(" 100%  100 due")
MATURE, LEARNED, UNSEEN = "█", "▒", "·"
WIDE = 100  # columns from which on the bars are long
SECTIONS = 3  # that are named
TITLE = 50  # columns of a chapter's title, at most
LEGEND = f"{MATURE} lasts three weeks  {LEARNED} learned  {UNSEEN} not yet"
NAMES = {
    "review": ("r", "Review"),
    "new": ("n", "New"),
    "weak": ("w", "Weak"),
    "slipping": ("s", "Slipping"),
    "exercises": ("e", "Exercises"),
    "progress": ("p", "Progress"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A line to choose (or, without an id, to read)."""

    id: str | None
    text: Content


def head_words(today: Today | None, width: int) -> str:
    """Beside the name of the program: what was done today, and how many days in a row."""
    if today is None:
        return "..."
    now = today.standing
    row = f"{counted(now.streak, 'day')} in a row" if now.streak > 1 else ""
    if width < NARROW and row:
        return f"{now.answered_today} today · {row}"
    done = f"{counted(now.answered_today, 'answer')} today" if now.answered_today else "nothing answered today"
    return " · ".join(part for part in (done, row) if part)


def rows(today: Today | None, width: int) -> list[Row]:
    """All rows. today: None as long as it is not computed. width: columns."""
    said = dict.fromkeys(set(NAMES) - {"slipping"}, "...") if today is None else _said(today)
    found = [Row(name, _to_do(name, said[name], width)) for name in NAMES if name in said]
    if today is not None:
        found += [
            Row(None, Content("")),
            Row(None, Content.assemble(("Chapters  ", "bold"), (LEGEND, "$foreground 60%"))),
        ]
        found += [Row(f"chapter:{chapter.name}", _chapter(chapter, width)) for chapter in today.chapters]
    return found


def first_choice(today: Today) -> str:
    """The row that Enter takes at first: what is due, else what is new, else an exercise."""
    if today.agenda.reviews:
        return "review"
    return "new" if today.agenda.new else "exercises" if today.agenda.exercises else "review"


def _said(today: Today) -> dict[str, str]:
    agenda, now = today.agenda, today.standing
    later = f", {agenda.left} more later" if agenda.left else ""
    if agenda.reviews:
        review = f"{counted(len(agenda.reviews), 'question')} due{later}"
    else:
        review = f"nothing is due before {today.next_due:%a %d %b}" if today.next_due else "nothing is due"
    if agenda.new:
        new = f"{counted(len(agenda.new), 'question')}, {today.unseen} not seen yet"
    else:
        new = f"enough for today, {today.unseen} not seen yet" if today.unseen else "every question was asked"
    weak = ", ".join(f"{one.section} ({one.score:.0%} right)" for one in today.weak[:SECTIONS])
    exercises = [today.progress[e.item].state for e in today.material.exercises if e.item in today.progress]
    states = [
        (len(agenda.exercises), "due"),
        (exercises.count("started"), "begun"),
        (exercises.count("passed"), f"of {len(today.material.exercises)} passed"),
    ]
    said = {
        "review": review,
        "new": new,
        "weak": weak or "no section goes badly",
        "exercises": ", ".join(f"{count} {word}" for count, word in states if count or word.startswith("of")),
        "progress": f"{now.attempts:,} answer{'s' * (now.attempts != 1)} so far"
        if now.attempts
        else "nothing answered yet",
    }
    return said | ({"slipping": _slipping(today)} if agenda.leeches else {})


def _slipping(today: Today) -> str:
    """Which sections to read again because of questions that were forgotten time and again."""
    more = " ..." if len(today.to_read) > SECTIONS else ""
    said = counted(len(today.agenda.leeches), "question")
    return f"{said}: read {', '.join(today.to_read[:SECTIONS])}{more} again"


def _to_do(name: str, said: str, width: int) -> Content:
    key, title = NAMES[name]
    if width < NARROW:
        below = "\n  ".join(textwrap.wrap(said, width - 2))
        return Content.assemble((key, "bold $accent"), f" {title}\n  ", (below, "$foreground 80%"))
    return Content.assemble((key, "bold $accent"), f" {title:<10} ", (said, "$foreground 80%"))


def _chapter(chapter: ChapterToday, width: int) -> Content:
    bar = (mastery_bar(chapter, LONG_BAR if width >= WIDE else BAR), "$primary")
    figures = f" {chapter.mastery:>4.0%}" + (f"  {chapter.due} due" if chapter.due else "")
    if width < NARROW:
        return Content.assemble((f"{chapter.name} ", "bold"), f"{chapter.title}\n  ", bar, (figures, "$foreground 80%"))
    room = min(width - BAR - FIGURES - len("A  "), TITLE)
    title = chapter.title if len(chapter.title) <= room else chapter.title[: room - 1] + "…"
    return Content.assemble((f"{chapter.name} ", "bold"), f"{title:<{room}} ", bar, (figures, "$foreground 80%"))


def mastery_bar(chapter: ChapterToday, width: int) -> str:
    """A bar in three signs: mature, learned, not yet."""
    if not chapter.questions:
        return UNSEEN * width
    mature = round(width * chapter.mature / chapter.questions)
    learned = max(round(width * chapter.learned / chapter.questions), bool(chapter.learned)) - mature
    return MATURE * mature + LEARNED * learned + UNSEEN * (width - mature - learned)
