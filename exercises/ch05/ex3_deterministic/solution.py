"""Three ways to leave nothing to draw."""

from __future__ import annotations

from typing import Any


def deterministic_settings() -> list[dict[str, Any]]:
    """No distribution at all; a distribution over one token; the smallest set that has any share."""
    return [
        {"temperature": 0.0},
        {"temperature": 1.0, "top_k": 1},
        {"temperature": 1.0, "top_p": 1e-6},
    ]
