"""The screen of a whole sitting: which key does what, at every stage of every question."""

from __future__ import annotations

from textual import events, on
from textual.message import Message

from quizbook.study.wording import NO_HINTS, figure_words, hint_words
from quizbook.tui.answering import AnsweringScreen
from quizbook.tui.aside import SURE, Aside
from quizbook.tui.feedback import Comparison
from quizbook.tui.fields import Handed
from quizbook.tui.hint_bar import HintBar, KeyHint, key_hint
from quizbook.tui.questions.view import Pressed, QuestionView
from quizbook.tui.session_help import SessionHelp
from quizbook.tui.session_keys import command_for, commands_at_hand, may_read_code


class OpenReference(Message):
    """The learner wants to read this code: a dotted name such as `reference.attention.SelfAttention_v2`."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class SessionScreen(AnsweringScreen):
    """Drives a session as plain mode does; dismissed with its summary at the end or when it is left.

    settings: whether to ask how sure one is. title: what is asked, for the head of the screen ("Chapter 3").
    """

    CSS_PATH = "session_screen.tcss"
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (60, "-middle"), (110, "-wide")]  # noqa: RUF012 (as Screen declares it)
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-high")]  # noqa: RUF012

    async def on_key(self, event: events.Key) -> None:
        """Every key that no field took; what it leads to is done before the next key counts."""
        if await self._press(event.key, event.character):
            event.stop()
            event.prevent_default()

    @on(Handed)
    async def _key_handed_over(self, message: Handed) -> None:
        taken = await self._press(message.key, message.character)
        message.done()
        if not taken:
            self.app.simulate_key(message.key)

    @on(HintBar.Pressed)
    @on(Aside.Pressed)
    async def _key_clicked(self, message: HintBar.Pressed | Aside.Pressed) -> None:
        await self._press(message.key, message.key if len(message.key) == 1 else None)

    async def _press(self, key: str, character: str | None) -> bool:
        aside, stage = self._aside, self._session.stage
        if aside.asked == "note":
            return self._in_a_note(key, character)
        if aside.asked == "code" and self._choose_code(key, character):
            return True
        if self._waiting is not None and await self._say_how_sure(key, character):
            return True
        if command := command_for(key, taken=self._taken, writing=self._writing):
            await self._do(command.name)
            return True
        if stage in ("answered", "over") and key in ("enter", "space"):
            await self._go_on()
            return True
        if pressed := self._press_for_the_answer(key, character):
            await self._after(pressed)
            return True
        return self._sheet.scrolled(key, writing=self._writing)

    def _in_a_note(self, key: str, character: str | None) -> bool:
        if key == "escape":
            self._back_from_aside()
        elif key == "enter":
            self._flag(self._aside.note)
        elif character and character.isprintable():
            self._aside.write(character)
        else:
            return False
        return True

    def _choose_code(self, key: str, character: str | None) -> bool:
        names = self._aside.names
        self._back_from_aside()
        if character and character.isdecimal() and 1 <= int(character) <= len(names):
            self.post_message(OpenReference(names[int(character) - 1]))
        return key == "escape" or bool(character and character.isdecimal())

    async def _say_how_sure(self, key: str, character: str | None) -> bool:
        if character and character in "123":
            await self._answer(self._waiting, SURE[int(character) - 1])
        elif key in ("enter", "space"):
            await self._answer(self._waiting, None)
        elif key == "backspace":
            self._back_to_answer()
        else:
            return False
        return True

    def _press_for_the_answer(self, key: str, character: str | None) -> Pressed:
        sheet = self._sheet
        if sheet.comparison and self._session.stage == "ticking":
            return sheet.comparison.press(key, character)
        if sheet.view is None or (self._waiting is not None and sheet.view.writes):
            return ""
        return sheet.view.press(key, character)

    async def _after(self, pressed: Pressed) -> None:
        if pressed == "taken" and self._aside.warns:
            self._aside.say("")
        elif pressed == "changed":
            self._aside.say("")
            if self._waiting is not None:
                self._back_to_answer()
            self._show_keys()
        elif pressed == "done":
            await (self._tick() if self._session.stage == "ticking" else self._submit())

    @on(QuestionView.Touched)
    @on(Comparison.Touched)
    async def _touched(self, message: QuestionView.Touched | Comparison.Touched) -> None:
        message.stop()
        await self._after(message.pressed)

    def on_descendant_focus(self) -> None:
        """A click into the field takes back that one was done with it."""
        view = self._sheet.view
        clicked = self.focused is not None and self._aside.asked != "note"
        if self._waiting is not None and clicked and view and view.writes:
            self._back_to_answer()

    async def _do(self, name: str) -> None:
        session, aside = self._session, self._aside
        aside.say("")
        match name:
            case "hint" if session.stage == "asking":
                before = session.hints
                if (hint := session.hint()) is None:
                    aside.say(NO_HINTS if session.mode == "pretest" else hint_words(None, before))
                else:
                    await self._sheet.say_below("Hint", hint, "hint")
            case "skip" if session.stage in ("asking", "ticking"):
                await self._skip()
            case "undo":
                await self._undo()
            case "flag" if session.shown:
                aside.ask("note")
            case "reference":
                self._open_code()
            case "alt" if session.shown:
                await self._sheet.say_below("In words", figure_words(session.shown.question), "alt")
            case "help":
                self.app.push_screen(SessionHelp(self._own_keys()))
            case "leave":
                self._leave()
        self._show_keys()

    def _open_code(self) -> None:
        session, aside = self._session, self._aside
        if not session.shown or not may_read_code(session):
            closed = session.mode == "pretest"
            aside.say("The code stays closed until you have read the section." if closed else "No code is named here.")
        elif len(names := session.shown.question.see) == 1:
            self.post_message(OpenReference(names[0]))
        else:
            aside.ask("code", names)

    def _flag(self, note: str) -> None:
        def flag() -> bool:
            self._session.flag(note)
            return True

        flagged = self._tried(flag)
        self._back_from_aside()
        if flagged:
            self._aside.say("Flagged: `quizbook flags` lists it.")

    @property
    def _taken(self) -> frozenset[str]:
        """The letters that are answers now."""
        return self._sheet.view.letters if self._sheet.view and self._session.stage == "asking" else frozenset()

    def _own_keys(self) -> list[KeyHint]:
        """The keys of what is asked now, without the commands."""
        aside, sheet, stage = self._aside, self._sheet, self._session.stage
        if aside.asked == "note":
            return [key_hint("enter", "keep"), key_hint("escape", "cancel")]
        if aside.asked == "code":
            return [KeyHint(f"1–{len(aside.names)}", "read"), key_hint("escape", "back")]
        if self._waiting is not None:
            return [KeyHint("1 2 3", "how sure"), key_hint("enter", "not said"), key_hint("backspace", "change")]
        if stage == "ticking" and sheet.comparison:
            return [*sheet.comparison.keys_at_hand()]
        if stage == "asking" and sheet.view:
            return [*sheet.view.keys_at_hand()]
        return [key_hint("enter", "done" if stage == "over" else "next")]

    def _show_keys(self) -> None:
        own = self._own_keys()
        if self._aside.asked in ("", "sure"):
            waits = self._waiting is not None
            own += commands_at_hand(self._session, taken=self._taken, writing=self._writing, waits=waits)
        self._bar.show(own)
