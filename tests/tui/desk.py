"""A learner at the question screen: keys, clicks, and what can be read there; answers go into a real log."""

import asyncio
from dataclasses import replace
from pathlib import Path

from textual.app import App
from textual.geometry import Offset

from quizbook.bank.library import load_bank
from quizbook.study.presentation import present
from quizbook.study.session import Session
from quizbook.study.settings import Settings
from quizbook.study.store import open_log
from quizbook.tui.session_screen import SessionScreen

BANK = load_bank([Path(__file__).parents[1] / "small_bank"])
SEED = 3
SPACE = {" ": "space", "\n": "enter"}


def label(number, key, seed=SEED):
    """The letter under which this learner sees an option."""
    return present(BANK.by_id(f"ch03.q.{number}"), seed).choice(key).label.lower()


def questions(*numbers):
    return [BANK.by_id(f"ch03.q.{number}") for number in numbers] or list(BANK.questions)


class _App(App):
    def __init__(self, screen):
        super().__init__()
        self._first, self.summary, self.opened = screen, None, []

    def on_mount(self):
        self.push_screen(self._first, self._done)

    def _done(self, summary):
        self.summary = summary

    def on_open_reference(self, message):
        self.opened.append(message.name)


class Desk:
    def __init__(self, app, pilot, session):
        self.app, self.pilot, self.session = app, pilot, session

    async def press(self, *keys):
        await self.pilot.press(*keys)
        await self.settle()

    async def write(self, text):
        await self.press(*(SPACE.get(letter, letter) for letter in text))

    async def settle(self):
        await self.pilot.pause()

    @property
    def lines(self):
        """The screen as it stands, line by line."""
        return ["".join(part.text for part in strip) for strip in self.app.screen._compositor.render_strips()]

    @property
    def said(self):
        """The words on the screen, with single spaces between them and without the bars beside them."""
        return " ".join(" ".join(self.lines).replace("▌", " ").split())

    def place(self, text, nth=0):
        """Where the n-th line with this text has it."""
        hits = [Offset(line.index(text), y) for y, line in enumerate(self.lines) if text in line]
        assert len(hits) > nth, f"{text!r} is not on screen:\n" + "\n".join(self.lines)
        return hits[nth]

    async def click(self, text, nth=0):
        await self.pilot.click(offset=self.place(text, nth))
        await self.settle()

    async def drag(self, start, end):
        """From one text on screen to another."""
        source, target = self.place(start), self.place(end)
        await self.pilot.mouse_down(offset=source)
        await self.pilot.hover(offset=target)
        await self.settle()
        await self.pilot.mouse_up(offset=target)
        await self.settle()

    async def resize(self, width, height):
        await self.pilot.resize_terminal(width, height)
        await self.settle()


class Sat:
    """What remains of a sitting: its summary (None: the app closed under it), the log, the references opened."""

    def __init__(self, summary, home, opened):
        self.summary, self.opened = summary, opened
        with open_log(home) as log:
            self.attempts = list(log.attempts())
            self.outcomes = list(log.outcomes())
            self.notes = list(log.events("retraction", "regrade", "flag"))

    @property
    def responses(self):
        return [attempt.response for attempt in self.attempts]

    @property
    def scores(self):
        return [attempt.score for attempt in self.outcomes]


def sit(home, learner, *numbers, size=(80, 24), sure=False, mode="quiz", record=None, asked=None):
    """Let a learner (an async function of a desk) loose on questions; sure: whether the app asks how sure one is."""

    async def run():
        with open_log(home) as log:
            session = Session(
                asked or questions(*numbers), SEED, record=record or log.append, device=log.device, mode=mode
            )
            app = _App(SessionScreen(session, replace(Settings(), confidence=sure), title="Small bank"))
            async with app.run_test(size=size) as pilot:
                desk = Desk(app, pilot, session)
                await desk.settle()
                await learner(desk)
            return app

    app = asyncio.run(run())
    return Sat(app.summary, home, app.opened)
