"""Low where a text has to be right, high where it has to surprise."""

from __future__ import annotations

from typing import Any

SETTINGS = {
    "report": (0.5, 5),
    "code": (0.2, 3),
    "fiction": (1.2, 30),
    "brainstorm": (1.5, 40),
}


def settings_for(purpose: str) -> dict[str, Any]:
    """A dictionary of its own for each call."""
    temperature, top_k = SETTINGS[purpose]
    return {"temperature": temperature, "top_k": top_k}
