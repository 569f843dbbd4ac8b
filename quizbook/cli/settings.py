"""`quizbook settings`: what can be set, what it is now, and a new value."""

from __future__ import annotations

import json as json_
from typing import Any

from quizbook import places
from quizbook.cli.lines import screen_width, wrapped
from quizbook.study.settings import KNOWN, Known, Settings, changed, known, settings_of
from quizbook.study.store import open_log


def settings(*, key: str | None, value: str | None, json: bool) -> int:
    """Show all, show one, or give one a value. Raises QuizbookError for an unknown one and for what is no value."""
    with open_log(places.home(), writing=value is not None) as log:
        if key is not None and value is not None:
            changed(log, key, value)
        now = settings_of(log.events("setting"))
    shown = KNOWN if key is None else (known(key),)
    if json:
        print(json_.dumps({one.name: getattr(now, one.name) for one in shown}))
        return 0
    lines = [line for one in shown for line in _lines(one, now, screen_width())]
    fitted = "The schedule uses weights that were fitted to your own reviews."
    print("\n".join([*lines, fitted] if key is None and now.parameters else lines).rstrip())
    return 0


def _lines(one: Known, now: Settings, width: int) -> list[str]:
    head = f"{one.name} = {_told(getattr(now, one.name))}"
    return [f"{head}  ({one.values}; usually {_told(one.default)})", *wrapped(one.explanation, width, indent="  "), ""]


def _told(value: Any) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)
