"""The two looks of the app, dark and light: few colours, and none that says what no sign or word says too."""

from __future__ import annotations

import os

from textual.theme import Theme

DARK = Theme(
    name="quizbook-dark",
    primary="#8fb8de",
    secondary="#b6a6d8",
    accent="#e3b76d",
    foreground="#d9dce1",
    background="#16181d",
    surface="#1d2026",
    panel="#262a32",
    success="#8cc98f",
    warning="#e3b76d",
    error="#e08a86",
    dark=True,
    variables={
        "block-cursor-foreground": "#ffffff",
        "block-cursor-background": "#2f3a4a",
        "block-cursor-text-style": "bold",
        "footer-key-foreground": "#e3b76d",
        "input-selection-background": "#8fb8de 30%",
        "scrollbar": "#333842",
        "scrollbar-background": "#16181d",
    },
)
LIGHT = Theme(
    name="quizbook-light",
    primary="#1f5f99",
    secondary="#6a4fa3",
    accent="#8a5a00",
    foreground="#24272c",
    background="#faf9f6",
    surface="#f1efe9",
    panel="#e6e3da",
    success="#23723a",
    warning="#8a5a00",
    error="#b0332e",
    dark=False,
    variables={
        "block-cursor-foreground": "#000000",
        "block-cursor-background": "#d5e2ef",
        "block-cursor-text-style": "bold",
        "footer-key-foreground": "#8a5a00",
        "input-selection-background": "#1f5f99 25%",
        "scrollbar": "#cfcbc0",
        "scrollbar-background": "#faf9f6",
    },
)
LIGHT_BACKGROUNDS = ("7", "15")  # by the numbers of the sixteen colours


def theme_for(setting: str) -> str:
    """The name of the theme. setting: "dark", "light" or "auto", which takes what the terminal says, else dark."""
    if setting == "auto":
        background = os.environ.get("COLORFGBG", "").rpartition(";")[2]
        setting = "light" if background in LIGHT_BACKGROUNDS else "dark"
    return LIGHT.name if setting == "light" else DARK.name
