"""A drawing in SVG: shapes and texts placed in pixels, everything that was said about people's data escaped."""

from __future__ import annotations

import html
import re

NARROW, HALF, FULL = 350.0, 520.0, 1080.0  # pixels: a phone, half a screen, a screen
LETTER = 6.6  # pixels that a letter of a label takes, at most
Size = tuple[str, float]  # "wide" or "narrow", and the pixels

# What XML 1.0 has no character for, however it is escaped.
_UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def escaped(text: object) -> str:
    """A text that may stand in HTML and in XML, between tags and in attributes."""
    return html.escape(_UNFIT.sub("\ufffd", str(text)))


class Drawing:
    """One picture, which grows by its methods; its colours and letters are the style sheet's.

    name: unique in the page. title: what it is; description: what it shows, for those who do not see it.
    x runs to the right and y down, both in pixels. css: the classes of a shape.
    """

    def __init__(self, name: str, width: float, height: float, title: str, description: str, css: str = "") -> None:
        self._size = f"{_number(width)} {_number(height)}"
        self._name, self._css = name, css
        self._parts = [
            f'<title id="{name}-t">{escaped(title)}</title><desc id="{name}-d">{escaped(description)}</desc>'
        ]

    def __str__(self) -> str:
        head = f'<svg class="{self._css}" viewBox="0 0 {self._size}" role="img" xmlns="http://www.w3.org/2000/svg"'
        return f'{head} aria-labelledby="{self._name}-t {self._name}-d">\n' + "\n".join(self._parts) + "\n</svg>"

    def rect(
        self, x: float, y: float, width: float, height: float, css: str, *, said: str = "", round: float = 0
    ) -> None:
        """A filled rectangle. said: shown where a mouse rests on it. round: radius of the corners."""
        corner = f' rx="{_number(round)}"' if round else ""
        place = f'x="{_number(x)}" y="{_number(y)}" width="{_number(width)}" height="{_number(height)}"'
        self._shape(f"rect {place}{corner}", css, said)

    def line(self, x1: float, y1: float, x2: float, y2: float, css: str) -> None:
        """A straight line."""
        places = (
            f'{name}="{_number(at)}"' for name, at in zip(("x1", "y1", "x2", "y2"), (x1, y1, x2, y2), strict=True)
        )
        self._shape(f"line {' '.join(places)}", css, "")

    def path(self, points: list[tuple[float, float]], css: str) -> None:
        """A line through several points."""
        self._shape(f'polyline points="{" ".join(f"{_number(x)},{_number(y)}" for x, y in points)}"', css, "")

    def dot(self, x: float, y: float, radius: float, css: str, *, said: str = "") -> None:
        """A circle."""
        self._shape(f'circle cx="{_number(x)}" cy="{_number(y)}" r="{_number(radius)}"', css, said)

    def text(self, x: float, y: float, text: object, css: str = "", anchor: str = "start") -> None:
        """A line of text whose base line is y. anchor: which end of it x is: start, middle or end."""
        at = "" if anchor == "start" else f' text-anchor="{anchor}"'
        kind = f' class="{css}"' if css else ""
        self._parts.append(f'<text x="{_number(x)}" y="{_number(y)}"{at}{kind}>{escaped(text)}</text>')

    def _shape(self, shape: str, css: str, said: str) -> None:
        tag = shape.partition(" ")[0]
        inner = f"><title>{escaped(said)}</title></{tag}>" if said else "/>"
        self._parts.append(f'<{shape} class="{css}"{inner}')


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
