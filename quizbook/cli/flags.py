"""`quizbook flags`: the questions that the learner marked, with their notes."""

from __future__ import annotations

import json as json_

from quizbook import places
from quizbook.bank.library import Bank, load_bank
from quizbook.cli.lines import screen_width, wrapped
from quizbook.errors import QuizbookError
from quizbook.grading.wording import counted
from quizbook.study.flags import Flagged, flagged, remove_flags
from quizbook.study.store import open_log


def flags(*, json: bool, remove: str | None) -> int:
    """List them, the newest last, or take the flags of one away (`all` takes all).

    Raises QuizbookError where nothing of that id is flagged.
    """
    with open_log(places.home(), writing=remove is not None) as log:
        marked = flagged(log.events("flag"))
        if remove is not None:
            items = [one.item for one in marked if remove in (one.item, "all")]
            if not items:
                raise QuizbookError(f"{remove} is not flagged; `quizbook flags` lists what is", kind="usage")
            remove_flags(log, items)
            marked = [one for one in marked if one.item not in items]
    if json:
        rows = [{"item": one.item, "at": one.at.isoformat(), "notes": list(one.notes)} for one in marked]
        print(json_.dumps(rows, ensure_ascii=False))
        return 0
    bank = load_bank()
    print("\n".join(_lines(marked, bank, screen_width())))
    return 0


def _lines(marked: list[Flagged], bank: Bank, width: int) -> list[str]:
    if not marked:
        return ["Nothing is flagged. x in the full screen, or :flag in plain lines, marks the question at hand."]
    lines: list[str] = []
    for one in marked:
        lines.append(f"{one.item}{f'  section {bank.by_id(one.item).section}' if one.item in bank else ''}")
        if one.item in bank:
            first = bank.by_id(one.item).prompt.strip().split("\n\n")[0]
            lines += wrapped(first, width, indent="  ")
        for note in one.notes:
            lines += wrapped(f"» {note}", width, indent="  ", hanging="  ")
        lines.append("")
    return [*lines, f"{counted(len(marked), 'item')} flagged; `quizbook flags --remove ID` takes a flag away."]
